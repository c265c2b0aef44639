package attendant

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"partyline/control"
)

// GuessLimits bound how often wrong codes may be tried.
type GuessLimits struct {
	PerSource int           // wrong codes of one source that are free
	FirstLock time.Duration // the lock after one more; it doubles with each further one
	LongLock  time.Duration // the longest lock of a source
	Forget    time.Duration // a source without wrong codes for so long starts afresh
	Burst     int           // wrong codes of all sources together at once …
	PerHour   int           // … and how many more become free in an hour
	KnownHour int           // the same for sources that have keyed in a right code, beside PerHour
	Sources   int           // how many sources are remembered; the oldest is forgotten first
}

// DefaultGuessLimits allow fewer than 10,000 wrong codes a day from however many sources: with codes of 9
// digits a chance below 1 in 100,000 per meeting and day. Chosen November 2026: at 20 wrong codes per
// 10 minutes and meeting, the usual limit, a code of 6 digits falls in 0.3 % of the days.
func DefaultGuessLimits() GuessLimits {
	return GuessLimits{
		PerSource: 6, FirstLock: 30 * time.Second, LongLock: time.Hour, Forget: 24 * time.Hour,
		Burst: 100, PerHour: 330, KnownHour: 60, Sources: 10_000,
	}
}

// guesses remembers wrong codes. It is safe for concurrent use and bounded.
type guesses struct {
	limits GuessLimits

	mu      sync.Mutex // guards all below
	sources map[string]*list.Element
	age     *list.List // of *guesser, the latest first
	strange bucket     // of sources that never knew a code
	known   bucket     // of sources that did

	pins map[control.MeetingID]*pinGuesses
}

// guesser is one source of codes.
type guesser struct {
	source string
	wrong  int
	last   time.Time // of the last wrong code
	locked time.Time // until when
	known  bool      // has keyed in a right code
}

func newGuesses(l GuessLimits) *guesses {
	return &guesses{
		limits: l, sources: make(map[string]*list.Element), age: list.New(), pins: make(map[control.MeetingID]*pinGuesses),
		strange: bucket{level: float64(l.Burst), size: l.Burst, perHour: l.PerHour},
		known:   bucket{level: float64(l.Burst), size: l.Burst, perHour: l.KnownHour},
	}
}

// locked says whether the source itself has to wait.
func (g *guesses) locked(source string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.sources[source]
	return ok && now.Before(e.Value.(*guesser).locked)
}

// allowed says whether a code of the source may be looked at now. Whether the code is right makes no difference.
func (g *guesses) allowed(source string, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	who := g.find(source, now)
	return !now.Before(who.locked) && g.bucketOf(who).has(now)
}

// wrong counts a wrong code.
func (g *guesses) wrong(source string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	who := g.find(source, now)
	g.bucketOf(who).take(now)
	who.count(g.limits, now)
}

// count notes a wrong code.
func (who *guesser) count(l GuessLimits, now time.Time) {
	who.wrong++
	who.last = now
	if over := who.wrong - l.PerSource; over > 0 {
		who.locked = now.Add(doubled(l.FirstLock, over, l.LongLock))
	}
}

// right remembers that the source knows a code. Its wrong ones still count: it may know one and guess another.
func (g *guesses) right(source string, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.find(source, now).known = true
}

func (g *guesses) bucketOf(who *guesser) *bucket {
	if who.known {
		return &g.known
	}
	return &g.strange
}

// find returns the source's entry, made anew if it is not known or forgotten, as the latest used.
func (g *guesses) find(source string, now time.Time) *guesser {
	if e, ok := g.sources[source]; ok {
		g.age.MoveToFront(e)
		who := e.Value.(*guesser)
		if now.Sub(who.last) > g.limits.Forget {
			who.wrong = 0
		}
		return who
	}
	if g.age.Len() >= g.limits.Sources {
		oldest := g.age.Back()
		delete(g.sources, oldest.Value.(*guesser).source)
		g.age.Remove(oldest)
	}
	who := &guesser{source: source}
	g.sources[source] = g.age.PushFront(who)
	return who
}

// bucket is a budget of wrong codes that fills up again with time.
type bucket struct {
	level         float64
	size, perHour int
	at            time.Time
}

func (b *bucket) fill(now time.Time) {
	if !now.After(b.at) {
		return
	}
	if !b.at.IsZero() {
		b.level = min(float64(b.size), b.level+now.Sub(b.at).Hours()*float64(b.perHour))
	}
	b.at = now
}

func (b *bucket) has(now time.Time) bool {
	b.fill(now)
	return b.level >= 1
}

// take may go below zero: codes that were looked at together all count.
func (b *bucket) take(now time.Time) {
	b.fill(now)
	b.level--
}

// guessSource names where a call's codes come from. Behind a trunk one address stands for everybody, so
// there the caller's number counts; elsewhere a number costs nothing and the network counts.
func guessSource(c control.Call) string {
	ip := c.Source.Addr().Unmap()
	if c.Trusted && c.From != "" {
		return ip.String() + " " + c.From[:min(len(c.From), 64)]
	}
	if ip.Is6() {
		return netip.PrefixFrom(ip, 64).Masked().String()
	}
	return ip.String()
}
