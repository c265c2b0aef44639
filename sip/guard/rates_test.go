package guard

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"
)

func addr(format string, args ...any) netip.AddrPort {
	return netip.MustParseAddrPort(fmt.Sprintf(format, args...))
}

func counts(g *Guard, name string) uint64 { return g.Stats().Counts[name] }

// feed runs one datagram through the guard and returns what came of it.
func feed(g *Guard, peer netip.AddrPort, data string) (out, reply string) {
	now, trusted := g.now(), g.trusted(peer.Addr())
	if !trusted && !g.admit(peer.Addr(), now) {
		return "", ""
	}
	in := inbound{data: []byte(data), peer: peer, trusted: trusted}
	g.inspect(&in, now)
	return string(in.out), string(in.reply)
}

func TestSourceBan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		passed := func(n int) (got int) {
			for i := range n {
				if out, _ := feed(g, stranger, options(fmt.Sprint("x", i), stranger)); out != "" {
					got++
				}
			}
			return got
		}
		if got := passed(40); got != 16 {
			t.Errorf("%d passed, want the burst of 16", got)
		}
		if got := counts(g, "ban"); got != 1 {
			t.Errorf("%d bans", got)
		}
		time.Sleep(299 * time.Second)
		if got := passed(1); got != 0 {
			t.Error("passed while banned")
		}
		if out, _ := feed(g, addr("192.0.2.78:5060"), options("y", stranger)); out == "" {
			t.Error("the neighbour is banned too")
		}
		time.Sleep(time.Second)
		if got := passed(17); got != 16 {
			t.Errorf("%d passed after the ban", got)
		}
		time.Sleep(301 * time.Second)
		if got := passed(1); got != 0 {
			t.Error("a repeated offence is not banned for longer")
		}
		time.Sleep(3 * time.Hour)
		passed(17)
		time.Sleep(301 * time.Second)
		if got := passed(1); got != 1 {
			t.Error("not forgiven after quiet hours")
		}
	})
}

func TestSlowSourceIsNeverBanned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		for i := range 1000 {
			if out, _ := feed(g, stranger, options(fmt.Sprint("x", i), stranger)); out == "" {
				t.Fatalf("request %d at 7 a second refused", i)
			}
			time.Sleep(time.Second / 7)
		}
	})
}

func TestTrustedAreNeverBanned(t *testing.T) {
	t.Parallel()
	trunk := addr("198.51.100.1:5060")
	g := New(Options{Trust: func(a netip.Addr) bool { return a == trunk.Addr() }})
	for _, peer := range []netip.AddrPort{trunk, addr("127.0.0.1:5062"), addr("[::1]:5062"), addr("[::ffff:198.51.100.1]:5060")} {
		for i := range 200 {
			if out, _ := feed(g, peer, options(fmt.Sprint("x", i), peer)); out == "" {
				t.Fatalf("%s: request %d stopped", peer, i)
			}
		}
	}
}

func TestSubnetIsOneSource(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		for i := range 17 {
			feed(g, addr("[2001:db8:1:2::%x]:5060", i), options("x", stranger))
		}
		if out, _ := feed(g, addr("[2001:db8:1:2:ffff::1]:5060"), options("x", stranger)); out != "" {
			t.Error("another address of the /64 passed")
		}
		if out, _ := feed(g, addr("[2001:db8:1:3::1]:5060"), options("x", stranger)); out == "" {
			t.Error("another /64 did not pass")
		}
	})
}

// TestInviteFlood: over the rate an INVITE gets a 503, over that silence, and
// trusted sources are bounded too, by a rate of their own.
func TestInviteFlood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name            string
		source          string
		passed, refused int
	}{
		{"strangers", "10.%d.%d.1:5060", 100, 1000},
		{"loopback", "127.%d.%d.1:5060", 600, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{})
				var passed, refused, silent int
				for i := range 3000 {
					peer := addr(c.source, i/250, i%250)
					out, reply := feed(g, peer, invite(fmt.Sprint("f", i), peer))
					switch {
					case out != "":
						passed++
					case reply == "":
						silent++
					case status([]byte(reply)) == 503 && len(header([]byte(reply), "Retry-After")) == 1 && slices.Equal(header([]byte(reply), "Reason"), []string{"Q.850;cause=42"}):
						refused++
					}
				}
				if passed != c.passed || refused != c.refused || silent != 3000-passed-refused {
					t.Errorf("%d passed, %d got 503, %d nothing", passed, refused, silent)
				}
				in := strings.Replace(options("bye", stranger), "To: <sip:bridge@example.org>", "To: <sip:bridge@example.org>;tag=9", 1)
				if out, _ := feed(g, addr("192.0.2.1:5060"), strings.ReplaceAll(in, "OPTIONS", "BYE")); out == "" {
					t.Error("a BYE does not pass during an INVITE flood")
				}
			})
		})
	}
}

