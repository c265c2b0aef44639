package mixer

import "sync"

// reporter calls functions that shards may not call themselves, in order, on a goroutine of its own.
type reporter struct {
	wake chan struct{}

	mu      sync.Mutex
	queue   []func() // guarded by mu
	stopped bool     // guarded by mu
}

func newReporter() *reporter { return &reporter{wake: make(chan struct{}, 1)} }

// report has f called soon. After stop it is called at once: then no shard is left to be held up.
func (r *reporter) report(f func()) {
	r.mu.Lock()
	if r.stopped {
		r.mu.Unlock()
		f()
		return
	}
	r.queue = append(r.queue, f)
	r.mu.Unlock()
	r.signal()
}

func (r *reporter) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// stop lets run return when it has called what was reported before.
func (r *reporter) stop() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.signal()
}

func (r *reporter) run() {
	for range r.wake {
		r.mu.Lock()
		queue, stopped := r.queue, r.stopped
		r.queue = nil
		r.mu.Unlock()
		for _, f := range queue {
			f()
		}
		if stopped {
			return
		}
	}
}
