package guard

import (
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

func TestMain(m *testing.M) {
	quiet := slog.New(slog.DiscardHandler)
	slog.SetDefault(quiet)
	sip.SetDefaultLogger(quiet)
	// The stack does not send replies longer than an MTU otherwise, though the
	// RFC asks for a stream with requests only.
	sip.UDPMTUSize = 16_384
	os.Exit(m.Run())
}

// datagram is one packet on a memPacket.
type datagram struct {
	data []byte
	peer netip.AddrPort
}

// memPacket is a UDP socket of channels, fit for a synctest bubble.
type memPacket struct {
	net.PacketConn // nil: what is not implemented
	in, out        chan datagram
	done           chan struct{}
	once           sync.Once
}

func newMemPacket() *memPacket {
	return &memPacket{in: make(chan datagram), out: make(chan datagram, 4096), done: make(chan struct{})}
}

func (c *memPacket) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.data), net.UDPAddrFromAddrPort(d.peer), nil
	case <-c.done:
		return 0, nil, net.ErrClosed
	}
}

func (c *memPacket) WriteTo(p []byte, addr net.Addr) (int, error) {
	select {
	case c.out <- datagram{append([]byte(nil), p...), addr.(*net.UDPAddr).AddrPort()}:
		return len(p), nil
	case <-c.done:
		return 0, net.ErrClosed
	}
}

func (c *memPacket) LocalAddr() net.Addr {
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5060}
}

func (c *memPacket) Close() error {
	c.once.Do(func() { close(c.done) })
	return nil
}

// server is a guard before a stack that answers 200 to INVITE and OPTIONS and
// 481 to anything within a dialog.
type server struct {
	guard *Guard
	stack *sipgo.UserAgent
	sock  *memPacket
	seen  chan *sip.Request
}

func newServer(t testing.TB, o Options) *server {
	t.Helper()
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{guard: New(o), stack: ua, sock: newMemPacket(), seen: make(chan *sip.Request, 1024)}
	s.handle(srv)
	var running sync.WaitGroup
	running.Go(func() { _ = srv.ServeUDP(s.guard.PacketConn(s.sock)) })
	t.Cleanup(func() {
		_ = s.sock.Close()
		running.Wait()
		_ = ua.Close()
	})
	return s
}

func (s *server) handle(srv *sipgo.Server) {
	answer := func(req *sip.Request, tx sip.ServerTransaction) {
		select {
		case s.seen <- req:
		default:
		}
		status := 200
		if tag, _ := req.To().Params.Get("tag"); tag != "" {
			status = 481
		}
		res := sip.NewResponseFromRequest(req, status, "", nil)
		res.AppendHeader(sip.NewHeader("Allow", strings.Join(s.guard.opt.Methods, ", ")))
		_ = tx.Respond(res)
	}
	for _, m := range []sip.RequestMethod{sip.INVITE, sip.OPTIONS, sip.BYE, sip.INFO, sip.UPDATE, sip.CANCEL} {
		srv.OnRequest(m, answer)
	}
	srv.OnAck(func(req *sip.Request, _ sip.ServerTransaction) {
		select {
		case s.seen <- req:
		default:
		}
	})
}

// send gives one datagram to the guard; it returns when the guard took it.
func (s *server) send(peer netip.AddrPort, data []byte) {
	s.sock.in <- datagram{data, peer}
}

// reply waits for the next datagram out.
func (s *server) reply(t testing.TB) datagram {
	t.Helper()
	select {
	case d := <-s.sock.out:
		return d
	case <-time.After(10 * time.Second):
		t.Fatal("no reply")
		return datagram{}
	}
}

// probe sends an OPTIONS and returns what came out before its answer: the
// stack forks per message, so the probe is sent once the counters say that the
// stack got everything.
func (s *server) probe(t testing.TB, peer netip.AddrPort) {
	t.Helper()
	s.send(peer, []byte(options("probe", peer)))
	if d := s.reply(t); status(d.data) != 200 || !strings.Contains(string(d.data), "probe") {
		t.Fatalf("probe answered %q", d.data)
	}
}

func options(id string, peer netip.AddrPort) string {
	return "OPTIONS sip:bridge@example.org SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP " + peer.String() + ";branch=z9hG4bK" + id + ";rport\r\n" +
		"Max-Forwards: 70\r\nFrom: <sip:a@example.org>;tag=1\r\nTo: <sip:bridge@example.org>\r\n" +
		"Call-ID: " + id + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}

func invite(id string, peer netip.AddrPort) string {
	r := strings.NewReplacer("OPTIONS", "INVITE", "Content-Length: 0", "Contact: <sip:a@"+peer.String()+">\r\nContent-Length: 0")
	return r.Replace(options(id, peer))
}

// status reads the status of a reply; 0 when it is none.
func status(p []byte) int {
	rest, ok := strings.CutPrefix(string(p), "SIP/2.0 ")
	if !ok || len(rest) < 3 {
		return 0
	}
	n, err := strconv.Atoi(rest[:3])
	if err != nil {
		return 0
	}
	return n
}

// header returns the values of one field of a message.
func header(p []byte, name string) (values []string) {
	head, _, _ := strings.Cut(string(p), "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, v, ok := strings.Cut(line, ": "); ok && strings.EqualFold(n, name) {
			values = append(values, v)
		}
	}
	return values
}

// generous are rates that no test runs into by accident.
var generous = Rates{
	Source: Rate{1e6, 1e6}, Offences: Rate{1e6, 1e6}, Strangers: Rate{1e6, 1e6}, StrangeInvites: Rate{1e6, 1e6},
	TrustedInvites: Rate{1e6, 1e6}, Refusals: Rate{1e6, 1e6},
}

var stranger = netip.MustParseAddrPort("192.0.2.77:40000")
