package codec_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/audiotest/golden"
	"partyline/mixer/codec"
)

const (
	rate  = 8000
	frame = 160
)

// vowel is a pulse-like voice of a given pitch: harmonics that fall off.
func vowel(hz float64, n int) []int16 {
	pcm := make([]int16, n)
	for k := 1; float64(k)*hz < 3400; k++ {
		for i, s := range audiotest.Tone(hz*float64(k), 6000/float64(k), rate, n, k*7) {
			pcm[i] += s
		}
	}
	return pcm
}

// through passes pcm through a concealer; lost says which frames do not come.
func through(pcm []int16, lost func(frame int) bool) []int16 {
	var c codec.Concealer
	out := slices.Clone(pcm)
	for i := 0; i+frame <= len(out); i += frame {
		if lost(i / frame) {
			c.Lost(out[i : i+frame])
		} else {
			c.Good(out[i : i+frame])
		}
	}
	return out
}

// difference is how much of the energy of want is left in the difference, in dB.
func difference(got, want []int16) float64 {
	var diff, all float64
	for i := range got {
		d := float64(got[i]) - float64(want[i])
		diff += d * d
		all += float64(want[i]) * float64(want[i])
	}
	return 10 * math.Log10((diff+1)/(all+1))
}

func TestNothingLostNothingChanged(t *testing.T) {
	t.Parallel()
	pcm := vowel(120, 50*frame)
	if !slices.Equal(through(pcm, func(int) bool { return false }), pcm) {
		t.Error("samples that came were changed")
	}
}

// TestVoicesGoOn: of a steady voice a lost frame is hardly missed.
func TestVoicesGoOn(t *testing.T) {
	t.Parallel()
	for _, hz := range []float64{80, 100, 125, 160, 195, 250, 400} {
		pcm := vowel(hz, 50*frame)
		for _, n := range []int{1, 2} {
			got := through(pcm, func(i int) bool { return i >= 20 && i < 20+n })
			part := func(x []int16) []int16 { return x[20*frame : 20*frame+80] }
			if d := difference(part(got), part(pcm)); d > -12 {
				t.Errorf("%v Hz, %d frames lost: the first 10 ms differ by %.1f dB", hz, n, d)
			}
			after := (21 + n) * frame
			if !slices.Equal(got[after:], pcm[after:]) {
				t.Errorf("%v Hz, %d frames lost: a frame later it is not what was sent", hz, n)
			}
			own, _ := audiotest.Roughest(pcm)
			if value, at := audiotest.Roughest(got); value > own*3/2 {
				t.Errorf("%v Hz, %d frames lost: a click of %d at sample %d, the voice itself has %d", hz, n, value, at-20*frame, own)
			}
		}
	}
}

// TestChangingVoices: a voice that grows or fades does not click where it is repeated, nor where the repetition begins
// anew.
func TestChangingVoices(t *testing.T) {
	t.Parallel()
	for _, perFrame := range []float64{0.5, 0.8, 1.25, 1.6} {
		pcm := audiotest.Tone(133, 20000, rate, 30*frame, 0)
		for i := range pcm {
			pcm[i] = int16(float64(pcm[i]) * math.Min(math.Pow(perFrame, float64(i-22*frame)/frame), 1))
		}
		got := through(pcm, func(i int) bool { return i == 20 })
		// Twice the roughness of the tone itself: nothing but a bend.
		if value, at := audiotest.Roughest(got[20*frame-2 : 21*frame]); value > 2*220 {
			t.Errorf("%v per frame: a click of %d at sample %d", perFrame, value, at)
		}
	}
}

// TestLossFadesAway: full at first, silent after 60 ms, and there again within 2 ms.
func TestLossFadesAway(t *testing.T) {
	t.Parallel()
	pcm := vowel(125, 60*frame)
	got := through(pcm, func(i int) bool { return i >= 20 && i < 40 })
	level := func(fromMS int) float64 {
		from := 20*frame + fromMS*rate/1000
		return audiotest.RMS(got[from : from+80])
	}
	full := audiotest.RMS(pcm[:20*frame])
	for _, tt := range []struct {
		ms   int
		want float64
	}{{0, 0}, {20, -3}, {40, -10}} {
		if l := level(tt.ms); math.Abs(l-full-tt.want) > 2.5 {
			t.Errorf("%d ms after the loss the level is %.1f dB lower, want %.1f", tt.ms, full-l, -tt.want)
		}
	}
	if slices.ContainsFunc(got[23*frame:40*frame], func(s int16) bool { return s != 0 }) {
		t.Error("it is not silent after 60 ms")
	}
	if !slices.Equal(got[40*frame+16:], pcm[40*frame+16:]) {
		t.Error("the end of the loss is not clean after 2 ms")
	}
	golden.Check(t, "loss", got[19*frame:24*frame])
}

// TestPortions: how the lost samples are asked for does not matter.
func TestPortions(t *testing.T) {
	t.Parallel()
	pcm := vowel(140, 20*frame)
	var whole, parts codec.Concealer
	whole.Good(pcm)
	parts.Good(pcm[:1000])
	parts.Good(pcm[1000:])
	a, b := make([]int16, 480), make([]int16, 480)
	whole.Lost(a)
	for i, n := 0, 1; i < len(b); i, n = i+n, n+3 {
		n = min(n, len(b)-i)
		parts.Lost(b[i : i+n])
	}
	if !slices.Equal(a, b) {
		t.Error("the portions do not make the whole")
	}
}

func TestFade(t *testing.T) {
	t.Parallel()
	pcm := vowel(140, 20*frame)
	var c codec.Concealer
	c.Good(pcm)
	out := make([]int16, 2*frame)
	c.Fade(out[:frame])
	c.Fade(out[frame:])
	if out[0] == 0 || slices.ContainsFunc(out[40:], func(s int16) bool { return s != 0 }) {
		t.Error("it does not end within 5 ms")
	}
	joined := append(slices.Clone(pcm[frame:]), out...)
	own, _ := audiotest.Roughest(pcm)
	if value, _ := audiotest.Roughest(joined); value > own*3/2 {
		t.Errorf("a click of %d, the voice itself has %d", value, own)
	}
}

// TestAnythingGoes: no input makes it panic, neither noise nor extremes, in any portions.
func TestAnythingGoes(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	var c codec.Concealer
	for range 3000 {
		pcm := make([]int16, r.IntN(500))
		for i := range pcm {
			switch r.IntN(3) {
			case 0:
				pcm[i] = int16(r.Uint32())
			case 1:
				pcm[i] = math.MinInt16
			}
		}
		switch r.IntN(5) {
		case 0:
			c.Good(pcm)
		case 1:
			c.Lost(pcm)
		case 2:
			c.Fade(pcm)
		case 3:
			c.Break()
		case 4:
			if got := len(c.Tail(len(pcm))); got > len(pcm) {
				t.Fatalf("a tail of %d samples, want at most %d", got, len(pcm))
			}
		}
	}
	c.Reset()
	out := []int16{1, 2, 3}
	c.Lost(out)
	if !slices.Equal(out, []int16{0, 0, 0}) {
		t.Errorf("after a reset it makes up %v", out)
	}
}

func TestConcealerAllocatesNothing(t *testing.T) {
	var c codec.Concealer
	pcm := vowel(140, frame)
	if n := testing.AllocsPerRun(100, func() {
		c.Good(pcm)
		c.Lost(pcm)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
