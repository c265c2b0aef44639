package bridge

import "slices"

// Tuned constants of the limiter. A block, which is also the look-ahead, is 5 ms.
const (
	ceiling = 29203 // -1 dBFS
	release = 0.133 // of what is missing, per block: a time constant of 35 ms
	almost  = 0.99  // the last 0.09 dB are made up within one block, so that the limiter soon changes no bit any more
	hold    = 4     // blocks before the release: the waves of a low tone are not followed
	same    = 0.001 // gains nearer than this sound alike
)

// limiter keeps a sum below the ceiling. Its gain moves in straight lines from block to block, so low that no sample of
// the blocks on both sides of a point exceeds the ceiling: the delay of one block lets it know them beforehand. While
// its gain is 1 it is a delay line.
type limiter struct {
	delay []int32
	gain  float64 // at the beginning of the delayed block
	need  float64 // the gain with which the delayed block just fits
	held  int
}

func (l *limiter) init(rate int) {
	l.delay = make([]int32, rate/200)
	l.gain, l.need = 1, 1
}

// set makes l a copy of other, which is of the same rate.
func (l *limiter) set(other *limiter) {
	copy(l.delay, other.delay)
	l.gain, l.need, l.held = other.gain, other.need, other.held
}

// reset forgets what was heard.
func (l *limiter) reset() {
	clear(l.delay)
	l.gain, l.need, l.held = 1, 1, 0
}

// process limits one frame, which is a whole number of blocks. in stays as it is.
func (l *limiter) process(out []int16, in []int32) {
	n := len(l.delay)
	for len(in) >= n && len(out) >= n {
		need := needed(in[:n])
		next := l.follow(min(need, l.need))
		scale(out[:n], l.delay, l.gain, next)
		copy(l.delay, in[:n])
		l.gain, l.need = next, need
		in, out = in[n:], out[n:]
	}
}

// follow is the gain after one more block that may not exceed limit.
func (l *limiter) follow(limit float64) float64 {
	switch {
	case limit <= l.gain:
		if limit < 1 {
			l.held = hold
		}
		return limit
	case l.held > 0:
		l.held--
		return l.gain
	}
	next := l.gain + float64((1-l.gain)*release) // not fused, so that every processor rounds alike
	if next > almost {
		next = 1
	}
	return min(next, limit)
}

// agrees says that l goes on like other if both are given the same.
func (l *limiter) agrees(other *limiter) bool {
	off := l.gain - other.gain
	return off <= same && off >= -same && slices.Equal(l.delay, other.delay)
}

// needed is the gain with which a block stays below the ceiling.
func needed(block []int32) float64 {
	var peak int32
	for _, s := range block {
		peak = max(peak, s, -s)
	}
	if peak <= ceiling {
		return 1
	}
	return ceiling / float64(peak)
}

// scale multiplies in with a gain that goes from one value to the other.
func scale(out []int16, in []int32, from, to float64) {
	if from == 1 && to == 1 {
		for i, s := range in {
			out[i] = int16(s)
		}
		return
	}
	step := (to - from) / float64(len(in))
	for i, s := range in {
		from += step
		out[i] = int16(float64(s) * from) // towards zero: never above the ceiling
	}
}
