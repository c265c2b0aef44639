package uatest

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a phone waits for a message; a busy machine needs some.
const patience = 20 * time.Second

// Phone is a caller on a socket of its own. It belongs to one test goroutine.
type Phone struct {
	t       testing.TB
	network string
	server  net.Addr
	to      *net.UDPAddr // the same, over UDP
	packet  net.PacketConn
	stream  net.Conn
	addr    string
	in      chan *Message
	unread  []*Message      // received, and not what was waited for
	seen    map[string]bool // branches of the server's requests
}

// counter makes Call-IDs, tags and branches unique.
var counter atomic.Uint64

func unique(prefix string) string {
	return fmt.Sprintf("%s%d-%d", prefix, counter.Add(1), time.Now().UnixNano())
}

// NewPhone opens a phone towards the server, over the network of its address. It closes with the test.
func NewPhone(t testing.TB, server net.Addr) *Phone {
	t.Helper()
	p := &Phone{t: t, network: server.Network(), server: server, in: make(chan *Message, 1024), seen: make(map[string]bool)}
	host, _, err := net.SplitHostPort(server.String())
	if err != nil {
		t.Fatalf("phone: %v", err)
	}
	if p.network == "udp" {
		if p.packet, err = net.ListenPacket("udp", net.JoinHostPort(host, "0")); err == nil {
			p.addr = p.packet.LocalAddr().String()
			p.to, err = net.ResolveUDPAddr("udp", server.String())
			go p.readPackets() // ends with the socket
		}
	} else if p.stream, err = p.connect(); err == nil {
		p.addr = p.stream.LocalAddr().String()
		go p.readStream() // ends with the socket
	}
	if err != nil {
		t.Fatalf("phone: %v", err)
	}
	t.Cleanup(p.Close)
	return p
}

// Trust has the phones of a test speak TLS with those whom the authorities vouch for, and show a certificate if there is one.
type Trust struct {
	net.Addr // of the server
	Config   *tls.Config
}

// Network is "tls".
func (Trust) Network() string { return "tls" }

// connect opens the phone's connection.
func (p *Phone) connect() (net.Conn, error) {
	if secure, ok := p.server.(Trust); ok {
		return tls.Dial("tcp", secure.String(), secure.Config)
	}
	return net.Dial("tcp", p.server.String())
}

// Accept waits for a connection that the server opens, and is the phone at its end.
func Accept(t testing.TB, l net.Listener, server net.Addr) *Phone {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatalf("phone: %v", err)
	}
	p := &Phone{
		t: t, network: server.Network(), server: server, stream: c, addr: l.Addr().String(), in: make(chan *Message, 1024), seen: make(map[string]bool),
	}
	go p.readStream() // ends with the socket
	t.Cleanup(p.Close)
	return p
}

// Close closes the phone's socket; nothing is sent.
func (p *Phone) Close() {
	if p.packet != nil {
		p.packet.Close() //nolint:errcheck // a test's socket
	} else {
		p.stream.Close() //nolint:errcheck // a test's socket
	}
}

// Again is the phone with a new connection, as after a restart of the server.
func (p *Phone) Again() *Phone {
	p.t.Helper()
	return NewPhone(p.t, p.server)
}

// Addr is the phone's own address.
func (p *Phone) Addr() string { return p.addr }

func (p *Phone) readPackets() {
	defer close(p.in)
	buf := make([]byte, 65536)
	for {
		n, _, err := p.packet.ReadFrom(buf)
		if err != nil {
			return
		}
		if m, err := read(bufio.NewReader(bytes.NewReader(buf[:n]))); err == nil {
			p.in <- m
		}
	}
}

func (p *Phone) readStream() {
	defer close(p.in)
	r := bufio.NewReader(p.stream)
	for {
		m, err := read(r)
		if err != nil {
			return
		}
		p.in <- m
	}
}

// Send sends messages as they are, in one write each.
func (p *Phone) Send(messages ...*Message) {
	p.t.Helper()
	for _, m := range messages {
		p.SendRaw(m.Bytes())
	}
}

// SendRaw sends bytes.
func (p *Phone) SendRaw(b []byte) {
	p.t.Helper()
	var err error
	if p.packet != nil {
		_, err = p.packet.WriteTo(b, p.to)
	} else {
		_, err = p.stream.Write(b)
	}
	if err != nil {
		p.t.Fatalf("phone: send: %v", err)
	}
}

// await returns the first message, received or still to come, that fits.
func (p *Phone) await(what string, fits func(*Message) bool) *Message {
	p.t.Helper()
	if i := slices.IndexFunc(p.unread, fits); i >= 0 {
		m := p.unread[i]
		p.unread = slices.Delete(p.unread, i, i+1)
		return m
	}
	deadline := time.After(patience)
	for {
		select {
		case m, ok := <-p.in:
			if !ok {
				p.t.Fatalf("phone: socket closed while waiting for %s", what)
			}
			if fits(m) {
				return m
			}
			p.unread = append(p.unread, m)
		case <-deadline:
			var unread []string
			for _, m := range p.unread {
				unread = append(unread, m.Start+" ("+m.Get("CSeq")+")")
			}
			p.t.Fatalf("phone: no %s; unread: %q", what, unread)
		}
	}
}

