package guard

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestReplyRoute: replies go to the source address; the port is that of the
// source with rport, else that of sent-by (RFC 3261 §18.2.2, RFC 3581 §4).
func TestReplyRoute(t *testing.T) {
	t.Parallel()
	v6 := netip.MustParseAddrPort("[2001:db8::5]:40001")
	for _, c := range []struct {
		name string
		via  string
		peer netip.AddrPort
		want string
		echo string // of the top Via
	}{
		{"rport", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport", stranger, "192.0.2.77:40000", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.77;rport=40000"},
		{"sent-by port", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1", stranger, "192.0.2.77:5070", "SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;received=192.0.2.77"},
		{"default port", "SIP/2.0/UDP phone.example.org;branch=z9hG4bK1", stranger, "192.0.2.77:5060", ""},
		{"maddr is not followed", "SIP/2.0/UDP a.example.org;branch=z9hG4bK1;maddr=203.0.113.9", stranger, "192.0.2.77:5060", ""},
		{"forged received and rport", "SIP/2.0/UDP a;received=203.0.113.9;rport=7;branch=z9hG4bK1", stranger, "192.0.2.77:40000", "SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.77;rport=40000"},
		{"no branch", "SIP/2.0/UDP a:5061", stranger, "192.0.2.77:5061", "SIP/2.0/UDP a:5061;received=192.0.2.77"},
		{"a branch of RFC 2543", "SIP/2.0/UDP a:5061;branch=1;x=y", stranger, "192.0.2.77:5061", "SIP/2.0/UDP a:5061;x=y;received=192.0.2.77;branch=1"},
		{"IPv6", "SIP/2.0/UDP [2001:db8::9]:5062;branch=z9hG4bK1", v6, "[2001:db8::5]:5062", "SIP/2.0/UDP [2001:db8::9]:5062;branch=z9hG4bK1;received=2001:db8::5"},
		{"IPv6 rport", "SIP/2.0/UDP [2001:db8::9]:5062;branch=z9hG4bK1;rport", v6, "[2001:db8::5]:40001", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, Options{})
			text := options("r", c.peer)
			for _, what := range []string{text, strings.ReplaceAll(text, "OPTIONS", "REGISTER")} {
				before, after, _ := strings.Cut(what, "Via: ")
				_, after, _ = strings.Cut(after, "\r\n")
				s.send(c.peer, []byte(before+"Via: "+c.via+"\r\n"+after))
				d := s.reply(t)
				if d.peer.String() != c.want {
					t.Errorf("%d sent to %s, want %s", status(d.data), d.peer, c.want)
				}
				if got := header(d.data, "Via"); c.echo != "" && (len(got) != 1 || !sameParams(got[0], c.echo)) {
					t.Errorf("%d: Via %q, want %q", status(d.data), got, c.echo)
				}
			}
		})
	}
}

// sameParams compares two Via values without regard to the order of parameters.
func sameParams(a, b string) bool {
	as, bs := strings.Split(a, ";"), strings.Split(b, ";")
	slices.Sort(as[1:])
	slices.Sort(bs[1:])
	return slices.Equal(as, bs)
}

// TestPeer: the stack learns the true source, whatever the peer says.
func TestPeer(t *testing.T) {
	t.Parallel()
	s := newServer(t, Options{})
	text := strings.Replace(options("p", stranger), "Max-Forwards", "partyline-peer: 127.0.0.1:1\r\nPARTYLINE-PEER : 127.0.0.1:2\r\nMax-Forwards", 1)
	s.send(stranger, []byte(text))
	s.reply(t)
	req := <-s.seen
	if got := req.GetHeaders(PeerHeader); len(got) != 1 {
		t.Fatalf("%d peers", len(got))
	}
	peer, err := ParsePeer(req.GetHeader(PeerHeader).Value())
	if err != nil || peer != stranger {
		t.Errorf("peer %s, %v", peer, err)
	}
	if _, err := ParsePeer("nonsense"); err == nil {
		t.Error("nonsense parsed")
	}
}

// TestResponses: only an answer to what went out comes in, and only from where
// a stranger could have been asked.
func TestResponses(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	sock := newMemPacket()
	conn := g.PacketConn(sock)
	bye := strings.Replace(strings.ReplaceAll(options("ours", stranger), "OPTIONS", "BYE"), ";rport", "", 1)
	answer := func(branch string) string {
		return "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 192.0.2.77:40000;branch=z9hG4bK" + branch + "\r\nFrom: <sip:a@b>;tag=1\r\n" +
			"To: <sip:b@c>;tag=2\r\nCall-ID: ours\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
	}
	if out, reply := feed(g, stranger, answer("ours")); out+reply != "" {
		t.Error("an answer to nothing came in")
	}
	if _, err := conn.WriteTo([]byte(bye), net.UDPAddrFromAddrPort(stranger)); err != nil {
		t.Fatal(err)
	}
	if d := <-sock.out; string(d.data) != bye || d.peer != stranger {
		t.Errorf("request changed: %s %q", d.peer, d.data)
	}
	out, _ := feed(g, stranger, answer("ours"))
	if _, err := sip.ParseMessage([]byte(out)); err != nil {
		t.Errorf("%v: %q", err, out)
	}
	if out, _ := feed(g, stranger, answer("other")); out != "" {
		t.Error("an answer to another came in")
	}
	if out, _ := feed(g, addr("127.0.0.1:5060"), answer("other")); out == "" {
		t.Error("a trusted source's answer did not come in")
	}
	two := strings.Replace(answer("ours"), "From", "Via: SIP/2.0/UDP b;branch=z9hG4bK2\r\nFrom", 1)
	if out, _ := feed(g, stranger, two); out != "" {
		t.Error("an answer for a proxy came in")
	}
}

// TestNoWayBack: nothing leaves for the made-up addresses.
func TestNoWayBack(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	sock := newMemPacket()
	conn := g.PacketConn(sock)
	for _, data := range []string{
		options("a", stranger),
		"SIP/2.0 200 OK\r\n\r\n",
		"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n",
		"nonsense",
	} {
		if _, err := conn.WriteTo([]byte(data), conn.(*packetConn).fake); err == nil {
			t.Errorf("%q sent", data)
		}
	}
	if len(sock.out) > 0 {
		t.Errorf("%d datagrams left", len(sock.out))
	}
}

// TestAckOfRefusal: the ACK to a refusal made here ends here.
func TestAckOfRefusal(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	text := strings.Replace(invite("a", stranger), "Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: what", 1)
	_, reply := feed(g, stranger, text)
	if status([]byte(reply)) != 420 || header([]byte(reply), "Unsupported")[0] != "what" {
		t.Fatalf("%q", reply)
	}
	if _, again := feed(g, stranger, text); again != reply {
		t.Errorf("a retransmission got %q, not %q", again, reply)
	}
	ack := strings.ReplaceAll(invite("a", stranger), "INVITE", "ACK")
	mine := strings.Replace(ack, "To: <sip:bridge@example.org>", "To: "+header([]byte(reply), "To")[0], 1)
	if out, reply := feed(g, stranger, mine); out+reply != "" || counts(g, "ack_of_refusal") != 1 {
		t.Errorf("%q %q", out, reply)
	}
	other := strings.Replace(mine, "tag=pg", "tag=pgx", 1)
	if out, _ := feed(g, stranger, other); out == "" {
		t.Error("another's ACK ended here too")
	}
}
