package guard

import (
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
)

// TestSockets serves two real UDP sockets, one of both families, with one
// guard: each answers what it got, from its own port.
func TestSockets(t *testing.T) {
	t.Parallel()
	ua, err := sipgo.NewUA()
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{guard: New(Options{})}
	s.handle(srv)
	t.Cleanup(func() { _ = ua.Close() })
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	for _, c := range []struct {
		network, listen, from string
	}{
		{"udp4", "127.0.0.1:0", "127.0.0.1:0"},
		{"udp", "[::]:0", "127.0.0.1:0"},
		{"udp", "[::]:0", "[::1]:0"},
	} {
		sock, err := net.ListenPacket(c.network, c.listen)
		if err != nil {
			t.Skip("no such addresses here: ", err)
		}
		guarded := s.guard.PacketConn(sock)
		running.Go(func() { _ = srv.ServeUDP(guarded) })
		t.Cleanup(func() { _ = guarded.Close() })
		phone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(c.from)))
		if err != nil {
			t.Skip("no such addresses here: ", err)
		}
		t.Cleanup(func() { _ = phone.Close() })
		me := phone.LocalAddr().(*net.UDPAddr).AddrPort()
		to := netip.AddrPortFrom(me.Addr(), sock.LocalAddr().(*net.UDPAddr).AddrPort().Port())
		for _, text := range []string{options("real", me), "PUBLISH" + options("real", me)[7:]} {
			if _, err := phone.WriteToUDPAddrPort([]byte(text), to); err != nil {
				t.Fatal(err)
			}
			if err := phone.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			buf := make([]byte, 2000)
			n, from, err := phone.ReadFromUDPAddrPort(buf)
			if err != nil {
				t.Fatal(c, err)
			}
			if status(buf[:n]) == 0 || from.Port() != to.Port() {
				t.Errorf("%v: %s %q", c, from, buf[:n])
			}
		}
	}
}
