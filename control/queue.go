package control

import (
	"sync"
	"sync/atomic"
)

// maxQueue bounds the commands that wait for the owner. Past it new ones are refused; facts never are.
const maxQueue = 4096

// op is one thing that the owner is to do.
type op struct {
	run     func(m *Meeting) // on the owner goroutine
	refuse  func(err error)  // instead of run, on any goroutine
	fact    bool             // never refused for want of room
	claimed atomic.Bool      // begun by the owner, or given up by who asked
}

func (o *op) claim() bool { return o.claimed.CompareAndSwap(false, true) }

// queue is the inbox of an owner. Putting something in never blocks.
type queue struct {
	wake chan struct{} // capacity 1: something may be in the queue

	mu     sync.Mutex
	ops    []*op // guarded by mu
	closed bool  // guarded by mu
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// put queues an op, or says why not.
func (q *queue) put(o *op) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return Errorf(CodeShutdown, "the meeting takes no more commands")
	case !o.fact && len(q.ops) >= maxQueue:
		return Errorf(CodeOverloaded, "the meeting has too many commands waiting")
	}
	q.ops = append(q.ops, o)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return nil
}

// take empties the queue.
func (q *queue) take() []*op {
	q.mu.Lock()
	defer q.mu.Unlock()
	ops := q.ops
	q.ops = nil
	return ops
}

// close refuses what comes from now on, and returns what is still waiting.
func (q *queue) close() []*op {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	ops := q.ops
	q.ops = nil
	return ops
}
