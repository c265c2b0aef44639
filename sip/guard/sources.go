package guard

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// The sources table: 16,384 sets of 4 places, 4 MiB, most of it untouched
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
	faults  bucket // of its offences
	banned  int64  // until
	strikes uint8  // bans in a row
}

// sources limits each untrusted source by itself.
type sources struct {
	rate     Rate
	offences Rate
	ban      time.Duration
	seed     maphash.Seed

	mu   sync.Mutex
	sets [][sourceWays]source
	ends int64 // when the last ban ends: no look-up is needed after it
}

func newSources(r Rates) *sources {
	return &sources{rate: r.Source, offences: r.Offences, ban: r.Ban, seed: maphash.MakeSeed(), sets: make([][sourceWays]source, sourceSets)}
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

// offend counts an offence of a source, or bans it at once if once is enough. It returns for how long the source is banned
// now; 0: it is not, or was already.
func (s *sources) offend(a netip.Addr, atOnce bool, now int64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.place(sourceKey(a), now)
	if now < e.banned || !atOnce && e.faults.take(s.offences, now) {
		return 0
	}
	e.bucket.last = max(e.bucket.last, now, 1) // one that was not heard of yet is not the first to be forgotten
	e.faults = bucket{}
	s.punish(e, now)
	return time.Duration(e.banned - now)
}

// bannedFor says for how much longer a source is banned, without counting.
func (s *sources) bannedFor(a netip.Addr, now int64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Duration(max(0, s.place(sourceKey(a), now).banned-now))
}

// bans counts the sources that are banned.
func (s *sources) bans(now int64) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now >= s.ends {
		return 0
	}
	for i := range s.sets {
		for j := range s.sets[i] {
			if now < s.sets[i][j].banned {
				n++
			}
		}
	}
	return n
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
