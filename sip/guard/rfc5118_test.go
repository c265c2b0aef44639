package guard

import (
	"strings"
	"testing"
)

// TestIPv6 is the situations of RFC 5118 §4, with the methods of this product.
func TestIPv6(t *testing.T) {
	t.Parallel()
	good := options("v6", addr("[2001:db8::9]:5060"))
	for _, c := range []struct {
		name     string
		old, new string
		want     int // 0: passed on
		contains string
	}{
		{"4.1 reference in URI", "sip:bridge@example.org SIP", "sip:[2001:db8::10] SIP", 0, "OPTIONS sip:[2001:db8::10] SIP"},
		{"4.2 no brackets", "sip:bridge@example.org SIP", "sip:2001:db8::10 SIP", 400, "Bad Request-URI"},
		{"4.3 port inside the address", "sip:bridge@example.org SIP", "sip:[2001:db8::10:5070] SIP", 0, "sip:[2001:db8::10:5070] "},
		{"4.4 port outside", "sip:bridge@example.org SIP", "sip:[2001:db8::10]:5070 SIP", 0, "sip:[2001:db8::10]:5070 "},
		{"4.5 received in brackets", ";rport", ";received=[2001:db8::9:255];rport", 0, ";received=2001:db8::9;rport=5060"},
		{"4.5 received without", ";rport", ";received=2001:db8::9:255;rport", 0, ";received=2001:db8::9;rport=5060"},
		{"4.6 description", "Content-Length: 0\r\n\r\n", "Content-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP6 2001:db8::20\r\n", 0, "IP6 2001:db8::20"},
		{"4.8 several addresses", "Max-Forwards", "Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKas3\r\nMax-Forwards", 0,
			"Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-111\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKas3\r\n"},
		{"4.9 mapped in Contact", "Max-Forwards", "Contact: <sip:user@[::ffff:192.0.2.2]>\r\nMax-Forwards", 0, "[::ffff:192.0.2.2]"},
		{"4.10 zone", "sip:bridge@example.org SIP", "sip:[fe80::1%25eth0] SIP", 400, "Bad Request-URI"},
		{"4.10 two colons before", "sip:bridge@example.org SIP", "sip:[:::2001] SIP", 400, "Bad Request-URI"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := New(Options{})
			out, reply := feed(g, addr("[2001:db8::9]:5060"), strings.Replace(good, c.old, c.new, 1))
			if status([]byte(reply)) != c.want || !strings.Contains(out+reply, c.contains) {
				t.Errorf("passed %q, answered %q", out, reply)
			}
		})
	}
}
