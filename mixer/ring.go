package mixer

import (
	"sync/atomic"

	"partyline/mixer/media"
)

const (
	// ringSize is the room for a leg's events; a power of two.
	ringSize = 64
	// ringReserve is what keys leave free, so that a storm of them costs nothing but keys.
	ringReserve = 16
)

// ring holds a leg's events between its shard, which alone puts, and the leg's goroutine, which alone takes.
// Overflow refuses the newest; the caller counts it.
type ring struct {
	events [ringSize]media.Event
	head   atomic.Uint32 // of the next to take
	tail   atomic.Uint32 // of the next to put
	notify chan struct{}
}

// put adds an event unless fewer than reserve places would stay free.
func (r *ring) put(e media.Event, reserve uint32) bool {
	tail := r.tail.Load()
	if tail-r.head.Load()+reserve >= ringSize {
		return false
	}
	r.events[tail%ringSize] = e
	r.tail.Store(tail + 1)
	select {
	case r.notify <- struct{}{}:
	default:
	}
	return true
}

func (r *ring) take(buf []media.Event) int {
	head, tail := r.head.Load(), r.tail.Load()
	n := min(len(buf), int(tail-head))
	for i := range n {
		buf[i] = r.events[(head+uint32(i))%ringSize]
	}
	r.head.Store(head + uint32(n))
	return n
}
