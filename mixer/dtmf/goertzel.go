package dtmf

import "math"

const rate = 8000

// The tones of a key: one of a row and one of a column (ITU-T Q.23).
var (
	rowHz    = [4]float64{697, 770, 852, 941}
	columnHz = [4]float64{1209, 1336, 1477, 1633}
)

// bin is how far, in Hz, the sides of a tone are that are looked at: the reciprocal of a window.
const bin = rate / window

// tuned is the coefficient of a filter for one tone.
type tuned float64

func tune(hz float64) tuned { return tuned(2 * math.Cos(2*math.Pi*hz/rate)) }

// all are the eight tones, rows first.
var all [8]tuned

// around is, for each key, what is looked at besides its tones: the sides of the row and of the column, and the harmonics of
// both.
var around [16][8]tuned

// hann is the window that keeps the two tones of a key, and their neighbours, out of one another.
var hann [window]float64

func init() {
	for i := range 4 {
		all[i], all[4+i] = tune(rowHz[i]), tune(columnHz[i])
	}
	for key := range around {
		r, c := rowHz[key/4], columnHz[key%4]
		around[key] = [8]tuned{
			tune(r - bin), tune(r + bin), tune(c - bin), tune(c + bin),
			tune(2 * c), tune(harmonic(r, c)), tune(2 * c), tune(2 * c),
		}
	}
	for i := range hann {
		hann[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/window)
	}
}

// harmonic is the second harmonic of a row, or the third where the column hides it: that is at most 130 Hz away.
func harmonic(r, c float64) float64 {
	if math.Abs(2*r-c) < 130 {
		return 3 * r
	}
	return 2 * r
}

// power is that of one tone in x: (amplitude·len(x)/2)² for a sine.
func (t tuned) power(x []float64) float64 {
	c, s1, s2 := float64(t), 0.0, 0.0
	for _, v := range x {
		s1, s2 = v+c*s1-s2, s1
	}
	return s1*s1 + s2*s2 - c*s1*s2
}

// powers are those of eight tones. Four filters at a time keep the processor busy.
func powers(at *[8]tuned, x []float64, p *[8]float64) {
	for i := 0; i < 8; i += 4 {
		c0, c1, c2, c3 := float64(at[i]), float64(at[i+1]), float64(at[i+2]), float64(at[i+3])
		var a0, a1, a2, a3, b0, b1, b2, b3 float64
		for _, v := range x {
			a0, b0 = v+c0*a0-b0, a0
			a1, b1 = v+c1*a1-b1, a1
			a2, b2 = v+c2*a2-b2, a2
			a3, b3 = v+c3*a3-b3, a3
		}
		p[i] = a0*a0 + b0*b0 - c0*a0*b0
		p[i+1] = a1*a1 + b1*b1 - c1*a1*b1
		p[i+2] = a2*a2 + b2*b2 - c2*a2*b2
		p[i+3] = a3*a3 + b3*b3 - c3*a3*b3
	}
}

// strongest is the place of the largest of four.
func strongest(p []float64) int {
	best := 0
	for i, v := range p[:4] {
		if v > p[best] {
			best = i
		}
	}
	return best
}

// energy is the sum of the squares.
func energy(x []float64) (e float64) {
	for _, v := range x {
		e += v * v
	}
	return e
}
