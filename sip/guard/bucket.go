package guard

import (
	"sync"
	"time"
)

// bucket is a token bucket in plain numbers, so that tables can hold many.
// Time is nanoseconds since the guard was made.
type bucket struct {
	tokens float32
	last   int64
}

// take takes one token. An untouched bucket is full.
func (b *bucket) take(r Rate, now int64) bool {
	if b.last == 0 {
		b.tokens = float32(r.Burst)
	} else if now > b.last {
		gained := float64(now-b.last) / float64(time.Second) * r.PerSecond
		b.tokens = float32(min(float64(b.tokens)+gained, float64(r.Burst)))
	}
	b.last = max(now, 1)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// gate is a bucket shared by all sources.
type gate struct {
	rate Rate

	mu     sync.Mutex
	bucket bucket
}

func (g *gate) take(now int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bucket.take(g.rate, now)
}
