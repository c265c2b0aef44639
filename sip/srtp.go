package sip

import (
	crand "crypto/rand"
	"math/rand/v2"
	"net/netip"

	"partyline/sip/sdp"
)

// secretSize is that of what a call's SRTP keys are made of: as much as the longest of them.
const secretSize = 32

// SRTP is the policy of media encryption.
type SRTP struct {
	// Policy says whether media to and from this address is encrypted; the trunk is the one that we call through, empty where
	// we are called, or call nobody's trunk. nil: it is not.
	Policy func(far netip.Addr, trunk string) sdp.Policy
	// KeysInClear lets keys go over SIP that is not encrypted itself, and so to whoever reads along. Without it they go over
	// TLS, and within this machine.
	KeysInClear bool
}

// newSession is what is known of a call's media before any offer.
func (u *UA) newSession(f Flow, trunk string) sdp.Session {
	s := sdp.Session{ID: rand.Int64N(1 << 53), Policy: u.srtpPolicy(f, trunk)} // an ID that fits the doubles some peers keep it in
	if s.Policy != sdp.SRTPOff {
		s.Secret = make([]byte, secretSize)
		_, _ = crand.Read(s.Secret) // does not fail
	}
	return s
}

func (u *UA) srtpPolicy(f Flow, trunk string) sdp.Policy {
	if u.opt.SRTP.Policy == nil {
		return sdp.SRTPOff
	}
	p := u.opt.SRTP.Policy(f.Source.Addr().Unmap(), trunk)
	switch {
	case u.opt.SRTP.KeysInClear, f.private(), p == sdp.SRTPOff:
		return p
	case p == sdp.SRTPRequire:
		return sdp.SRTPNoKeys
	}
	return sdp.SRTPOff
}

// private says that nobody between us and the next hop can read along.
func (f Flow) private() bool {
	return f.Network == "tls" || f.Network == "wss" || f.Source.Addr().Unmap().IsLoopback()
}
