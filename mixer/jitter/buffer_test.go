package jitter

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestCleanStream(t *testing.T) {
	t.Parallel()
	for _, samples := range []int{80, 160, 240, 320, 480} {
		for phase := int64(0); phase < 20; phase += 3 {
			s := newSender()
			s.samples, s.at = samples, 1000*ms+phase*ms
			b := New(Options{})
			h := play(b, s.send(20*time.Second).out)
			settled := h.from(5 * time.Second)
			wantSmooth(t, settled)
			last := h.delay[len(h.delay)-1]
			if limit := 3*ms + 3*ms + tick + int64(frame-gcd(samples, frame))*ms/perMS; last < 3*ms || last > limit {
				t.Errorf("%d samples, phase %d ms: delay %v, want from 3 ms to %v", samples, phase, time.Duration(last), time.Duration(limit))
			}
			if st := b.Stats(); st.Lost+st.Late+st.Overflow > 0 {
				t.Errorf("%d samples, phase %d ms: %+v", samples, phase, st)
			}
		}
	}
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

func TestNoisySchedulerDoesNotBreakATone(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		s := newSender()
		s.at += int64(seed) * 2 * ms
		s.jitter = uniform(seed, 10*time.Millisecond)
		b := New(Options{})
		s.send(2 * time.Minute)
		h := play(b, s.out)
		settled := h.from(10 * time.Second)
		wantSmooth(t, settled)
		if st := b.Stats(); st.Stretched+st.Shrunk > 2 {
			t.Errorf("seed %d: the delay does not come to rest: %+v", seed, st)
		}
	}
}

// TestRareLatePackets: one packet in a hundred is later than the quantile. A calm leg waits for those too.
func TestRareLatePackets(t *testing.T) {
	t.Parallel()
	concealed, corrections := 0, uint64(0)
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 3))
		s := newSender()
		s.at += int64(seed) * 2 * ms
		s.jitter = func() int64 {
			if r.IntN(100) == 0 {
				return 18 * ms
			}
			return r.Int64N(ms)
		}
		b := New(Options{})
		s.send(2 * time.Minute)
		h := play(b, s.out)
		settled := h.from(10 * time.Second)
		concealed += settled.count(Conceal)
		st := b.Stats()
		corrections += st.Stretched + st.Shrunk
		if d := h.delay[len(h.delay)-1]; d > 50*ms {
			t.Errorf("seed %d: delay %v", seed, time.Duration(d))
		}
	}
	if concealed > 20 || corrections > 60 {
		t.Errorf("%d frames concealed, %d corrections in 20 minutes", concealed, corrections)
	}
}

