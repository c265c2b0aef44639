// Package sdp is offer/answer (RFC 3264) for one narrowband audio stream. It is pure: descriptions in, descriptions
// and a [media.Spec] out. Everything it reads is bounded, so that a hostile description costs no more than a friendly one.
package sdp

import (
	"errors"
	"net/netip"

	"partyline/mixer/media"
)

// ErrMalformed is what a description that cannot be read wraps.
var ErrMalformed = errors.New("malformed session description")

// ErrNotAcceptable is what a description with nothing for us in it wraps.
var ErrNotAcceptable = errors.New("session description not acceptable")

// Session is one side of an offer/answer exchange between offers. It is a value: a failed exchange leaves the old one
// as it was. It goes through JSON unchanged.
type Session struct {
	ID      int64          `json:"id"`      // sess-id of our o= line
	Version int64          `json:"version"` // of the last description we sent
	Sent    string         `json:"sent"`    // that description without its o= line and its keys; a change makes a new version
	Local   netip.AddrPort `json:"local"`   // where we want RTP
	Lines   []Line         `json:"lines"`   // every m-line so far
	Audio   int            `json:"audio"`   // the index of the one in use
	Spec    media.Spec     `json:"spec"`    // what was agreed on

	Policy Policy    `json:"policy,omitempty"` // whether media is encrypted
	Secret media.Key `json:"secret,omitempty"` // at random, that our keys are made of; required but where Policy is off
	Keys   int       `json:"keys,omitempty"`   // how often they have been made anew
	Tag    string    `json:"tag,omitempty"`    // of the a=crypto that was agreed on
}

// Line is an m-line as far as it must be repeated (RFC 3264 §8: an m-line stays for good).
type Line struct {
	Media  string `json:"media"`
	Proto  string `json:"proto"`
	Format string `json:"format"`
}
