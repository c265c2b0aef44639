package guard

import (
	"strings"
	"testing"
)

// TestChecks changes one thing of a good request at a time.
func TestChecks(t *testing.T) {
	t.Parallel()
	const sdp = "Content-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n"
	for _, c := range []struct {
		name     string
		method   string
		old, new string
		want     int // 0: passed on; -1: silence
		phrase   string
	}{
		{"good", "OPTIONS", "", "", 0, ""},
		{"good INVITE", "INVITE", "Content-Length: 0\r\n\r\n", sdp, 0, ""},
		{"no Via", "OPTIONS", "Via: ", "X-Via: ", -1, ""},
		{"unreadable Via", "OPTIONS", "Via: SIP/2.0/UDP", "Via: what", -1, ""},
		{"second Via unreadable", "OPTIONS", "Max-Forwards", "Via: what\r\nMax-Forwards", 400, "Bad Via"},
		{"no To", "OPTIONS", "To: ", "X-To: ", 400, "Missing To"},
		{"no From", "OPTIONS", "From: ", "X-From: ", 400, "Missing From"},
		{"no Call-ID", "OPTIONS", "Call-ID: ", "X-Call-ID: ", 400, "Missing Call-ID"},
		{"empty Call-ID", "OPTIONS", "Call-ID: id", "Call-ID: ", 400, "Bad Call-ID"},
		{"no CSeq", "OPTIONS", "CSeq: ", "X-CSeq: ", 400, "Missing CSeq"},
		{"CSeq without method", "OPTIONS", "CSeq: 1 OPTIONS", "CSeq: 1", 400, "Bad CSeq"},
		{"CSeq of 2^31", "OPTIONS", "CSeq: 1 ", "CSeq: 2147483648 ", 400, "Bad CSeq"},
		{"CSeq of another method", "OPTIONS", "1 OPTIONS", "1 BYE", 400, "CSeq Method Mismatch"},
		{"two From", "OPTIONS", "To: ", "f: <sip:x@y>;tag=2\r\nTo: ", 400, "Multiple From"},
		{"two Max-Forwards", "OPTIONS", "To: ", "Max-Forwards: 70\r\nTo: ", 400, "Multiple Max-Forwards"},
		{"two equal lengths", "OPTIONS", "To: ", "l: 0\r\nTo: ", 400, "Multiple Content-Length"},
		{"Max-Forwards 256", "OPTIONS", "Max-Forwards: 70", "Max-Forwards: 256", 400, "Bad Max-Forwards"},
		{"Max-Forwards 0 is for proxies", "OPTIONS", "Max-Forwards: 70", "Max-Forwards: 0", 0, ""},
		{"no Max-Forwards", "OPTIONS", "Max-Forwards: 70\r\n", "", 0, ""},
		{"too short", "OPTIONS", "Content-Length: 0", "Content-Length: 1", 400, "Content-Length Exceeds Message"},
		{"bare line feed", "OPTIONS", "70\r\n", "70\n", 400, "Bare Line Feed"},
		{"bare carriage return", "OPTIONS", "Call-ID: id", "Call-ID: i\rd", 400, "Bare Carriage Return"},
		{"NUL in From", "OPTIONS", "From: ", "From: \x00", 400, "Control Character in From"},
		{"ESC in an unknown field is dropped", "OPTIONS", "To: ", "X-A: \x1b[2J\r\nTo: ", 0, ""},
		{"no colon", "OPTIONS", "To: ", "nonsense\r\nTo: ", 400, "Header Field Without Colon"},
		{"no empty line", "OPTIONS", "Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n", 400, "Missing Empty Line"},
		{"folded start line", "OPTIONS", "Via: ", " x: y\r\nVia: ", 400, "Folded Start Line"},
		{"long field", "OPTIONS", "To: ", "X: " + strings.Repeat("x", 4097) + "\r\nTo: ", 400, "Header Field Too Long"},
		{"many fields", "OPTIONS", "To: ", strings.Repeat("X: y\r\n", 101) + "To: ", 400, ""},
		{"long URI", "OPTIONS", "sip:bridge", "sip:" + strings.Repeat("x", 2048), 414, ""},
		{"big datagram", "OPTIONS", "Content-Length: 0\r\n\r\n", "Content-Length: 0\r\n\r\n" + strings.Repeat("x", 16_384), 513, ""},
		{"big body", "OPTIONS", "Content-Length: 0\r\n\r\n", "Content-Length: 8193\r\n\r\n" + strings.Repeat("x", 8193), 413, ""},
		{"version 3", "OPTIONS", "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505, ""},
		{"version in lower case", "OPTIONS", "SIP/2.0\r\nVia", "sip/2.0\r\nVia", 0, ""},
		{"no version", "OPTIONS", "SIP/2.0\r\nVia", "SIP/x\r\nVia", 400, "Bad Version"},
		{"lower-case method", "options", "", "", 501, ""},
		{"unknown method", "DANCE", "", "", 501, ""},
		{"REGISTER", "REGISTER", "", "", 405, ""},
		{"SUBSCRIBE", "SUBSCRIBE", "", "", 405, ""},
		{"NOTIFY", "NOTIFY", "", "", 405, ""},
		{"MESSAGE", "MESSAGE", "", "", 405, ""},
		{"PUBLISH", "PUBLISH", "", "", 405, ""},
		{"REFER", "REFER", "", "", 405, ""},
		{"PRACK", "PRACK", "", "", 405, ""},
		{"tel", "INVITE", "sip:bridge@example.org SIP", "tel:+15551234 SIP", 416, ""},
		{"sips", "INVITE", "sip:bridge@example.org SIP", "sips:bridge@example.org SIP", 0, ""},
		{"no host", "INVITE", "sip:bridge@example.org SIP", "sip:bridge@ SIP", 400, "Bad Request-URI"},
		{"bad port", "INVITE", "sip:bridge@example.org SIP", "sip:bridge@example.org:99999 SIP", 400, "Bad Request-URI"},
		{"wildcard", "INVITE", "sip:bridge@example.org SIP", "* SIP", 400, "Bad Request-URI"},
		{"bad Contact", "INVITE", "Contact: <", "Contact: <<", 400, "Bad Contact"},
		{"bad Route", "OPTIONS", "To: ", "Route: sip:a@b\r\nTo: ", 400, "Bad Route"},
		{"Require", "INVITE", "To: ", "Require: 100rel\r\nTo: ", 420, ""},
		{"Require in ACK", "ACK", "To: ", "Require: 100rel\r\nTo: ", 0, ""},
		{"Require what is known", "INVITE", "To: ", "Require: Timer\r\nTo: ", 0, ""},
		{"empty Require", "INVITE", "To: ", "Require: \r\nTo: ", 0, ""},
		{"body without type", "INVITE", "Content-Length: 0\r\n\r\n", "Content-Length: 1\r\n\r\nx", 400, "Missing Content-Type"},
		{"body of another type", "INVITE", "Content-Length: 0\r\n\r\n", strings.Replace(sdp, "application/sdp", "text/plain", 1), 415, ""},
		{"type with blanks and parameters", "INVITE", "Content-Length: 0\r\n\r\n", strings.Replace(sdp, "application/sdp", "Application / SDP ;a=b", 1), 0, ""},
		{"another type, but optional", "INVITE", "Content-Length: 0\r\n\r\n", "Content-Disposition: session;handling=optional\r\n" + strings.Replace(sdp, "application/sdp", "text/plain", 1), 0, ""},
		{"compressed", "INVITE", "Content-Length: 0\r\n\r\n", "Content-Encoding: gzip\r\n" + sdp, 415, ""},
		{"body of another type in OPTIONS", "OPTIONS", "Content-Length: 0\r\n\r\n", strings.Replace(sdp, "application/sdp", "text/plain", 1), 0, ""},
		{"SDP by INFO", "INFO", "Content-Length: 0\r\n\r\n", sdp, 415, ""},
		{"DTMF by INVITE", "INVITE", "Content-Length: 0\r\n\r\n", strings.Replace(sdp, "application/sdp", "application/dtmf-relay", 1), 415, ""},
		{"DTMF by INFO", "INFO", "Content-Length: 0\r\n\r\n", strings.Replace(sdp, "application/sdp", "application/dtmf-relay", 1), 0, ""},
		{"Accept excludes SDP", "INVITE", "To: ", "Accept: text/plain, image/*\r\nTo: ", 406, ""},
		{"Accept nothing", "INVITE", "To: ", "Accept:\r\nTo: ", 406, ""},
		{"Accept everything", "INVITE", "To: ", "Accept: text/plain, */*;q=0.1\r\nTo: ", 0, ""},
		{"malformed ACK", "ACK", "To: ", "X-To: ", -1, ""},
		{"keep-alive", "OPTIONS", "ALL", "\r\n\r\n", -1, ""},
		{"STUN", "OPTIONS", "ALL", "\x00\x01\x00\x00\x21\x12\xa4\x42", -1, ""},
		{"empty", "OPTIONS", "ALL", "", -1, ""},
		{"start line only", "OPTIONS", "ALL", "OPTIONS sip:a SIP/2.0", -1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := strings.ReplaceAll(invite("id", stranger), "INVITE", c.method)
			if c.old == "ALL" {
				text = c.new
			} else if c.old != "" && !strings.Contains(text, c.old) {
				t.Fatalf("nothing to replace in %q", text)
			} else {
				text = strings.Replace(text, c.old, c.new, 1)
			}
			g := New(Options{Rates: generous, Extensions: []string{"timer"}})
			out, reply := feed(g, stranger, text)
			switch got := status([]byte(reply)); {
			case c.want == 0 && out == "", c.want == -1 && out+reply != "", c.want > 0 && (got != c.want || out != ""):
				t.Errorf("passed %q, answered %q", out, reply)
			case c.phrase != "" && !strings.HasPrefix(reply, "SIP/2.0 "+"400 "+c.phrase+"\r\n"):
				t.Errorf("answered %q", reply)
			}
			if c.want == 0 && c.method != "ACK" && strings.Contains(out, "\x1b") {
				t.Errorf("passed %q", out)
			}
		})
	}
}

