package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/mixer/media"
	"partyline/sip/uatest"
)

const relayType, dtmfType = "application/dtmf-relay", "application/dtmf"

// info makes an INFO with a body, without sending it.
func info(call *uatest.Call, kind, body string) *uatest.Message {
	m := call.Request("INFO", body)
	m.Set("Content-Type", kind)
	return m
}

func TestKeysByInfo(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call, caller, leg := r.dial(network, uatest.Offer(4000, "0"))
		for _, m := range []*uatest.Message{
			info(call, relayType, "Signal=4\r\nDuration=160\r\n"), info(call, relayType, "Signal=11\r\n"), info(call, dtmfType, "*"),
		} {
			call.Phone.Send(m)
			if ok := call.Phone.Expect(m, 200); ok.Tag("To") != call.RemoteTag || ok.Body != "" {
				t.Errorf("answered with\n%s", ok.Bytes())
			}
		}
		caller.Await(t, "digit *")
		check(t, "keys", caller.Entries(), []string{"answered", "digit 4", "digit #", "digit *"})
		check(t, "media", leg.Entries(), []string{"start"})
		call.Bye()
	})
}

// TestKeysByInfoInOrder: INFOs that overtake one another, and one that is sent again.
func TestKeysByInfoInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, _ := r.dial("udp", uatest.Offer(4000, "0"))
	var all []*uatest.Message
	want := []string{"answered"}
	for i := range 10 {
		all = append(all, info(call, relayType, fmt.Sprintf("Signal=%d\r\nDuration=100", i)))
		want = append(want, fmt.Sprintf("digit %d", i))
	}
	for _, i := range []int{1, 0, 0, 2, 3, 2, 1, 5, 4, 6, 8, 7, 9, 9} {
		call.Phone.Send(all[i])
	}
	for _, m := range all {
		call.Phone.Expect(m, 200)
	}
	caller.Await(t, "digit 9")
	check(t, "keys", caller.Entries(), want)
	call.Bye()
}

// TestInfoBeforeTheAck: the conversation has not begun. The key is not lost.
func TestInfoBeforeTheAck(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	m := info(call, dtmfType, "7")
	call.Phone.Send(m)
	call.Phone.Expect(m, 200)
	call.Ack("")
	caller := r.caller(call)
	caller.Await(t, "digit 7")
	check(t, "order", caller.Entries(), []string{"answered", "digit 7"})
	call.Bye()
}

func TestInfoThatIsRefused(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call, caller, _ := r.dial(network, uatest.Offer(4000, "0"))
		for _, tt := range []struct {
			kind, body    string
			status        int
			header, value string
		}{
			{relayType, "Signal=99", 400, "Reason", `Q.850;cause=127;text="no key is called '99'"`},
			{relayType, "Duration=5", 400, "Reason", `Q.850;cause=127;text="no Signal"`},
			{dtmfType, "hello", 400, "Reason", `Q.850;cause=127;text="no key is called 'hello'"`},
			{relayType, "Signal=1\r\n" + strings.Repeat("a", 300), 400, "Reason", `Q.850;cause=127;text="the body has more than 256 bytes"`},
			{"text/plain", "5", 415, "Accept", relayType + ", " + dtmfType},
			{"application/sdp", uatest.Offer(4000, "0"), 415, "Accept", relayType + ", " + dtmfType},
			{"", "5", 400, "", ""},
		} {
			m := info(call, tt.kind, tt.body)
			call.Phone.Send(m)
			check(t, tt.header, call.Phone.Expect(m, tt.status).Get(tt.header), tt.value)
		}
		m := info(call, "text/plain", "5")
		m.Set("Content-Disposition", "render;handling=optional")
		call.Phone.Send(m)
		check(t, "Accept", call.Phone.Expect(m, 415).Get("Accept"), relayType+", "+dtmfType)
		m = info(call, relayType, "Signal=5")
		m.Set("Info-Package", "dtmf")
		call.Phone.Send(m)
		check(t, "Recv-Info", call.Phone.Expect(m, 469).All("Recv-Info"), []string{""})

		call.Do("INFO", "", 200) // no body: a sign of life
		m = info(call, relayType, "Signal=5")
		call.Phone.Send(m)
		call.Phone.Expect(m, 200)
		caller.Await(t, "digit 5")
		check(t, "keys", caller.Entries(), []string{"answered", "digit 5"})
		call.Bye()
	})
}

// TestFloodOfInfo: no more keys than anybody can press reach the conversation; the call goes on.
func TestFloodOfInfo(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, _ := r.dial("tcp", uatest.Offer(4000, "0"))
	refused := 0
	for range 200 {
		m := info(call, relayType, "Signal=1")
		call.Phone.Send(m)
		if res := call.Phone.Response(m); res.Status() == 500 && res.Get("Retry-After") != "" {
			refused++
		} else if res.Status() != 200 {
			t.Fatalf("answered with %s", res.Start)
		}
	}
	if refused < 100 {
		t.Errorf("only %d of 200 keys were refused", refused)
	}
	call.Bye()
	caller.Await(t, "gone: the caller hung up")
	check(t, "keys", len(caller.Entries())-2, 200-refused)
}

// TestKeyByTwoWays: one press that comes as an event or a tone and by INFO, in either order, counts once.
func TestKeyByTwoWays(t *testing.T) {
	t.Parallel()
	for _, kind := range []media.EventKind{media.Digit, media.ToneDigit} {
		r := newRig(t, nil)
		call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
		send := func(digit string) {
			m := info(call, relayType, "Signal="+digit+"\r\nDuration=100")
			call.Phone.Send(m)
			call.Phone.Expect(m, 200)
		}
		leg.Report(media.Event{Kind: kind, Digit: '1'})
		caller.Await(t, "digit 1")
		send("1")
		send("2")
		leg.Report(media.Event{Kind: kind, Digit: '2'}, media.Event{Kind: kind, Digit: '3'}, media.Event{Kind: kind, Digit: '3'})
		caller.Await(t, "digit 3")
		send("3")
		send("3")
		send("4")
		caller.Await(t, "digit 4")
		check(t, "keys", caller.Entries(), []string{"answered", "digit 1", "digit 2", "digit 3", "digit 3", "digit 4"})
		check(t, "copies", r.ua.Stats().KeyCopies, uint64(4))
		call.Bye()
	}
}

// TestInfoOfAHeldKey: it comes when the key is let go, and does not say for how long it was down.
func TestInfoOfAHeldKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, leg := r.dial("udp", uatest.Offer(4000, "0 101"))
	leg.Report(media.Event{Kind: media.Digit, Digit: '1'}, media.Event{Kind: media.KeyHeld})
	caller.Await(t, "digit 1")
	<-time.After(500 * time.Millisecond) // more than the news of an ordinary press may come apart
	leg.Report(media.Event{Kind: media.KeyUp}, media.Event{Kind: media.Digit, Digit: '2'})
	caller.Await(t, "digit 2")
	m := info(call, dtmfType, "1")
	call.Phone.Send(m)
	call.Phone.Expect(m, 200)
	call.Bye()
	caller.Await(t, "gone: the caller hung up")
	check(t, "keys", caller.Entries(), []string{"answered", "digit 1", "digit 2", "gone: the caller hung up"})
}
