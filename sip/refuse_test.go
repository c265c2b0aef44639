package sip_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip"
	"partyline/sip/uatest"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	offer := uatest.Offer(4000, "0 101")
	cases := map[string]struct {
		decide func(control.Call) error
		media  error
		offer  string
		change func(*uatest.Message)
		status int
		reason string
	}{
		"no common codec":      {offer: uatest.Offer(4000, "18 4"), status: 488, reason: "Q.850;cause=88"},
		"encrypted only":       {offer: strings.Replace(offer, "RTP/AVP", "RTP/SAVP", 1), status: 488, reason: "Q.850;cause=88"},
		"no audio":             {offer: strings.Replace(offer, "m=audio", "m=video", 1), status: 488, reason: "Q.850;cause=88"},
		"not a description":    {offer: "hello", status: 400, reason: "Q.850;cause=127"},
		"no such meeting":      {decide: code(control.CodeNotFound), status: 404, reason: "Q.850;cause=1;"},
		"not allowed":          {decide: code(control.CodeForbidden), status: 403, reason: "Q.850;cause=21"},
		"meeting full":         {decide: code(control.CodeLimit), status: 486, reason: "Q.850;cause=17"},
		"overloaded":           {decide: code(control.CodeOverloaded), status: 503, reason: "Q.850;cause=42"},
		"something inside":     {decide: func(control.Call) error { return errors.New("secret") }, status: 500, reason: "Q.850;cause=41"},
		"no ports":             {media: control.Errorf(control.CodeOverloaded, "no free ports"), status: 503, reason: "Q.850;cause=42"},
		"Require":              {change: set("Require", "replaces"), status: 420},
		"another body":         {change: set("Content-Type", "text/plain"), status: 415},
		"compressed":           {change: set("Content-Encoding", "gzip"), status: 415},
		"wants something else": {change: set("Accept", "text/plain"), status: 406},
		"no Contact":           {change: set("Contact", ""), status: 400},
		"dialog unknown":       {change: set("To", "<sip:300@127.0.0.1>;tag=stranger"), status: 481},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(o *sip.Options) {
				o.Admitter.(*uatest.Admitter).Decide, o.Media.(*uatest.Media).Err = c.decide, c.media
			})
			call := uatest.NewPhone(t, r.addr("udp")).Call("300")
			if c.offer == "" {
				c.offer = offer
			}
			invite := call.Request("INVITE", c.offer)
			if c.change != nil {
				c.change(invite)
			}
			call.InviteWith(invite)
			res := call.Refused(c.status)
			if !strings.HasPrefix(res.Get("Reason"), c.reason) {
				t.Errorf("Reason: %q, want %s…", res.Get("Reason"), c.reason)
			}
			if strings.Contains(string(res.Bytes()), "secret") {
				t.Error("the response tells what went wrong inside")
			}
			check(t, "Retry-After", res.Get("Retry-After") != "", c.status == 503)
			if c.status == 415 {
				check(t, "Accept", res.Get("Accept"), "application/sdp")
			}
			if c.status == 420 {
				check(t, "Unsupported", res.Get("Unsupported"), "replaces")
			}
			check(t, "legs left", len(r.ua.Legs()), 0)
		})
	}
}

func code(c control.Code) func(control.Call) error {
	return func(control.Call) error { return fmt.Errorf("admit: %w", control.Errorf(c, "no")) }
}

func set(name, value string) func(*uatest.Message) {
	return func(m *uatest.Message) { m.Set(name, value) }
}

func TestMethods(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		stranger := uatest.NewPhone(t, r.addr(network)).Call("300")
		ok := stranger.Do("OPTIONS", "", 200)
		check(t, "Allow", ok.Get("Allow"), allow)
		check(t, "Accept", ok.Get("Accept"), "application/sdp")
		for _, method := range []string{"REGISTER", "SUBSCRIBE", "NOTIFY", "REFER", "MESSAGE", "PUBLISH"} {
			check(t, "Allow of "+method, stranger.Do(method, "", 405).Get("Allow"), allow)
		}
		stranger.Do("FROBNICATE", "", 501)
		stranger.Do("BYE", "", 481)
		stranger.Do("UPDATE", "", 481)
		stranger.Do("INFO", "", 481)

		call, _, _ := r.dial(network, uatest.Offer(4000, "0"))
		check(t, "Allow in the dialog", call.Do("OPTIONS", "", 200).Get("Allow"), allow)
		check(t, "Allow of MESSAGE in the dialog", call.Do("MESSAGE", "", 405).Get("Allow"), allow)
		call.Bye()
	})
}

func TestMaxCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *sip.Options) { o.MaxCalls = 1 })
	call, caller, _ := r.dial("udp", uatest.Offer(4000, "0"))
	second := uatest.NewPhone(t, r.addr("udp")).Call("300")
	second.Invite(uatest.Offer(4002, "0"))
	if res := second.Refused(503); res.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	call.Bye()
	caller.Await(t, "gone: the caller hung up")
	await(t, "calls", func() int { return r.ua.Stats().Calls }, 0) // the leg leaves the table just after
	third := uatest.NewPhone(t, r.addr("udp")).Call("300")
	third.Dial(uatest.Offer(4004, "0"))
	third.Bye()
}

// TestMergedRequest: RFC 3261 §8.2.2.2, an INVITE that comes twice, by two ways.
func TestMergedRequest(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	call := phone.Call("300")
	first := call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	call.Ack("")
	copied := &uatest.Message{Start: first.Start, Headers: append([]uatest.Header(nil), first.Headers...), Body: first.Body}
	copied.Set("Via", strings.Replace(first.Get("Via"), "branch=", "branch=z9hG4bKother", 1))
	phone.Send(copied)
	phone.Expect(copied, 482)
	call.Bye()
}

func TestRetransmittedInviteMakesOneCall(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	call := phone.Call("300")
	invite := call.Invite(uatest.Offer(4000, "0"))
	phone.Send(invite, invite)
	call.Answered()
	call.Ack("")
	call.Bye()
	check(t, "invites", r.ua.Stats().Invites, uint64(1))
}

func TestCancel(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		asked, release := make(chan struct{}), make(chan struct{})
		r := newRig(t, func(o *sip.Options) {
			o.Admitter.(*uatest.Admitter).Decide = func(control.Call) error { close(asked); <-release; return nil }
		})
		phone := uatest.NewPhone(t, r.addr(network))
		call := phone.Call("300")
		call.Invite(uatest.Offer(4000, "0"))
		<-asked
		cancel := call.Cancel()
		phone.Send(cancel)
		phone.Expect(cancel, 200)
		call.Refused(487)
		close(release)
		caller := r.caller(call)
		caller.Await(t, "gone: the caller hung up before the answer")
		check(t, "calls of the conversation", len(caller.Entries()), 1)
		check(t, "media", r.media.Leg(caller.Call.Leg) == nil, true)
	})
}

func TestCancelTooLate(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	call := phone.Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	cancel := call.Cancel()
	phone.Send(cancel)
	phone.Expect(cancel, 200) // and no effect (RFC 3261 §9.2)
	call.Ack("")
	r.caller(call).Await(t, "answered")
	call.Bye()
	late := call.Cancel()
	late.Set("Via", strings.Replace(late.Get("Via"), "branch=", "branch=z9hG4bKnone", 1))
	phone.Send(late)
	phone.Expect(late, 481)
}

func TestHangUpBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *sip.Options) {
		admitter := o.Admitter.(*uatest.Admitter)
		o.Media.(*uatest.Media).Opened = func() { admitter.Caller(t, 0).Line.HangUp("no") }
	})
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Refused(480)
	r.caller(call).Await(t, "gone: no")
}

func TestDrain(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call, caller, _ := r.dial(network, uatest.Offer(4000, "0"))
		other := uatest.NewPhone(t, r.addr(network))
		drained := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			drained <- r.ua.Drain(ctx)
		}()
		bye := call.Phone.ExpectRequest("BYE")
		check(t, "Reason", bye.Get("Reason"), `Q.850;cause=16;text="the bridge shuts down"`)
		caller.Await(t, "gone: the bridge shuts down")

		late := other.Call("300")
		late.Invite(uatest.Offer(4002, "0"))
		if res := late.Refused(503); res.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		other.Call("300").Do("OPTIONS", "", 503)
		call.Phone.Reply(bye, 200)
		if err := <-drained; err != nil {
			t.Error(err)
		}
	})
}

func TestSilenceIsProbed(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *sip.Options) { o.Probe = 20 * time.Millisecond })
	call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
	leg.Report(media.Event{Kind: media.Silent})
	probe := call.Phone.ExpectRequest("OPTIONS")
	check(t, "dialog", probe.Tag("From")+probe.Tag("To"), call.RemoteTag+call.LocalTag)
	call.Phone.Reply(probe, 405) // any answer is a sign of life
	call.Phone.Reply(call.Phone.ExpectRequest("OPTIONS"), 481)
	bye := call.Phone.ExpectRequest("BYE")
	call.Phone.Reply(bye, 481)
	caller.Await(t, "gone: no media and no reply from the caller")
	if !strings.HasPrefix(bye.Get("Reason"), "SIP;cause=408") {
		t.Errorf("Reason: %s", bye.Get("Reason"))
	}
}
