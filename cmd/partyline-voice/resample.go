package main

import "math"

// pcmRate is that of the format pcm, which has no header to say it.
const pcmRate = 24000

// filterHalf is half the length of the filter, in samples of the input. The rate goes up, so that all that is there passes.
const filterHalf = 24

// resample converts a piece to another, higher rate with a windowed-sinc filter, of which it has one set of taps for each
// position of an output sample between two input samples. Pieces begin and end in silence, so that each stands alone.
func resample(pcm []int16, from, to int) []int16 {
	if from == to || len(pcm) == 0 {
		return pcm
	}
	divisor := gcd(from, to)
	phases, step := to/divisor, from/divisor
	taps := make([][]float64, phases)
	for p := range taps {
		taps[p] = filter(float64(p) / float64(phases))
	}
	out := make([]int16, len(pcm)*phases/step)
	for n := range out {
		at := n * step
		sum, first := 0.0, at/phases-filterHalf+1
		for i, t := range taps[at%phases] {
			if k := first + i; k >= 0 && k < len(pcm) {
				sum += t * float64(pcm[k])
			}
		}
		out[n] = int16(min(max(math.Round(sum), math.MinInt16), math.MaxInt16))
	}
	return out
}

// filter is the taps around a position between two samples, normalised to pass a constant unchanged.
func filter(between float64) []float64 {
	taps, sum := make([]float64, 2*filterHalf), 0.0
	for i := range taps {
		x := float64(i-filterHalf+1) - between
		angle := math.Pi * x / filterHalf
		taps[i] = 0.42 + 0.5*math.Cos(angle) + 0.08*math.Cos(2*angle)
		if y := math.Pi * 0.95 * x; y != 0 {
			taps[i] *= math.Sin(y) / y
		}
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= sum
	}
	return taps
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}
