package guard

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// The sources table: 16,384 sets of 4 places, 3 MiB, most of it untouched
// unless attacked. What a flood from more sources than this does is bounded by
// the overall rates.
const (
	sourceSets = 1 << 14
	sourceWays = 4
)

// source is what is known of one untrusted source.
type source struct {
	key     [16]byte // zero: free
	bucket  bucket
	banned  int64 // until
	strikes uint8 // bans in a row
}

// sources limits each untrusted source by itself.
type sources struct {
	rate Rate
	ban  time.Duration
	seed maphash.Seed

	mu   sync.Mutex
	sets [][sourceWays]source
	ends int64 // when the last ban ends: no look-up is needed after it
}

func newSources(r Rates) *sources {
	return &sources{rate: r.Source, ban: r.Ban, seed: maphash.MakeSeed(), sets: make([][sourceWays]source, sourceSets)}
}

// sourceKey counts IPv6 by /64, which is what one subscriber gets.
func sourceKey(a netip.Addr) [16]byte {
	a = a.Unmap()
	if a.Is4() {
		return a.As16()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.As16()
	}
	return p.Addr().As16()
}

// admission is what the table says of one message.
type admission uint8

const (
	admitted admission = iota
	excess             // over the limit; banned from now on
	banned
)

// admit counts one message of a source.
func (s *sources) admit(a netip.Addr, now int64) admission {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.place(sourceKey(a), now)
	if now < e.banned {
		return banned
	}
	if e.bucket.take(s.rate, now) {
		return admitted
	}
	s.punish(e, now)
	return excess
}

// isBanned looks without counting.
func (s *sources) isBanned(a netip.Addr, now int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now >= s.ends {
		return false
	}
	key := sourceKey(a)
	for i := range s.set(key) {
		if e := &s.set(key)[i]; e.key == key {
			return now < e.banned
		}
	}
	return false
}

// punish bans a source; a repeated offence soon after the last doubles the
// time, up to eightfold. A fourfold time without one forgives.
func (s *sources) punish(e *source, now int64) {
	if e.banned != 0 && now-e.banned < 4*int64(s.ban) {
		e.strikes = min(e.strikes+1, 3)
	} else {
		e.strikes = 0
	}
	e.banned = now + int64(s.ban)<<e.strikes
	s.ends = max(s.ends, e.banned)
}

func (s *sources) set(key [16]byte) *[sourceWays]source {
	return &s.sets[maphash.Bytes(s.seed, key[:])%sourceSets]
}

// place finds a source's place. A new source takes a free place, else that of
// the source heard longest ago, sparing banned ones while it can.
func (s *sources) place(key [16]byte, now int64) *source {
	set := s.set(key)
	victim := &set[0]
	for i := range set {
		e := &set[i]
		if e.key == key {
			return e
		}
		if worth(e, now) < worth(victim, now) {
			victim = e
		}
	}
	*victim = source{key: key}
	return victim
}

func worth(e *source, now int64) int64 {
	if e.banned > now {
		return e.banned
	}
	return e.bucket.last
}
