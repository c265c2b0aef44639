package media_test

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"partyline/mixer/media"
)

// await receives one packet; the socket never waits, so the test asks again.
func await(t *testing.T, c media.Conn, b *media.Batch, clock *media.Clock) media.Packet {
	t.Helper()
	for t.Context().Err() == nil {
		b.Now = clock.Now()
		n, err := c.Recv(b)
		if err != nil {
			t.Fatalf("receive: %v", err)
		}
		if n > 0 {
			return b.Packets[0]
		}
	}
	t.Fatal("nothing received")
	return media.Packet{}
}

func listen(t *testing.T, addr string) media.Conn {
	t.Helper()
	c, err := media.Listen(netip.MustParseAddrPort(addr))
	if err != nil {
		if addr[0] == '[' {
			t.Skipf("no IPv6 here: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestRawSocketsReachEachOther(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(addr, func(t *testing.T) {
			t.Parallel()
			a, b := listen(t, addr), listen(t, addr)
			clock, batch := media.NewClock(time.Now()), &media.Batch{}
			for _, text := range []string{"one", "a longer one"} {
				before := clock.Now().Mono
				if err := a.Send([]byte(text), b.LocalAddr()); err != nil {
					t.Fatal(err)
				}
				p := await(t, b, batch, clock)
				after := clock.Now().Mono
				if string(p.Data) != text || p.From != a.LocalAddr() || p.Cut {
					t.Errorf("got %q from %s (cut %t), want %q from %s", p.Data, p.From, p.Cut, text, a.LocalAddr())
				}
				// The kernel's clock and ours are read apart; a millisecond covers it.
				if slack := int64(time.Millisecond); p.Arrival < before-slack || p.Arrival > after+slack {
					t.Errorf("arrival %d is not between %d and %d", p.Arrival, before, after)
				}
			}
			if batch.BadStamps != 0 {
				t.Errorf("%d bad time stamps", batch.BadStamps)
			}
		})
	}
}

func TestRawSocketReceivesManyAtOnceInOrder(t *testing.T) {
	t.Parallel()
	a, b := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	const packets = 10
	for i := range byte(packets) {
		if err := a.Send([]byte{i}, b.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	batch, clock := &media.Batch{}, media.NewClock(time.Now())
	var got []byte
	for len(got) < packets && t.Context().Err() == nil {
		batch.Now = clock.Now()
		n, err := b.Recv(batch)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			got = append(got, batch.Packets[i].Data...)
		}
	}
	if want := []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRawSocketMarksLongPackets(t *testing.T) {
	t.Parallel()
	a, b := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	if err := a.Send(make([]byte, media.MaxPacket+1), b.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if p := await(t, b, &media.Batch{}, media.NewClock(time.Now())); !p.Cut || len(p.Data) != media.MaxPacket {
		t.Errorf("got %d bytes, cut %t", len(p.Data), p.Cut)
	}
}

func TestRawSocketSurvivesAnswersOfClosedPorts(t *testing.T) {
	t.Parallel()
	a, gone := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	to := gone.LocalAddr()
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	batch := &media.Batch{Now: media.NewClock(time.Now()).Now()}
	for range 3 {
		// The kernel may report the ICMP error of the packet before: here or there, it is not the socket's end.
		_ = a.Send([]byte("x"), to)
		if n, err := a.Recv(batch); n != 0 || err != nil {
			t.Errorf("got %d packets and %v", n, err)
		}
	}
}

func TestRawSocketAfterClose(t *testing.T) {
	t.Parallel()
	c := listen(t, "127.0.0.1:0")
	for range 2 {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, err := c.Recv(&media.Batch{}); !errors.Is(err, media.ErrClosed) {
		t.Errorf("receive: %v", err)
	}
	if err := c.Send([]byte("x"), c.LocalAddr()); !errors.Is(err, media.ErrClosed) {
		t.Errorf("send: %v", err)
	}
}

func TestListenOnTakenPortFails(t *testing.T) {
	t.Parallel()
	c := listen(t, "127.0.0.1:0")
	if d, err := media.Listen(c.LocalAddr()); err == nil {
		t.Errorf("bound %s twice (%v)", c.LocalAddr(), d.Close())
	}
}

func TestReceivingAndSendingAllocateNothing(t *testing.T) {
	a, b := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	batch, clock, data := &media.Batch{}, media.NewClock(time.Now()), make([]byte, 172)
	if n := testing.AllocsPerRun(100, func() {
		batch.Now = clock.Now()
		if err := a.Send(data, b.LocalAddr()); err != nil {
			t.Error(err)
		}
		if _, err := b.Recv(batch); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestRawSocketTalksToAnOrdinaryOne(t *testing.T) {
	t.Parallel()
	a := listen(t, "127.0.0.1:0")
	b, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if _, err := b.WriteToUDPAddrPort([]byte("hello"), a.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	p := await(t, a, &media.Batch{}, media.NewClock(time.Now()))
	if err := a.Send(p.Data, p.From); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, from, err := b.ReadFromUDPAddrPort(buf)
	if err != nil || string(buf[:n]) != "hello" || from != a.LocalAddr() {
		t.Errorf("got %q from %s: %v", buf[:n], from, err)
	}
}
