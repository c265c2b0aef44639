package mixer

import (
	"math"
	"slices"
	"sync/atomic"
	"time"
)

// distribution is a histogram that one goroutine fills and others read. The sum is kept in millionths.
type distribution struct {
	bounds  []float64 // immutable
	buckets [maxBuckets + 1]atomic.Uint64
	sum     atomic.Uint64
}

const maxBuckets = 10

func (d *distribution) add(v float64) {
	i, _ := slices.BinarySearch(d.bounds, v)
	d.buckets[i].Add(1)
	d.sum.Add(uint64(math.Round(v * 1e6)))
}

// into adds what was counted to h.
func (d *distribution) into(h *Histogram) {
	if h.Bounds == nil {
		h.Bounds, h.Counts = d.bounds, make([]uint64, len(d.bounds)+1)
	}
	for i := range h.Counts {
		h.Counts[i] += d.buckets[i].Load()
	}
	h.Sum += float64(d.sum.Load()) / 1e6
}

// judged is the quality of a shard's legs, each counted each 2 s.
type judged struct {
	mos, loss, jitter [2]distribution // in, out
	concealed         distribution
	roundTrip         distribution
}

// The bounds of the histograms: opinions at the limits of G.109, shares, seconds.
var (
	mosBounds    = []float64{1.5, 2, 2.58, 3.1, 3.6, 4.03, 4.2, 4.34, 4.4}
	shareBounds  = []float64{0, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}
	jitterBounds = []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2}
	tripBounds   = []float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1}
)

func (j *judged) init() {
	for way := range j.mos {
		j.mos[way].bounds, j.loss[way].bounds, j.jitter[way].bounds = mosBounds, shareBounds, jitterBounds
	}
	j.concealed.bounds, j.roundTrip.bounds = shareBounds, tripBounds
}

func (j *judged) add(in, out *Way, rtt time.Duration) {
	for way, w := range [2]*Way{in, out} {
		if !w.Known {
			continue
		}
		j.mos[way].add(w.MOS())
		j.loss[way].add(w.Loss)
		j.jitter[way].add(w.Jitter.Seconds())
	}
	j.concealed.add(in.Concealed)
	if rtt > 0 {
		j.roundTrip.add(rtt.Seconds())
	}
}

// Quality is the quality of all legs since the engine was made: each is judged every 2 s, over its last 10 s.
type Quality struct {
	In, Out   WayQuality
	Concealed Histogram // shares of the frames of the way in
	RoundTrip Histogram // in seconds
	Poor      int       // legs that are poor now
	WerePoor  uint64    // legs that became poor
}

// WayQuality is the quality of one direction.
type WayQuality struct {
	MOS, Loss, Jitter Histogram // opinions; shares; seconds
}

// Quality tells how the calls sound.
func (e *Engine) Quality() Quality {
	var q Quality
	for _, s := range e.shards {
		for way, to := range [2]*WayQuality{&q.In, &q.Out} {
			s.judged.mos[way].into(&to.MOS)
			s.judged.loss[way].into(&to.Loss)
			s.judged.jitter[way].into(&to.Jitter)
		}
		s.judged.concealed.into(&q.Concealed)
		s.judged.roundTrip.into(&q.RoundTrip)
		q.WerePoor += s.totals[poorLegs].Load()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.legs {
		if l.quality.poor.Load() {
			q.Poor++
		}
	}
	return q
}
