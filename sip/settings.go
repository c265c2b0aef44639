package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip/guard"
	"partyline/sip/trace"
)

// Listen is one address to listen on.
type Listen struct {
	Network string // "udp", "tcp" or "tls"
	Addr    string // host:port; port 0 takes a free one
}

// Options are what a [UA] needs.
type Options struct {
	Listen    []Listen              // required: at least one
	Advertise netip.Addr            // the address in Contact, Via and SDP; zero: our own address towards the far end
	TLS       TLS                   // required if a listener is for TLS
	Domain    string                // host part of our URIs; empty: the address
	Trust     func(netip.Addr) bool // whether a source is a trusted trunk; loopback always is
	MaxCalls  int                   // calls at a time; 0: 10,000
	Trunks    map[string]*Trunk     // that calls go out through, by name
	SRTP      SRTP                  // whether media is encrypted; zero: it is not
	Logger    *slog.Logger          // required
	Media     Media                 // required
	Admitter  Admitter              // required; a [Readmitter] as well, if calls are to survive a restart
	Guard     guard.Options         // what stands before sipgo; Trust and Logger: as here, what is implemented: as it is
	T1, T2    time.Duration         // RFC 3261 §17.1.1.1, of what this package retransmits; 0: 500 ms and 4 s
	Probe     time.Duration         // how often a silent or held far end is asked whether it is there; 0: 20 s
	ProbeWait time.Duration         // how long it has to answer; 0: 10 s
	Ended     func(Record)          // told of each call that has ended, on its goroutine; nil: nobody
	Traces    int                   // bytes of SIP messages that are kept for [UA.Trace]; 0: none
	Farewell  time.Duration         // for how long a caller may be told that the bridge shuts down; 0: 5 s

	SessionExpires time.Duration // of session timers (RFC 4028): a call is refreshed twice as often; 0: 30 min
	MinSession     time.Duration // shorter ones are refused; 0: 90 s, which is the least that RFC 4028 allows, but in tests
}

// Media is what this package needs of the mixer. Its methods do not block on the network.
type Media interface {
	// Open reserves a port pair on the local address.
	Open(leg control.LegID, local netip.Addr) (MediaLeg, error)
	// Resume takes up what another process has left, on the same port. It runs at once, on the spec in the state.
	Resume(leg control.LegID, s media.State) (MediaLeg, error)
}

// MediaLeg is the media of one call. It belongs to the leg's goroutine.
type MediaLeg interface {
	MediaControl
	MediaEvents
}

// MediaCounter is a [MediaLeg] whose packets are counted. It may be asked from anywhere, also after the end.
type MediaCounter interface {
	Counts() trace.Counts
}

// MediaControl starts, changes and ends a call's media.
type MediaControl interface {
	LocalAddr() netip.AddrPort
	Start(media.Spec)
	Update(media.Spec)
	// Detach stops the media and says what another process needs to go on.
	Detach(context.Context) (media.State, error)
	Close()
}

// MediaEvents reports what happens on a call's media.
type MediaEvents interface {
	// Notify is signalled after events were put in the ring.
	Notify() <-chan struct{}
	Drain([]media.Event) int
}

// Admitter decides whether a call is answered and who talks to the caller. A refusal is a [control.Error], which
// status.go maps to a response.
type Admitter interface {
	Admit(call control.Call, line control.Line) (control.Caller, error)
}

// Readmitter is an [Admitter] that takes up the conversation of a call that another process has answered.
type Readmitter interface {
	Readmit(call control.Call, tag string, line control.Line) (control.Caller, error)
}

// Tagger is a [control.Caller] that has something to keep in [State.Tag] for [Readmitter]. It runs on the leg's goroutine.
type Tagger interface {
	Tag() string
}

// Defaults, tuned: October 2026.
const (
	defaultMaxCalls = 10_000
	// A vanished caller is gone 25 s after his last packet, with an RTP timeout of 15 s; one who was silent or held before,
	// 30 s after he has vanished.
	defaultProbe     = 20 * time.Second
	defaultProbeWait = 10 * time.Second
	defaultFarewell  = 5 * time.Second

	defaultSessionExpires = 30 * time.Minute // RFC 4028 §7.1
)

// validate reports the first fault and fills in the defaults.
func (o *Options) validate() error {
	switch {
	case len(o.Listen) == 0:
		return errors.New("sip: no address to listen on")
	case o.Logger == nil:
		return errors.New("sip: no logger")
	case o.Media == nil:
		return errors.New("sip: no media")
	case o.Admitter == nil:
		return errors.New("sip: no admitter")
	case o.MaxCalls < 0, o.T1 < 0, o.T2 < 0, o.Probe < 0, o.ProbeWait < 0, o.Farewell < 0, o.SessionExpires < 0, o.MinSession < 0, o.Traces < 0:
		return errors.New("sip: a limit or timer is negative")
	}
	for _, l := range o.Listen {
		switch l.Network {
		case "udp", "tcp":
		case "tls":
			if o.TLS.Server.Config == nil {
				return errors.New("sip: no certificate to listen for TLS with")
			}
		default:
			return fmt.Errorf("sip: cannot listen on network %q: it is not udp, tcp or tls", l.Network)
		}
	}
	if o.SessionExpires != 0 && o.SessionExpires < orDefault(o.MinSession, minSessionExpires) || o.SessionExpires > maxSessionExpires {
		return fmt.Errorf("sip: sessions of %s: too short or too long", o.SessionExpires)
	}
	if err := o.guardOptions(nil).Validate(); err != nil {
		return fmt.Errorf("sip: %w", err)
	}
	o.MaxCalls = orDefault(o.MaxCalls, defaultMaxCalls)
	o.T1 = orDefault(o.T1, defaultT1)
	o.T2 = orDefault(o.T2, defaultT2)
	o.Probe = orDefault(o.Probe, defaultProbe)
	o.ProbeWait = orDefault(o.ProbeWait, defaultProbeWait)
	o.SessionExpires = orDefault(o.SessionExpires, defaultSessionExpires)
	o.MinSession = orDefault(o.MinSession, minSessionExpires)
	o.Farewell = orDefault(o.Farewell, defaultFarewell)
	return nil
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
