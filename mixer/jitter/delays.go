package jitter

import (
	"math"
	"slices"
	"time"
)

// Tuned constants; the quantile and the forgetting are NetEq's, the rest was found with the tables of the tests.
const (
	histogramMS  = 250 // later packets count as so late
	weight       = 64  // of one packet in the histogram
	learnEvery   = 32  // packets; and every 8 in the beginning
	forgetQ8     = 148 // 0.983 to the power of 32, times 256
	lateShareQ8  = 13  // 5 % times 256
	unknownUntil = 48  // packets, before which the start margin counts

	baseWindow = int64(time.Second)
	peakSlots  = 8
	driftNanos = 300                          // per millisecond without packets: a clock may be 300 ppm off
	peakExtra  = int64(20 * time.Millisecond) // is kept for the latest packets of a calm leg
)

// delays learns how late packets usually are, compared with the fastest ones of the last seconds, in a histogram that
// forgets.
type delays struct {
	// The smallest transit of the previous and of the current second. A transit is an arrival minus a timestamp; only
	// differences between transits mean anything.
	previous, current int64
	since             int64
	known             bool

	seen      int
	histogram [histogramMS]uint16
	sum       uint32
	quantile  int64 // 95 % of the packets are at most so late

	peaks [peakSlots]int64 // the latest packet of each of the last seconds
}

// base is the transit of the fastest packets.
func (d *delays) base() int64 { return min(d.previous, d.current) }

// tail is what a delay that is long enough for the latest packets of the last seconds has above the quantile, within
// reason: a calm leg is spared every gap, one with much jitter is not delayed for its latest packets as well.
func (d *delays) tail() int64 {
	latest := slices.Max(d.peaks[:])
	return min(max(latest-d.quantile, 0), max(peakExtra-d.quantile/2, 0))
}

// newTimeline forgets the fastest packets, for timestamps now mean something else. The histogram stays.
func (d *delays) newTimeline() { d.known = false }

// add learns from one packet.
func (d *delays) add(arrival, transit int64) {
	d.rotate(arrival, transit)
	d.current = min(d.current, transit)
	late := transit - d.base()
	d.peaks[0] = max(d.peaks[0], late)
	bucket := min(max(late/int64(time.Millisecond), 0), histogramMS-1)
	d.histogram[bucket] += weight
	d.sum += weight
	d.seen++
	if d.seen%learnEvery == 0 {
		d.learn()
		d.forget()
	} else if d.seen < learnEvery && d.seen%8 == 0 {
		d.learn()
	}
}

// rotate begins a new second when it is time.
func (d *delays) rotate(arrival, transit int64) {
	if !d.known {
		d.known, d.since = true, arrival
		d.previous, d.current = math.MaxInt64, transit
		d.peaks = [peakSlots]int64{}
		return
	}
	passed := arrival - d.since
	if passed >= 0 && passed < baseWindow {
		return
	}
	if passed >= 2*baseWindow { // a pause: the fastest packets from before it still count, as far as clocks can be trusted
		d.current = d.base() + (passed-baseWindow)/int64(time.Millisecond)*driftNanos
	}
	copy(d.peaks[1:], d.peaks[:])
	d.peaks[0] = 0
	d.previous, d.current, d.since = d.current, transit, arrival
}

// learn finds the quantile.
func (d *delays) learn() {
	allowed := d.sum * lateShareQ8 >> 8
	var later uint32
	i := histogramMS - 1
	for ; i > 0; i-- {
		if later += uint32(d.histogram[i]); later > allowed {
			break
		}
	}
	d.quantile = int64(i)*int64(time.Millisecond) + int64(time.Millisecond)/2
}

// forget lets old packets count less.
func (d *delays) forget() {
	d.sum = 0
	for i, w := range d.histogram {
		w = uint16(uint32(w) * forgetQ8 >> 8)
		d.histogram[i] = w
		d.sum += uint32(w)
	}
}

// grid is how the ends of the packets lie between those of the frames: the greatest number of samples that divides
// a frame and every packet of the last seconds.
type grid struct {
	frame             int
	previous, current int
	packets           int
}

func (g *grid) init(frame int) { *g = grid{frame: frame, previous: frame, current: frame} }

// add learns the length of one packet.
func (g *grid) add(samples int) {
	a, b := g.current, samples
	for b > 0 {
		a, b = b, a%b
	}
	g.current = a
	if g.packets++; g.packets >= learnEvery {
		g.previous, g.current, g.packets = g.current, g.frame, 0
	}
}

// samples is the grid.
func (g *grid) samples() int { return min(g.previous, g.current) }