// Expect waits for the final response to a request and checks its status.
func (p *Phone) Expect(req *Message, status int) *Message {
	p.t.Helper()
	res := p.Response(req)
	if res.Status() != status {
		p.t.Fatalf("phone: %s answered %q, want %d\n%s", req.Method(), res.Start, status, res.Bytes())
	}
	return res
}

// Response waits for the final response to a request.
func (p *Phone) Response(req *Message) *Message {
	p.t.Helper()
	branch := branchOf(req)
	return p.await("response to "+req.Get("CSeq"), func(m *Message) bool {
		return m.Status() >= 200 && branchOf(m) == branch && m.Method() == req.Method()
	})
}

// Trying waits for the 100 to a request.
func (p *Phone) Trying(req *Message) {
	p.t.Helper()
	branch := branchOf(req)
	p.await("100 Trying", func(m *Message) bool { return m.Status() == 100 && branchOf(m) == branch })
}

// ExpectRequest waits for a request of the server's. One that is repeated counts once.
func (p *Phone) ExpectRequest(method string) *Message {
	p.t.Helper()
	req := p.await(method, func(m *Message) bool {
		return m.Status() == 0 && strings.HasPrefix(m.Start, method+" ") && !p.seen[branchOf(m)]
	})
	p.seen[branchOf(req)] = true
	return req
}

// Requests returns the methods of the requests that came and were not waited for.
func (p *Phone) Requests() []string {
	var methods []string
	p.collect()
	for _, m := range p.unread {
		if m.Status() == 0 {
			methods = append(methods, m.Method())
		}
	}
	return methods
}

// collect takes in what has been received.
func (p *Phone) collect() {
	for {
		select {
		case m, ok := <-p.in:
			if !ok {
				return
			}
			p.unread = append(p.unread, m)
		default:
			return
		}
	}
}

// Reply answers a request of the server's.
func (p *Phone) Reply(req *Message, status int) {
	p.t.Helper()
	res := &Message{Start: fmt.Sprintf("SIP/2.0 %d Whatever", status)}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		for _, v := range req.All(name) {
			res.Headers = append(res.Headers, Header{name, v})
		}
	}
	p.Send(res)
}

// ExpectAgain waits for a request that may have the branch of one before: a CANCEL has that of its INVITE, and so has the ACK
// of a refusal; the ACK of a 2xx is repeated as it is.
func (p *Phone) ExpectAgain(method string) *Message {
	p.t.Helper()
	return p.await(method, func(m *Message) bool { return strings.HasPrefix(m.Start, method+" ") })
}

// Answer answers a request of the server's as whoever is called does: with a tag of his, where he is, and a description.
func (p *Phone) Answer(req *Message, status int, tag, body string, more ...Header) {
	p.t.Helper()
	res := p.Message(req, status, tag, more...)
	if res.Body = body; body != "" {
		res.Set("Content-Type", "application/sdp")
	}
	p.Send(res)
}

// Server is where the phone sends.
func (p *Phone) Server() net.Addr { return p.server }

// Unread are the messages that came and were not waited for.
func (p *Phone) Unread() []*Message {
	p.collect()
	return p.unread
}

// Message makes the answer to a request of the server's, without sending it.
func (p *Phone) Message(req *Message, status int, tag string, more ...Header) *Message {
	res := &Message{Start: fmt.Sprintf("SIP/2.0 %d Whatever", status)}
	for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
		for _, v := range req.All(name) {
			res.Headers = append(res.Headers, Header{name, v})
		}
	}
	to := req.Get("To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	res.Headers = append(append(res.Headers, Header{"To", to}, Header{"Contact", "<sip:callee@" + p.addr + ">"}), more...)
	return res
}

// Called makes the call that an INVITE of the server's has begun, with the tag of whoever has answered, so that the phone
// can send requests within it.
func (p *Phone) Called(invite *Message, tag string) *Call {
	uri := func(header string) string {
		_, rest, _ := strings.Cut(invite.Get(header), "<")
		uri, _, _ := strings.Cut(rest, ">")
		return uri
	}
	return &Call{Phone: p, To: "partyline", ID: invite.Get("Call-ID"), LocalTag: tag, RemoteTag: invite.Tag("From"), Target: uri("Contact")}
}

func branchOf(m *Message) string {
	_, rest, _ := strings.Cut(m.Get("Via"), "branch=")
	branch, _, _ := strings.Cut(rest, ";")
	return branch
}
