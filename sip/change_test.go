package sip_test

import (
	"net/netip"
	"strings"
	"testing"

	"partyline/mixer/media"
	"partyline/sip/uatest"
)

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	nowhere := strings.Replace(uatest.Offer(4000, "0"), "c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0", 1)
	holds := map[string]struct {
		offer, answered string
		direction       media.Direction
	}{
		"sendonly": {uatest.Offer(4000, "0", "sendonly"), "a=recvonly\r\n", media.RecvOnly},
		"inactive": {uatest.Offer(4000, "0", "inactive"), "a=inactive\r\n", media.Inactive},
		"RFC 2543": {nowhere, "a=recvonly\r\n", media.RecvOnly},
	}
	for name, hold := range holds {
		for _, method := range []string{"INVITE", "UPDATE"} {
			t.Run(name+" by "+method, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil)
				call, caller, leg := r.dial("udp", uatest.Offer(4000, "0 101"))
				if answer := call.Change(method, hold.offer); !strings.Contains(answer, hold.answered) {
					t.Errorf("answer lacks %q:\n%s", hold.answered, answer)
				}
				caller.Await(t, "held true")
				check(t, "direction", leg.Spec().Direction, hold.direction)
				call.Change(method, uatest.Offer(4000, "0 101"))
				caller.Await(t, "held false")
				check(t, "direction", leg.Spec().Direction, media.SendRecv)
				check(t, "media", leg.Entries(), []string{"start", "update", "update"})
				call.Bye()
			})
		}
	}
}

func TestCallThatBeginsOnHold(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, _ := r.dial("udp", uatest.Offer(4000, "0", "sendonly"))
	caller.Await(t, "held true")
	check(t, "order", caller.Entries(), []string{"answered", "held true"})
	call.Bye()
}

func TestChangeOfAddressCodecAndPtime(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "UPDATE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			call := uatest.NewPhone(t, r.addr("udp")).Call("300")
			first := call.Dial(uatest.Offer(4000, "0 101"))
			caller := r.caller(call)
			caller.Await(t, "answered")
			leg := r.media.Leg(caller.Call.Leg)

			other := strings.Replace(uatest.Offer(5006, "8 96", "rtpmap:96 telephone-event/8000", "ptime:40"), "c=IN IP4 127.0.0.1", "c=IN IP4 127.0.0.9", 1)
			second := call.Change(method, other)
			leg.Await(t, "update")
			check(t, "media", leg.Spec(), media.Spec{
				Remote: netip.MustParseAddrPort("127.0.0.9:5006"), Signalling: netip.MustParseAddr("127.0.0.1"),
				Send: media.Format{Codec: media.PCMA, PayloadType: 8}, Recv: []media.Format{{Codec: media.PCMA, PayloadType: 8}},
				EventSend: 96, EventRecv: 96, PtimeMS: 40,
			})
			id1, version1 := origin(t, first)
			id2, version2 := origin(t, second)
			if id1 != id2 || version2 != version1+1 {
				t.Errorf("o= went from %d %d to %d %d", id1, version1, id2, version2)
			}
			if _, same := origin(t, call.Change(method, other)); same != version2 {
				t.Errorf("a repeated offer made version %d of %d", same, version2)
			}
			call.Bye()
		})
	}
}

func TestLateReOffer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, _, leg := r.dial("udp", uatest.Offer(4000, "8 96", "rtpmap:96 telephone-event/8000"))
	call.Invite("")
	offer := call.Answered().Body
	if !strings.Contains(offer, "RTP/AVP 8 0 96\r\n") { // the codec and payload types in use stay
		t.Errorf("offer:\n%s", offer)
	}
	call.Ack(uatest.Offer(4010, "0"))
	leg.Await(t, "update")
	check(t, "remote", leg.Spec().Remote, netip.MustParseAddrPort("127.0.0.1:4010"))
	check(t, "codec", leg.Spec().Send.Codec, media.PCMU)
	call.Bye()
}

func TestChangeThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"INVITE", "UPDATE"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
			bad := call.Request(method, uatest.Offer(4000, "18"))
			call.InviteWith(bad)
			res := call.Phone.Expect(bad, 488)
			if method == "INVITE" {
				call.AckRefusal(res)
			}
			call.Do("OPTIONS", "", 200) // the call goes on as it was
			check(t, "media", leg.Entries(), []string{"start"})
			check(t, "caller", caller.Entries(), []string{"answered"})
			call.Bye()
		})
	}
}

func TestUpdateWithoutOfferMovesTheTarget(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
	update := call.Request("UPDATE", "")
	update.Set("Contact", "<sip:elsewhere@"+call.Phone.Addr()+">")
	call.Phone.Send(update)
	check(t, "body", call.Phone.Expect(update, 200).Body, "")
	check(t, "media", leg.Entries(), []string{"start"})
	caller.Line.HangUp("over")
	bye := call.Phone.ExpectRequest("BYE")
	check(t, "request line", bye.Start, "BYE sip:elsewhere@"+call.Phone.Addr()+" SIP/2.0")
	call.Phone.Reply(bye, 200)
}

func TestGlare(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, leg := r.dial("udp", uatest.Offer(4000, "0"))
	call.Invite("")
	call.Answered() // with our offer, and no ACK
	reInvite := call.Request("INVITE", uatest.Offer(4000, "8"))
	update := call.Request("UPDATE", uatest.Offer(4000, "8"))
	plain := call.Request("UPDATE", "")
	call.Phone.Send(reInvite, update, plain)
	call.Phone.Expect(reInvite, 491)
	call.Phone.Expect(update, 491)
	call.Phone.Expect(plain, 200) // no offer in it, so nothing is in its way
	call.Ack(uatest.Offer(4012, "0"))
	leg.Await(t, "update")
	call.Change("INVITE", uatest.Offer(4014, "0"))
	call.Bye()
	caller.Await(t, "gone: the caller hung up")
}

func TestTooLateIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, _, _ := r.dial("udp", uatest.Offer(4000, "0"))
	early := call.Request("OPTIONS", "")
	call.Do("OPTIONS", "", 200) // a gap is legal, after a little patience
	call.Phone.Send(early)
	if res := call.Phone.Expect(early, 500); res.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	call.Bye()
}
