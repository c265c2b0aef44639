package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip/guard"
	"partyline/sip/sdp"
)

func TestStatusOfErrors(t *testing.T) {
	t.Parallel()
	cases := map[control.Code]int{
		control.CodeInvalid: 400, control.CodeNotFound: 404, control.CodeWrongState: 480, control.CodeNameTaken: 486,
		control.CodeCodeTaken: 486, control.CodeLimit: 486, control.CodeLocked: 403, control.CodeRoomFull: 486, control.CodeOnAir: 486,
		control.CodeNotAllowed: 403, control.CodeUnauthorized: 403, control.CodeForbidden: 403, control.CodePrecondition: 400,
		control.CodeIdempotency: 400, control.CodeRateLimited: 503, control.CodeTooLarge: 413, control.CodeStore: 503,
		control.CodeOverloaded: 503, control.CodeShutdown: 503, "something new": 500,
	}
	for code, want := range cases {
		got := refuse(fmt.Errorf("wrapped: %w", control.Errorf(code, "no")))
		if got.status != want || got.retry != (want == 503) {
			t.Errorf("%s: %d, retry %t; want %d", code, got.status, got.retry, want)
		}
	}
	for err, want := range map[error]int{
		fmt.Errorf("x: %w", sdp.ErrMalformed):     400,
		fmt.Errorf("x: %w", sdp.ErrNotAcceptable): 488,
		errors.New("inside"):                      500,
	} {
		if got := refuse(err); got.status != want {
			t.Errorf("%v: %d, want %d", err, got.status, want)
		}
	}
}

func TestReasonHeaderIsPlain(t *testing.T) {
	t.Parallel()
	got := reasonHeader("Q.850", 16, "a\"b\\c\r\nBYE é"+strings.Repeat("x", 500))
	if !strings.HasPrefix(got, "Q.850;cause=16;text=\"a'b'c  BYE  xxx") || len(got) > maxReasonText+40 || strings.ContainsAny(got, "\r\n\\") {
		t.Errorf("%s", got)
	}
}

