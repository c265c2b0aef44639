package guard

import (
	"net/netip"
	"strings"
	"testing"
)

// TestKnownPeers: whom we call may speak within the call, and nothing else, where strangers are not heard.
func TestKnownPeers(t *testing.T) {
	t.Parallel()
	within := strings.Replace(options("k", stranger), "To: <sip:bridge@example.org>", "To: <sip:bridge@example.org>;tag=ours", 1)
	if !strings.Contains(within, "tag=ours") {
		t.Fatalf("the request has another form:\n%s", within)
	}
	for name, tt := range map[string]struct {
		known  bool
		text   string
		passed bool
	}{
		"a stranger":                {false, within, false},
		"whom we call":              {true, within, true},
		"whom we call, a new thing": {true, options("k2", stranger), false},
	} {
		g := New(Options{Closed: true, Known: func(a netip.Addr) bool { return tt.known && a == stranger.Addr() }})
		out, reply := feed(g, stranger, tt.text)
		if (out != "") != tt.passed || !tt.passed && reply != "" {
			t.Errorf("%s: passed %q, replied %q", name, out, reply)
		}
	}
}

// TestResponsesNameTheirSource: a peer cannot say that it is another.
func TestResponsesNameTheirSource(t *testing.T) {
	t.Parallel()
	g := New(Options{Trust: func(netip.Addr) bool { return true }})
	text := "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>;tag=2\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n" +
		"Partyline-Peer: 127.0.0.1:1\r\nContent-Length: 0\r\n\r\n"
	out, _ := feed(g, stranger, text)
	if want := PeerHeader + ": " + stranger.String() + "\r\n"; strings.Count(out, PeerHeader) != 1 || !strings.Contains(out, want) {
		t.Errorf("handed on:\n%s", out)
	}
}
