package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// PortRest is how long a port is left alone after its leg has gone, so that a late packet of the one before finds nobody.
const PortRest = 30 * time.Second

// ErrNoPorts says that every port of the range is used, resting or taken by another program.
var ErrNoPorts = errors.New("media: no free RTP port")

// PoolOptions configures a Pool.
type PoolOptions struct {
	Min, Max uint16                             // the range; required; RTP takes its even ports, RTCP the odd ones above
	Rest     time.Duration                      // 0: PortRest
	Listen   func(netip.AddrPort) (Conn, error) // nil: ListenMarked
	DSCP     uint8                              // for ListenMarked
}

// Pool gives out pairs of sockets on random even ports of a range. Safe for concurrent use.
type Pool struct {
	first  int // the lowest even port
	rest   time.Duration
	listen func(netip.AddrPort) (Conn, error)

	mu    sync.Mutex
	slots []slot // by (port - first) / 2
	used  int
}

type slot struct {
	used  bool
	until time.Time // rests until
}

// NewPool checks the range.
func NewPool(o PoolOptions) (*Pool, error) {
	first := (int(o.Min) + 1) &^ 1
	pairs := (int(o.Max) + 1 - first) / 2
	if first == 0 || pairs < 1 {
		return nil, fmt.Errorf("media: port range %d-%d holds no pair of an even and the next port", o.Min, o.Max)
	}
	p := &Pool{first: first, rest: o.Rest, listen: o.Listen, slots: make([]slot, pairs)}
	if p.rest == 0 {
		p.rest = PortRest
	}
	if p.listen == nil {
		p.listen = func(addr netip.AddrPort) (Conn, error) { return ListenMarked(addr, o.DSCP) }
	}
	return p, nil
}

// Pair is the two sockets of a leg.
type Pair struct {
	RTP, RTCP Conn

	pool *Pool
	slot int
	once sync.Once
	err  error
}

// Open binds a pair on addr: the first that can be bound, from a random place on.
func (p *Pool) Open(addr netip.Addr) (*Pair, error) {
	var failed error
	start := rand.IntN(len(p.slots))
	for i := range p.slots {
		n := (start + i) % len(p.slots)
		if !p.take(n, false) {
			continue
		}
		pair, err := p.bind(addr, n)
		if err == nil {
			return pair, nil
		}
		p.give(n, 0)
		failed = err
		if i > 0 && i%maxBindTries == 0 {
			break
		}
	}
	return nil, errors.Join(ErrNoPorts, failed)
}

// maxBindTries bounds how far Open looks when ports that it believes free cannot be bound.
const maxBindTries = 256

// OpenAt binds the pair whose RTP address is addr, resting or not: for a leg that is resumed.
func (p *Pool) OpenAt(addr netip.AddrPort) (*Pair, error) {
	n := (int(addr.Port()) - p.first) / 2
	if addr.Port()%2 != 0 || int(addr.Port()) < p.first || n >= len(p.slots) {
		return nil, fmt.Errorf("media: port %d is not an even port of the range", addr.Port())
	}
	if !p.take(n, true) {
		return nil, fmt.Errorf("media: port %d is in use", addr.Port())
	}
	pair, err := p.bind(addr.Addr(), n)
	if err != nil {
		p.give(n, 0)
		return nil, err
	}
	return pair, nil
}

func (p *Pool) bind(addr netip.Addr, n int) (*Pair, error) {
	port := uint16(p.first + 2*n)
	rtp, err := p.listen(netip.AddrPortFrom(addr, port))
	if err != nil {
		return nil, err
	}
	rtcp, err := p.listen(netip.AddrPortFrom(addr, port+1))
	if err != nil {
		return nil, errors.Join(err, rtp.Close())
	}
	return &Pair{RTP: rtp, RTCP: rtcp, pool: p, slot: n}, nil
}

func (p *Pool) take(n int, resting bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.slots[n]
	if s.used || (!resting && time.Now().Before(s.until)) {
		return false
	}
	s.used = true
	p.used++
	return true
}

func (p *Pool) give(n int, rest time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots[n] = slot{until: time.Now().Add(rest)}
	p.used--
}

// Close closes both sockets and lets their ports rest. Idempotent.
func (p *Pair) Close() error {
	p.once.Do(func() {
		p.err = errors.Join(p.RTP.Close(), p.RTCP.Close())
		p.pool.give(p.slot, p.pool.rest)
	})
	return p.err
}

// Usage says how many pairs are in use and how many there are.
func (p *Pool) Usage() (used, pairs int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used, len(p.slots)
}
