package guard

import (
	"fmt"
	"hash/maphash"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// PeerHeader is the header field in which the guard hands on a message's true
// source, as "192.0.2.1:5060" or "[2001:db8::1]:5060". A field of that name
// sent by a peer is removed.
const PeerHeader = "Partyline-Peer"

// ParsePeer reads the value of [PeerHeader].
func ParsePeer(value string) (netip.AddrPort, error) {
	peer, err := netip.ParseAddrPort(value)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("guard: parse peer: %w", err)
	}
	return peer, nil
}

// How long a transaction is remembered: a stranger's until it is over (64 T1,
// RFC 3261 §17.2), one of our own while the far end may still answer.
const (
	begunFor = 64 * time.Second
	askedFor = 10 * time.Minute
)

// Guard checks what comes in and answers what may not. See the package doc.
type Guard struct {
	// immutable
	opt   Options
	rules *rules
	seed  maphash.Seed
	start time.Time
	log   *slog.Logger
	bans  *slog.Logger

	scanners [][]byte

	// each guards itself
	counters       counters
	sources        *sources
	strangers      gate
	strangeInvites gate
	trustedInvites gate
	handshakes     gate
	refusals       gate     // of strangers
	busies         gate     // 503s to trusted sources
	begun          *pending // transactions of strangers that wait for a final reply
	asked          *pending // transactions of our own that wait for any
	conns          connCount
	sockets        atomic.Uint32
	scratch        sync.Pool // of *message
}

// New makes a guard; Options.Validate says beforehand whether they make sense.
func New(o Options) *Guard {
	o = o.withDefaults()
	return &Guard{
		opt:            o,
		rules:          newRules(o),
		seed:           maphash.MakeSeed(),
		start:          time.Now(),
		log:            slog.New(LimitLog(o.Logger.Handler())),
		bans:           slog.New(LimitLog(o.Logger.Handler())),
		scanners:       lowered(o.Scanners),
		sources:        newSources(o.Rates),
		strangers:      gate{rate: o.Rates.Strangers},
		strangeInvites: gate{rate: o.Rates.StrangeInvites},
		trustedInvites: gate{rate: o.Rates.TrustedInvites},
		handshakes:     gate{rate: o.Rates.Handshakes},
		refusals:       gate{rate: o.Rates.Refusals},
		busies:         gate{rate: o.Rates.Refusals},
		begun:          newPending(int64(begunFor)),
		asked:          newPending(int64(askedFor)),
		conns:          connCount{perSource: make(map[[16]byte]int)},
		scratch:        sync.Pool{New: func() any { return &message{fields: make([]field, 0, 32)} }},
	}
}

// Stats is what the guard has counted since it was made.
type Stats struct {
	Counts      map[string]uint64 // messages and events by reason, such as "passed_request", "banned", "refused_400"
	Connections int               // open now
	Banned      int               // sources, now
}

// Stats returns the counters.
func (g *Guard) Stats() Stats {
	return Stats{Counts: g.counters.snapshot(), Connections: g.conns.open(), Banned: g.sources.bans(g.now())}
}

// now is the guard's clock: nanoseconds since it was made, never zero.
func (g *Guard) now() int64 { return int64(time.Since(g.start)) + 1 }

func (g *Guard) trusted(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || g.opt.Trust(a)
}

// admit counts one message against its source's limit.
func (g *Guard) admit(a netip.Addr, now int64) bool {
	switch g.sources.admit(a, now) {
	case banned:
		g.counters.count(evBanned)
		return false
	case excess:
		g.banning(a, forRate, g.sources.bannedFor(a, now))
		return false
	case admitted:
	}
	return true
}
