package media_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"partyline/mixer/media"
)

// TestMarkIsOnTheWire asks the kernel for the traffic class of a packet that came.
func TestMarkIsOnTheWire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		addr        string
		level, want int
	}{
		{"127.0.0.1:0", unix.IPPROTO_IP, unix.IP_TOS},
		{"[::1]:0", unix.IPPROTO_IPV6, unix.IPV6_TCLASS},
	} {
		t.Run(tt.addr, func(t *testing.T) {
			t.Parallel()
			const dscp = 46
			c, err := media.ListenMarked(netip.MustParseAddrPort(tt.addr), dscp)
			if err != nil {
				if tt.level == unix.IPPROTO_IPV6 {
					t.Skipf("no IPv6 here: %v", err)
				}
				t.Fatal(err)
			}
			defer closing(t, c)
			got := trafficClass(t, tt.addr, tt.level, tt.want, func(to netip.AddrPort) error { return c.Send([]byte("x"), to) })
			if got != dscp<<2 {
				t.Errorf("traffic class %d, want %d", got, dscp<<2)
			}
		})
	}
}

func closing(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// trafficClass has send send a packet to a socket of its own and says how it was marked.
func trafficClass(t *testing.T, addr string, level, kind int, send func(netip.AddrPort) error) int {
	t.Helper()
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(addr)))
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, udp)
	raw, err := udp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	ask := unix.IP_RECVTOS
	if level == unix.IPPROTO_IPV6 {
		ask = unix.IPV6_RECVTCLASS
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.SetsockoptInt(int(fd), level, ask, 1) }); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	if err := send(netip.MustParseAddrPort(udp.LocalAddr().String())); err != nil {
		t.Fatal(err)
	}
	if err := udp.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	data, control := make([]byte, 16), make([]byte, 128)
	_, n, _, _, err := udp.ReadMsgUDPAddrPort(data, control)
	if err != nil {
		t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		if int(m.Header.Level) == level && int(m.Header.Type) == kind {
			return int(m.Data[0])
		}
	}
	t.Fatal("the packet came without its traffic class")
	return 0
}
