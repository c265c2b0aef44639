package jitter

import (
	"slices"
	"testing"
	"time"
)

// push pushes packets of one frame whose arrival is exactly their time.
func push(b *Buffer, seqs ...uint16) (results []Result) {
	var octets [frame]byte
	for _, seq := range seqs {
		first := int64(int16(seq)) * frame
		results = append(results, b.Push(&Packet{
			Seq: seq, TSRTP: uint32(first), Arrival: 1000*ms + first*ms/perMS, Payload: payload(octets[:], max(first, 0), frame),
		}))
	}
	return results
}

func TestResults(t *testing.T) {
	t.Parallel()
	pop := func(b *Buffer, ticks ...int64) {
		var pcm [frame]int16
		for _, n := range ticks {
			b.Pop(1010*ms+n*tick, pcm[:], decode)
		}
	}
	for _, tt := range []struct {
		name string
		feed func(b *Buffer) []Result
		want []Result
	}{
		{"in order", func(b *Buffer) []Result { return push(b, 0, 1, 2) }, []Result{Stored, Stored, Stored}},
		{"twice", func(b *Buffer) []Result { return push(b, 0, 1, 1, 0) }, []Result{Stored, Stored, Duplicate, Duplicate}},
		{"before the first", func(b *Buffer) []Result { return push(b, 5, 4, 3) }, []Result{Stored, Stored, Stored}},
		{"across the wrap", func(b *Buffer) []Result { return push(b, 65535, 0, 65534) }, []Result{Stored, Stored, Stored}},
		{"twice, after it was played", func(b *Buffer) []Result {
			push(b, 0, 1)
			pop(b, 0, 1)
			return push(b, 0, 1)
		}, []Result{Duplicate, Duplicate}},
		{"after its successor was played", func(b *Buffer) []Result {
			push(b, 0, 2, 3)
			pop(b, 0, 1, 2)
			return push(b, 1)
		}, []Result{Late}},
		{"far away, and again", func(b *Buffer) []Result { return push(b, 0, 30000, 1, 30000, 30001) },
			[]Result{Stored, Suspect, Stored, Suspect, Restarted}},
		{"far behind", func(b *Buffer) []Result { return push(b, 1000, 800, 801) }, []Result{Stored, Suspect, Restarted}},
		{"a long loss", func(b *Buffer) []Result { return push(b, 0, 500) }, []Result{Stored, Restarted}},
		{"more than a buffer holds", func(b *Buffer) []Result {
			results := push(b, func() (seqs []uint16) {
				for seq := range uint16(40) {
					seqs = append(seqs, seq)
				}
				return seqs
			}()...)
			return slices.Compact(results)
		}, []Result{Stored, Overflow}},
		{"empty", func(b *Buffer) []Result { return []Result{b.Push(&Packet{})} }, []Result{Invalid}},
		{"too long", func(b *Buffer) []Result { return []Result{b.Push(&Packet{Payload: make([]byte, 961)})} }, []Result{Invalid}},
		{"the longest", func(b *Buffer) []Result { return []Result{b.Push(&Packet{Payload: make([]byte, 960)})} }, []Result{Stored}},
	} {
		b := New(Options{})
		got := tt.feed(b)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestLosses says how a loss of some packets sounds: concealed for 60 ms, then silent, and at once there again.
func TestLosses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lost             int
		conceal, silence int
	}{
		{1, 1, 0}, {2, 2, 0}, {3, 3, 0}, {5, 3, 2}, {20, 3, 17}, {200, 3, 197},
	} {
		s := newSender().send(20 * time.Second)
		s.out = slices.Delete(s.out, 500, 500+tt.lost)
		b := New(Options{})
		all := play(b, s.out)
		h := all.from(5 * time.Second)
		if got := h.count(Conceal); got != tt.conceal {
			t.Errorf("%d packets lost: %d frames concealed, want %d", tt.lost, got, tt.conceal)
		}
		if got := h.count(Silence); got < tt.silence-1 || got > tt.silence+1 {
			t.Errorf("%d packets lost: %d frames silent, want %d", tt.lost, got, tt.silence)
		}
		if got := b.Stats().Lost; got != uint64(tt.lost) && tt.lost < 64 {
			t.Errorf("%d packets lost: %d counted", tt.lost, got)
		}
		if value, at := h.roughest(); value > toneStep+2500 {
			t.Errorf("%d packets lost: a click of %d at tick %d", tt.lost, value, at/frame)
		}
		if d := all.delay[len(all.delay)-1]; d > 30*ms {
			t.Errorf("%d packets lost: delay %v afterwards", tt.lost, time.Duration(d))
		}
	}
}

// TestPause is discontinuous transmission: the sequence goes on, the timestamp counts the pause.
func TestPause(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pause time.Duration
		ppm   float64
	}{
		{40 * time.Millisecond, 0}, {200 * time.Millisecond, 0}, {10 * time.Second, 0}, {5 * time.Minute, 0},
		{5 * time.Minute, 300}, {5 * time.Minute, -300}, {time.Hour, -300},
	} {
		pause := tt.pause
		s := newSender()
		s.ppm = tt.ppm
		s.send(10 * time.Second)
		s.advance(int(pause / time.Millisecond * perMS))
		again := s.at
		s.send(10 * time.Second)
		b := New(Options{})
		all := play(b, s.out)
		if n := b.Stats().Lost; n != 0 {
			t.Errorf("pause of %v: %d packets counted as lost", pause, n)
		}
		h := all.from(5 * time.Second)
		if n := h.count(Conceal); n > 3 {
			t.Errorf("pause of %v: %d frames concealed", pause, n)
		}
		back := all.from(time.Duration(again-1000*ms) + 60*time.Millisecond)
		wantSmooth(t, back)
		if d := time.Duration(slices.Max(back.delay)); d > 45*time.Millisecond {
			t.Errorf("pause of %v, %v ppm: delay %v afterwards", pause, tt.ppm, d)
		}
	}
}

