package jitter

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"partyline/mixer/audiotest"
	"partyline/mixer/audiotest/golden"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// TestGolden is a second of packets with loss, jitter, reordering and lengths that change, through buffer and codec.
func TestGolden(t *testing.T) {
	t.Parallel()
	s := newSender()
	s.seq, s.ts = 65530, 1<<32-2000
	s.jitter = uniform(11, 25*time.Millisecond)
	for _, samples := range []int{160, 240, 80, 160} {
		s.samples = samples
		s.send(250 * time.Millisecond)
	}
	packets := drop(s.out, 0.04, 11)
	slices.SortStableFunc(packets, func(a, b sent) int { return cmp.Compare(a.arrival, b.arrival) })
	decoder := codec.NewDecoder(media.PCMU)
	b := New(Options{})
	frameOut, all := make([]int16, frame), []int16(nil)
	for now := 1000 * ms; now < 2060*ms; now += tick {
		for ; len(packets) > 0 && packets[0].arrival <= now; packets = packets[1:] {
			p := packets[0]
			voice := make([]byte, p.samples)
			codec.Encode(media.PCMU, voice, audiotest.Tone(333, 9000, 8000, p.samples, int(p.first)))
			b.Push(&Packet{Seq: p.seq, TSRTP: p.ts, Arrival: p.arrival, Payload: voice})
		}
		b.Pop(now, frameOut, func(_ uint8, payload []byte, dst []int16) int { return decoder.Decode(dst, payload) })
		all = append(all, frameOut...)
	}
	golden.Check(t, "rough_second", all)
}
