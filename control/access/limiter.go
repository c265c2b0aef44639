package access

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter bounds how often each key and token may ask: so many times a second, ten times as many at once. It remembers
// a bounded number of them; who is forgotten starts with a full allowance, which he had after so long anyway.
type Limiter struct {
	most int

	mu   sync.Mutex // guards all below
	all  map[string]*list.Element
	last *list.List // of *allowance, the latest used first
}

type allowance struct {
	who     string
	limiter *rate.Limiter
}

// burst is how many times the rate may come at once: a page that opens asks for everything together. (Tuned 2026-11.)
const burst = 10

// NewLimiter makes a limiter that remembers at most so many.
func NewLimiter(most int) *Limiter {
	return &Limiter{most: most, all: map[string]*list.Element{}, last: list.New()}
}

// Take asks for one request of somebody who may make perSecond of them. Zero: he may; else how long he has to wait.
func (l *Limiter) Take(who string, perSecond int, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.findLocked(who, perSecond).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

func (l *Limiter) findLocked(who string, perSecond int) *rate.Limiter {
	if e, ok := l.all[who]; ok {
		l.last.MoveToFront(e)
		return e.Value.(*allowance).limiter
	}
	if l.last.Len() >= l.most {
		oldest := l.last.Back()
		delete(l.all, oldest.Value.(*allowance).who)
		l.last.Remove(oldest)
	}
	a := &allowance{who, rate.NewLimiter(rate.Limit(perSecond), burst*perSecond)}
	l.all[who] = l.last.PushFront(a)
	return a.limiter
}
