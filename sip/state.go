package sip

import (
	"net/netip"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip/sdp"
)

// State is all that another process needs to take a call up: it is plain data and goes through JSON unchanged.
type State struct {
	Leg      control.LegID `json:"leg"`
	Call     control.Call  `json:"call"`
	Since    time.Time     `json:"since"`             // of the INVITE
	Until    time.Time     `json:"until,omitzero"`    // when the call is ended; zero: it may go on
	Answered time.Time     `json:"answered,omitzero"` // when the conversation began
	Trunk    string        `json:"trunk,omitempty"`   // that it went out through; empty: none
	Tag      string        `json:"tag"`               // what the caller's conversation wants to keep, see [Tagger]
	Dialog   Dialog        `json:"dialog"`            // RFC 3261 §12
	Flow     Flow          `json:"flow"`
	Session  SessionTimer  `json:"session,omitzero"` // RFC 4028
	SDP      sdp.Session   `json:"sdp"`
	Media    media.State   `json:"media"` // set when the leg was suspended
	Held     bool          `json:"held"`  // by the far end
}

// Dialog is a dialog as RFC 3261 §12 has it.
type Dialog struct {
	CallID    string   `json:"call_id"`
	LocalTag  string   `json:"local_tag"`
	RemoteTag string   `json:"remote_tag"`
	LocalURI  string   `json:"local_uri"`
	RemoteURI string   `json:"remote_uri"`
	LocalSeq  uint32   `json:"local_seq"`
	RemoteSeq uint32   `json:"remote_seq"`
	RouteSet  []string `json:"route_set,omitempty"`
	Target    string   `json:"target"`    // the far end's Contact
	Contact   string   `json:"contact"`   // ours
	Confirmed bool     `json:"confirmed"` // the ACK of the first INVITE has come, or ours has gone
}

// Flow is how a dialog's messages travel.
type Flow struct {
	Network  string         `json:"network"`        // "udp", "tcp" or "tls"
	Listener string         `json:"listener"`       // address of our socket, as it was bound
	Local    netip.AddrPort `json:"local"`          // our address towards the far end
	SentBy   netip.AddrPort `json:"sent_by"`        // the same, as the far end is to see it
	Source   netip.AddrPort `json:"source"`         // where the INVITE came from, or ours went
	Name     string         `json:"name,omitempty"` // that the far end proves when we open a TLS connection to it; empty: that of its URI
}

// LegInfo is what is shown of a running leg.
type LegInfo struct {
	ID        control.LegID
	CallID    string
	From      string
	FromName  string
	To        string
	Source    netip.AddrPort
	Network   string
	Codec     media.Codec
	SRTP      string // suite that the media is encrypted by; empty: it is not
	Since     time.Time
	Confirmed bool
	Held      bool
	Outbound  bool // we called; From is who was called then
}
