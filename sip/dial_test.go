package sip_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip"
	"partyline/sip/uatest"
)

// calling is a rig that calls a phone.
type calling struct {
	*rig
	phone  *uatest.Phone
	callee *uatest.Caller
}

// call has the bridge call a phone, straight.
func call(t *testing.T, r *rig, change func(*sip.Outgoing)) *calling {
	t.Helper()
	c := &calling{rig: r, phone: uatest.NewPhone(t, r.addr("udp"))}
	o := sip.Outgoing{Leg: control.NewID[control.LegID]("leg_"), Call: "call_a", User: "+4930123417", Addr: netip.MustParseAddrPort(c.phone.Addr())}
	if change != nil {
		change(&o)
	}
	c.dial(o)
	return c
}

func (c *calling) dial(o sip.Outgoing) {
	c.t.Helper()
	err := c.ua.Dial(o, func(call control.Call, line control.Line) (control.Callee, error) {
		c.callee = &uatest.Caller{Call: call, Line: line}
		return c.callee, nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func TestCallOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	invite := c.phone.ExpectRequest("INVITE")
	for name, want := range map[string]string{
		"Start": `^INVITE sip:\+4930123417@127\.0\.0\.1:\d+ SIP/2\.0$`, "From": `^<sip:partyline@127\.0\.0\.1:\d+>;tag=\w+$`, "To": `^<sip:\+4930123417@127\.0\.0\.1:\d+>$`,
		"Contact": `^<sip:127\.0\.0\.1:\d+>$`, "Content-Type": "^application/sdp$", "Allow": "^INVITE, ACK, BYE", "Max-Forwards": "^70$", "Authorization": "^$",
	} {
		got := invite.Get(name)
		if name == "Start" {
			got = invite.Start
		}
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, want := range []string{"m=audio ", "RTP/AVP 0 8 101\r\n", "a=rtpmap:101 telephone-event/8000\r\n", "a=sendrecv\r\n"} {
		if !strings.Contains(invite.Body, want) {
			t.Errorf("offer lacks %q:\n%s", want, invite.Body)
		}
	}
	c.phone.Answer(invite, 100, "", "")
	c.phone.Answer(invite, 180, "early", "")
	c.callee.Await(t, "ringing")
	c.phone.Answer(invite, 183, "early", uatest.Offer(4000, "0"))
	if got := r.media.Leg(c.callee.Call.Leg).Entries(); got != nil {
		t.Errorf("early media: %q", got)
	}
	c.phone.Answer(invite, 200, "a", uatest.Offer(4002, "8 101"))
	ack := c.phone.ExpectRequest("ACK")
	if ack.Tag("To") != "a" || ack.Get("CSeq") != strings.Replace(invite.Get("CSeq"), "INVITE", "ACK", 1) || !strings.HasPrefix(ack.Start, "ACK sip:callee@"+c.phone.Addr()) {
		t.Errorf("ACK:\n%s", ack.Bytes())
	}
	c.callee.Await(t, "answered")
	check(t, "callee", c.callee.Entries(), []string{"ringing", "answered"})
	leg := r.media.Leg(c.callee.Call.Leg)
	check(t, "media", leg.Spec(), media.Spec{
		Remote: netip.MustParseAddrPort("127.0.0.1:4002"), Signalling: netip.MustParseAddr("127.0.0.1"),
		Send:      media.Format{Codec: media.PCMA, PayloadType: 8},
		Recv:      []media.Format{{Codec: media.PCMU, PayloadType: 0}, {Codec: media.PCMA, PayloadType: 8}},
		EventSend: 101, EventRecv: 101, PtimeMS: 20,
	})
	infos := r.ua.Legs()
	if len(infos) != 1 || !infos[0].Outbound || !infos[0].Confirmed || infos[0].From != "+4930123417" {
		t.Errorf("legs: %+v", infos)
	}
	c.phone.Answer(invite, 200, "a", uatest.Offer(4002, "8 101")) // as if the ACK were lost
	if again := c.phone.ExpectAgain("ACK"); again.Tag("To") != "a" {
		t.Errorf("second ACK:\n%s", again.Bytes())
	}

	// From now on it is a call like any.
	leg.Report(media.Event{Kind: media.Digit, Digit: '1'})
	c.callee.Await(t, "digit 1")
	theirs := c.phone.Called(invite, "a")
	theirs.Change("INVITE", uatest.Offer(4002, "8 101", "sendonly"))
	c.callee.Await(t, "held true")
	theirs.Do("OPTIONS", "", 200)
	theirs.Bye()
	c.callee.Await(t, "gone: the caller hung up")
	check(t, "media", leg.Entries(), []string{"start", "update", "closed"})
}

func TestCallOutIsHungUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	c.answered("a")
	c.callee.Line.HangUp("that will do")
	bye := c.phone.ExpectRequest("BYE")
	if bye.Tag("To") != "a" || bye.Get("Reason") != `Q.850;cause=16;text="that will do"` {
		t.Errorf("BYE:\n%s", bye.Bytes())
	}
	c.phone.Reply(bye, 200)
	c.callee.Await(t, "gone: that will do")
}

// answered has the phone answer.
func (c *calling) answered(tag string) *uatest.Message {
	c.t.Helper()
	invite := c.phone.ExpectRequest("INVITE")
	c.phone.Answer(invite, 200, tag, uatest.Offer(4002, "0 101"))
	c.phone.ExpectRequest("ACK")
	c.callee.Await(c.t, "answered")
	return invite
}

func TestCallOutLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, func(o *sip.Outgoing) { o.Limit = 50 * time.Millisecond })
	c.answered("a")
	c.phone.Reply(c.phone.ExpectRequest("BYE"), 200)
	c.callee.Await(t, "gone: the longest time of a call is over")
}

