package uatest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/mixer/media"
	"partyline/sip"
)

// Journal is what happened to a fake, in order. It is safe for concurrent use.
type Journal struct {
	mu      sync.Mutex
	entries []string
	changed chan struct{}
}

func (j *Journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, fmt.Sprintf(format, args...))
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// Entries returns what has happened so far.
func (j *Journal) Entries() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.entries)
}

// Await waits until an entry is there.
func (j *Journal) Await(t testing.TB, entry string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		j.mu.Lock()
		if slices.Contains(j.entries, entry) {
			j.mu.Unlock()
			return
		}
		if j.changed == nil {
			j.changed = make(chan struct{})
		}
		changed := j.changed
		j.mu.Unlock()
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("no %q in %q", entry, j.Entries())
		}
	}
}

// Media is a fake of the mixer. The zero value is usable.
type Media struct {
	Err    error  // of Open, if it is to fail
	Opened func() // called by Open, if set

	mu   sync.Mutex
	legs map[control.LegID]*MediaLeg
	port uint16
}

// Open makes a fake leg.
func (m *Media) Open(leg control.LegID, local netip.Addr) (sip.MediaLeg, error) {
	if m.Err != nil {
		return nil, m.Err
	}
	if m.Opened != nil {
		m.Opened()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.port += 2
	return m.newLegLocked(leg, netip.AddrPortFrom(local, 20000+m.port)), nil
}

// Resume makes a fake leg with the address of the state.
func (m *Media) Resume(leg control.LegID, s media.State) (sip.MediaLeg, error) {
	if m.Err != nil {
		return nil, m.Err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.newLegLocked(leg, s.Local)
	l.spec = s.Spec
	l.add("resumed")
	return l, nil
}

func (m *Media) newLegLocked(id control.LegID, local netip.AddrPort) *MediaLeg {
	if m.legs == nil {
		m.legs = make(map[control.LegID]*MediaLeg)
	}
	l := &MediaLeg{local: local, notify: make(chan struct{}, 1)}
	m.legs[id] = l
	return l
}

// Leg returns the fake leg of that name, or nil.
func (m *Media) Leg(id control.LegID) *MediaLeg {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.legs[id]
}

// MediaLeg is a fake leg.
type MediaLeg struct {
	Journal
	local  netip.AddrPort
	notify chan struct{}

	specMu sync.Mutex
	spec   media.Spec
	events []media.Event
}

// LocalAddr is made up.
func (l *MediaLeg) LocalAddr() netip.AddrPort { return l.local }

// Start records.
func (l *MediaLeg) Start(s media.Spec) { l.set("start", s) }

// Update records.
func (l *MediaLeg) Update(s media.Spec) { l.set("update", s) }

func (l *MediaLeg) set(what string, s media.Spec) {
	l.specMu.Lock()
	l.spec = s
	l.specMu.Unlock()
	l.add("%s", what)
}

// Spec is the last one that was set.
func (l *MediaLeg) Spec() media.Spec {
	l.specMu.Lock()
	defer l.specMu.Unlock()
	return l.spec
}

// Notify is signalled by Report.
func (l *MediaLeg) Notify() <-chan struct{} { return l.notify }

// Report makes the leg report events.
func (l *MediaLeg) Report(events ...media.Event) {
	l.specMu.Lock()
	l.events = append(l.events, events...)
	l.specMu.Unlock()
	select {
	case l.notify <- struct{}{}:
	default:
	}
}

// Drain returns what was reported.
func (l *MediaLeg) Drain(buf []media.Event) int {
	l.specMu.Lock()
	defer l.specMu.Unlock()
	n := copy(buf, l.events)
	l.events = l.events[n:]
	return n
}

// Detach records and returns a state.
func (l *MediaLeg) Detach(context.Context) (media.State, error) {
	l.add("detached")
	return media.State{Spec: l.Spec(), Local: l.local, SSRC: 1234, Seq: 77, TSRTP: 99}, nil
}

// Close records.
func (l *MediaLeg) Close() { l.add("closed") }

// Admitter is a fake of the attendant: it takes every call, unless told otherwise.
type Admitter struct {
	Decide func(control.Call) error // nil: everybody may come in

	mu      sync.Mutex
	callers []*Caller
	changed chan struct{}
}

// Admit records the call.
func (a *Admitter) Admit(call control.Call, line control.Line) (control.Caller, error) {
	if a.Decide != nil {
		if err := a.Decide(call); err != nil {
			return nil, err
		}
	}
	return a.add(&Caller{Call: call, Line: line}), nil
}

// Readmit records the call and its tag.
func (a *Admitter) Readmit(call control.Call, tag string, line control.Line) (control.Caller, error) {
	return a.add(&Caller{Call: call, Line: line, tag: tag, Readmitted: true}), nil
}

func (a *Admitter) add(c *Caller) *Caller {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.callers = append(a.callers, c)
	if a.changed != nil {
		close(a.changed)
		a.changed = nil
	}
	return c
}

// Caller waits for the n-th caller, counted from 0.
func (a *Admitter) Caller(t testing.TB, n int) *Caller {
	t.Helper()
	deadline := time.After(patience)
	for {
		a.mu.Lock()
		if len(a.callers) > n {
			c := a.callers[n]
			a.mu.Unlock()
			return c
		}
		if a.changed == nil {
			a.changed = make(chan struct{})
		}
		changed := a.changed
		a.mu.Unlock()
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("caller %d never came", n)
		}
	}
}

// Caller is a fake conversation.
type Caller struct {
	Journal
	Call       control.Call
	Line       control.Line
	Readmitted bool
	tag        string
}

// Answered records.
func (c *Caller) Answered() { c.add("answered") }

// Digit records.
func (c *Caller) Digit(d byte) { c.add("digit %c", d) }

// Played records.
func (c *Caller) Played(id uint64) { c.add("played %d", id) }

// Recorded records.
func (c *Caller) Recorded(id uint64, samples int) { c.add("recorded %d: %d samples", id, samples) }

// Held records.
func (c *Caller) Held(held bool) { c.add("held %t", held) }

// Unheard records.
func (c *Caller) Unheard() { c.add("unheard") }

// Gone records.
func (c *Caller) Gone(reason string) { c.add("gone: %s", reason) }

// Ringing records.
func (c *Caller) Ringing() { c.add("ringing") }

// HungUp is told before Gone, by whoever is called.
func (c *Caller) HungUp() {}

// Unanswered records.
func (c *Caller) Unanswered(o control.CallOutcome, why string) { c.add("unanswered: %s, %s", o, why) }

// Tag is kept in the state of a suspended leg.
func (c *Caller) Tag() string {
	if c.tag == "" {
		return "tag of " + string(c.Call.Leg)
	}
	return c.tag
}
