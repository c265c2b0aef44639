package guard

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// banLine is the filter of config/partyline.example.yaml, with <HOST> as fail2ban reads it.
var banLine = regexp.MustCompile(`msg="source banned" .*remote=(\S+) `)

// TestBans: who scans is banned at his first message; who sends much that is malformed or refused, when it was too much. The
// ban is logged once, counted, and ends.
func TestBans(t *testing.T) {
	t.Parallel()
	says := func(agent string) string {
		return strings.Replace(options("s", stranger), "Max-Forwards", "User-Agent: "+agent+"\r\nMax-Forwards", 1)
	}
	refused := strings.Replace(options("r", stranger), "OPTIONS", "SUBSCRIBE", 2)
	for name, tt := range map[string]struct {
		message string
		after   int // messages that are not banned for
		reason  string
	}{
		"a scanner":             {says("friendly-scanner"), 0, "scanner"},
		"a scanner in capitals": {says("SIPVicious/0.3"), 0, "scanner"},
		"no SIP at all":         {"GET / HTTP/1.1\r\n\r\n", 10, "offences"},
		"what is refused":       {refused, 10, "offences"},
		"no way to answer":      {"OPTIONS sip:a SIP/2.0\r\n\r\n", 10, "offences"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				g := New(Options{Scanners: []string{"friendly-scanner", "sipvicious"}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
				for i := range tt.after {
					feed(g, stranger, tt.message)
					if g.Stats().Banned != 0 {
						t.Fatalf("banned after %d messages", i+1)
					}
				}
				feed(g, stranger, tt.message)
				if s := g.Stats(); s.Banned != 1 || s.Counts["ban"] != 1 || s.Counts["ban_"+tt.reason] != 1 {
					t.Fatalf("after message %d: %d banned, %v", tt.after+1, s.Banned, s.Counts)
				}
				if out, reply := feed(g, stranger, options("x", stranger)); out+reply != "" {
					t.Error("heard while banned")
				}
				if out, _ := feed(g, addr("192.0.2.78:5060"), options("y", stranger)); out == "" {
					t.Error("the neighbour is banned too")
				}
				if m := banLine.FindAllStringSubmatch(log.String(), -1); len(m) != 1 || m[0][1] != stranger.Addr().String() || !strings.Contains(log.String(), "reason="+tt.reason+" seconds=300") {
					t.Errorf("logged:\n%s", log.String())
				}
				time.Sleep(300 * time.Second)
				if out, _ := feed(g, stranger, options("z", stranger)); out == "" || g.Stats().Banned != 0 {
					t.Error("banned for ever")
				}
			})
		})
	}
}

// TestNotBanned: loopback, trunks, whom we have called, and who seldom errs.
func TestNotBanned(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		trunk, callee := addr("198.51.100.1:5060"), addr("198.51.100.2:5060")
		g := New(Options{
			Scanners: []string{"scanner"},
			Trust:    func(a netip.Addr) bool { return a == trunk.Addr() },
			Known:    func(a netip.Addr) bool { return a == callee.Addr() },
		})
		for _, peer := range []netip.AddrPort{trunk, callee, addr("127.0.0.1:5060")} {
			for range 15 {
				feed(g, peer, strings.Replace(options("s", peer), "Max-Forwards", "User-Agent: scanner\r\nMax-Forwards", 1))
			}
		}
		for range 200 {
			feed(g, stranger, "no SIP\r\n\r\n")
			time.Sleep(10 * time.Second)
		}
		if s := g.Stats(); s.Banned != 0 || s.Counts["ban"] != 0 {
			t.Errorf("%d bans", s.Counts["ban"])
		}
	})
}

// TestRefusedByTheStack: what the stack answers counts as well; a call that is busy does not.
func TestRefusedByTheStack(t *testing.T) {
	t.Parallel()
	for status, banned := range map[int]bool{404: true, 403: true, 401: true, 486: false, 481: false, 200: false, 180: false} {
		g := New(Options{})
		for i := range 12 {
			id := fmt.Sprint("i", i)
			if out, _ := feed(g, stranger, options(id, stranger)); out == "" {
				break
			}
			reply := fmt.Sprintf("SIP/2.0 %d X\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport=%d;received=%s\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
				status, stranger, id, stranger.Port(), stranger.Addr(), id)
			o := outbound{data: []byte(reply), to: stranger}
			if err := g.release(&o, nil, false, g.now()); err != nil {
				t.Fatal(err)
			}
		}
		if got := g.Stats().Banned == 1; got != banned {
			t.Errorf("%d: banned %t", status, got)
		}
	}
}

// TestSilent: nothing tells a stranger that there is a bridge, but what it takes from him; trunks are answered.
func TestSilent(t *testing.T) {
	t.Parallel()
	trunk := addr("198.51.100.1:5060")
	g := New(Options{Silent: true, Trust: func(a netip.Addr) bool { return a == trunk.Addr() }})
	for peer, answered := range map[netip.AddrPort]bool{stranger: false, trunk: true} {
		_, reply := feed(g, peer, strings.Replace(options("r", peer), "OPTIONS", "SUBSCRIBE", 2))
		if got := reply != ""; got != answered {
			t.Errorf("%s: answered %t", peer, got)
		}
	}
	if out, _ := feed(g, stranger, options("x", stranger)); out == "" {
		t.Error("what is taken is taken no more")
	}
}