func TestCallOutOutcomes(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		486: "busy, ", 600: "busy, ", 603: "declined, the telephone declined", 480: "no_answer, ", 408: "no_answer, ",
		404: "failed, there is no such number (404)", 503: "failed, the far end answered 503", 403: "failed, the far end answered 403",
		301: "failed, the far end sends us elsewhere (301), where we do not follow", 302: "failed, the far end sends us elsewhere (302), where we do not follow",
		401: "failed, the trunk did not take our credentials", 407: "failed, the trunk did not take our credentials",
	} {
		r := newRig(t, nil)
		c := call(t, r, nil)
		invite := c.phone.ExpectRequest("INVITE")
		c.phone.Answer(invite, status, "a", "", uatest.Header{Name: "Contact", Value: "<sip:premium@" + c.phone.Addr() + ">"},
			uatest.Header{Name: "WWW-Authenticate", Value: `Digest realm="127.0.0.1", nonce="n"`})
		if ack := c.phone.ExpectAgain("ACK"); ack.Get("Via") != invite.Get("Via") {
			t.Errorf("%d: ACK\n%s", status, ack.Bytes())
		}
		c.callee.Await(t, "unanswered: "+want)
		await(t, "legs", func() int { return r.ua.Stats().Calls }, 0)
		check(t, "media", r.media.Leg(c.callee.Call.Leg).Entries(), []string{"closed"})
		if got := c.phone.Requests(); got != nil {
			t.Errorf("%d: then %q", status, got)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, func(o *sip.Outgoing) { o.Ring = 500 * time.Millisecond })
	invite := c.phone.ExpectRequest("INVITE")
	c.phone.Answer(invite, 180, "a", "")
	c.cancelled(invite)
	c.callee.Await(t, "unanswered: no_answer, nobody answered in time")
	check(t, "callee", c.callee.Entries(), []string{"ringing", "unanswered: no_answer, nobody answered in time"})
}

// cancelled expects a CANCEL and answers it, and the INVITE.
func (c *calling) cancelled(invite *uatest.Message) {
	c.t.Helper()
	cancel := c.phone.ExpectAgain("CANCEL")
	if cancel.Get("Via") != invite.Get("Via") || cancel.Get("To") != invite.Get("To") || cancel.Tag("From") != invite.Tag("From") ||
		strings.TrimPrefix(cancel.Start, "CANCEL") != strings.TrimPrefix(invite.Start, "INVITE") {
		c.t.Errorf("CANCEL:\n%s", cancel.Bytes())
	}
	c.phone.Reply(cancel, 200)
	c.phone.Answer(invite, 487, "a", "")
}

// TestCancelWaitsForARinging: RFC 3261 §9.1, not before a provisional response.
func TestCancelWaitsForARinging(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	invite := c.phone.ExpectRequest("INVITE")
	if !r.ua.HangUp(c.callee.Call.Leg, "call cancelled") {
		t.Error("no such leg")
	}
	c.phone.Answer(invite, 100, "", "")
	c.cancelled(invite)
	c.callee.Await(t, "unanswered: cancelled, ")
}

// TestAnswerCrossesCancel: the dialog is made and ended.
func TestAnswerCrossesCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	invite := c.phone.ExpectRequest("INVITE")
	c.phone.Answer(invite, 180, "a", "")
	c.callee.Await(t, "ringing")
	r.ua.HangUp(c.callee.Call.Leg, "call cancelled")
	cancel := c.phone.ExpectAgain("CANCEL")
	c.phone.Answer(invite, 200, "a", uatest.Offer(4000, "0"))
	c.phone.Reply(cancel, 481)
	c.ended("a", "Q.850;cause=31")
	c.callee.Await(t, "unanswered: cancelled, ")
	check(t, "media", r.media.Leg(c.callee.Call.Leg).Entries(), []string{"closed"})
}

