package access_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"partyline/control/access"
)

func TestLimiter(t *testing.T) {
	l := access.NewLimiter(2)
	now := start
	for i := range 50 {
		if wait := l.Take("a", 5, now); wait != 0 {
			t.Fatalf("request %d at once has to wait %s", i+1, wait)
		}
	}
	for range 3 { // who asks in vain loses nothing by it
		if wait := l.Take("a", 5, now); wait != 200*time.Millisecond {
			t.Fatalf("wait %s", wait)
		}
	}
	if wait := l.Take("b", 5, now); wait != 0 {
		t.Errorf("somebody else has to wait %s", wait)
	}
	now = now.Add(200 * time.Millisecond)
	if l.Take("a", 5, now) != 0 || l.Take("a", 5, now) == 0 {
		t.Error("one more after a fifth of a second, and no two")
	}
	l.Take("c", 5, now) // b is forgotten, a is not
	if l.Take("a", 5, now) == 0 {
		t.Error("the latest was forgotten")
	}
}

func TestFailures(t *testing.T) {
	f, now := access.NewFailures(), start
	one := netip.MustParseAddr("192.0.2.1")
	for i := range 100 {
		if wait := f.Add(one, now); wait != 0 {
			t.Fatalf("failure %d: wait %s", i+1, wait)
		}
	}
	for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		if wait := f.Add(one, now); wait != want*time.Second {
			t.Fatalf("wait %s, want %d s", wait, want)
		}
		if wait := f.Add(one, now.Add(time.Second/2)); wait != want*time.Second-time.Second/2 {
			t.Errorf("while it is locked: wait %s", wait)
		}
		now = now.Add(want * time.Second)
	}
	if wait := f.Add(netip.MustParseAddr("192.0.2.2"), now); wait != 0 {
		t.Errorf("another source: wait %s", wait)
	}
	if wait := f.Add(netip.MustParseAddr("::ffff:192.0.2.1"), now.Add(time.Millisecond)); wait == 0 {
		t.Error("the same source written otherwise is free")
	}
	if wait := f.Add(one, now.Add(31*time.Minute)); wait != 0 {
		t.Errorf("after half an hour: wait %s", wait)
	}
}

func TestFailuresOfANetwork(t *testing.T) {
	f := access.NewFailures()
	for i := range 100 {
		f.Add(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)), start)
	}
	if f.Add(netip.MustParseAddr("2001:db8::ffff"), start) == 0 {
		t.Error("every address of one network has failures of its own")
	}
	if f.Add(netip.MustParseAddr("2001:db8:0:1::1"), start) != 0 || f.Add(netip.Addr{}, start) != 0 {
		t.Error("others are locked too")
	}
	for i := range 30_000 { // bounded: the oldest are forgotten
		f.Add(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), start)
	}
	if f.Add(netip.MustParseAddr("2001:db8::ffff"), start) != 0 {
		t.Error("the oldest is remembered still")
	}
}