// TestScenarios feeds named situations. The sound is judged after settle.
func TestScenarios(t *testing.T) {
	t.Parallel()
	type want struct {
		conceal  float64 // at most this share of the frames
		silence  int     // at most so many frames
		maxDelay time.Duration
		click    int // above what the tone has
		smooth   bool
	}
	for _, tt := range []struct {
		name   string
		feed   func() []sent
		settle time.Duration
		want   want
	}{
		{
			name: "timestamp and sequence wrap",
			feed: func() []sent {
				s := newSender()
				s.seq, s.ts = 65000, 1<<32-80000
				return s.send(time.Minute).out
			},
			settle: time.Second,
			want:   want{smooth: true, maxDelay: 30 * time.Millisecond},
		},
		{
			name: "2 % loss, 30 ms of jitter with reordering",
			feed: func() []sent {
				s := newSender()
				s.jitter = uniform(3, 30*time.Millisecond)
				return drop(s.send(2*time.Minute).out, 0.02, 3)
			},
			settle: 10 * time.Second,
			want:   want{conceal: 0.04, maxDelay: 70 * time.Millisecond, click: 12000},
		},
		{
			name: "every packet twice",
			feed: func() []sent {
				s := newSender().send(20 * time.Second)
				return append(s.out, s.out...)
			},
			settle: 5 * time.Second,
			want:   want{smooth: true, maxDelay: 30 * time.Millisecond},
		},
		{
			name: "neighbours exchanged",
			feed: func() []sent {
				s := newSender().send(20 * time.Second)
				for i := 0; i+1 < len(s.out); i += 10 {
					s.out[i].arrival, s.out[i+1].arrival = s.out[i+1].arrival+1, s.out[i].arrival
				}
				return s.out
			},
			settle: 10 * time.Second,
			want:   want{smooth: true, maxDelay: 60 * time.Millisecond},
		},
		{
			name: "packet lengths that change",
			feed: func() []sent {
				s := newSender()
				for i := range 600 {
					s.samples = []int{80, 160, 240, 320, 480}[i*7%5]
					s.send(time.Millisecond)
				}
				return s.out
			},
			settle: 5 * time.Second,
			want:   want{smooth: true, maxDelay: 110 * time.Millisecond},
		},
		{
			name: "20 ms, then 30 ms, then 10 ms",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.samples = 240
				s.send(10 * time.Second)
				s.samples = 80
				return s.send(10 * time.Second).out
			},
			settle: 25 * time.Second,
			want:   want{smooth: true, maxDelay: 40 * time.Millisecond},
		},
		{
			name: "a path that becomes 15 ms longer",
			feed: func() []sent {
				s := newSender()
				s.at += 5 * ms
				s.send(10 * time.Second)
				longer := newSender()
				*longer = *s
				longer.jitter = func() int64 { return 15 * ms }
				return longer.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{conceal: 0.003, maxDelay: 40 * time.Millisecond, click: 3000},
		},
		{
			name: "a path that becomes 70 ms longer",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.jitter = func() int64 { return 70 * ms }
				return s.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{conceal: 0.006, silence: 1, maxDelay: 40 * time.Millisecond, click: 3000},
		},
		{
			name: "bursts of three packets",
			feed: func() []sent {
				s := newSender().send(30 * time.Second)
				for i := range s.out {
					s.out[i].arrival = s.out[i-i%3].arrival + 40*ms
				}
				return s.out
			},
			settle: 10 * time.Second,
			want:   want{smooth: true, maxDelay: 70 * time.Millisecond},
		},
		{
			name: "a jump of the timestamp, the sequence goes on",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.ts += 123_456_789
				return s.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{silence: 3, maxDelay: 30 * time.Millisecond, click: 2500},
		},
		{
			name: "a jump of the timestamp backwards by half a second",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.ts -= 4000
				return s.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{silence: 3, maxDelay: 30 * time.Millisecond, click: 2500},
		},
		{
			name: "a jump of the timestamp backwards by 100 ms",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.ts -= 800
				return s.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{silence: 3, maxDelay: 150 * time.Millisecond, click: 2500},
		},
		{
			name: "a jump of the sequence, the timestamp goes on",
			feed: func() []sent {
				s := newSender().send(10 * time.Second)
				s.seq += 20000
				return s.send(10 * time.Second).out
			},
			settle: 5 * time.Second,
			want:   want{conceal: 0.01, silence: 3, maxDelay: 50 * time.Millisecond, click: 6000},
		},
		{
			name: "timestamps that are not exact",
			feed: func() []sent {
				s := newSender().send(20 * time.Second)
				for i := range s.out {
					s.out[i].ts += uint32(i % 3)
				}
				return s.out
			},
			settle: 5 * time.Second,
			want:   want{smooth: true, maxDelay: 40 * time.Millisecond},
		},
		{
			name: "a stall of half a second, then everything at once",
			feed: func() []sent {
				s := newSender().send(20 * time.Second)
				for i := range s.out {
					if off := s.out[i].arrival - 11000*ms; off > 0 && off < 500*ms {
						s.out[i].arrival = 11500 * ms
					}
				}
				return s.out
			},
			settle: 15 * time.Second,
			want:   want{smooth: true, maxDelay: 60 * time.Millisecond},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := play(New(Options{}), tt.feed())
			settled := h.from(tt.settle)
			if n := float64(settled.count(Conceal)) / float64(len(settled.kinds)); n > tt.want.conceal {
				t.Errorf("%.1f %% of the frames concealed, want at most %.1f", 100*n, 100*tt.want.conceal)
			}
			if n := settled.count(Silence); n > tt.want.silence {
				t.Errorf("%d silent frames, want at most %d", n, tt.want.silence)
			}
			if value, at := settled.roughest(); value > toneStep+250+tt.want.click {
				t.Errorf("a click of %d at tick %d", value, at/frame)
			}
			if d := time.Duration(settled.delay[len(settled.delay)-1]); d > tt.want.maxDelay {
				t.Errorf("delay %v, want at most %v", d, tt.want.maxDelay)
			}
			if tt.want.smooth {
				wantSmooth(t, settled)
			}
		})
	}
}