// ended expects ACK and BYE in the dialog of a tag.
func (c *calling) ended(tag, reason string) {
	c.t.Helper()
	if ack := c.phone.ExpectRequest("ACK"); ack.Tag("To") != tag {
		c.t.Errorf("ACK to %q, want %q", ack.Tag("To"), tag)
	}
	bye := c.phone.ExpectRequest("BYE")
	if bye.Tag("To") != tag || !strings.HasPrefix(bye.Get("Reason"), reason) {
		c.t.Errorf("BYE:\n%s", bye.Bytes())
	}
	c.phone.Reply(bye, 200)
}

// TestFork: the first who answers has the call, the others are told.
func TestFork(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	invite := c.phone.ExpectRequest("INVITE")
	for _, tag := range []string{"a", "b", "c"} {
		c.phone.Answer(invite, 180, tag, "")
	}
	c.callee.Await(t, "ringing")
	c.phone.Answer(invite, 200, "b", uatest.Offer(4000, "0"))
	if ack := c.phone.ExpectRequest("ACK"); ack.Tag("To") != "b" {
		t.Errorf("ACK to %q", ack.Tag("To"))
	}
	c.phone.Answer(invite, 200, "c", uatest.Offer(4002, "0"))
	c.ended("c", "Q.850;cause=26")
	check(t, "callee", c.callee.Entries(), []string{"ringing", "answered"})
	c.phone.Called(invite, "b").Bye()
	c.callee.Await(t, "gone: the caller hung up")
	await(t, "legs", func() int { return r.ua.Stats().Calls }, 0)
	c.phone.Answer(invite, 200, "a", uatest.Offer(4004, "0")) // later than the call has lasted
	c.ended("a", "Q.850;cause=16")
}

func TestAnswerThatDoesNotDo(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"none": "", "another codec": uatest.Offer(4000, "18"), "no SDP": "x"} {
		r := newRig(t, nil)
		c := call(t, r, nil)
		c.phone.Answer(c.phone.ExpectRequest("INVITE"), 200, "a", body)
		c.ended("a", "SIP;cause=488")
		c.callee.Await(t, "unanswered: failed, no usable answer to our offer")
		if got := r.media.Leg(c.callee.Call.Leg).Entries(); len(got) != 1 {
			t.Errorf("%s: media %q", name, got)
		}
	}
}

// TestDrainWhileItRings: the call is taken back.
func TestDrainWhileItRings(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	invite := c.phone.ExpectRequest("INVITE")
	c.phone.Answer(invite, 180, "a", "")
	c.callee.Await(t, "ringing")
	drained := make(chan error, 1)
	go func() { drained <- r.ua.Drain(t.Context()) }()
	c.cancelled(invite)
	c.callee.Await(t, "unanswered: failed, the bridge shut down")
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if err := r.ua.Dial(sip.Outgoing{Leg: "leg_x", User: "a", Addr: netip.MustParseAddrPort(c.phone.Addr())}, nil); err == nil {
		t.Error("a call was made while the bridge shuts down")
	}
}

// TestWhatCannotBeCalled: nothing but a number or a plain user gets into a request.
func TestWhatCannotBeCalled(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	for _, user := range []string{"", "a;b", "a@b", "a?b", "a%40b", "a b", "a>\r\nX: y", "a:b", "é", strings.Repeat("1", 65)} {
		if err := r.ua.Dial(sip.Outgoing{Leg: "leg_x", User: user, Addr: netip.MustParseAddrPort(phone.Addr())}, nil); err == nil {
			t.Errorf("%q was called", user)
		}
	}
	if err := r.ua.Dial(sip.Outgoing{Leg: "leg_x", User: "a", Trunk: "none"}, nil); err == nil {
		t.Error("an unknown trunk was called")
	}
	if got := phone.Requests(); got != nil {
		t.Errorf("%q", got)
	}
}

// TestCallOutIsTakenUp: another process goes on with the call, and its limit.
func TestCallOutIsTakenUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, func(o *sip.Outgoing) { o.Limit = time.Hour })
	invite := c.answered("a")
	state := suspend(t, r.ua, c.callee.Call.Leg)
	if state.Call.Out != "call_a" || state.Until.IsZero() || !state.Dialog.Confirmed {
		t.Errorf("%+v", state)
	}
	addr := r.addr("udp").String()
	r.stop()
	again := newRig(t, func(o *sip.Options) { o.Listen = []sip.Listen{{Network: "udp", Addr: addr}} })
	state.Until = time.Now().Add(100 * time.Millisecond)
	if err := again.ua.Resume(state); err != nil {
		t.Fatal(err)
	}
	c.phone.Called(invite, "a").Do("OPTIONS", "", 200)
	c.phone.Reply(c.phone.ExpectRequest("BYE"), 200)
	again.admitter.Caller(t, 0).Await(t, "gone: the longest time of a call is over")
}
