package sip_test

import (
	"strings"
	"testing"

	"partyline/sip"
	"partyline/sip/trace"
	"partyline/sip/uatest"
)

// ladder is who sent what, in order: "> INVITE" came, "< 200" went.
func ladder(c trace.Call) string {
	var lines []string
	for _, m := range c.Messages {
		way := ">"
		if m.Out {
			way = "<"
		}
		word, rest, _ := strings.Cut(m.Text, " ")
		if word == "SIP/2.0" {
			word, _, _ = strings.Cut(rest, " ")
		}
		lines = append(lines, way+" "+word)
	}
	return strings.Join(lines, ", ")
}

// TestTrace: the messages of a call can be read while it lasts and afterwards, those of a refused one too, without what was keyed.
func TestTrace(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		records := make(chan sip.Record, 1)
		r := newRig(t, func(o *sip.Options) { o.Traces, o.Ended = 1<<20, func(e sip.Record) { records <- e } })
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		call.Invite(uatest.Offer(4000, "0 101"))
		call.Answered()
		call.Ack("")
		id := r.admitter.Caller(t, 0).Call.Leg
		r.media.Leg(id).Await(t, "start")
		call.Do("OPTIONS", "", 200)
		if c, ok := r.ua.Trace(id); !ok || !c.Running {
			t.Errorf("while it runs: %t, %+v", ok, c)
		}
		call.Bye()
		record := <-records
		if record.Leg != id || record.Kind != sip.FarEnd || record.Answered.Before(record.Since) || record.Ended.Before(record.Answered) || record.Network != network {
			t.Errorf("record %+v", record)
		}
		c, ok := r.ua.Trace(id)
		if !ok || c.Running || len(c.Legs) != 1 || c.Legs[0].Reason != "far_end" {
			t.Fatalf("afterwards: %t, %+v", ok, c)
		}
		if got, want := strings.ReplaceAll(ladder(c), "< 100, ", ""), "> INVITE, < 200, > ACK, > OPTIONS, < 200, > BYE, < 200"; got != want {
			t.Errorf("trace %q, want %q", got, want)
		}
		for _, m := range c.Messages {
			if m.Network != network || m.Remote.String() != call.Phone.Addr() {
				t.Errorf("message over %s with %s, not %s", m.Network, m.Remote, call.Phone.Addr())
			}
		}
		again, ok := r.ua.TraceOf(c.CallID)
		if !ok || len(again.Messages) != len(c.Messages) {
			t.Errorf("by Call-ID: %t, %+v", ok, again)
		}
	})
}
