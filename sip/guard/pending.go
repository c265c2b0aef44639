package guard

import "sync"

// The pending tables: 4,096 sets of 8 places, 24 bytes each.
const (
	pendingSets = 1 << 12
	pendingWays = 8
)

// pendingEntry is one transaction, known by a hash.
type pendingEntry struct {
	key    uint64
	until  int64
	size   uint32 // bytes of the request
	credit uint8  // final replies that may still go out
}

// pending remembers transactions for a while, the newest in each set. One
// holds those that strangers began, another those that we began.
type pending struct {
	ttl int64

	mu   sync.Mutex
	sets [][pendingWays]pendingEntry
}

func newPending(ttl int64) *pending {
	return &pending{ttl: ttl, sets: make([][pendingWays]pendingEntry, pendingSets)}
}

// add counts one request packet of a transaction.
func (p *pending) add(key uint64, size int, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	set := &p.sets[key%pendingSets]
	at := &set[0]
	for i := range set {
		e := &set[i]
		if e.key == key && now < e.until {
			at = e
			break
		}
		if e.until < at.until {
			at = e
		}
	}
	if at.key != key || now >= at.until {
		*at = pendingEntry{key: key}
	}
	at.until = now + p.ttl
	at.size = uint32(size)
	at.credit = min(at.credit+1, 3)
}

// known reports whether a transaction is remembered.
func (p *pending) known(key uint64, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.find(key, now) != nil
}

// spend takes the right to one final reply and returns the size of the request
// it answers.
func (p *pending) spend(key uint64, now int64) (size int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.find(key, now)
	if e == nil || e.credit == 0 {
		return 0, false
	}
	e.credit--
	return int(e.size), true
}

func (p *pending) find(key uint64, now int64) *pendingEntry {
	set := &p.sets[key%pendingSets]
	for i := range set {
		if e := &set[i]; e.key == key && now < e.until {
			return e
		}
	}
	return nil
}
