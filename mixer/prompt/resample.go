package prompt

import "math"

// The low-pass filter of the conversion: everything above 4 kHz is away, up to 3.4 kHz nothing is lost.
const (
	cutoff    = 3700.0 // Hz, where half is left
	halfWidth = 32     // of the filter, in samples at 8 kHz
)

// resample converts pcm to 8 kHz.
func resample(pcm []int16, rate int) []int16 {
	if rate == Rate {
		return pcm
	}
	r := newResampler(rate)
	return append(r.push(pcm), r.end()...)
}

// resampler converts to 8 kHz what comes in pieces, with a windowed-sinc filter, of which it has one set of taps for every
// position that an output sample can have between two input samples.
type resampler struct {
	phases, step, half int // output sample n lies at n·step/phases
	taps               [][]float32

	in    []int16 // what is still needed of the input
	first int     // number of its first sample
	n     int     // of the next output sample
}

func newResampler(rate int) *resampler {
	divisor := gcd(rate, Rate)
	r := &resampler{phases: Rate / divisor, step: rate / divisor, half: halfWidth * rate / Rate}
	r.taps = make([][]float32, r.phases)
	for p := range r.taps {
		r.taps[p] = filter(r.half, float64(p)/float64(r.phases), float64(rate))
	}
	return r
}

// push takes a piece and returns what can be said of the output by now.
func (r *resampler) push(pcm []int16) []int16 {
	r.in = append(r.in, pcm...)
	out := r.until(func(at int) bool { return at/r.phases+r.half < r.first+len(r.in) })
	if used := min(r.n*r.step/r.phases-r.half+1-r.first, len(r.in)); used > 0 {
		r.in, r.first = append(r.in[:0], r.in[used:]...), r.first+used
	}
	return out
}

// end returns the rest. After the input there is silence.
func (r *resampler) end() []int16 {
	total := (r.first + len(r.in)) * r.phases / r.step
	return r.until(func(int) bool { return r.n < total })
}

func (r *resampler) until(more func(at int) bool) (out []int16) {
	for at := r.n * r.step; more(at); at = r.n * r.step {
		out = append(out, convolve(r.in, at/r.phases-r.half+1-r.first, r.taps[at%r.phases]))
		r.n++
	}
	return out
}

// filter is the taps around a position between input samples half-1 and half, normalised to pass a constant unchanged.
func filter(half int, between, rate float64) []float32 {
	taps, sum := make([]float64, 2*half), 0.0
	for i := range taps {
		x := float64(i-half+1) - between
		angle := math.Pi * x / float64(half)
		window := 0.42 + 0.5*math.Cos(angle) + 0.08*math.Cos(2*angle)
		taps[i] = window * sinc(2*cutoff/rate*x)
		sum += taps[i]
	}
	normal := make([]float32, len(taps))
	for i, t := range taps {
		normal[i] = float32(t / sum)
	}
	return normal
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// convolve is one output sample; the taps begin at input sample first. Outside of pcm there is silence.
func convolve(pcm []int16, first int, taps []float32) int16 {
	if first < 0 {
		taps, first = taps[min(-first, len(taps)):], 0
	}
	taps = taps[:max(min(len(taps), len(pcm)-first), 0)]
	var sum float32
	for i, t := range taps {
		sum += t * float32(pcm[first+i])
	}
	return int16(min(max(math.Round(float64(sum)), -32768), 32767))
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
