package jitter

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// stream sends and plays as it goes along, for feeds that are too long to be kept.
type stream struct {
	b       *Buffer
	s       *sender
	waiting []sent
	now     int64
	pcm     [frame]int16
	octets  [960]byte
	lost    func() bool
	decode  Decode
}

func newStream() *stream {
	return &stream{b: New(Options{}), s: newSender(), now: 1000 * ms, lost: func() bool { return false }, decode: decode}
}

// step plays one tick.
func (r *stream) step() Kind {
	for r.s.at <= r.now {
		r.s.send(1)
		if p := r.s.out[0]; !r.lost() {
			r.waiting = append(r.waiting, p)
		}
		r.s.out = r.s.out[:0]
	}
	rest := r.waiting[:0]
	for i := range r.waiting {
		p := &r.waiting[i]
		if p.arrival > r.now {
			rest = append(rest, *p)
			continue
		}
		r.b.Push(&Packet{Seq: p.seq, TSRTP: p.ts, Arrival: p.arrival, Payload: payload(r.octets[:], p.first, p.samples)})
	}
	r.waiting = rest
	kind := r.b.Pop(r.now, r.pcm[:], r.decode)
	r.now += tick
	return kind
}

// TestADay runs 24 hours of timestamps, 66 wraps of the sequence and one of the timestamp, with loss and jitter.
func TestADay(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a few seconds of computing")
	}
	r := newStream()
	r.s.seq, r.s.ts = 65530, math.MaxUint32-20_000_000
	random := rand.New(rand.NewPCG(1, 2))
	r.s.jitter = func() int64 { return random.Int64N(30 * ms) }
	r.lost = func() bool { return random.IntN(50) == 0 }
	ticks := 24 * 3600 * 50
	if raced {
		ticks /= 24
	}
	concealed, hour := 0, 0
	for i := range ticks {
		if kind := r.step(); kind != Frame && i > 50 {
			concealed++
			hour++
		}
		if i%(3600*50) == 0 {
			if hour > 3600*50*4/100 {
				t.Fatalf("%d frames concealed in hour %d", hour, i/(3600*50))
			}
			hour = 0
		}
		if d := r.b.Stats().Delay; i > 500 && d > 90*time.Millisecond {
			t.Fatalf("delay %v at tick %d", d, i)
		}
	}
	st := r.b.Stats()
	if share := float64(concealed) / float64(ticks); share > 0.03 {
		t.Errorf("%.2f %% of the frames concealed: %+v", 100*share, st)
	}
	if share := float64(st.Lost) / float64(st.Received); share < 0.019 || share > 0.03 {
		t.Errorf("%.2f %% counted as lost: %+v", 100*share, st)
	}
}

func TestClockSkew(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{-300, -50, 50, 300} {
		r := newStream()
		r.s.ppm = ppm
		r.s.jitter = uniform(uint64(ppm+1000), 4*time.Millisecond)
		least, most, concealed := time.Hour, time.Duration(0), 0
		ticks := 3600 * 50
		if raced {
			ticks /= 6
		}
		for i := range ticks {
			kind := r.step()
			if i < 500 {
				continue
			}
			if kind != Frame {
				concealed++
			}
			d := r.b.Stats().Delay
			least, most = min(least, d), max(most, d)
		}
		st := r.b.Stats()
		t.Logf("%v ppm: delay %v to %v, %d concealed, %+v", ppm, least, most, concealed, st)
		if concealed > 0 {
			t.Errorf("%v ppm: %d frames concealed: %+v", ppm, concealed, st)
		}
		if most-least > 35*time.Millisecond || most > 40*time.Millisecond {
			t.Errorf("%v ppm: delay from %v to %v", ppm, least, most)
		}
		// Every correction is at least an eighth of a frame.
		if n, limit := st.Shrunk+st.Stretched, uint64(3600*math.Abs(ppm)/1e6/0.0025)+10; n > limit {
			t.Errorf("%v ppm: %d corrections in an hour, want at most %d", ppm, n, limit)
		}
	}
}

// TestCutsAreNotHeard: in a sound so low that any place to cut is taken, the cuts are blended all the same.
func TestCutsAreNotHeard(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{-300, 300} {
		r := newStream()
		r.s.ppm = ppm
		r.decode = func(pt uint8, payload []byte, dst []int16) int {
			n := decode(pt, payload, dst)
			for i := range dst[:n] {
				dst[i] /= 80
			}
			return n
		}
		var h heard
		for range 600 * 50 {
			h.kinds = append(h.kinds, r.step())
			h.pcm = append(h.pcm, r.pcm[:]...)
		}
		if st := r.b.Stats(); st.Stretched+st.Shrunk < 8 {
			t.Errorf("%v ppm: not corrected: %+v", ppm, st)
		}
		if value, at := h.roughest(); value > toneStep/80+30 {
			t.Errorf("%v ppm: a click of %d at tick %d", ppm, value, at/frame)
		}
	}
}

// TestSkewOfNoise is a fast clock with a sound that resembles itself nowhere, so that there is no good place to cut.
func TestSkewOfNoise(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 5))
	var noise [1 << 16]int16
	for i := range noise {
		noise[i] = int16(random.IntN(8000) - 4000)
	}
	r := newStream()
	r.s.ppm = 300
	r.decode = func(_ uint8, payload []byte, dst []int16) int {
		return copy(dst, noise[random.IntN(len(noise)-len(payload)):][:len(payload)])
	}
	for i := range 1800 * 50 {
		kind := r.step()
		if d := r.b.Stats().Delay; i > 500 && (kind != Frame || d > 110*time.Millisecond) {
			t.Fatalf("tick %d: kind %d, delay %v", i, kind, d)
		}
	}
}

// TestSpikes is a network with much jitter, loss, and a spike every ten seconds, that then calms down.
func TestSpikes(t *testing.T) {
	t.Parallel()
	r := newStream()
	random := rand.New(rand.NewPCG(7, 7))
	start := r.s.at
	calm := start + int64(2*time.Minute)
	r.s.jitter = func() int64 {
		if r.s.at > calm {
			return 0
		}
		d := int64(math.Abs(random.ExpFloat64()) * 14 * float64(ms))
		if since := (r.s.at - start) % int64(10*time.Second); since < 150*ms {
			d = max(d, 150*ms-since)
		}
		return d
	}
	r.lost = func() bool { return r.s.at < calm && random.IntN(100) == 0 }
	var sum time.Duration
	n := 0
	for r.now < calm {
		r.step()
		sum += r.b.Stats().Delay
		n++
	}
	st := r.b.Stats()
	mean := sum / time.Duration(n)
	t.Logf("mean delay %v, %+v", mean, st)
	if late := float64(st.Late) / float64(st.Received); late > 0.005 {
		t.Errorf("%.2f %% of the packets too late", 100*late)
	}
	if mean > 42*time.Millisecond+20*time.Millisecond+10*time.Millisecond {
		t.Errorf("mean delay %v", mean)
	}
	for r.now < calm+int64(10*time.Second) {
		r.step()
	}
	if d := r.b.Stats().Delay; d > 40*time.Millisecond {
		t.Errorf("delay %v ten seconds after it has become calm", d)
	}
}