func TestOverallRateOfStrangers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{})
		var passed int
		for i := range 2000 {
			peer := addr("10.1.%d.%d:5060", i/250, i%250)
			if out, _ := feed(g, peer, options(fmt.Sprint("f", i), peer)); out != "" {
				passed++
			}
		}
		if passed != 500 {
			t.Errorf("%d passed", passed)
		}
		if out, _ := feed(g, addr("127.0.0.1:1"), options("t", stranger)); out == "" {
			t.Error("trusted source stopped")
		}
	})
}

func TestClosed(t *testing.T) {
	t.Parallel()
	g := New(Options{Closed: true})
	if out, reply := feed(g, stranger, "REGISTER"+options("x", stranger)[7:]); out+reply != "" {
		t.Errorf("stranger got %q", reply)
	}
	if out, _ := feed(g, addr("127.0.0.1:5062"), options("x", stranger)); out == "" {
		t.Error("loopback refused")
	}
}

// TestStrangerGetsOneRefusal: the stack repeats a refusal ten times when no ACK
// comes; a stranger sees one for each request he sends, a trunk sees all.
func TestStrangerGetsOneRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		trusted      bool
		first, again int
	}{
		{"stranger", false, 1, 1},
		{"trunk", true, 11, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{Trust: func(netip.Addr) bool { return c.trusted }})
				sock := newMemPacket()
				conn := g.PacketConn(sock)
				out, _ := feed(g, stranger, invite("i", stranger))
				msg, err := sip.ParseMessage([]byte(out))
				if err != nil {
					t.Fatal(err)
				}
				refusal := []byte(sip.NewResponseFromRequest(msg.(*sip.Request), 404, "Not Found", nil).String())
				for range 11 {
					if n, err := conn.WriteTo(refusal, conn.(*packetConn).fake); n != len(refusal) || err != nil {
						t.Fatal(n, err)
					}
				}
				if got := len(sock.out); got != c.first {
					t.Errorf("%d replies to one INVITE", got)
				}
				feed(g, stranger, invite("i", stranger))
				if _, err := conn.WriteTo(refusal, conn.(*packetConn).fake); err != nil {
					t.Fatal(err)
				}
				if got := len(sock.out) - c.first; got != c.again {
					t.Errorf("%d replies to its retransmission", got)
				}
			})
		})
	}
}

// TestReplyIsTrimmed: what a stranger may not get in bytes is left out.
func TestReplyIsTrimmed(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	request := options("i", stranger)
	out, _ := feed(g, stranger, request)
	msg, err := sip.ParseMessage([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	res := sip.NewResponseFromRequest(msg.(*sip.Request), 200, "OK", nil)
	res.AppendHeader(sip.NewHeader("Supported", strings.Repeat("x", 400)))
	res.AppendHeader(sip.NewHeader("Allow", "INVITE"))
	o := outbound{data: []byte(res.String()), to: addr("[100::1]:5060")}
	if err := g.release(&o, nil, false, g.now()); err != nil {
		t.Fatal(err)
	}
	if len(o.data) > len(request)*6/5 || header(o.data, "Supported") != nil || header(o.data, "Allow") == nil {
		t.Errorf("%d bytes for %d: %q", len(o.data), len(request), o.data)
	}
	if _, err := sip.ParseMessage(o.data); err != nil {
		t.Error(err)
	}
}

// TestRepeatedAnswerIsLeftAlone: the 2xx to an INVITE has its own rules.
func TestRepeatedAnswerIsLeftAlone(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	out, _ := feed(g, stranger, invite("i", stranger))
	msg, err := sip.ParseMessage([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(strings.Repeat("a", 2000))
	data := []byte(sip.NewResponseFromRequest(msg.(*sip.Request), 200, "OK", body).String())
	for range 3 {
		o := outbound{data: data, to: addr("[100::1]:5060")}
		if err := g.release(&o, nil, false, g.now()); err != nil || o.skip || len(o.data) != len(data) {
			t.Fatal(err, o.skip, len(o.data))
		}
	}
}
