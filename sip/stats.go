package sip

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Stats are counters since the start.
type Stats struct {
	Calls        int                // running now
	Invites      uint64             // initial INVITEs
	Answered     uint64             // calls whose ACK came, or whose ACK we sent
	Dialed       uint64             // calls of our own
	Retransmits  uint64             // of 2xx
	OutOfOrder   uint64             // requests refused because a later one had been answered
	StrayReplies uint64             // that answer nothing
	KeyCopies    uint64             // keys that had come by another way already
	Refused      map[int]uint64     // requests by the status of the refusal
	Refreshes    uint64             // of sessions, by us
	Ended        map[EndKind]uint64 // legs by how they ended
}

type counters struct {
	invites, answered, dialed, retransmits, outOfOrder, strayReplies, keyCopies, refreshes atomic.Uint64

	mu      sync.Mutex
	refused map[int]uint64
	ended   map[EndKind]uint64
}

func (c *counters) refusedWith(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refused == nil {
		c.refused = make(map[int]uint64)
	}
	c.refused[status]++
}

func (c *counters) endedBy(k EndKind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended == nil {
		c.ended = make(map[EndKind]uint64)
	}
	c.ended[k]++
}

// Stats returns the counters.
func (u *UA) Stats() Stats {
	s := Stats{
		Calls:        u.legs.len(),
		Invites:      u.count.invites.Load(),
		Answered:     u.count.answered.Load(),
		Dialed:       u.count.dialed.Load(),
		Retransmits:  u.count.retransmits.Load(),
		OutOfOrder:   u.count.outOfOrder.Load(),
		StrayReplies: u.count.strayReplies.Load(),
		Refreshes:    u.count.refreshes.Load(),
		KeyCopies:    u.count.keyCopies.Load(),
	}
	u.count.mu.Lock()
	defer u.count.mu.Unlock()
	s.Refused, s.Ended = maps.Clone(u.count.refused), maps.Clone(u.count.ended)
	return s
}
