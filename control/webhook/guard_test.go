package webhook_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/webhook"
)

// forbidden are hosts that lead where only this machine or its network should reach. The names are answered by the test's
// own resolver, with the address that stands after them.
var forbidden = []string{
	// loopback, unspecified
	"127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "0.1.2.3", "[::1]", "[::]",
	// RFC 1918, RFC 4193, RFC 6598
	"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.255",
	"100.64.0.1", "100.127.255.254", "[fc00::1]", "[fd12:3456:789a::1]",
	// link-local, site-local, with a zone
	"169.254.0.1", "[fe80::1]", "[fe80::1%25lo]", "[febf::1]", "[fec0::1]",
	// the metadata of clouds
	"169.254.169.254", "169.254.170.2", "168.63.129.16", "192.0.0.192", "100.100.100.200", "[fd00:ec2::254]", "[fd20:ce::254]",
	// IPv4 within IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo
	"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[0:0:0:0:0:ffff:c0a8:1]",
	"[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::a00:1]",
	"[2002:7f00:1::1]", "[2002:a00:1::]", "[2001::1]", "[2001:0:7f00:1::]",
	// multicast, broadcast, reserved, documentation, benchmarks, relays
	"224.0.0.1", "239.255.255.250", "[ff02::1]", "[ff0e::1]", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.51.100.1",
	"203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[4000::1]",
	// what C libraries take for 127.0.0.1
	"2130706433=127.0.0.1", "0x7f000001=127.0.0.1", "0x7f.1=127.0.0.1", "0177.0.0.1=127.0.0.1", "127.1=127.0.0.1", "0=0.0.0.0",
	// names
	"localhost", "LOCALHOST.", "a.localhost=127.0.0.1", "inside.test=10.1.2.3", "mapped.test=::ffff:10.1.2.3", "six.test=::1",
	"nat64.test=64:ff9b::7f00:1", "metadata.google.internal=169.254.169.254", "metadata.test=fd00:ec2::254", "any.test=0.0.0.0", "cgnat.test=100.64.3.4",
}

// dns answers every question on loopback by a function, which gets the name and gives addresses.
func dns(t testing.TB, answers func(name string) []netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = conn.Close(); serving.Wait() })
	serving.Go(func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			if reply := dnsReply(buf[:n], answers); reply != nil {
				_, _ = conn.WriteToUDPAddrPort(reply, from)
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// dnsReply answers one question of type A or AAAA (RFC 1035 §4).
func dnsReply(query []byte, answers func(string) []netip.Addr) []byte {
	if len(query) < 17 {
		return nil
	}
	var labels []string
	at := 12
	for at < len(query) && query[at] != 0 {
		end := at + 1 + int(query[at])
		if end > len(query) {
			return nil
		}
		labels = append(labels, string(query[at+1:end]))
		at = end
	}
	end := at + 5
	if end > len(query) {
		return nil
	}
	kind := binary.BigEndian.Uint16(query[at+1:])
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	for _, addr := range answers(strings.ToLower(strings.Join(labels, "."))) {
		if addr.Is4() != (kind == 1) || addr.Is6() != (kind == 28) {
			continue
		}
		reply[7]++
		raw := addr.AsSlice()
		reply = append(reply, 0xc0, 12, byte(kind>>8), byte(kind), 0, 1, 0, 0, 0, 0, 0, byte(len(raw)))
		reply = append(reply, raw...)
	}
	return reply
}

// victim counts who connects to an address of this machine.
func victim(t testing.TB, address string) (port uint16, connections *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	connections = &atomic.Int64{}
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = c.Close()
		}
	})
	return l.Addr().(*net.TCPAddr).AddrPort().Port(), connections
}

