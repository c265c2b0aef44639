package phone

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// slot is the pacer's step. Telephones are spread over the slots of a packet
// time, so that their packets do not leave as one burst. Tuned 2026-11: finer
// steps cost more wake-ups than they smooth.
const slot = 2500 * time.Microsecond

// maxBehind is how many slots a stalled pacer makes good one by one; beyond
// that it skips, as a telephone whose processor stood still would.
const maxBehind = 80

// PacerStats say how well the telephones themselves kept time.
type PacerStats struct {
	Late    Histogram // how late each slot began
	Skipped uint64    // slots left out after a stall
}

// pacer sends and receives for all telephones of a set, from one goroutine.
type pacer struct {
	streams atomic.Pointer[[]*stream] // copied on change, so that the pacer reads without a lock
	nextOf  atomic.Int64              // round robin over the slots

	mu    sync.Mutex
	stats PacerStats

	stop chan struct{}
	done chan struct{}
}

func newPacer() *pacer {
	p := &pacer{stop: make(chan struct{}), done: make(chan struct{})}
	p.streams.Store(new([]*stream))
	return p
}

// add gives s its turns from now on.
func (p *pacer) add(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.next = -1 - p.nextOf.Add(1) // negative: to be placed by the pacer
	list := append(slices.Clone(*p.streams.Load()), s)
	p.streams.Store(&list)
}

// remove ends the turns of s. A turn that has begun may still be under way.
func (p *pacer) remove(s *stream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.DeleteFunc(slices.Clone(*p.streams.Load()), func(o *stream) bool { return o == s })
	p.streams.Store(&list)
}

// run keeps the schedule until close is called.
func (p *pacer) run() {
	defer close(p.done)
	w := &scratch{batch: NewBatch()}
	start, timer := time.Now(), time.NewTimer(slot)
	defer timer.Stop()
	for n := int64(1); ; n++ {
		due := start.Add(time.Duration(n) * slot)
		timer.Reset(time.Until(due))
		select {
		case <-p.stop:
			return
		case <-timer.C:
		}
		n += p.lateness(time.Since(due))
		p.turn(n, w)
	}
}

// lateness counts how late a slot begins and says how many to skip.
func (p *pacer) lateness(late time.Duration) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Late.Add(late)
	behind := int64(late / slot)
	if behind <= maxBehind {
		return 0
	}
	p.stats.Skipped += uint64(behind)
	return behind
}

// turn serves every telephone whose turn it is in slot n.
func (p *pacer) turn(n int64, w *scratch) {
	wall := wallOffset()
	for _, s := range *p.streams.Load() {
		if s.next < 0 { // new: the telephones go round the slots
			s.next = n + 1 + (-s.next)%int64(20*time.Millisecond/slot)
		}
		if n < s.next {
			continue
		}
		period := int64(s.ptime / slot)
		if missed := (n - s.next) / period; missed > 0 {
			s.skip(missed)
			s.next += missed * period
		}
		s.turn(w, wall)
		s.next += period
	}
}

// skip lets the timestamp go on over packets that were not sent.
func (s *stream) skip(packets int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tsRTP += uint32(packets) * uint32(s.samples())
}

// turn sends one packet and takes what has come.
func (s *stream) turn(w *scratch, wall int64) {
	s.turns.Lock()
	defer s.turns.Unlock()
	if s.closed {
		return
	}
	s.send(w)
	s.receive(w, wall)
}

// close ends the turns, and waits for one that is under way, before the socket is closed.
func (s *stream) close() error {
	s.turns.Lock()
	defer s.turns.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.sock.Close()
}

// snapshot is the stats so far.
func (p *pacer) snapshot() PacerStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

func (p *pacer) close() {
	close(p.stop)
	<-p.done
}
