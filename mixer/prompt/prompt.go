// Package prompt is what the bridge plays: recordings and tones, at 8 kHz. Reading a recording is for a goroutine that
// may take its time; a [Source] is for the mixer: it neither blocks nor allocates, and belongs to one goroutine.
package prompt

// Rate is the sampling rate of everything here.
const Rate = 8000

// Source is something that is played.
type Source interface {
	// Next writes the next samples to dst and says how many there were. Fewer than len(dst) mean that it has ended.
	Next(dst []int16) (n int)
}

// NewPCM returns a source that plays the pieces once, one after the other. Any number of sources may play the same
// samples, which are not changed.
func NewPCM(pieces ...[]int16) Source { return &recording{rest: pieces} }

type recording struct {
	rest [][]int16
	done int // samples of rest[0]
}

// Next implements [Source].
func (r *recording) Next(dst []int16) int {
	n := 0
	for n < len(dst) && len(r.rest) > 0 {
		k := copy(dst[n:], r.rest[0][r.done:])
		n += k
		if r.done += k; r.done == len(r.rest[0]) {
			r.rest, r.done = r.rest[1:], 0
		}
	}
	return n
}

// Gap returns n samples of silence.
func Gap(n int) Source { return &gap{rest: max(n, 0)} }

type gap struct{ rest int }

// Next implements [Source].
func (g *gap) Next(dst []int16) int {
	n := min(len(dst), g.rest)
	clear(dst[:n])
	g.rest -= n
	return n
}

// Sequence returns a source that plays the sources one after the other.
func Sequence(sources ...Source) Source { return &sequence{rest: sources} }

type sequence struct{ rest []Source }

// Next implements [Source].
func (s *sequence) Next(dst []int16) int {
	n := 0
	for n < len(dst) && len(s.rest) > 0 {
		k := s.rest[0].Next(dst[n:])
		if n += k; n < len(dst) {
			s.rest = s.rest[1:]
		}
	}
	return n
}