// TestEventsAreNoLoss is a key pressed in the middle of the audio: its packets take sequence numbers.
func TestEventsAreNoLoss(t *testing.T) {
	t.Parallel()
	s := newSender().send(10 * time.Second)
	for range 25 { // half a second
		s.send(1)
		s.out[len(s.out)-1].skip = true
	}
	s.send(10 * time.Second)
	b := New(Options{})
	all := play(b, s.out)
	st := b.Stats()
	h := all.from(5 * time.Second)
	if n := h.count(Conceal); st.Lost > 0 || n > 1 {
		t.Errorf("%d frames concealed, %+v", n, st)
	}
	if n := h.count(Silence); n < 22 || n > 26 {
		t.Errorf("%d silent frames, want 25", n)
	}
	back := all.from(10*time.Second + 600*time.Millisecond)
	wantSmooth(t, back)
}

// TestAnotherSource is a change of SSRC: the caller resets the buffer.
func TestAnotherSource(t *testing.T) {
	t.Parallel()
	b := New(Options{})
	play(b, newSender().send(5*time.Second).out)
	b.Reset()
	if b.Buffered() != 0 {
		t.Errorf("%v buffered after the reset", b.Buffered())
	}
	s := newSender()
	s.seq, s.ts, s.at = 40000, 3_000_000_000, 7000*ms
	s.send(5 * time.Second)
	h := play(b, s.out)
	again := h.from(6*time.Second + 60*time.Millisecond)
	wantSmooth(t, again)
}

// TestSkippedTicks is a mixer that could not keep up and left ticks out: what should have been played then is dropped,
// and the delay is what it was.
func TestSkippedTicks(t *testing.T) {
	t.Parallel()
	for _, skipped := range []int64{6, 40, 200} {
		r := newStream()
		for range 500 {
			r.step()
		}
		before := r.b.Stats().Delay
		r.now += skipped * tick
		var h heard
		for range 100 {
			h.kinds = append(h.kinds, r.step())
			h.pcm = append(h.pcm, r.pcm[:]...)
			h.delay = append(h.delay, int64(r.b.Stats().Delay))
		}
		concealed := 100 - h.count(Frame)
		if value, at := h.roughest(); value > toneStep+2500 {
			t.Errorf("%d ticks skipped: a click of %d at tick %d", skipped, value, at/frame)
		}
		if after := time.Duration(slices.Max(h.delay[3:])); after > before+tickTime || after < before-tickTime {
			t.Errorf("%d ticks skipped: delay %v, was %v", skipped, after, before)
		}
		if concealed > 4 {
			t.Errorf("%d ticks skipped: %d frames not of received samples afterwards", skipped, concealed)
		}
	}
}

const tickTime = 20 * time.Millisecond

// TestAnotherPhase is a leg that goes to a shard whose ticks lie between those of the old one.
func TestAnotherPhase(t *testing.T) {
	t.Parallel()
	for _, shift := range []int64{-15, -10, -5, 5, 10, 15} {
		r := newStream()
		r.s.at -= 4 * ms
		for range 500 {
			r.step()
		}
		r.now += shift * ms
		concealed := 0
		for range 500 {
			if r.step() != Frame {
				concealed++
			}
		}
		if concealed > 1 {
			t.Errorf("shift of %d ms: %d frames not of received samples", shift, concealed)
		}
		if d := r.b.Stats().Delay; d > 28*time.Millisecond {
			t.Errorf("shift of %d ms: delay %v", shift, d)
		}
	}
}

// TestShortTarget: a frame that is too short gets what fits.
func TestShortTarget(t *testing.T) {
	t.Parallel()
	b := New(Options{})
	push(b, 0, 1, 2)
	for i := range int64(10) {
		b.Pop(1010*ms+i*tick, make([]int16, 7*i), decode)
	}
}

// TestDecoderThatLies: what a decoder says is not believed.
func TestDecoderThatLies(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-5, 0, 1 << 30} {
		b := New(Options{})
		push(b, 0, 1, 2, 3)
		var pcm [frame]int16
		for i := range int64(10) {
			b.Pop(1010*ms+i*tick, pcm[:], func(uint8, []byte, []int16) int { return n })
		}
	}
}

func TestNoAllocations(t *testing.T) {
	r := newStream()
	r.s.jitter = uniform(1, 30*time.Millisecond)
	r.s.ppm = 300
	for range 500 {
		r.step()
	}
	var octets [frame]byte
	seq, ts := r.s.seq, r.s.ts
	at := r.now
	got := testing.AllocsPerRun(2000, func() {
		seq++
		ts += frame
		at += tick
		if seq%50 != 0 {
			r.b.Push(&Packet{Seq: seq, TSRTP: ts, Arrival: at - int64(seq%7)*3*ms, Payload: payload(octets[:], int64(ts), frame)})
		}
		r.b.Pop(at, r.pcm[:], decode)
	})
	if got != 0 {
		t.Errorf("%v allocations per packet", got)
	}
}

func BenchmarkPushPop(b *testing.B) {
	buf := New(Options{})
	var octets [frame]byte
	var pcm [frame]int16
	p := Packet{Payload: octets[:]}
	now := 1000 * ms
	b.ReportAllocs()
	for b.Loop() {
		p.Seq++
		p.TSRTP += frame
		p.Arrival = now - 5*ms
		buf.Push(&p)
		buf.Pop(now, pcm[:], func(_ uint8, payload []byte, dst []int16) int { return copy(dst, tonePart) * len(payload) / frame })
		now += tick
	}
}

var tonePart = make([]int16, frame)
