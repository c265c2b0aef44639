package mixer

import (
	"math"

	"partyline/mixer/prompt"
)

// grow looks how much there is of an announcement that is still being made, and whether that is enough for the next tick.
func (a *Announcement) grow() {
	if a.Grows == nil {
		return
	}
	samples, whole := a.Grows()
	a.Length, a.waits = math.MaxInt, samples < a.said+frameSamples
	if whole {
		a.Length, a.waits = samples, false
	}
}

// open is what is left of it. In all rooms it waits in the same ticks.
func (a *Announcement) open() prompt.Source {
	src := a.Open(a.said)
	if a.Grows == nil {
		return src
	}
	return &waiting{a, src}
}

type waiting struct {
	a   *Announcement
	src prompt.Source
}

// Next implements [prompt.Source].
func (w *waiting) Next(dst []int16) int {
	if w.a.waits {
		clear(dst)
		return len(dst)
	}
	return w.src.Next(dst)
}
