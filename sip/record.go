package sip

import (
	"net/netip"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip/trace"
)

// Record is what became of a call: one for each leg that has ended, but for those that another process takes up.
type Record struct {
	Leg      control.LegID
	CallID   string
	From     string // the far end's number; whom we called
	To       string
	Outbound bool
	Trunk    string // that it went out through
	Network  string
	Source   netip.AddrPort
	Since    time.Time
	Answered time.Time // zero: never
	Ended    time.Time
	Codec    media.Codec // of an answered call
	Kind     EndKind
	Text     string
	RTP      trace.Counts
}

// keepRecord notes what became of the leg, which has just ended.
func (l *leg) keepRecord(e *End) {
	r := l.record(e)
	l.ua.traces.End(trace.Leg{ID: string(l.id), Ended: r.Ended, Reason: string(r.Kind), RTP: r.RTP})
	if l.opt.Ended != nil && e.Kind != Suspended {
		l.opt.Ended(r)
	}
}

func (l *leg) record(e *End) Record {
	s := &l.state
	return Record{
		Leg: l.id, CallID: s.Dialog.CallID, From: s.Call.From, To: s.Call.To, Outbound: s.Call.Out != "", Trunk: s.Trunk,
		Network: s.Flow.Network, Source: s.Flow.Source, Since: s.Since, Answered: s.Answered, Ended: time.Now(),
		Codec: s.SDP.Spec.Send.Codec, Kind: e.Kind, Text: e.Text, RTP: l.counts(),
	}
}
