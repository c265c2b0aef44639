package main

import (
	"errors"
	"math"
	"slices"

	"partyline/control/attendant/voice"
)

// What a recording is like.
const (
	levelDBov  = -20.0 // of the speech in it
	lowestHz   = 100.0
	highestHz  = 3600.0
	edge       = voice.Rate / 50  // kept before and after the speech
	fadeIn     = voice.Rate / 100 // against clicks
	fadeOut    = voice.Rate / 50
	quietDB    = 45.0    // below the peak: not speech
	peakKnee   = 24000.0 // from here on peaks are bent
	peakLimit  = 31000.0
	frame      = voice.Rate / 50
	activeDB   = 25.0 // below the loudest frame: not active speech
	tapsPerHit = 24   // of the resampler, to either side
)

// speechIn is the speech in what an engine said, at 8 kHz.
func speechIn(spoken []int16, rate int) []float64 {
	pcm := make([]float64, len(spoken))
	for i, v := range spoken {
		pcm[i] = float64(v)
	}
	return trim(highpass(resample(pcm, rate)))
}

// finish makes a recording of speech: at the common level, faded.
func finish(pcm []float64) ([]int16, error) {
	if len(pcm) < voice.Rate/20 {
		return nil, errors.New("the engine said nothing")
	}
	level(pcm)
	fade(pcm)
	out := make([]int16, len(pcm))
	for i, v := range pcm {
		out[i] = int16(math.Round(v))
	}
	return out, nil
}

// resample brings samples to 8 kHz with a windowed sinc, which also takes away what telephones do not transmit.
func resample(in []float64, rate int) []float64 {
	step := float64(rate) / voice.Rate
	cut := min(2*highestHz/float64(rate), 1) // of the input's band
	reach := tapsPerHit / cut
	out := make([]float64, int(float64(len(in))/step))
	for i := range out {
		at := float64(i) * step
		sum, weight := 0.0, 0.0
		for j := max(int(math.Ceil(at-reach)), 0); j <= min(int(at+reach), len(in)-1); j++ {
			x := float64(j) - at
			w := sinc(x*cut) * (0.5 + 0.5*math.Cos(math.Pi*x/reach))
			sum, weight = sum+in[j]*w, weight+w
		}
		out[i] = sum / weight
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// highpass takes away hum and any offset: two poles at the lowest frequency of speech on telephones.
func highpass(pcm []float64) []float64 {
	a := 1 / (1 + 2*math.Pi*lowestHz/voice.Rate)
	for range 2 {
		lastIn, lastOut := 0.0, 0.0
		for i, v := range pcm {
			lastOut = a * (lastOut + v - lastIn)
			lastIn, pcm[i] = v, lastOut
		}
	}
	return pcm
}

// trim cuts silence off both ends, and leaves a little.
func trim(pcm []float64) []float64 {
	floor := peak(pcm) * math.Pow(10, -quietDB/20)
	loud := func(v float64) bool { return math.Abs(v) > floor }
	first := slices.IndexFunc(pcm, loud)
	if first < 0 {
		return nil
	}
	last := len(pcm) - 1
	for !loud(pcm[last]) {
		last--
	}
	before, after := max(first-edge, 0), min(last+1+edge, len(pcm))
	return slices.Concat(make([]float64, edge-(first-before)), pcm[before:after], make([]float64, edge-(after-last-1)))
}

func peak(pcm []float64) (p float64) {
	for _, v := range pcm {
		p = max(p, math.Abs(v))
	}
	return p
}

// level brings the active speech to the common level.
func level(pcm []float64) {
	var powers []float64
	for f := range slices.Chunk(pcm, frame) {
		sum := 0.0
		for _, v := range f {
			sum += v * v
		}
		powers = append(powers, sum/float64(len(f)))
	}
	floor := slices.Max(powers) * math.Pow(10, -activeDB/10)
	sum, n := 0.0, 0.0
	for _, p := range powers {
		if p > floor {
			sum, n = sum+p, n+1
		}
	}
	gain := 32768 * math.Pow(10, levelDBov/20) / math.Sqrt(sum/n)
	for i := range pcm {
		pcm[i] = bend(pcm[i] * gain)
	}
}

// bend keeps a sample below the limit.
func bend(v float64) float64 {
	over := math.Abs(v) - peakKnee
	if over <= 0 {
		return v
	}
	const room = peakLimit - peakKnee
	return math.Copysign(peakKnee+room*math.Tanh(over/room), v)
}

func fade(pcm []float64) {
	for i := range fadeIn {
		pcm[i] *= float64(i) / fadeIn
	}
	for i := range fadeOut {
		pcm[len(pcm)-1-i] *= float64(i) / fadeOut
	}
}
