package dtmf

import "math"

// dBm0 1 is the power of a sine at 0 dBm0, which is 3.14 dB below the overload of G.711 (32,124 here), as amplitude².
const dBm0 = 32124.0 * 32124 / 2.0606

// Tuned against the grid of Q.24 and two hours of speech; November 2026.
const (
	// minTone is the least power of one tone: -40 dBm0. Q.24 wants -25 heard and -55 not.
	minTone = dBm0 * 1e-4
	// minHalf is the energy of 10 ms below which there is no key: half of two tones at the least power.
	minHalf = minTone / 2 * half
	// likelyPart is how much of the energy of 10 ms is at the two strongest tones at least.
	likelyPart = 0.4
	// likelyBelow is how far one of them may be below the other.
	likelyBelow = 0.04
	// purePart is the same for a window; noise 15 dB below takes 0.03 of it. A window shows a tone that is off its place up
	// to 1.4 dB too weak, which is mended only for what comes close.
	purePart, mostScalloped = 0.88, 0.25
	// tolerance is how far a tone may be off. Q.24 wants 1.5 % accepted and 3.5 % refused.
	tolerance = 0.025
	// A column may be 4 dB above its row, and 8 dB below it; there is some room for noise.
	mostAbove = 3.2 // 5 dB
	mostBelow = 8.9 // 9.5 dB
	// steady is the least energy of one hop of a window, as a part of the largest. Two tones beat: 0.65 is possible.
	steady = 0.35
	// constant is by which factor a tone may change from window to window.
	constant = 1.5
	// gliding is by how many Hz.
	gliding = 10
	// secondPart is how strong the second harmonic of a tone may be: voices have strong ones, telephones none.
	secondPart = 0.06
	// presence is how strong a tone is at least in a hop where it is still there, compared with its last window; the other
	// tone disturbs it by up to 6 dB if it is 8 dB stronger.
	presence = 0.2
	// alike is by which factor it may differ there and be certain: a neighbour 82 Hz away has 0.57.
	alike = 1.45
)

// keys are the digits by 4·row + column.
var keys = [16]byte{'1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'}

// pair is the two tones of a key.
type pair struct {
	key               int     // 1 + 4·row + column; 0: none
	row, column       float64 // amplitude²
	rowOff, columnOff float64 // by how many Hz they are off
}

// like says whether both tones are as strong and as high as in the window before.
func (p *pair) like(before *pair) bool {
	r, c := p.row/before.row, p.column/before.column
	return min(r, c) >= 1/constant && max(r, c) <= constant &&
		max(math.Abs(p.rowOff-before.rowOff), math.Abs(p.columnOff-before.columnOff)) <= gliding
}

// in says whether both tones are still there in a hop, and whether they are certainly these: a hop is too short to tell
// neighbours from one another when they are as strong as that.
func (p *pair) in(x []float64) (there, same bool) {
	const one = hop * hop / 4 // of a sine of amplitude 1
	r := all[(p.key-1)/4].power(x) / (p.row * one)
	c := all[4+(p.key-1)%4].power(x) / (p.column * one)
	low, high := min(r, c), max(r, c)
	return low >= presence, low >= 1/alike && high <= alike
}

// likely says whether enough of the energy e of 10 ms is at one row and one column.
func likely(x []float64, e float64) bool {
	var p [8]float64
	powers(&all, x, &p)
	r, c := p[strongest(p[:4])], p[4+strongest(p[4:])]
	return (r+c)*2/half >= likelyPart*e && c >= likelyBelow*r && r >= likelyBelow*c
}

// window says which key fills the window that ends before end. Hops are the energies of its parts.
func (d *Detector) window(end int, hops []float64) pair {
	if !isSteady(hops) {
		return pair{}
	}
	var x [window]float64
	for i, v := range d.pcm[end-window : end] {
		x[i] = v * hann[i]
	}
	var p [8]float64
	powers(&all, x[:], &p)
	row, column := strongest(p[:4]), strongest(p[4:])
	r, c := p[row], p[4+column]
	total := energy(x[:]) * window / 3                                   // what a sine of that energy would have
	if min(r, c) < minTone*one || r+c < (purePart-mostScalloped)*total { // most of what is left ends here
		return pair{}
	}
	key := 4*row + column
	powers(&around[key], x[:], &p)
	r, rowOff := place(r, p[0], p[1])
	c, columnOff := place(c, p[2], p[3])
	switch {
	case math.Abs(rowOff) > tolerance*rowHz[row], math.Abs(columnOff) > tolerance*columnHz[column],
		r+c < purePart*total,
		c > mostAbove*r, r > mostBelow*c,
		p[4] > secondPart*c, p[5] > secondPart*r:
		return pair{}
	}
	return pair{1 + key, r / one, c / one, rowOff, columnOff}
}

// one is the power of a sine of amplitude 1 behind the Hann window.
const one = window * window / 16

// place says how strong a tone of power p really is, and how far away, in Hz, from its strength one bin below and above: in
// a Hann window these are known functions of one another.
func place(p, below, above float64) (power, off float64) {
	side := math.Sqrt(max(below, above) / p)
	bins := (2*side - 1) / (1 + side)
	loss := 1.0
	if bins > 0 && bins < 0.5 { // else it is in its place, or as strong on the side
		loss = math.Sin(math.Pi*bins) / (math.Pi * bins * (1 - bins*bins))
	}
	if below > above {
		bins = -bins
	}
	return p / (loss * loss), bins * bin
}

// isSteady says whether there is sound in all of a window, and not only in a part of it.
func isSteady(hops []float64) bool {
	low, high := hops[0], hops[0]
	for _, e := range hops[1:] {
		low, high = min(low, e), max(high, e)
	}
	return low >= steady*high
}
