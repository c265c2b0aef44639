package access

import (
	"container/list"
	"net/netip"
	"sync"
	"time"
)

// Failures slows down who tries credentials that are none: after some for free, each further one locks its source for
// twice as long. Right credentials are not asked about: behind a proxy many share one source, and nobody is to be shut
// out by a neighbour; secrets are too long to be found by trying.
type Failures struct {
	mu   sync.Mutex // guards all below
	all  map[netip.Prefix]*list.Element
	last *list.List // of *failing, the latest first
}

type failing struct {
	source netip.Prefix
	count  int
	at     time.Time // of the last failure that counted
	until  time.Time // locked
}

// Tuned 2026-11: a page whose token has run out asks a few times before it notices.
const (
	freeFailures   = 100
	firstLock      = time.Second
	longestLock    = 5 * time.Minute
	forgetFailures = 30 * time.Minute
	maxSources     = 10_000
)

// NewFailures knows of none.
func NewFailures() *Failures {
	return &Failures{all: map[netip.Prefix]*list.Element{}, last: list.New()}
}

// Add counts a failure. Not zero: the source is locked, and has to wait so long.
func (f *Failures) Add(source netip.Addr, now time.Time) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	who := f.findLocked(network(source))
	if now.Before(who.until) {
		return who.until.Sub(now) // the answer is known already: it does not count
	}
	if now.Sub(who.at) > forgetFailures {
		who.count = 0
	}
	who.count, who.at = who.count+1, now
	over := who.count - freeFailures
	if over <= 0 {
		return 0
	}
	lock := min(firstLock<<min(over-1, 20), longestLock)
	who.until = now.Add(lock)
	return lock
}

func (f *Failures) findLocked(source netip.Prefix) *failing {
	if e, ok := f.all[source]; ok {
		f.last.MoveToFront(e)
		return e.Value.(*failing)
	}
	if f.last.Len() >= maxSources {
		oldest := f.last.Back()
		delete(f.all, oldest.Value.(*failing).source)
		f.last.Remove(oldest)
	}
	who := &failing{source: source}
	f.all[source] = f.last.PushFront(who)
	return who
}

// network is what one client can hold of the address space.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // an address that is none: all of those count together
	}
	return p
}
