package jitter

import "math"

// Tuned constants of the corrections, in samples or ticks.
const (
	growSlack   = 1_000_000 // nanoseconds by which the delay may fall short of the target before it is corrected,
	shrinkSlack = 2_000_000 // or exceed it beyond a whole step

	growAfter   = 5  // ticks between two corrections
	shrinkAfter = 50 // one second
	hurryAfter  = 4  // when much too much has piled up

	quietLevel = 80 // mean amplitude below which any cut goes unnoticed: -52 dBov
	goodMatch  = 0.9
	poorMatch  = 0.5
	anyMatch   = -1   // noise resembles nothing
	nearly     = 0.01 // a match must be so much better than one at a preferred lag
)

// correct makes the delay longer or shorter by up to one frame, if it is off the target and the sound allows it.
func (b *Buffer) correct(now int64, dec Decode) {
	if b.playing != b.epoch {
		return // packets of an older timeline are being played: there is nothing to compare them with
	}
	step := b.grid.samples()
	beyond := b.n % step // ends of packets lie so many samples after those of frames: this delay is for nothing
	delay := b.delay(now)
	slack := delay - b.nanos(int64(beyond)) - b.target()
	switch {
	case delay > b.target()+b.max+2*frameTime:
		b.rest()
		b.hurried = true
	case slack < -growSlack && b.calm >= growAfter && b.target() < b.max:
		steps := int((-slack + b.nanos(int64(step)) - 1) / b.nanos(int64(step)))
		b.stretch(min(steps*step-beyond, b.frame))
	case slack >= 0 && b.calm >= hurryAfter:
		b.shrinkBy(beyond, slack, step, dec)
	}
}

// shrinkBy shortens the delay by what is too much of it: to the last end of a packet, and by whole steps where not even
// the latest packets of the last seconds needed them.
func (b *Buffer) shrinkBy(beyond int, slack int64, step int, dec Decode) {
	slack -= b.delays.tail() + shrinkSlack
	excess := beyond + step*int(max(slack, 0)/b.nanos(int64(step)))
	after, match := shrinkAfter, goodMatch
	switch {
	case excess > 3*b.frame:
		after, match = hurryAfter, anyMatch
	case excess > 2*b.frame:
		after, match = hurryAfter, poorMatch
	}
	if excess == 0 || b.calm < after {
		return
	}
	b.shrink(min(excess, b.frame), match, dec)
}

// shrink takes up to excess samples out.
func (b *Buffer) shrink(excess int, match float64, dec Decode) {
	overlap := b.frame / 2
	if b.fill(b.frame+excess, dec) != none {
		return
	}
	lag := excess
	if !quiet(b.pcm[:overlap+excess]) {
		if excess < b.frame/8 {
			return
		}
		b.calm = max(b.calm-growAfter, 0) // the search is not for every tick
		lag = bestLag(b.pcm[:b.n], 0, 1, lags{excess, b.frame / 8}, overlap, match)
	}
	if lag == 0 {
		return
	}
	blend(b.pcm[:overlap], b.pcm[lag:])
	copy(b.pcm[overlap:], b.pcm[overlap+lag:b.n])
	b.n -= lag
	b.pos += int64(lag)
	b.calm = 0
	b.stats.Shrunk++
}

// stretch puts missing samples in, or some more where that sounds better. Fewer would be of no use: what is to be heard
// in the next frame would still come too late.
func (b *Buffer) stretch(missing int) {
	overlap, tail := b.frame/2, b.conceal.Tail(2*b.frame)
	most := min(missing+b.frame, len(tail), len(b.pcm)-b.n)
	if missing <= 0 || missing > most {
		return
	}
	w := append(b.window[:0], tail...)
	w = append(w, b.pcm[:overlap]...)
	lag := missing
	if !quiet(w) {
		b.calm = 0
		lag = bestLag(w, len(tail), -1, lags{max(missing, b.frame/8), most}, overlap, goodMatch)
	}
	if lag == 0 {
		return
	}
	copy(b.pcm[lag:], b.pcm[:b.n])
	copy(b.pcm, tail[len(tail)-lag:])
	// Now pcm[i] is what was played lag samples before: go over to it from what should follow.
	for i := range overlap {
		b.pcm[i] = mix(w[len(tail)+i], b.pcm[i], i+1, overlap+1)
	}
	b.n += lag
	b.pos -= int64(lag)
	b.calm = 0
	b.stats.Stretched++
}

// blend goes over from dst to what follows it, in dst.
func blend(dst, to []int16) {
	for i := range dst {
		dst[i] = mix(dst[i], to[i], i+1, len(dst)+1)
	}
}

// mix is a mean of a and b, with b counting k of n parts.
func mix(a, b int16, k, n int) int16 {
	return int16(int(a) + (int(b)-int(a))*k/n)
}

// quiet says whether pcm is so low that a cut in it goes unnoticed.
func quiet(pcm []int16) bool {
	sum := 0
	for _, s := range pcm {
		sum += max(int(s), -int(s))
	}
	return sum < quietLevel*len(pcm)
}

// lags are those that come into question, the preferred one first.
type lags struct{ first, last int }

// bestLag returns the lag at which length samples at pcm[at:] resemble those lag samples later (direction 1) or earlier
// (-1) best, or 0 if they nowhere do so by more than match.
func bestLag(pcm []int16, at, direction int, among lags, length int, match float64) int {
	best, bestScore, step := 0, match, 1
	if among.last < among.first {
		step = -1
	}
	for lag := among.first; lag != among.last+step; lag += step {
		if score := likeness(pcm, at, at+direction*lag, length); score > bestScore {
			best, bestScore = lag, score+nearly
		}
	}
	return best
}

// likeness is the normalised correlation of two parts of pcm.
func likeness(pcm []int16, i, j, length int) float64 {
	a, b := pcm[i:i+length], pcm[j:j+length]
	var ab, aa, bb int64
	for k, x := range a {
		y := int64(b[k])
		ab += int64(x) * y
		aa += int64(x) * int64(x)
		bb += y * y
	}
	if ab <= 0 {
		return 0
	}
	return float64(ab) / math.Sqrt(float64(aa)*float64(bb))
}