// Nothing connects to what is forbidden, however it is written and whatever names lead there.
func TestForbiddenAddresses(t *testing.T) {
	if len(forbidden) < 60 {
		t.Fatalf("only %d URLs", len(forbidden))
	}
	byName := map[string]netip.Addr{"localhost": netip.MustParseAddr("127.0.0.1")}
	for _, f := range forbidden {
		if host, addr, ok := strings.Cut(f, "="); ok {
			byName[host] = netip.MustParseAddr(addr)
		}
	}
	port, connections := victim(t, "0.0.0.0:0")
	m := newMemory()
	o := m.options(t)
	o.Guard = webhook.Guard{}
	o.Resolver = dns(t, func(name string) []netip.Addr { return []netip.Addr{byName[name]} })
	transport := webhook.NewTransport(o)
	s := start(t, o, transport)
	for _, f := range forbidden {
		host, _, named := strings.Cut(f, "=")
		t.Run(f, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://%s:%d/", host, port), nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := transport.RoundTrip(req)
			if err == nil {
				_ = res.Body.Close()
				t.Fatal("it answered")
			}
			unknown, ok := errors.AsType[*net.DNSError](err) // Go takes no bare number for a name
			if !errors.Is(err, webhook.ErrRefused) && (!ok || !unknown.IsNotFound) {
				t.Errorf("not refused by the guard: %v", err)
			}
			if _, err := s.Create(ctx, webhook.Spec{URL: "https://" + host + "/"}, false, nil); err == nil && !named {
				t.Error("an endpoint was made of it")
			}
		})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestGuard(t *testing.T) {
	network := func(p string) webhook.Guard { return webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix(p)}} }
	for _, tt := range []struct {
		guard   webhook.Guard
		allowed []string
		refused []string
	}{
		{webhook.Guard{},
			[]string{"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "169.253.0.1", "223.255.255.255", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450:4001::1"},
			[]string{"10.0.0.1", "127.0.0.1"}},
		{webhook.Guard{AllowPrivate: true},
			[]string{"8.8.8.8", "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.20.0.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"},
			[]string{"169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "100.100.100.200", "fd00:ec2::254", "168.63.129.16", "64:ff9b::7f00:1", "192.0.2.1"}},
		{network("10.1.0.0/16"), []string{"10.1.2.3", "::ffff:10.1.2.3"}, []string{"10.2.0.1", "127.0.0.1", "::ffff:10.2.0.1"}},
		{network("169.254.0.0/16"), []string{"169.254.169.254"}, []string{"10.2.0.1"}},
		{network("0.0.0.0/0"), []string{"127.0.0.1"}, []string{"0.0.0.0", "224.0.0.1", "::1"}},
		{network("fe80::/10"), []string{"fe80::1", "fe80::1%lo"}, []string{"::1"}},
	} {
		for _, a := range tt.allowed {
			if err := tt.guard.Check(netip.MustParseAddr(a)); err != nil {
				t.Errorf("%+v refuses %s: %v", tt.guard, a, err)
			}
		}
		for _, a := range tt.refused {
			if err := tt.guard.Check(netip.MustParseAddr(a)); !errors.Is(err, webhook.ErrRefused) {
				t.Errorf("%+v lets %s through: %v", tt.guard, a, err)
			}
		}
	}
	if err := (webhook.Guard{}).Check(netip.Addr{}); err == nil {
		t.Error("no address at all is let through")
	}
}

// A name that leads to a good address first and to a forbidden one later gains nothing; nor does one that leads to both.
func TestRebinding(t *testing.T) {
	good := netip.MustParseAddr("127.0.0.2")
	port, connections := victim(t, "127.0.0.1:0")
	got := make(chan string, 10)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // or the second event would take the same way as the first
		got <- r.Header.Get("webhook-id")
	})}
	l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", good, port))
	if err != nil {
		t.Skipf("the port is in use at %s: %v", good, err)
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	defer serving.Wait()
	defer server.Close()

	var now atomic.Pointer[[]netip.Addr]
	lead := func(to ...string) {
		var list []netip.Addr
		for _, a := range to {
			list = append(list, netip.MustParseAddr(a))
		}
		now.Store(&list)
	}
	lead("127.0.0.2")
	m := newMemory()
	o := m.options(t)
	o.Guard = webhook.Guard{Allow: []netip.Prefix{netip.PrefixFrom(good, 32)}}
	o.Resolver = dns(t, func(string) []netip.Addr { return *now.Load() })
	s := start(t, o, nil)
	e := create(t, s, webhook.Spec{URL: fmt.Sprintf("http://rebind.test:%d/", port)})

	m.add(t, "mtg_a", 1)
	if id := <-got; id != "mtg_a-1" {
		t.Fatalf("first came %s", id)
	}
	await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Position == 1 })
	lead("127.0.0.1")
	m.add(t, "mtg_a", 1)
	failed := await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 })
	if !strings.Contains(failed.Progress.LastError, "webhooks are not sent to it") {
		t.Errorf("the reason is %q", failed.Progress.LastError)
	}
	lead("127.0.0.1", "127.0.0.2", "::1", "10.0.0.1")
	if _, err := s.Resume(t.Context(), e.ID, nil); err != nil {
		t.Fatal(err)
	}
	if id := <-got; id != "mtg_a-2" {
		t.Fatalf("then came %s", id)
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections to the victim", n)
	}
}

func TestSpecsAreChecked(t *testing.T) {
	long := make([]control.MeetingID, webhook.MaxFilters+1)
	for _, tt := range []struct {
		name  string
		spec  webhook.Spec
		field string
	}{
		{"no URL", webhook.Spec{}, "url"},
		{"relative", webhook.Spec{URL: "/hooks"}, "url"},
		{"no host", webhook.Spec{URL: "https:///hooks"}, "url"},
		{"opaque", webhook.Spec{URL: "https:example.com"}, "url"},
		{"other scheme", webhook.Spec{URL: "ftp://example.com/"}, "url"},
		{"file", webhook.Spec{URL: "file:///etc/passwd"}, "url"},
		{"in the clear", webhook.Spec{URL: "http://example.com/"}, "url"},
		{"with a password", webhook.Spec{URL: "https://a:b@example.com/"}, "url"},
		{"with a fragment", webhook.Spec{URL: "https://example.com/#a"}, "url"},
		{"with controls", webhook.Spec{URL: "https://example.com/\r\nx: y"}, "url"},
		{"bad port", webhook.Spec{URL: "https://example.com:99999x/"}, "url"},
		{"too long", webhook.Spec{URL: "https://example.com/" + strings.Repeat("x", webhook.MaxURL)}, "url"},
		{"too long a description", webhook.Spec{URL: "https://example.com/", Description: strings.Repeat("ä", 201)}, "description"},
		{"port 0", webhook.Spec{URL: "https://example.com:0/"}, "url"},
		{"port 65536", webhook.Spec{URL: "https://example.com:65536/"}, "url"},
		{"a description with a zero byte", webhook.Spec{URL: "https://example.com/", Description: "a\x00b"}, "description"},
		{"a description of two lines", webhook.Spec{URL: "https://example.com/", Description: "a\nb"}, "description"},
		{"no such event", webhook.Spec{URL: "https://example.com/", Types: []string{"meeting.ended", "levels"}}, "types[1]"},
		{"too many meetings", webhook.Spec{URL: "https://example.com/", Meetings: long}, "meetings"},
	} {
		m := newMemory()
		o := m.options(t)
		o.Guard = webhook.Guard{}
		s := start(t, o, nil)
		_, err := s.Create(t.Context(), tt.spec, false, nil)
		if e, ok := errors.AsType[*control.Error](err); !ok || e.Field != tt.field || e.Code != control.CodeInvalid {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