// TestExtras: refusals say what would be right, where there is room.
func TestExtras(t *testing.T) {
	t.Parallel()
	g := New(Options{Methods: []string{"INVITE", "ACK", "INFO"}, ContentTypes: []string{"application/sdp"}})
	text := strings.Replace(invite("id", stranger), "To: ", "Require: a, b\r\nSubject: "+strings.Repeat("x", 100)+"\r\nTo: ", 1)
	for _, c := range []struct{ text, field, want string }{
		{strings.ReplaceAll(text, "INVITE", "BYE"), "Allow", "INVITE, ACK, INFO"},
		{strings.ReplaceAll(text, "INVITE", "FOO"), "Allow", "INVITE, ACK, INFO"},
		{text, "Unsupported", "a, b"},
		{strings.Replace(text, "Require: a, b\r\nSubject: ", "Content-Type: a/b\r\nSubject: ", 1) + "x", "Accept", "application/sdp"},
		{strings.Replace(strings.ReplaceAll(text, "INVITE", "INFO"), "Require: a, b\r\nSubject: ", "Content-Type: a/b\r\nSubject: ", 1) + "x", "Accept", "application/dtmf-relay, application/dtmf"},
	} {
		_, reply := feed(g, addr("127.0.0.1:5"), strings.Replace(c.text, "Content-Length: 0", "X: 0", 1))
		if got := header([]byte(reply), c.field); len(got) != 1 || got[0] != c.want {
			t.Errorf("%q: %s %q", reply, c.field, got)
		}
	}
}

