package mixer

import (
	"net/netip"
	"testing"
	"time"

	"partyline/mixer/media"
)

func TestOverload(t *testing.T) {
	t.Parallel()
	var net media.MemNet
	e, err := New(Options{Shards: 2, Listen: net.Listen})
	if err != nil {
		t.Fatal(err)
	}
	work := func(s *shard, ticks int, each time.Duration) {
		for range ticks {
			for phase := range numPhases {
				s.ticks.add(phase, each/numPhases)
			}
		}
	}
	m := e.NewMeeting()
	busy, free := e.shards[0], e.shards[1]
	if m.shard != busy {
		t.Fatal("the meeting is on the second shard")
	}
	work(busy, window, 11*time.Millisecond)
	work(free, window, time.Millisecond)
	if m.Overloaded() || e.Overloaded() {
		t.Error("overloaded with 55 %")
	}
	work(busy, window/10, 13*time.Millisecond)
	if !m.Overloaded() || !e.Load()[0].Overloaded {
		t.Error("not overloaded with 65 % in a tenth of the ticks")
	}
	if e.Overloaded() {
		t.Error("overloaded though one shard is free")
	}
	work(free, window, 13*time.Millisecond)
	if !e.Overloaded() {
		t.Error("not overloaded though all shards are")
	}
	work(busy, window, time.Millisecond)
	if m.Overloaded() {
		t.Error("overloaded for ever")
	}
	c := e.Counters()
	var n uint64
	for _, b := range c.TickSeconds.Counts {
		n += b
	}
	if n != c.Ticks || c.TickSeconds.Sum < 6 {
		t.Errorf("%d ticks, %d in buckets, %.1f s", c.Ticks, n, c.TickSeconds.Sum)
	}
}

func TestNoPortsLeft(t *testing.T) {
	t.Parallel()
	var net media.MemNet
	e, err := New(Options{PortMin: 10000, PortMax: 10001, Listen: net.Listen})
	if err != nil {
		t.Fatal(err)
	}
	l, err := e.Open(netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Open(netip.MustParseAddr("192.0.2.1")); err == nil {
		t.Error("two legs on one pair of ports")
	}
	l.Close()
	if net.Open() != 0 {
		t.Errorf("%d sockets left", net.Open())
	}
}
