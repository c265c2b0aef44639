package main

import (
	"math"
	"slices"

	"partyline/control/attendant/voice"
)

// What a pause at a colon is like. Measured with the voices jenny and espeak-ng's German one, November 2026: 60 to 220 ms;
// stops within a word are up to 110 ms long, but elsewhere.
const (
	pauseFrame = voice.Rate / 100
	pauseLeast = 4 // frames
	pauseDB    = 40.0
	pauseOff   = 0.3                     // how far it may be from where it is expected, as a part of that
	pauseOffIs = voice.Rate * 150 / 1000 // but at least so far
)

// cutAtPause returns what comes before the pause that is closest to where one is expected.
func cutAtPause(pcm []float64, expected int) ([]float64, bool) {
	var powers []float64
	for f := range slices.Chunk(pcm, pauseFrame) {
		sum := 0.0
		for _, v := range f {
			sum += v * v
		}
		powers = append(powers, sum/float64(len(f)))
	}
	if len(powers) == 0 {
		return nil, false
	}
	floor := slices.Max(powers) * math.Pow(10, -pauseDB/10)
	cut, off, quiet := 0, max(pauseOff*float64(expected), pauseOffIs), 0
	for i, p := range powers {
		if p < floor {
			quiet++
			continue
		}
		at := (i - quiet) * pauseFrame
		if away := math.Abs(float64(at - expected)); quiet >= pauseLeast && i > quiet && away < off {
			cut, off = at, away
		}
		quiet = 0
	}
	return trim(pcm[:cut]), cut > 0
}
