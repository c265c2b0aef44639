package media_test

import (
	"errors"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"partyline/mixer/media"
)

var here = netip.MustParseAddr("192.0.2.1")

func newPool(t *testing.T, minPort, maxPort uint16, net *media.MemNet) *media.Pool {
	t.Helper()
	p, err := media.NewPool(media.PoolOptions{Min: minPort, Max: maxPort, Listen: net.Listen})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPoolGivesEvenPortsAndTheOnesAbove(t *testing.T) {
	t.Parallel()
	var net media.MemNet
	p := newPool(t, 10001, 10008, &net) // 10002, 10004, 10006 have a port above in the range
	seen := map[uint16]bool{}
	for range 3 {
		pair, err := p.Open(here)
		if err != nil {
			t.Fatal(err)
		}
		rtp, rtcp := pair.RTP.LocalAddr(), pair.RTCP.LocalAddr()
		if rtp.Port()%2 != 0 || rtcp.Port() != rtp.Port()+1 || rtp.Addr() != here {
			t.Errorf("got %s and %s", rtp, rtcp)
		}
		seen[rtp.Port()] = true
	}
	if len(seen) != 3 {
		t.Errorf("ports given twice: %v", seen)
	}
	if _, err := p.Open(here); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("a fourth of three: %v", err)
	}
}

func TestPoolRejectsRangesWithoutAPair(t *testing.T) {
	t.Parallel()
	for _, r := range [][2]uint16{{0, 0}, {5001, 5002}, {5002, 5002}, {6000, 5000}} {
		if _, err := media.NewPool(media.PoolOptions{Min: r[0], Max: r[1]}); err == nil {
			t.Errorf("range %v accepted", r)
		}
	}
}

func TestPortsRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var net media.MemNet
		p := newPool(t, 10000, 10001, &net)
		pair, err := p.Open(here)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // idempotent
			if err := pair.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if net.Open() != 0 {
			t.Errorf("%d sockets left open", net.Open())
		}
		time.Sleep(media.PortRest - time.Millisecond)
		if _, err := p.Open(here); !errors.Is(err, media.ErrNoPorts) {
			t.Errorf("a resting port: %v", err)
		}
		again, err := p.OpenAt(netip.AddrPortFrom(here, 10000))
		if err != nil {
			t.Fatalf("a resting port of a leg that is resumed: %v", err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(media.PortRest)
		if _, err := p.Open(here); err != nil {
			t.Errorf("after its rest: %v", err)
		}
	})
}

func TestPoolGoesAroundPortsOfOthers(t *testing.T) {
	t.Parallel()
	var net media.MemNet
	for _, port := range []uint16{10000, 10003} { // an RTP and an RTCP port
		if _, err := net.Listen(netip.AddrPortFrom(here, port)); err != nil {
			t.Fatal(err)
		}
	}
	p := newPool(t, 10000, 10005, &net)
	pair, err := p.Open(here)
	if err != nil || pair.RTP.LocalAddr().Port() != 10004 {
		t.Fatalf("got %v, %v", pair, err)
	}
	if _, err := p.Open(here); !errors.Is(err, media.ErrNoPorts) {
		t.Errorf("none left: %v", err)
	}
	if net.Open() != 4 {
		t.Errorf("%d sockets open, want 4", net.Open())
	}
}

func TestOpenAtChecksThePort(t *testing.T) {
	t.Parallel()
	var net media.MemNet
	p := newPool(t, 10000, 10003, &net)
	for _, port := range []uint16{9998, 10001, 10004, 0} {
		if _, err := p.OpenAt(netip.AddrPortFrom(here, port)); err == nil {
			t.Errorf("port %d accepted", port)
		}
	}
	if _, err := p.OpenAt(netip.AddrPortFrom(here, 10002)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.OpenAt(netip.AddrPortFrom(here, 10002)); err == nil {
		t.Error("a port in use accepted")
	}
}
