package phone

import "time"

// Histogram counts durations in steps of 250 µs up to 200 ms. The zero value is ready.
type Histogram struct {
	counts [801]uint32
	total  uint64
	max    time.Duration
}

const histogramStep = 250 * time.Microsecond

// Add counts d.
func (h *Histogram) Add(d time.Duration) {
	i := int(max(0, d) / histogramStep)
	h.counts[min(i, len(h.counts)-1)]++
	h.total++
	h.max = max(h.max, d)
}

// Merge adds the counts of other.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.max = max(h.max, other.max)
}

// Subtract takes the counts of an earlier copy of h away.
func (h *Histogram) Subtract(earlier *Histogram) {
	longest := time.Duration(0)
	for i, n := range earlier.counts {
		h.counts[i] -= min(n, h.counts[i])
		if h.counts[i] > 0 {
			longest = time.Duration(i+1) * histogramStep
		}
	}
	h.total -= min(earlier.total, h.total)
	if h.counts[len(h.counts)-1] == 0 {
		h.max = min(h.max, longest)
	}
}

// Count is how many were counted.
func (h *Histogram) Count() uint64 { return h.total }

// Max is the longest of all.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile is the duration below which the part q of all are, to 250 µs.
func (h *Histogram) Quantile(q float64) time.Duration {
	want := uint64(q * float64(h.total))
	var sum uint64
	for i, n := range h.counts {
		sum += uint64(n)
		if n > 0 && sum >= want {
			return min(time.Duration(i+1)*histogramStep, h.max)
		}
	}
	return h.max
}
