package jitter

import (
	"testing"
	"time"
)

// TestRephase moves the ticks by each part of a frame, as a handover does: afterwards a packet waits less than a frame
// longer than it must, and what is heard is whole.
func TestRephase(t *testing.T) {
	for shift := int64(0); shift < tick; shift += ms {
		b := New(Options{})
		pcm := make([]int16, frame)
		packets := newSender().send(8 * time.Second).out
		var octets [frame]byte
		at, heard := packets[0].arrival, 0
		for i, now := 0, at; now < at+int64(6*time.Second); now += tick {
			if now == at+int64(3*time.Second) {
				now, at = now+shift, at+shift
				b.Rephase()
			}
			for ; packets[i].arrival <= now; i++ {
				p := &packets[i]
				b.Push(&Packet{Seq: p.seq, TSRTP: p.ts, Arrival: p.arrival, Payload: payload(octets[:], p.first, p.samples)})
			}
			if b.Pop(now, pcm, decode) == Frame {
				heard++
			}
		}
		s := b.Stats()
		if s.Delay < 0 || s.Delay >= s.Target+time.Duration(tick) {
			t.Errorf("shifted by %d ms: the delay is %v, the target %v", shift/ms, s.Delay, s.Target)
		}
		if missing := 300 - heard; missing > 3 || s.Concealed > 0 || s.Lost > 0 {
			t.Errorf("shifted by %d ms: %d frames of 300, %d concealed, %d lost", shift/ms, heard, s.Concealed, s.Lost)
		}
	}
}
