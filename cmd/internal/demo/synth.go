package demo

import (
	"math"
	"math/rand/v2"
	"time"

	"partyline/cmd/internal/phone"
)

// formants of a vowel, in Hz, of a man of middle size (after Peterson and Barney's averages).
type formants [3]float64

var vowels = []formants{
	{730, 1090, 2440}, // father
	{530, 1840, 2480}, // bed
	{270, 2290, 3010}, // see
	{570, 840, 2410},  // law
	{300, 870, 2240},  // boot
	{640, 1190, 2390}, // but
	{490, 1350, 1690}, // bird
}

// synthesise makes d of babble: syllables of a hiss or a closure and a vowel,
// in phrases with falling pitch. It is a source of pulses and noise through
// three resonators, and says nothing that anybody could understand.
func synthesise(r role, seed uint64, d time.Duration) []int16 {
	s := &synth{role: r, rng: rand.New(rand.NewPCG(seed, 0x5eed)), pulse: 1}
	n := int(d * phone.Rate / time.Second)
	for len(s.out) < n {
		s.phrase()
	}
	return levelled(lowPass(s.out[:n]))
}

type synth struct {
	role
	rng   *rand.Rand
	out   []float64
	pulse float64 // phase of the glottis, 0 to 1
	mouth [3]resonator
}

// phrase is some syllables and a pause.
func (s *synth) phrase() {
	syllables := 4 + s.rng.IntN(5)
	for i := range syllables {
		height := 1.15 - 0.3*float64(i)/float64(syllables)
		s.syllable(s.pitch*height, vowels[s.rng.IntN(len(vowels))])
	}
	s.silence(180 + s.rng.IntN(150))
}

func (s *synth) silence(ms int) { s.out = append(s.out, make([]float64, ms*phone.Rate/1000)...) }

// syllable is a consonant, by chance a hiss or a closure, and a vowel that swells and fades.
func (s *synth) syllable(pitch float64, v formants) {
	if s.rng.IntN(2) == 0 {
		s.hiss(40 + s.rng.IntN(50))
	} else {
		s.silence(20 + s.rng.IntN(30))
	}
	from := vowels[s.rng.IntN(len(vowels))]
	n := (110 + s.rng.IntN(120)) * phone.Rate / 1000
	for i := range n {
		t := float64(i) / float64(n)
		if i%80 == 0 { // the mouth moves every 10 ms
			s.shape(from, v, min(1, 3*t))
		}
		s.pulse += pitch * (1 + 0.01*math.Sin(40*t)) / phone.Rate
		s.pulse -= math.Floor(s.pulse)
		x := glottis(s.pulse) + 0.02*s.rng.NormFloat64()
		s.out = append(s.out, s.speak(x)*math.Sqrt(math.Sin(math.Pi*t)))
	}
}

// hiss is noise as of an s or an f, quieter than a vowel.
func (s *synth) hiss(ms int) {
	n := ms * phone.Rate / 1000
	last := 0.0
	for i := range n {
		x := s.rng.NormFloat64()
		s.out = append(s.out, 0.25*(x-last)*math.Sin(math.Pi*float64(i)/float64(n)))
		last = x
	}
}

// glottis is the flow through the vocal cords, less its mean: it opens slowly and closes fast.
func glottis(phase float64) float64 {
	const open = 0.6
	if phase >= open {
		return -0.3
	}
	t := phase / open
	return 3*t*t - 2.7*t*t*t - 0.3
}

// shape sets the resonators between two vowels.
func (s *synth) shape(from, to formants, t float64) {
	for i := range s.mouth {
		hz := (from[i] + (to[i]-from[i])*t) / s.tract
		s.mouth[i].tune(min(hz, 3200), 60+40*float64(i))
	}
}

func (s *synth) speak(x float64) float64 {
	for i := range s.mouth {
		x = s.mouth[i].next(x)
	}
	return x
}

// resonator is one formant: two poles, unit gain at 0 Hz.
type resonator struct{ a, b, c, y1, y2 float64 }

func (r *resonator) tune(hz, bandwidth float64) {
	radius := math.Exp(-math.Pi * bandwidth / phone.Rate)
	r.b = 2 * radius * math.Cos(2*math.Pi*hz/phone.Rate)
	r.c = -radius * radius
	r.a = 1 - r.b - r.c
}

func (r *resonator) next(x float64) float64 {
	y := r.a*x + r.b*r.y1 + r.c*r.y2
	r.y1, r.y2 = y, r.y1
	return y
}

// The filter that keeps the pilots' band free: windowed sinc, 60 dB down from
// 2,700 Hz on.
const (
	lowPassTaps = 161
	lowPassHz   = 2550.0
)

func lowPass(x []float64) []float64 {
	taps := make([]float64, lowPassTaps)
	const mid = lowPassTaps / 2
	for i := range taps {
		t := float64(i - mid)
		h := 2 * lowPassHz / phone.Rate
		if t != 0 {
			h = math.Sin(2*math.Pi*lowPassHz/phone.Rate*t) / (math.Pi * t)
		}
		a := 2 * math.Pi * float64(i) / (lowPassTaps - 1)
		taps[i] = h * (0.42 - 0.5*math.Cos(a) + 0.08*math.Cos(2*a)) // Blackman
	}
	y := make([]float64, len(x))
	for i := range y {
		sum := 0.0
		for k, h := range taps {
			// The speech is said in a loop, and is filtered as one.
			sum += h * x[(i-k+mid+len(x))%len(x)]
		}
		y[i] = sum
	}
	return y
}

// levelled brings the speech to its level, with headroom for its peaks.
func levelled(x []float64) []int16 {
	energy, peak := 0.0, 0.0
	for _, v := range x {
		energy += v * v
		peak = max(peak, math.Abs(v))
	}
	gain := min(speechRMS/math.Sqrt(energy/float64(len(x))), 26000/peak)
	out := make([]int16, len(x))
	for i, v := range x {
		out[i] = clip(v * gain)
	}
	return out
}
