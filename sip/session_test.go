package sip_test

import (
	"strings"
	"testing"
	"time"

	"partyline/sip"
	"partyline/sip/uatest"
)

// brief lets sessions be as short as a test wants them.
func brief(o *sip.Options) { o.SessionExpires, o.MinSession = 2*time.Second, time.Second }

func invite(call *uatest.Call, headers ...uatest.Header) {
	m := call.Request("INVITE", uatest.Offer(4000, "0"))
	m.Headers = append(m.Headers, headers...)
	call.InviteWith(m)
}

// TestSessionRefreshedByUs: in real time, over the wire; a far end that is gone ends the call.
func TestSessionRefreshedByUs(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, brief)
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		invite(call, field("Supported", "timer"), field("Allow", "INVITE, UPDATE"))
		ok := call.Answered()
		check(t, "Session-Expires", ok.Get("Session-Expires"), "2;refresher=uas")
		check(t, "Require", ok.Get("Require"), "timer")
		check(t, "Supported", ok.Get("Supported"), supported)
		call.Ack("")
		for range 2 {
			update := call.Phone.ExpectRequest("UPDATE")
			check(t, "what is asked for", update.Get("Session-Expires"), "2;refresher=uac")
			check(t, "body", update.Body, "")
			call.Phone.Answer(update, 200, "", "", field("Session-Expires", "2;refresher=uac"), field("Require", "timer"))
		}
		call.Phone.Reply(call.Phone.ExpectRequest("UPDATE"), 481)
		bye := call.Phone.ExpectRequest("BYE")
		if !strings.HasPrefix(bye.Get("Reason"), "SIP;cause=408") {
			t.Errorf("Reason: %s", bye.Get("Reason"))
		}
		call.Phone.Reply(bye, 481)
		r.caller(call).Await(t, "gone: no reply to the refresh of the session")
		check(t, "refreshes", r.ua.Stats().Refreshes, uint64(2))
	})
}

// TestSessionRefreshedByReinvite: who does not take UPDATE gets a re-INVITE with the same description, and its ACK.
func TestSessionRefreshedByReinvite(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, brief)
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		invite(call)
		ok := call.Answered()
		check(t, "Require", ok.Get("Require"), "") // it would not understand
		call.Ack("")
		again := call.Phone.ExpectRequest("INVITE")
		check(t, "description", again.Body, ok.Body)
		call.Phone.Answer(again, 200, "", uatest.Offer(4000, "0"))
		ack := call.Phone.ExpectRequest("ACK")
		check(t, "CSeq of the ACK", ack.Get("CSeq"), strings.Replace(again.Get("CSeq"), "INVITE", "ACK", 1))
		call.Phone.Answer(again, 200, "", uatest.Offer(4000, "0")) // the ACK was lost
		check(t, "the ACK again", call.Phone.ExpectAgain("ACK").Get("CSeq"), ack.Get("CSeq"))
		call.Bye()
	})
}

// TestSessionExpires: the caller promised to refresh, and does so once.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	r := newRig(t, brief)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	promise := []uatest.Header{field("Supported", "timer"), field("Session-Expires", "2;refresher=uac")}
	invite(call, promise...)
	check(t, "Session-Expires", call.Answered().Get("Session-Expires"), "2;refresher=uac")
	call.Ack("")
	update := call.Request("UPDATE", "")
	update.Headers = append(update.Headers, promise...)
	call.Phone.Send(update)
	check(t, "Session-Expires", call.Phone.Expect(update, 200).Get("Session-Expires"), "2;refresher=uac")
	bye := call.Phone.ExpectRequest("BYE")
	check(t, "Reason", bye.Get("Reason"), `SIP;cause=408;text="the session has expired"`)
	call.Phone.Reply(bye, 200)
	r.caller(call).Await(t, "gone: the session has expired")
}

// TestSessionTooShort: 422 with Min-SE, for a new call and for a change; neither has changed anything.
func TestSessionTooShort(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	short := []uatest.Header{field("Supported", "timer"), field("Session-Expires", "30")}
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	invite(call, short...)
	check(t, "Min-SE", call.Refused(422).Get("Min-SE"), "90")
	check(t, "legs", len(r.ua.Legs()), 0)

	call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
	for _, method := range []string{"UPDATE", "INVITE"} {
		m := call.Request(method, uatest.Offer(4000, "0", "sendonly"))
		m.Headers = append(m.Headers, short...)
		if method == "INVITE" {
			call.InviteWith(m)
			check(t, "Min-SE", call.Refused(422).Get("Min-SE"), "90")
		} else {
			call.Phone.Send(m)
			check(t, "Min-SE", call.Phone.Expect(m, 422).Get("Min-SE"), "90")
		}
	}
	check(t, "media", leg.Entries(), []string{"start"})
	check(t, "conversation", caller.Entries(), []string{"answered"})
	call.Bye()
}

// TestCallOutSession: our INVITE asks for a timer, asks for a longer one after a 422, and takes the role that the answer gives.
func TestCallOutSession(t *testing.T) {
	t.Parallel()
	r := newRig(t, brief)
	c := call(t, r, nil)
	first := c.phone.ExpectRequest("INVITE")
	check(t, "Supported", first.Get("Supported"), supported)
	check(t, "Session-Expires", first.Get("Session-Expires"), "2")
	c.phone.Answer(first, 422, "x", "", field("Min-SE", "3"))
	c.phone.ExpectAgain("ACK")
	second := c.phone.ExpectRequest("INVITE")
	check(t, "Session-Expires", second.Get("Session-Expires"), "3")
	check(t, "Min-SE", second.Get("Min-SE"), "3")
	check(t, "the same call", second.Get("Call-ID"), first.Get("Call-ID"))
	c.phone.Answer(second, 200, "tag", uatest.Offer(4000, "0"), field("Session-Expires", "3;refresher=uac"), field("Allow", "UPDATE"))
	c.phone.ExpectRequest("ACK")
	update := c.phone.ExpectRequest("UPDATE")
	check(t, "refresh", update.Get("Session-Expires")+", "+update.Get("Min-SE"), "3;refresher=uac, 3")
	c.phone.Answer(update, 200, "tag", "", field("Session-Expires", "3;refresher=uas")) // he takes over, and does not
	bye := c.phone.ExpectRequest("BYE")
	check(t, "Reason", bye.Get("Reason"), `SIP;cause=408;text="the session has expired"`)
	c.phone.Reply(bye, 200)
}

// TestSessionSurvivesResume: the timer goes on in another process, on the time of the first.
func TestSessionSurvivesResume(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, _ := r.dial("udp", uatest.Offer(4000, "0"))
	s := suspend(t, r.ua, caller.Call.Leg)
	check(t, "session", s.Session.Expires, 1800)
	s.Session.Since = s.Session.Since.Add(-time.Hour)
	if err := r.ua.Resume(s); err != nil {
		t.Fatal(err)
	}
	call.Phone.Reply(call.Phone.ExpectRequest("BYE"), 200)
}

func field(name, value string) uatest.Header { return uatest.Header{Name: name, Value: value} }
