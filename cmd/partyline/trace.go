package main

import (
	"partyline/control"
	"partyline/control/api"
	"partyline/sip/trace"
)

// Counts implements sip.MediaCounter.
func (l phoneLeg) Counts() trace.Counts {
	s := l.Stats()
	return trace.Counts{
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, ReportsIn: s.ReportsIn, ReportsOut: s.ReportsOut,
		Lost: s.Lost, Late: s.Late, Duplicates: s.Duplicates, Concealed: s.Concealed,
		WrongSource: s.WrongSource, WrongPayload: s.WrongPayload, Invalid: s.Invalid,
		SSRCChanges: s.SSRCChanges, RoundTrip: s.RoundTrip,
	}
}

func (a *App) trace(id control.LegID) (api.Trace, bool) { return traceOf(a.ua.Trace(id)) }

func (a *App) traceOfCall(callID string) (api.Trace, bool) { return traceOf(a.ua.TraceOf(callID)) }

func traceOf(c trace.Call, ok bool) (api.Trace, bool) {
	t := api.Trace{CallID: c.CallID, Running: c.Running, Dropped: c.Dropped}
	for _, l := range c.Legs {
		t.Legs = append(t.Legs, api.TraceLeg{ID: control.LegID(l.ID), Ended: l.Ended, Reason: l.Reason, RTP: rtpCounts(l.RTP)})
	}
	for _, m := range c.Messages {
		t.Messages = append(t.Messages, api.TraceMessage(m))
	}
	return t, ok
}

func rtpCounts(c trace.Counts) api.RTPCounts {
	return api.RTPCounts{
		PacketsIn: c.PacketsIn, PacketsOut: c.PacketsOut, ReportsIn: c.ReportsIn, ReportsOut: c.ReportsOut,
		Lost: c.Lost, Late: c.Late, Duplicates: c.Duplicates, Concealed: c.Concealed,
		WrongSource: c.WrongSource, WrongPayload: c.WrongPayload, Invalid: c.Invalid,
		SSRCChanges: c.SSRCChanges, RoundTripMS: float64(c.RoundTrip.Microseconds()) / 1000,
	}
}
