package mixer

import (
	"sync"
	"sync/atomic"
)

// mailbox carries commands to a goroutine that looks into it at every tick: for the reader an empty one costs one
// atomic load. Posting never blocks and nothing is dropped; a mailbox holds what a few calls post within one tick.
type mailbox[T any] struct {
	full atomic.Bool

	mu    sync.Mutex
	queue []T // guarded by mu
}

func (m *mailbox[T]) post(v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = append(m.queue, v)
	m.full.Store(true)
}

// take empties the mailbox, oldest first.
func (m *mailbox[T]) take() []T {
	if !m.full.Load() {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.queue
	m.queue = nil
	m.full.Store(false)
	return q
}
