package sip_test

import (
	"fmt"
	"strings"
	"testing"

	"partyline/mixer/media"
	"partyline/sip"
	"partyline/sip/uatest"
)

// TestResume: a second user agent on the same ports takes the call up from a state that went through JSON.
func TestResume(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		for _, ends := range []string{"far end", "bridge"} {
			t.Run(ends+" hangs up", func(t *testing.T) {
				t.Parallel()
				testResume(t, network, ends == "far end")
			})
		}
	})
}

func testResume(t *testing.T, network string, farEnd bool) {
	first := newRig(t, nil)
	phone := uatest.NewPhone(t, first.addr(network))
	call := phone.Call("300")
	sdp1 := call.Dial(uatest.Offer(4000, "8 0 101"))
	before := first.caller(call)
	before.Await(t, "answered")
	check(t, "OPTIONS", call.Do("OPTIONS", "", 200).Status(), 200)
	state := suspend(t, first.ua, before.Call.Leg)
	check(t, "no leg is left", len(first.ua.Legs()), 0)
	check(t, "the conversation is not told", before.Entries(), []string{"answered"})
	first.stop()
	check(t, "the far end notices nothing", phone.Requests(), []string(nil))

	second := newRig(t, func(o *sip.Options) {
		for i, a := range first.ua.Addrs() {
			o.Listen[i].Addr = a.String()
		}
		o.TLS = first.tls
	})
	if err := second.ua.Resume(state); err != nil {
		t.Fatal(err)
	}
	if err := second.ua.Resume(state); err == nil {
		t.Error("the same leg was resumed twice")
	}
	after := second.caller(call)
	check(t, "tag", after.Tag(), before.Tag())
	check(t, "readmitted", after.Readmitted, true)
	leg := second.media.Leg(after.Call.Leg)
	check(t, "local media", leg.LocalAddr(), first.media.Leg(after.Call.Leg).LocalAddr())
	if network != "udp" { // connections do not survive a process; the dialog does
		call.Phone = phone.Again()
	}

	hold := call.Change("INVITE", uatest.Offer(4000, "8 0 101", "sendonly"))
	after.Await(t, "held true")
	check(t, "direction", leg.Spec().Direction, media.RecvOnly)
	id1, version1 := origin(t, sdp1)
	if id2, version2 := origin(t, hold); id1 != id2 || version2 != version1+1 {
		t.Errorf("o= went from %d %d to %d %d", id1, version1, id2, version2)
	}
	if farEnd {
		call.Bye()
		after.Await(t, "gone: the caller hung up")
		return
	}
	after.Line.HangUp("over")
	bye := call.Phone.ExpectRequest("BYE")
	check(t, "dialog", bye.Tag("From")+bye.Tag("To"), call.RemoteTag+call.LocalTag)
	call.Phone.Reply(bye, 200)
	after.Await(t, "gone: over")
}

func TestResumeRefusesNonsense(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for name, s := range map[string]sip.State{
		"empty":     {},
		"no target": {Leg: "leg_x", Dialog: sip.Dialog{CallID: "c", LocalTag: "l"}},
	} {
		if err := r.ua.Resume(s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := r.ua.Suspend(t.Context(), "leg_none"); err == nil || !strings.Contains(err.Error(), "leg_none") {
		t.Errorf("suspend of an unknown leg: %v", err)
	}
}

// TestSuspendBeforeTheAck: the ACK reaches the second user agent.
func TestSuspendBeforeTheAck(t *testing.T) {
	t.Parallel()
	first := newRig(t, nil)
	phone := uatest.NewPhone(t, first.addr("udp"))
	call := phone.Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	state := suspend(t, first.ua, first.caller(call).Call.Leg)
	first.stop()
	second := newRig(t, func(o *sip.Options) {
		o.Listen = []sip.Listen{{Network: "udp", Addr: first.addr("udp").String()}}
	})
	if err := second.ua.Resume(state); err != nil {
		t.Fatal(err)
	}
	call.Ack("")
	second.caller(call).Await(t, "answered")
	call.Bye()
}

func origin(t *testing.T, description string) (id, version int64) {
	t.Helper()
	for line := range strings.SplitSeq(description, "\r\n") {
		if rest, ok := strings.CutPrefix(line, "o=partyline "); ok {
			if _, err := fmt.Sscan(rest, &id, &version); err != nil {
				t.Fatal(err)
			}
			return id, version
		}
	}
	t.Fatalf("no o= in\n%s", description)
	return 0, 0
}