func TestPlainName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"A Caller":                     "A Caller",
		" Zoë\x00\x1b[31m\u202e \xff ": "Zoë[31m",
		strings.Repeat("ж", 500):       strings.Repeat("ж", maxName),
	} {
		if got := plainName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := unquote(`a\"b\\c`); got != `a"b\c` {
		t.Errorf("unquote: %s", got)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]Options{
		"no address": {},
		"no logger":  {Listen: []Listen{{"udp", "127.0.0.1:0"}}},
		"guard: a limit is negative": {
			Listen: []Listen{{"udp", "127.0.0.1:0"}}, Logger: slog.New(slog.DiscardHandler), Media: struct{ Media }{}, Admitter: struct{ Admitter }{},
			Guard: guard.Options{Limits: guard.Limits{Body: -1}},
		},
	} {
		if _, err := New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestHop: RFC 3261 §12.2.1.1.
func TestHop(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		routes []string
		uri    string
		sent   string
		route  []string
	}{
		"no route":     {nil, "sip:a@192.0.2.9:5070", "192.0.2.9:5070", nil},
		"loose router": {[]string{"<sip:198.51.100.1;lr>", "<sip:p2;lr>"}, "sip:a@192.0.2.9:5070", "198.51.100.1:5060", []string{"<sip:198.51.100.1;lr>", "<sip:p2;lr>"}},
		"strict router": {[]string{"<sip:198.51.100.1:5080>", "<sip:p2;lr>"}, "sip:198.51.100.1:5080", "198.51.100.1:5080",
			[]string{"<sip:p2;lr>", "<sip:a@192.0.2.9:5070>"}},
	}
	for name, c := range cases {
		s := State{
			Dialog: Dialog{CallID: "c", LocalTag: "l", RemoteTag: "r", LocalURI: "sip:b@x", RemoteURI: "sip:a@y", LocalSeq: 3,
				Target: "sip:a@192.0.2.9:5070", RouteSet: c.routes, Contact: "<sip:us>"},
			Flow: Flow{Network: "udp", SentBy: netip.MustParseAddrPort("192.0.2.1:5060")},
		}
		req, err := s.newRequest(sipmsg.BYE)
		if err != nil {
			t.Fatal(err)
		}
		var routes []string
		for _, h := range req.GetHeaders("Route") {
			routes = append(routes, h.Value())
		}
		if got := req.Recipient.String(); got != c.uri {
			t.Errorf("%s: request URI %s, want %s", name, got, c.uri)
		}
		if got := req.Destination(); got != c.sent {
			t.Errorf("%s: sent to %s, want %s", name, got, c.sent)
		}
		if d := cmp.Diff(c.route, routes); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		other, err := s.newRequest(sipmsg.BYE)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := req.Via().Params.GetOr("branch", ""), other.Via().Params.GetOr("branch", ""); a == b || a == "" {
			t.Errorf("%s: branches %q and %q", name, a, b)
		}
	}
}

// TestDestinationIsNotOurs: a stranger cannot have a request of ours sent to an address that only we can reach, be it a
// phone's behind a NAT or a trap. A trunk's proxies may be there.
func TestDestinationIsNotOurs(t *testing.T) {
	t.Parallel()
	const source = "198.51.100.7:5062"
	for _, host := range []string{
		"127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[fd00::1]", "100.64.0.9", "0.0.0.0", "224.0.0.1", "255.255.255.255", "[::ffff:127.0.0.1]",
	} {
		uri := "sip:" + host + ":6379;transport=tcp;lr"
		for _, trusted := range []bool{false, true} {
			s := State{Flow: Flow{Network: "udp", Source: netip.MustParseAddrPort(source)}, Call: control.Call{Trusted: trusted}}
			s.Dialog = Dialog{Target: "sip:a@192.0.2.9", RouteSet: []string{"<" + uri + ">"}}
			h, err := s.Dialog.hop()
			if err != nil {
				t.Fatal(err)
			}
			if got := s.destination(h); (got == source) == trusted {
				t.Errorf("by way of %s, trusted %t: sent to %s", host, trusted, got)
			}
			s.Dialog = Dialog{Target: uri}
			if h, err = s.Dialog.hop(); err != nil {
				t.Fatal(err)
			}
			if got := s.destination(h); got != source {
				t.Errorf("to %s, trusted %t: sent to %s", host, trusted, got)
			}
		}
	}
}

// TestSpecFromAfar: a far end elsewhere cannot direct our media to ourselves.
func TestSpecFromAfar(t *testing.T) {
	t.Parallel()
	for remote, from := range map[string]string{
		"127.0.0.1:5060": "192.0.2.9:5060", "169.254.169.254:80": "192.0.2.9:5060",
	} {
		l := &leg{}
		l.state.SDP.Spec = media.Spec{Remote: netip.MustParseAddrPort(remote)}
		l.state.Flow.Source = netip.MustParseAddrPort(from)
		if got := l.spec(); got.Remote.IsValid() || got.Signalling.String() != "192.0.2.9" {
			t.Errorf("%s from %s: %+v", remote, from, got)
		}
		l.state.Flow.Source = netip.MustParseAddrPort("127.0.0.1:5060")
		if got := l.spec(); !got.Remote.IsValid() {
			t.Errorf("%s from loopback: %+v", remote, got)
		}
	}
}

func TestLocalAddr(t *testing.T) {
	t.Parallel()
	to := netip.MustParseAddrPort("127.0.0.1:9")
	for bound, want := range map[string]string{
		"192.0.2.1:5060": "192.0.2.1:5060", "0.0.0.0:5060": "127.0.0.1:5060", "[::]:5060": "127.0.0.1:5060",
	} {
		listener := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(bound))
		if got := localAddr(listener, to); got.String() != want {
			t.Errorf("%s: %s, want %s", bound, got, want)
		}
	}
}

// TestAdvertise: callers from elsewhere see the advertised address, those on this machine the real one.
func TestAdvertise(t *testing.T) {
	t.Parallel()
	u := &UA{opt: Options{Advertise: netip.MustParseAddr("203.0.113.5")}}
	for from, want := range map[string]string{"192.0.2.77:5060": "203.0.113.5:5060", "127.0.0.1:5062": "192.0.2.1:5060"} {
		req := sipmsg.NewRequest(sipmsg.INVITE, sipmsg.Uri{})
		req.SetTransport("UDP")
		req.SetSource(from)
		f, _, err := u.newFlow(req, wired{})
		if err != nil || f.SentBy.String() != want || f.Local.String() != "192.0.2.1:5060" {
			t.Errorf("from %s: %+v, %v; want %s", from, f, err, want)
		}
	}
}

// wired is a transaction on a connection; nothing else of it works.
type wired struct{ sipmsg.ServerTransaction }

type onlyLocal struct{ sipmsg.Connection }

func (wired) Connection() sipmsg.Connection { return onlyLocal{} }

func (onlyLocal) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
}
