package uatest

import (
	"fmt"
	"strings"
)

// Call is a call of a phone's, or the attempt at one.
type Call struct {
	Phone     *Phone
	To        string // user part of the request URI
	ID        string
	LocalTag  string
	RemoteTag string // "" until the call is answered
	Seq       int    // of the last request but ACK and CANCEL
	Target    string // where requests within the dialog go
	Routes    []string
	invite    *Message
}

// Call begins a call; nothing is sent yet.
func (p *Phone) Call(to string) *Call {
	return &Call{Phone: p, To: to, ID: unique("call"), LocalTag: unique("tag"), Target: fmt.Sprintf("sip:%s@%s", to, p.server)}
}

// Request makes the next request of the call, without sending it.
func (c *Call) Request(method, body string) *Message {
	c.Seq++
	return c.request(method, body, c.Seq)
}

func (c *Call) request(method, body string, seq int) *Message {
	to := fmt.Sprintf("<sip:%s@%s>", c.To, c.Phone.server)
	if c.RemoteTag != "" {
		to += ";tag=" + c.RemoteTag
	}
	contact := "<sip:caller@" + c.Phone.addr
	if c.Phone.network != "udp" {
		contact += ";transport=" + c.Phone.network
	}
	m := &Message{
		Start: fmt.Sprintf("%s %s SIP/2.0", method, c.Target),
		Headers: []Header{
			{"Via", fmt.Sprintf("SIP/2.0/%s %s;branch=%s;rport", strings.ToUpper(c.Phone.network), c.Phone.addr, unique("z9hG4bK"))},
			{"From", fmt.Sprintf("\"A Caller\" <sip:+4930123456@%s>;tag=%s", c.Phone.addr, c.LocalTag)},
			{"To", to},
			{"Call-ID", c.ID},
			{"CSeq", fmt.Sprintf("%d %s", seq, method)},
			{"Contact", contact + ">"},
			{"Max-Forwards", "70"},
		},
		Body: body,
	}
	for _, r := range c.Routes {
		m.Headers = append(m.Headers, Header{"Route", r})
	}
	if body != "" {
		m.Headers = append(m.Headers, Header{"Content-Type", "application/sdp"})
	}
	return m
}

// Invite sends an INVITE (or a re-INVITE) with the body given.
func (c *Call) Invite(body string) *Message {
	c.Phone.t.Helper()
	return c.InviteWith(c.Request("INVITE", body))
}

// InviteWith sends an INVITE that [Call.Request] has made and the test has changed.
func (c *Call) InviteWith(invite *Message) *Message {
	c.Phone.t.Helper()
	c.invite = invite
	c.Phone.Send(invite)
	return invite
}

// Answered waits for the 200 of the last INVITE and learns the dialog from it. No ACK is sent.
func (c *Call) Answered() *Message {
	c.Phone.t.Helper()
	ok := c.Phone.Expect(c.invite, 200)
	c.RemoteTag = ok.Tag("To")
	c.Target = strings.Trim(ok.Get("Contact"), "<>")
	return ok
}

// Provisional waits for a provisional response to the last INVITE.
func (c *Call) Provisional(status int) *Message {
	c.Phone.t.Helper()
	branch := branchOf(c.invite)
	return c.Phone.await(fmt.Sprint(status), func(m *Message) bool { return m.Status() == status && branchOf(m) == branch })
}

// Ack sends the ACK of the last INVITE's 2xx.
func (c *Call) Ack(body string) {
	c.Phone.t.Helper()
	var seq int
	if _, err := fmt.Sscanf(c.invite.Get("CSeq"), "%d", &seq); err != nil {
		c.Phone.t.Fatalf("phone: CSeq: %v", err)
	}
	c.Phone.Send(c.request("ACK", body, seq))
}

// AckRefusal sends the ACK that ends a refused INVITE's transaction.
func (c *Call) AckRefusal(res *Message) {
	c.Phone.t.Helper()
	ack := &Message{Start: strings.Replace(c.invite.Start, "INVITE", "ACK", 1)}
	for _, name := range []string{"Via", "From", "Call-ID", "Max-Forwards"} {
		ack.Headers = append(ack.Headers, Header{name, c.invite.Get(name)})
	}
	ack.Set("To", res.Get("To"))
	ack.Set("CSeq", strings.Replace(c.invite.Get("CSeq"), "INVITE", "ACK", 1))
	c.Phone.Send(ack)
}

// Refused waits for the final response of the last INVITE, which must have that status, and acknowledges it.
func (c *Call) Refused(status int) *Message {
	c.Phone.t.Helper()
	res := c.Phone.Expect(c.invite, status)
	c.AckRefusal(res)
	return res
}

// Cancel makes the CANCEL of the last INVITE, without sending it.
func (c *Call) Cancel() *Message {
	m := &Message{Start: strings.Replace(c.invite.Start, "INVITE", "CANCEL", 1)}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "Max-Forwards"} {
		m.Headers = append(m.Headers, Header{name, c.invite.Get(name)})
	}
	m.Set("CSeq", strings.Replace(c.invite.Get("CSeq"), "INVITE", "CANCEL", 1))
	return m
}

// Dial makes a whole call with an early offer and returns the answer's description.
func (c *Call) Dial(offer string) string {
	c.Phone.t.Helper()
	c.Invite(offer)
	ok := c.Answered()
	c.Ack("")
	return ok.Body
}

// Change makes an offer in a re-INVITE or UPDATE and returns the answer. While the call is busy with an earlier change,
// it tries again (RFC 3261 §14.1).
func (c *Call) Change(method, offer string) string {
	c.Phone.t.Helper()
	if method != "INVITE" {
		return c.Do(method, offer, 200).Body
	}
	for {
		res := c.Phone.Response(c.Invite(offer))
		if res.Status() != 491 {
			c.Phone.unread = append(c.Phone.unread, res)
			break
		}
		c.AckRefusal(res)
	}
	ok := c.Answered()
	c.Ack("")
	return ok.Body
}

// Do sends a request other than INVITE and waits for its response, which must have that status.
func (c *Call) Do(method, body string, status int) *Message {
	c.Phone.t.Helper()
	m := c.Request(method, body)
	c.Phone.Send(m)
	return c.Phone.Expect(m, status)
}

// Bye ends the call.
func (c *Call) Bye() {
	c.Phone.t.Helper()
	c.Do("BYE", "", 200)
}

// Offer is a description with one audio stream at 127.0.0.1: formats such as "0 101", and more attribute lines.
func Offer(port int, formats string, attributes ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP %s\r\n", port, formats)
	b.WriteString("a=rtpmap:101 telephone-event/8000\r\n")
	for _, a := range attributes {
		fmt.Fprintf(&b, "a=%s\r\n", a)
	}
	return b.String()
}
