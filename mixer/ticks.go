package mixer

import (
	"slices"
	"sync/atomic"
	"time"
)

const (
	// window is over how many ticks the load is judged: 5 s.
	window = 256
	// tooBusy is the 95th percentile of the ticks' durations above which a shard takes no new legs: 60 % of a tick.
	tooBusy = Ptime * 60 / 100
)

// tickBounds are the upper bounds of the histogram of the ticks' durations; the last is open.
var tickBounds = [...]time.Duration{
	50 * time.Microsecond, 100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond,
	2 * time.Millisecond, 4 * time.Millisecond, 6 * time.Millisecond, 8 * time.Millisecond, 10 * time.Millisecond,
	12 * time.Millisecond, 16 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 100 * time.Millisecond,
}

// tickStats measures how much of its time a shard needs.
type tickStats struct {
	ticks, late, skipped atomic.Uint64
	sum                  atomic.Int64 // nanoseconds
	buckets              [len(tickBounds) + 1]atomic.Uint64
	p95                  atomic.Int64 // nanoseconds, over the window

	// owned by the shard
	tick   time.Duration  // of the phases of this tick so far
	last   [window]uint32 // microseconds
	sorted [window]uint32
	n      int
}

// p95Every is how often the percentile is taken, in ticks.
const p95Every = 16

// add counts the work of one phase.
func (t *tickStats) add(phase int, d time.Duration) {
	t.tick += d
	if phase != numPhases-1 {
		return
	}
	i, _ := slices.BinarySearch(tickBounds[:], t.tick)
	t.buckets[i].Add(1)
	t.sum.Add(int64(t.tick))
	t.ticks.Add(1)
	t.last[t.n%window] = uint32(min(t.tick.Microseconds(), int64(10*time.Second/time.Microsecond)))
	t.n++
	t.tick = 0
	if t.n%p95Every == 0 {
		sorted := t.sorted[:copy(t.sorted[:], t.last[:min(t.n, window)])]
		slices.Sort(sorted)
		t.p95.Store(int64(sorted[len(sorted)*95/100]) * int64(time.Microsecond))
	}
}

func (s *shard) overloaded() bool { return time.Duration(s.ticks.p95.Load()) > tooBusy }
