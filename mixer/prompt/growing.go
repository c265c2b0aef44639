package prompt

import (
	"sync"
	"sync/atomic"
)

// blockSamples is the size of the pieces that a [Growing] is kept in.
const blockSamples = Rate

// Growing is a sound that is still being made while it is played. One goroutine writes it and ends it; any number of
// others may ask and play it meanwhile, without ever waiting for the writer.
type Growing struct {
	blocks [][]int16 // of blockSamples; those below length are not changed any more
	length atomic.Int64
	whole  atomic.Bool
	err    error // set before whole

	once  sync.Once
	begun chan struct{}
	ended chan struct{}
}

// NewGrowing returns a sound of so many seconds at most.
func NewGrowing(seconds int) *Growing {
	return &Growing{blocks: make([][]int16, seconds), begun: make(chan struct{}), ended: make(chan struct{})}
}

// Whole returns a sound that is there already.
func Whole(pcm []int16) *Growing {
	g := NewGrowing((len(pcm) + blockSamples - 1) / blockSamples)
	g.Write(pcm)
	g.End(nil)
	return g
}

// Write adds samples, and says whether there was room for all of them.
func (g *Growing) Write(pcm []int16) bool {
	at := int(g.length.Load())
	for len(pcm) > 0 && at < len(g.blocks)*blockSamples {
		block := &g.blocks[at/blockSamples]
		if *block == nil {
			*block = make([]int16, blockSamples)
		}
		n := copy((*block)[at%blockSamples:], pcm)
		pcm, at = pcm[n:], at+n
	}
	g.length.Store(int64(at)) // from here on others see them
	if at > 0 {
		g.once.Do(func() { close(g.begun) })
	}
	return len(pcm) == 0
}

// End says that nothing more comes; err, if it is not nil, why that is less than was wanted.
func (g *Growing) End(err error) {
	g.err = err
	g.whole.Store(true)
	g.once.Do(func() { close(g.begun) })
	close(g.ended)
}

// Begun is closed when there is something to be heard, or never will be.
func (g *Growing) Begun() <-chan struct{} { return g.begun }

// Ended is closed when nothing more comes.
func (g *Growing) Ended() <-chan struct{} { return g.ended }

// Err says what [Growing.End] was given.
func (g *Growing) Err() error {
	if !g.whole.Load() {
		return nil
	}
	return g.err
}

// Length says how many samples there are, and whether these are all.
func (g *Growing) Length() (samples int, whole bool) {
	whole = g.whole.Load() // first: what is written after it is not missed then
	return int(g.length.Load()), whole
}

// Bytes is how much memory the samples take.
func (g *Growing) Bytes() int {
	n, _ := g.Length()
	return (n + blockSamples - 1) / blockSamples * blockSamples * 2
}

// PCM are the samples that are there.
func (g *Growing) PCM() []int16 {
	n, _ := g.Length()
	pcm := make([]int16, n)
	g.read(pcm, 0)
	return pcm
}

// read copies samples from at on and says how many there were.
func (g *Growing) read(dst []int16, at int) int {
	length, n := int(g.length.Load()), 0
	for n < len(dst) && at+n < length {
		pos := at + n
		end := min(blockSamples, pos%blockSamples+length-pos)
		n += copy(dst[n:], g.blocks[pos/blockSamples][pos%blockSamples:end])
	}
	return n
}

// Source plays it, from after so many samples on. Where nothing has come yet there is silence.
func (g *Growing) Source(skip int) Source { return &growing{sound: g, at: max(skip, 0)} }

type growing struct {
	sound *Growing
	at    int
}

// Next implements [Source].
func (s *growing) Next(dst []int16) int {
	_, whole := s.sound.Length()
	n := s.sound.read(dst, s.at)
	s.at += n
	if whole {
		return n
	}
	clear(dst[n:])
	return len(dst)
}

// Instead plays a sound that is being made, or another in its place: if it comes to nothing, or has not begun when it was
// waited for in silence for so many samples.
func Instead(g *Growing, other Source, patience int) Source {
	return &instead{sound: g, other: other, patience: patience, own: growing{sound: g}}
}

type instead struct {
	sound    *Growing
	other    Source
	patience int
	own      growing
	playing  Source // nil: not decided
}

// Next implements [Source].
func (s *instead) Next(dst []int16) int {
	if s.playing == nil && !s.decide() {
		clear(dst)
		s.patience -= len(dst)
		return len(dst)
	}
	return s.playing.Next(dst)
}

func (s *instead) decide() bool {
	switch n, whole := s.sound.Length(); {
	case n > 0:
		s.playing = &s.own
	case whole || s.patience <= 0:
		s.playing = s.other
	default:
		return false
	}
	return true
}
