package guard

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// Options say what the guard lets through. The zero value is usable.
type Options struct {
	// Trust reports whether a source is a trunk or otherwise known to be good.
	// Loopback is always trusted. Nil: nobody else is.
	Trust func(netip.Addr) bool
	// Closed drops every request of a source that is not trusted, unanswered.
	Closed bool
	// Known reports whether a source takes part in a call that we have made: its requests within dialogs are
	// taken although it is not trusted and the guard is closed. Nil: nobody does.
	Known func(netip.Addr) bool

	// Methods are the implemented methods, as listed in Allow.
	// Nil: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE.
	Methods []string
	// Extensions are the option tags understood in Require. Nil: none.
	Extensions []string
	// ContentTypes are the bodies understood, but in INFO. Nil:
	// application/sdp.
	ContentTypes []string
	// InfoTypes are the bodies understood in INFO. Nil:
	// application/dtmf-relay and application/dtmf.
	InfoTypes []string

	// Scanners are parts of what programs call themselves in User-Agent that look for telephones to misuse, in any case. An
	// untrusted source that sends one is banned at once. Nil: none.
	Scanners []string
	// Silent leaves whatever would be refused of untrusted sources unanswered, so that a scan finds nothing.
	Silent bool

	Limits Limits
	Rates  Rates

	// Trace gets every message that was taken or answered, and what was sent. Nil: nobody asks.
	Trace func(Traced)

	// Logger gets bans and refusals, at most ten lines a second. Nil: none.
	Logger *slog.Logger
}

// Limits bound one message, one connection and the number of connections.
type Limits struct {
	Message     int // bytes of a datagram or a framed message; 0: 16,384
	StartLine   int // bytes; 0: 2,048
	HeaderField int // bytes of one field, folded lines included; 0: 4,096
	Headers     int // number of fields; 0: 100
	Body        int // bytes; 0: 8,192

	Conns          int // connections overall; 0: 1,000
	ConnsPerSource int // connections of an untrusted source; 0: 20

	Handshake   time.Duration // for that of TLS; 0: 10 s
	HalfMessage time.Duration // to finish a message once begun, and to send a first one; 0: 30 s
	Idle        time.Duration // between messages; 0: 1 h
	Write       time.Duration // for one write; 0: 10 s
}

// Rate is a token bucket.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Rates bound requests by source and overall. Zero fields take the default.
type Rates struct {
	Source         Rate          // messages of one untrusted source; default 8/s, burst 16
	Offences       Rate          // messages of one untrusted source that are no SIP, malformed, or refused; default 0.1/s, burst 10
	Ban            time.Duration // for a source that exceeds Source or Offences, or scans; doubled up to eightfold for repeated offences; default 300 s
	Strangers      Rate          // other requests of all untrusted sources together; default 250/s, burst 500
	StrangeInvites Rate          // initial INVITEs of all untrusted sources together; default 50/s, burst 100
	TrustedInvites Rate          // initial INVITEs of all trusted sources together; default 300/s, burst 600
	Handshakes     Rate          // of TLS, of all untrusted sources together; default 100/s, burst 200
	Refusals       Rate          // replies made by the guard to all untrusted sources together, and again 503s to all trusted ones; default 500/s, burst 1,000
}

func (o Options) withDefaults() Options {
	if o.Methods == nil {
		o.Methods = []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE"}
	}
	if o.ContentTypes == nil {
		o.ContentTypes = []string{"application/sdp"}
	}
	if o.InfoTypes == nil {
		o.InfoTypes = []string{"application/dtmf-relay", "application/dtmf"}
	}
	if o.Trust == nil {
		o.Trust = func(netip.Addr) bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Limits = o.Limits.withDefaults()
	o.Rates = o.Rates.withDefaults()
	return o
}

func (l Limits) withDefaults() Limits {
	orInt(&l.Message, 16_384)
	orInt(&l.StartLine, 2_048)
	orInt(&l.HeaderField, 4_096)
	orInt(&l.Headers, 100)
	orInt(&l.Body, 8_192)
	orInt(&l.Conns, 1_000)
	orInt(&l.ConnsPerSource, 20)
	orDuration(&l.Handshake, 10*time.Second)
	orDuration(&l.HalfMessage, 30*time.Second)
	orDuration(&l.Idle, time.Hour)
	orDuration(&l.Write, 10*time.Second)
	return l
}

func (r Rates) withDefaults() Rates {
	orRate(&r.Source, Rate{8, 16})
	orRate(&r.Offences, Rate{0.1, 10})
	orDuration(&r.Ban, 300*time.Second)
	orRate(&r.Strangers, Rate{250, 500})
	orRate(&r.StrangeInvites, Rate{50, 100})
	orRate(&r.TrustedInvites, Rate{300, 600})
	orRate(&r.Handshakes, Rate{100, 200})
	orRate(&r.Refusals, Rate{500, 1_000})
	return r
}

func orInt(v *int, def int) {
	if *v == 0 {
		*v = def
	}
}

func orDuration(v *time.Duration, def time.Duration) {
	if *v == 0 {
		*v = def
	}
}

func orRate(v *Rate, def Rate) {
	if v.PerSecond == 0 && v.Burst == 0 {
		*v = def
	}
}

// Validate reports the first option that makes no sense.
func (o Options) Validate() error {
	o = o.withDefaults()
	l := o.Limits
	for _, v := range []int{l.Message, l.StartLine, l.HeaderField, l.Headers, l.Body, l.Conns, l.ConnsPerSource} {
		if v < 0 {
			return errors.New("guard: a limit is negative")
		}
	}
	for _, d := range []time.Duration{l.Handshake, l.HalfMessage, l.Idle, l.Write, o.Rates.Ban} {
		if d < 0 {
			return errors.New("guard: a duration is negative")
		}
	}
	// A message is written out somewhat longer than it came; see maxComposed.
	if l.Message > maxMessage {
		return fmt.Errorf("guard: message limit %d exceeds %d", l.Message, maxMessage)
	}
	if l.Headers > maxFields {
		return fmt.Errorf("guard: header limit %d exceeds %d", l.Headers, maxFields)
	}
	for _, r := range []Rate{o.Rates.Source, o.Rates.Offences, o.Rates.Strangers, o.Rates.StrangeInvites, o.Rates.TrustedInvites, o.Rates.Handshakes, o.Rates.Refusals} {
		if !(r.PerSecond >= 0) || r.Burst < 1 { // nor is NaN a rate
			return fmt.Errorf("guard: rate %v with burst %d", r.PerSecond, r.Burst)
		}
	}
	return nil
}

const (
	maxMessage = 24_576
	maxFields  = 128
)
