package phone

import (
	"fmt"
	"math"
	"time"
)

// The band in which a telephone carries tones well.
const (
	lowestTone  = 300
	highestTone = 3400
)

// closestTones is the least distance of two tones, in Hz. Closer ones would
// need windows of more than a second.
const closestTones = 5

// MaxTones is how many tones [Plan] can tell apart.
const MaxTones = (highestTone - lowestTone) / closestTones

// Tones are frequencies that can be told apart, and how long one must listen for that.
type Tones struct {
	Hz     []float64
	Window time.Duration
}

// Plan chooses n tones. They lie on a grid, but each a little off it by its own
// amount: what a codec or a limiter makes of two or three tones of an even grid
// (f1+f2-f3) would fall exactly on other tones of it.
func Plan(n int) (Tones, error) {
	if n < 1 || n > MaxTones {
		return Tones{}, fmt.Errorf("plan tones: %d is not 1 to %d", n, MaxTones)
	}
	spacing := min(100, math.Floor((highestTone-lowestTone)/float64(n)))
	t := Tones{Hz: make([]float64, n)}
	for i := range t.Hz {
		t.Hz[i] = lowestTone + spacing*(float64(i)+0.5) + spacing*dither(i)
	}
	// Tones are at least spacing/2 apart; a Hann window separates 4/d.
	ms := math.Ceil(8/spacing*1000/20) * 20
	t.Window = time.Duration(max(300, ms)) * time.Millisecond
	return t, nil
}

// dither is between -1/4 and 1/4, spread evenly by the golden ratio.
func dither(i int) float64 {
	_, f := math.Modf(float64(i+1) * math.Phi)
	return (f - 0.5) / 2
}

// Loudness is an amplitude with which n tones may sound at once without coming
// near full scale, and one tone is still well above what a mixer takes for silence.
func Loudness(n int) float64 {
	// The sum of n sines of one amplitude a is nearly always below 4.5·a·√(n/2).
	return min(8000, 20000/(4.5*math.Sqrt(float64(max(1, n))/2)))
}
