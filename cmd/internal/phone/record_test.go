package phone

import (
	"math"
	"testing"
	"time"
)

// heard feeds a recorder packets of 20 ms with the given sequence numbers; the
// samples of packet n are all n, its timestamp goes with its number.
func heard(r *Recorder, seqs ...int) {
	for _, n := range seqs {
		pcm := make([]int16, 160)
		for i := range pcm {
			pcm[i] = int16(n + 1)
		}
		r.add(Packet{Arrival: time.Duration(n) * 20 * time.Millisecond, SSRC: 1, Seq: uint16(65534 + n), TSRTP: uint32(math.MaxUint32 - 100 + 160*n)}, 160, pcm)
	}
}

func TestRecorderCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seqs []int
		want RecorderStats
	}{
		"in order, across both wraps": {[]int{0, 1, 2, 3}, RecorderStats{Packets: 4}},
		"one lost":                    {[]int{0, 1, 3}, RecorderStats{Packets: 3, Lost: 1}},
		"one twice":                   {[]int{0, 1, 1, 2}, RecorderStats{Packets: 3, Duplicates: 1}},
		"two swapped":                 {[]int{0, 2, 1, 3}, RecorderStats{Packets: 4, Reordered: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRecorder(time.Second)
			heard(r, c.seqs...)
			got := r.Stats()
			c.want.Bytes = c.want.Packets * 160
			got.Jitter = 0
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if (r.Continuity() == nil) != (name == "in order, across both wraps") {
				t.Errorf("continuity: %v", r.Continuity())
			}
		})
	}
}

func TestRecorderPlacesSamples(t *testing.T) {
	t.Parallel()
	r := newRecorder(time.Second)
	heard(r, 0, 2, 1, 4)
	want := []int16{1, 2, 3, 0, 5}
	got := r.Last(100 * time.Millisecond)
	for i, w := range want {
		if got[i*160] != w || got[i*160+159] != w {
			t.Errorf("frame %d is %d to %d, want %d", i, got[i*160], got[i*160+159], w)
		}
	}
	if r.Range(0, 801) != nil || r.Range(-1, 5) != nil || r.Last(2*time.Second) != nil {
		t.Error("samples that were not recorded were given out")
	}
	if at, ok := r.Heard(2*160 + 80); !ok || at != 50*time.Millisecond {
		t.Errorf("sample heard at %v, %v", at, ok)
	}
	if _, ok := r.Heard(3 * 160); ok {
		t.Error("a lost sample was heard")
	}
}

func TestRecorderForgets(t *testing.T) {
	t.Parallel()
	r := newRecorder(100 * time.Millisecond)
	for i := range 1000 {
		heard(r, i)
	}
	if r.Pos() != 160000 || r.Range(160000-800, 160000) == nil || r.Range(160000-801, 160000) != nil {
		t.Errorf("position %d", r.Pos())
	}
	if log := r.Log(); len(log) != 64 || log[63].Pos != 160000-160 || log[0].Pos != 160000-64*160 {
		t.Errorf("%d packets in the log", len(log))
	}
}

func TestRecorderJumpsAndSSRC(t *testing.T) {
	t.Parallel()
	r := newRecorder(time.Second)
	pcm := make([]int16, 160)
	r.add(Packet{SSRC: 1, Seq: 1, TSRTP: 0}, 160, pcm)
	r.add(Packet{SSRC: 1, Seq: 2, TSRTP: 1 << 30}, 160, pcm)
	r.add(Packet{SSRC: 1, Seq: 3, TSRTP: 1<<30 + 320}, 160, pcm)
	r.add(Packet{SSRC: 2, Seq: 9, TSRTP: 5}, 160, pcm)
	if s := r.Stats(); s.Jumps != 1 || s.Pauses != 1 || s.SSRCChanges != 1 || r.Pos() != 160*5 {
		t.Errorf("%+v at %d", s, r.Pos())
	}
	r.add(Packet{SSRC: 2, Seq: 10, TSRTP: 5 + 8000}, 160, pcm) // a second of samples in no time
	if s := r.Stats(); s.Jumps != 2 || s.Pauses != 1 {
		t.Errorf("%+v", s)
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	var h Histogram
	for i := range 100 {
		h.Add(time.Duration(i) * time.Millisecond)
	}
	if p50, p99 := h.Quantile(0.5), h.Quantile(0.99); p50 < 49*time.Millisecond || p50 > 50*time.Millisecond || p99 < 98*time.Millisecond {
		t.Errorf("p50 %v, p99 %v", p50, p99)
	}
	h.Add(time.Hour)
	var sum Histogram
	sum.Merge(&h)
	if sum.Max() != time.Hour || sum.Count() != 101 || sum.Quantile(1) < 200*time.Millisecond {
		t.Errorf("max %v of %d", sum.Max(), sum.Count())
	}
}