// TestCanonical: what is handed on.
func TestCanonical(t *testing.T) {
	t.Parallel()
	g := New(Options{})
	in := "\r\nINVITE sip:b@c SIP/2.0\r\n" +
		"v : SIP / 2.0 / UDP a ; Branch = z9hG4bK1 ; rport ,SIP/2.0/TCP b;branch=z9hG4bK2\r\n" +
		"f: \"A, \\\"B\" <sip:a@b;x=y> ; TAG = 1;;\r\nt: sip:b@c\r\ni: id\r\nCSeq:\t007\r\n INVITE\r\n" +
		"m: <sip:a@1.2.3.4>;q = 1 , <sip:a@5.6.7.8>\r\nk: timer\r\nX-Fold: a\r\n\tb\r\nRoute: <sip:p;lr>,<sip:q;lr>\r\n\r\n"
	want := "INVITE sip:b@c SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.77;rport=40000\r\nVia: SIP/2.0/TCP b;branch=z9hG4bK2\r\n" +
		"From: \"A, \\\"B\" <sip:a@b;x=y>;tag=1\r\nTo: sip:b@c\r\nCall-ID: id\r\nCSeq: 7 INVITE\r\n" +
		"Contact: <sip:a@1.2.3.4>;q=1\r\nContact: <sip:a@5.6.7.8>\r\nSupported: timer\r\nX-Fold: a b\r\nRoute: <sip:p;lr>\r\nRoute: <sip:q;lr>\r\n" +
		PeerHeader + ": 192.0.2.77:40000\r\nContent-Length: 0\r\n\r\n"
	if out, reply := feed(g, stranger, in); out != want {
		t.Errorf("got\n%s\n%s", out, reply)
	}
}
