package sip_test

import (
	"net/netip"
	"strings"
	"testing"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip"
	"partyline/sip/uatest"
)

const allow = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK"

const supported = "100rel, timer"

func TestCallWithEarlyOffer(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		phone := uatest.NewPhone(t, r.addr(network))
		call := phone.Call("300")
		call.Invite(uatest.Offer(4000, "8 0 101", "ptime:30"))
		ok := call.Answered()
		check(t, "Allow", ok.Get("Allow"), allow)
		check(t, "Content-Type", ok.Get("Content-Type"), "application/sdp")
		for _, want := range []string{"m=audio ", "RTP/AVP 8 101\r\n", "a=ptime:30\r\n", "a=sendrecv\r\n", "c=IN IP4 127.0.0.1\r\n"} {
			if !strings.Contains(ok.Body, want) {
				t.Errorf("answer lacks %q:\n%s", want, ok.Body)
			}
		}
		caller := r.caller(call)
		check(t, "before the ACK", caller.Entries(), []string(nil))
		check(t, "media before the ACK", r.media.Leg(caller.Call.Leg).Entries(), []string(nil))
		call.Ack("")
		caller.Await(t, "answered")

		check(t, "call", caller.Call, control.Call{
			Leg: caller.Call.Leg, From: "+4930123456", FromName: "A Caller", To: "300",
			Source: netip.MustParseAddrPort(phone.Addr()), Trusted: true, CallID: call.ID,
		})
		leg := r.media.Leg(caller.Call.Leg)
		check(t, "media", leg.Spec(), media.Spec{
			Remote: netip.MustParseAddrPort("127.0.0.1:4000"), Signalling: netip.MustParseAddr("127.0.0.1"),
			Send: media.Format{Codec: media.PCMA, PayloadType: 8}, Recv: []media.Format{{Codec: media.PCMA, PayloadType: 8}},
			EventSend: 101, EventRecv: 101, PtimeMS: 30,
		})
		infos := r.ua.Legs()
		if len(infos) != 1 || !infos[0].Confirmed || infos[0].ID != caller.Call.Leg || infos[0].Network != network {
			t.Errorf("legs: %+v", infos)
		}

		leg.Report(media.Event{Kind: media.Digit, Digit: '5'}, media.Event{Kind: media.PlayDone, Play: 7},
			media.Event{Kind: media.Recorded, Play: 8, Samples: 160})
		caller.Await(t, "digit 5")
		caller.Await(t, "recorded 8: 160 samples")
		caller.Await(t, "played 7")
		call.Bye()
		caller.Await(t, "gone: the caller hung up")
		check(t, "media", leg.Entries(), []string{"start", "closed"})
		call.Do("BYE", "", 481)
	})
}

func TestCallWithLateOffer(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		call.Invite("")
		ok := call.Answered()
		if !strings.Contains(ok.Body, "RTP/AVP 0 8 101\r\n") {
			t.Fatalf("no offer in the 200:\n%s", ok.Body)
		}
		caller := r.caller(call)
		leg := r.media.Leg(caller.Call.Leg)
		check(t, "media before the ACK", leg.Entries(), []string(nil))
		call.Ack(uatest.Offer(4002, "8 97", "rtpmap:97 telephone-event/8000"))
		caller.Await(t, "answered")
		check(t, "media", leg.Spec(), media.Spec{
			Remote: netip.MustParseAddrPort("127.0.0.1:4002"), Signalling: netip.MustParseAddr("127.0.0.1"),
			Send:      media.Format{Codec: media.PCMA, PayloadType: 8},
			Recv:      []media.Format{{Codec: media.PCMU, PayloadType: 0}, {Codec: media.PCMA, PayloadType: 8}},
			EventSend: 97, EventRecv: 101, PtimeMS: 20,
		})
		call.Bye()
	})
}

// TestBodyThatMayBeIgnored: RFC 3261 §20.11. It is no offer.
func TestBodyThatMayBeIgnored(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	with := func(m *uatest.Message) *uatest.Message {
		m.Body = "hello"
		m.Set("Content-Type", "text/plain")
		m.Set("Content-Disposition", "render;handling=optional")
		return m
	}
	call.InviteWith(with(call.Request("INVITE", "")))
	if ok := call.Answered(); !strings.Contains(ok.Body, "RTP/AVP 0 8 101\r\n") {
		t.Errorf("no offer in the 200:\n%s", ok.Body)
	}
	call.Ack(uatest.Offer(4002, "8"))
	leg := r.media.Leg(r.caller(call).Call.Leg)
	leg.Await(t, "start")
	update := with(call.Request("UPDATE", ""))
	call.Phone.Send(update)
	check(t, "body", call.Phone.Expect(update, 200).Body, "")
	check(t, "media", leg.Entries(), []string{"start"})
	call.Bye()
}

func TestLateOfferWithoutUsableAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"none": "", "another codec": uatest.Offer(4002, "18")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			call := uatest.NewPhone(t, r.addr("udp")).Call("300")
			call.Invite("")
			call.Answered()
			call.Ack(answer)
			bye := call.Phone.ExpectRequest("BYE")
			if !strings.HasPrefix(bye.Get("Reason"), "SIP;cause=488") {
				t.Errorf("Reason: %s", bye.Get("Reason"))
			}
			call.Phone.Reply(bye, 200)
			r.caller(call).Await(t, "gone: no usable answer to our offer")
		})
	}
}

func TestDigitsBeforeTheAckAreKept(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	caller := r.caller(call)
	r.media.Leg(caller.Call.Leg).Report(media.Event{Kind: media.Digit, Digit: '1'})
	call.Ack("")
	caller.Await(t, "digit 1")
	check(t, "order", caller.Entries(), []string{"answered", "digit 1"})
	call.Bye()
}

func TestBridgeHangsUp(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call, caller, leg := r.dial(network, uatest.Offer(4000, "0 101"))
		caller.Line.HangUp("the meeting \"X\"\r\nhas ended")
		bye := call.Phone.ExpectRequest("BYE")
		check(t, "Reason", bye.Get("Reason"), `Q.850;cause=16;text="the meeting 'X'  has ended"`)
		check(t, "From tag", bye.Tag("From"), call.RemoteTag)
		check(t, "To tag", bye.Tag("To"), call.LocalTag)
		check(t, "request URI", bye.Start, "BYE "+contactOf(call)+" SIP/2.0")
		call.Phone.Reply(bye, 200)
		caller.Await(t, `gone: the meeting 'X'  has ended`)
		leg.Await(t, "closed")
	})
}

// TestHangUpWaitsForTheAck: RFC 3261 §15, no BYE before the ACK of our 2xx.
func TestHangUpWaitsForTheAck(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	call.Answered()
	caller := r.caller(call)
	caller.Line.HangUp("over")
	caller.Await(t, "gone: over")
	check(t, "requests before the ACK", call.Phone.Requests(), []string(nil))
	call.Ack("")
	call.Phone.Reply(call.Phone.ExpectRequest("BYE"), 200)
}

func TestByesCross(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call, caller, _ := r.dial("udp", uatest.Offer(4000, "0"))
	caller.Line.HangUp("over")
	bye := call.Phone.ExpectRequest("BYE")
	call.Bye() // answered 200 although ours is under way
	call.Phone.Reply(bye, 481)
	caller.Await(t, "gone: over")
}

func TestRouteSet(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	call := phone.Call("300")
	invite := call.Request("INVITE", uatest.Offer(4000, "0"))
	proxy := "<sip:" + phone.Addr() + ";lr>"
	invite.Headers = append(invite.Headers, uatest.Header{Name: "Record-Route", Value: proxy}, uatest.Header{Name: "Record-Route", Value: "<sip:10.9.9.9;lr>"})
	invite.Set("Contact", "<sip:caller@10.1.1.1>")
	call.InviteWith(invite)
	ok := call.Answered()
	check(t, "Record-Route", ok.All("Record-Route"), []string{proxy, "<sip:10.9.9.9;lr>"})
	call.Ack("")
	caller := r.caller(call)
	caller.Await(t, "answered")
	caller.Line.HangUp("over")
	bye := phone.ExpectRequest("BYE")
	check(t, "request line", bye.Start, "BYE sip:caller@10.1.1.1 SIP/2.0")
	check(t, "Route", bye.All("Route"), []string{proxy, "<sip:10.9.9.9;lr>"})
	phone.Reply(bye, 200)
}

// TestContactBehindNAT: a private Contact that is not where the INVITE came from cannot be reached; its source can.
func TestContactBehindNAT(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	phone := uatest.NewPhone(t, r.addr("udp"))
	call := phone.Call("300")
	invite := call.Request("INVITE", uatest.Offer(4000, "0"))
	invite.Set("Contact", "<sip:caller@192.168.7.7:5062>")
	call.InviteWith(invite)
	call.Answered()
	call.Ack("")
	caller := r.caller(call)
	caller.Await(t, "answered")
	caller.Line.HangUp("over")
	bye := phone.ExpectRequest("BYE")
	check(t, "request line", bye.Start, "BYE sip:caller@192.168.7.7:5062 SIP/2.0")
	phone.Reply(bye, 200)
}

func TestDomainInContact(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *sip.Options) { o.Domain = "bridge.example.com" })
	call := uatest.NewPhone(t, r.addr("tcp")).Call("300")
	call.Invite(uatest.Offer(4000, "0"))
	ok := call.Answered()
	if contact := ok.Get("Contact"); !strings.HasPrefix(contact, "<sip:bridge.example.com:") || !strings.HasSuffix(contact, ";transport=tcp>") {
		t.Errorf("Contact: %s", contact)
	}
	call.Ack("")
	call.Bye()
}

func contactOf(c *uatest.Call) string {
	return strings.Trim(c.Request("OPTIONS", "").Get("Contact"), "<>")
}
