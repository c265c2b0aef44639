package sip_test

import (
	"slices"
	"strings"
	"testing"

	"partyline/sip/uatest"
)

// TestPrack: a caller who requires reliable provisional responses gets one, and then the answer.
func TestPrack(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call := uatest.NewPhone(t, r.addr(network)).Call("300")
		invite(call, field("Require", "100rel"))
		rings := call.Provisional(180)
		check(t, "Require", rings.Get("Require"), "100rel")
		call.RemoteTag, call.Target = rings.Tag("To"), strings.Trim(rings.Get("Contact"), "<>")
		wrong := call.Request("PRACK", "")
		wrong.Set("RAck", "1 1 BYE")
		call.Phone.Send(wrong)
		call.Phone.Expect(wrong, 481)
		prack := call.Request("PRACK", "")
		prack.Set("RAck", rings.Get("RSeq")+" 1 INVITE")
		call.Phone.Send(prack)
		call.Phone.Expect(prack, 200)
		check(t, "tag of the answer", call.Answered().Tag("To"), rings.Tag("To"))
		call.Ack("")
		r.caller(call).Await(t, "answered")
		call.Bye()
	})
}

// TestPrackCancelled: the caller gives up while it rings.
func TestPrackCancelled(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	call := uatest.NewPhone(t, r.addr("udp")).Call("300")
	invite(call, field("Require", "100rel"))
	call.Provisional(180)
	cancel := call.Cancel()
	call.Phone.Send(cancel)
	call.Phone.Expect(cancel, 200)
	call.Refused(487)
	r.caller(call).Await(t, "gone: the caller hung up before the answer")
	await(t, "calls", func() int { return r.ua.Stats().Calls }, 0)
}

// TestCallOutPrack: who is called answers in a reliable 183. It is acknowledged, each once and in order, and stands.
func TestCallOutPrack(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	c := call(t, r, nil)
	inv := c.phone.ExpectRequest("INVITE")
	rel := field("Require", "100rel")
	c.phone.Answer(inv, 183, "tag", uatest.Offer(4000, "8"), rel, field("RSeq", "7"))
	prack := c.phone.ExpectRequest("PRACK")
	check(t, "RAck", prack.Get("RAck"), "7 1 INVITE")
	check(t, "To", prack.Tag("To"), "tag")
	c.phone.Answer(prack, 200, "tag", "")
	c.phone.Answer(inv, 183, "tag", uatest.Offer(4000, "8"), rel, field("RSeq", "7")) // again
	c.phone.Answer(inv, 180, "tag", "", rel, field("RSeq", "99"))                     // some are missing
	c.phone.Answer(inv, 180, "tag", "", rel, field("RSeq", "8"))
	second := c.phone.ExpectRequest("PRACK")
	check(t, "RAck", second.Get("RAck"), "8 1 INVITE")
	c.phone.Answer(second, 200, "tag", "")

	early := c.phone.Called(inv, "tag")
	early.Do("UPDATE", uatest.Offer(4000, "8"), 491)
	early.Do("UPDATE", "", 200)
	early.Do("BYE", "", 481)
	other := c.phone.Called(inv, "stranger")
	other.Do("UPDATE", "", 481)

	c.phone.Answer(inv, 200, "tag", "")
	ack := c.phone.ExpectRequest("ACK")
	check(t, "CSeq of the ACK", ack.Get("CSeq"), "1 ACK")
	c.callee.Await(t, "answered")
	early.Seq = 10
	early.Bye()
	if rest := c.phone.Requests(); slices.Contains(rest, "PRACK") {
		for _, m := range c.phone.Unread() {
			t.Errorf("acknowledged too often: %s", m.Bytes())
		}
	}
}

// TestReplaces: nobody takes over another's call (RFC 3891 §3).
func TestReplaces(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	up, caller, _ := r.dial("udp", uatest.Offer(4000, "0"))
	named := up.ID + ";to-tag=" + up.RemoteTag + ";from-tag=" + up.LocalTag
	for replaces, status := range map[string]int{
		named:                              403,
		named + ";early-only":              486,
		"no;to-tag=a;from-tag=b":           481,
		up.ID + ";to-tag=" + up.RemoteTag:  400,
		named + ", no;to-tag=a;from-tag=b": 400,
		"  ":                               400,
	} {
		c := uatest.NewPhone(t, r.addr("udp")).Call("300")
		invite(c, field("Replaces", replaces))
		c.Refused(status)
	}
	check(t, "what the other call has noticed", caller.Entries(), []string{"answered"})
	up.Bye()
}

// TestAllowIsTrue: what Allow lists is answered by more than a refusal of the method, what it does not list is refused, in and
// out of a call; and nothing of it makes us call anybody.
func TestAllowIsTrue(t *testing.T) {
	t.Parallel()
	forEachTransport(t, func(t *testing.T, network string) {
		r := newRig(t, nil)
		call, _, _ := r.dial(network, uatest.Offer(4000, "0"))
		listed := strings.Split(allow, ", ")
		all := []string{"INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO", "PRACK", "REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "REFER"}
		stranger := uatest.NewPhone(t, r.addr(network)).Call("300")
		for _, method := range all {
			if method == "ACK" || method == "INVITE" || method == "CANCEL" || method == "BYE" { // have tests of their own
				continue
			}
			for _, c := range []*uatest.Call{stranger, call} {
				m := c.Request(method, "")
				if method == "REFER" {
					m.Set("Refer-To", "<sip:premium@127.0.0.1:9>")
				}
				c.Phone.Send(m)
				res := c.Phone.Response(m)
				check(t, method+" implemented", res.Status() != 405 && res.Status() != 501, slices.Contains(listed, method))
				if res.Status() == 405 {
					check(t, "Allow", res.Get("Allow"), allow)
				}
			}
		}
		for _, method := range listed {
			check(t, method+" is a method", slices.Contains(all, method), true)
		}
		check(t, "calls of ours", r.ua.Stats().Dialed, uint64(0))
		call.Bye()
	})
}

// TestSupportedIsTrue: what Supported lists may be required, and nothing else.
func TestSupportedIsTrue(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, tag := range []string{"100rel", "timer", "replaces", "join", "path", "outbound", "gruu", "precondition", "norefersub", "histinfo", "sec-agree", "ice", "eventlist"} {
		c := uatest.NewPhone(t, r.addr("udp")).Call("300")
		m := c.Request("OPTIONS", "")
		m.Set("Require", tag)
		c.Phone.Send(m)
		res := c.Phone.Response(m)
		listed := slices.Contains(strings.Split(supported, ", "), tag)
		check(t, tag, res.Status() == 200, listed)
		if listed {
			check(t, "Supported", res.Get("Supported"), supported)
		} else {
			check(t, "Unsupported", res.Get("Unsupported"), tag)
		}
	}
}
