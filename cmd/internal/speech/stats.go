package speech

import (
	"errors"
	"sync"
	"time"
)

// Stats are a service's counters.
type Stats struct {
	Spoken, Failed, Unspoken uint64 // texts: to the end, not to the end, not at all for want of an engine
	Hits, Misses             uint64 // of the cache
	Entries, Bytes           int    // in the cache
	Waiting                  int    // texts being made, or waiting for that
	First                    Histogram
	Engines                  []EngineStats
}

// EngineStats are one engine's.
type EngineStats struct {
	Name           string
	Spoken, Failed uint64 // pieces
	Ready          bool   // it is not being left alone after a failure
}

// Histogram has the number of values up to each bound, and of those above the last one.
type Histogram struct {
	Bounds []float64 // seconds
	Counts []uint64
	Sum    float64
}

// firstBounds are those of the time to the first sound.
var firstBounds = [...]float64{0.025, 0.05, 0.1, 0.2, 0.4, 0.7, 1, 2, 5, 10}

type counts struct {
	mu                       sync.Mutex
	spoken, failed, unspoken uint64                       // guarded by mu
	buckets                  [len(firstBounds) + 1]uint64 // guarded by mu
	sum                      float64                      // guarded by mu
}

// text counts a text.
func (c *counts) text(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err == nil:
		c.spoken++
	case errors.Is(err, ErrNoEngine):
		c.unspoken++
	default:
		c.failed++
	}
}

// first counts the time to the first sound of a text that was not in the cache.
func (c *counts) first(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := 0
	for i < len(firstBounds) && d.Seconds() > firstBounds[i] {
		i++
	}
	c.buckets[i]++
	c.sum += d.Seconds()
}

// Stats reads the counters.
func (s *Service) Stats() Stats {
	s.mu.Lock()
	st := Stats{
		Hits: s.cache.hits, Misses: s.cache.misses, Entries: s.cache.recent.Len(), Bytes: s.cache.bytes, Waiting: s.waiting,
	}
	s.mu.Unlock()
	c := &s.counts
	c.mu.Lock()
	st.Spoken, st.Failed, st.Unspoken = c.spoken, c.failed, c.unspoken
	st.First = Histogram{Bounds: firstBounds[:], Counts: append([]uint64(nil), c.buckets[:]...), Sum: c.sum}
	c.mu.Unlock()
	for _, d := range s.desks {
		ready := d.ready(time.Now())
		d.mu.Lock()
		st.Engines = append(st.Engines, EngineStats{Name: d.engine.Name(), Spoken: d.spoken, Failed: d.failed, Ready: ready})
		d.mu.Unlock()
	}
	return st
}
