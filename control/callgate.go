package control

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// CallLimits bound the calls that a bridge makes; all are required where there is a [Dialer].
type CallLimits struct {
	Parallel        int // calls at a time
	MeetingParallel int // the same of one meeting
	PerMinute       int // attempts
	PerHour         int
	PerDay          int // in 24 hours, as all days here
	MeetingPerDay   int // attempts of one meeting
	MinutesPerDay   int // of talk
}

const day = 24 * time.Hour

// callGate counts the calls of all meetings against their limits. It is exact whatever comes at a time, and safe for
// concurrent use.
type callGate struct {
	limits CallLimits

	mu       sync.Mutex // guards all below
	attempts []attempt  // of the last day, in order
	active   map[CallID]*activeCall
	talks    []talk // of the last day, that are over
	denied   map[string]uint64
	outcomes map[CallOutcome]uint64
}

type attempt struct {
	at      time.Time
	meeting MeetingID
	call    CallID
}

type activeCall struct {
	meeting MeetingID
	since   time.Time // of the answer; zero: nobody has answered
}

type talk struct{ from, to time.Time }

func newCallGate(l CallLimits) *callGate {
	return &callGate{limits: l, active: map[CallID]*activeCall{}, denied: map[string]uint64{}, outcomes: map[CallOutcome]uint64{}}
}

// reserve takes a place for a call, or says which limit is reached.
func (g *callGate) reserve(id CallID, meeting MeetingID, now time.Time) (limit string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.prune(now)
	for _, l := range []struct {
		name      string
		has, most int
		code      Code
		what      string
	}{
		{"parallel", len(g.active), g.limits.Parallel, CodeLimit, "calls at a time"},
		{"meeting_parallel", g.activeOf(meeting), g.limits.MeetingParallel, CodeLimit, "calls at a time of one meeting"},
		{"per_minute", g.since(now.Add(-time.Minute)), g.limits.PerMinute, CodeRateLimited, "calls a minute"},
		{"per_hour", g.since(now.Add(-time.Hour)), g.limits.PerHour, CodeRateLimited, "calls an hour"},
		{"per_day", len(g.attempts), g.limits.PerDay, CodeRateLimited, "calls in 24 hours"},
		{"meeting_per_day", g.attemptsOf(meeting), g.limits.MeetingPerDay, CodeRateLimited, "calls of one meeting in 24 hours"},
		{"minutes_per_day", int(g.talked(now) / time.Minute), g.limits.MinutesPerDay, CodeRateLimited, "minutes of calls in 24 hours"},
	} {
		if l.has >= l.most {
			return l.name, &Error{Code: l.code, Field: "to", Message: fmt.Sprintf("the bridge makes at most %d %s", l.most, l.what),
				Hint: "wait for calls to end, or ask the operator to raise dial_out." + l.name}
		}
	}
	g.attempts = append(g.attempts, attempt{at: now, meeting: meeting, call: id})
	g.active[id] = &activeCall{meeting: meeting}
	return "", nil
}

// undo takes back what reserve did.
func (g *callGate) undo(id CallID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.active, id)
	g.attempts = slices.DeleteFunc(g.attempts, func(a attempt) bool { return a.call == id })
}

// answered begins the talk of a call.
func (g *callGate) answered(id CallID, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.active[id]; c != nil && c.since.IsZero() {
		c.since = now
	}
}

// over ends a call; again does nothing.
func (g *callGate) over(id CallID, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c := g.active[id]; c != nil {
		g.close(id, c, now)
	}
}

func (g *callGate) close(id CallID, c *activeCall, now time.Time) {
	if !c.since.IsZero() {
		g.talks = append(g.talks, talk{c.since, now})
	}
	delete(g.active, id)
}

// drop ends what calls a meeting has left that nobody will tell of any more.
func (g *callGate) drop(meeting MeetingID, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for id, c := range g.active {
		if c.meeting == meeting {
			g.close(id, c, now)
		}
	}
}

// learn counts what a meeting's log knows of the last day, after a restart.
func (g *callGate) learn(meeting MeetingID, calls []OutgoingCall, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range calls {
		if now.Sub(c.At) < day {
			g.attempts = append(g.attempts, attempt{at: c.At, meeting: meeting, call: c.ID})
		}
		if !c.AnsweredAt.IsZero() && now.Sub(c.EndedAt) < day {
			g.talks = append(g.talks, talk{c.AnsweredAt, c.EndedAt})
		}
	}
	slices.SortFunc(g.attempts, func(a, b attempt) int { return a.at.Compare(b.at) })
}

// goesOn counts a call that has outlived a restart.
func (g *callGate) goesOn(c OutgoingCall, meeting MeetingID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.active[c.ID] = &activeCall{meeting: meeting, since: c.AnsweredAt}
}

func (g *callGate) deny(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.denied[why]++
}

func (g *callGate) ended(o CallOutcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.outcomes[o]++
}

// stats fills in what is counted of calls.
func (g *callGate) stats(s *Stats) {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.CallsOut, s.CallsDenied, s.CallsEnded = len(g.active), maps.Clone(g.denied), maps.Clone(g.outcomes)
}

// prune forgets what is older than a day.
func (g *callGate) prune(now time.Time) {
	old := now.Add(-day)
	g.attempts = slices.DeleteFunc(g.attempts, func(a attempt) bool { return !a.at.After(old) })
	g.talks = slices.DeleteFunc(g.talks, func(t talk) bool { return !t.to.After(old) })
}

func (g *callGate) since(at time.Time) (n int) {
	for _, a := range slices.Backward(g.attempts) {
		if !a.at.After(at) {
			break
		}
		n++
	}
	return n
}

func (g *callGate) attemptsOf(meeting MeetingID) (n int) {
	for _, a := range g.attempts {
		if a.meeting == meeting {
			n++
		}
	}
	return n
}

func (g *callGate) activeOf(meeting MeetingID) (n int) {
	for _, c := range g.active {
		if c.meeting == meeting {
			n++
		}
	}
	return n
}

// talked is how long was talked within the last day.
func (g *callGate) talked(now time.Time) (total time.Duration) {
	from := now.Add(-day)
	add := func(t talk) { total += t.to.Sub(later(t.from, from)) }
	for _, t := range g.talks {
		add(t)
	}
	for _, c := range g.active {
		if !c.since.IsZero() {
			add(talk{c.since, now})
		}
	}
	return total
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
