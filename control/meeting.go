package control

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Meeting is a live meeting: one owner goroutine (see run) that takes commands from every side, decides, logs,
// applies, and lets the mixer and the followers know. All its methods are safe for concurrent use.
type Meeting struct {
	// Immutable.
	id     MeetingID
	store  Store
	mixer  Mixer
	logger *slog.Logger
	home   *Registry
	now    func() time.Time
	queue  *queue
	done   chan struct{} // closed when the owner has ended
	cancel context.CancelFunc

	deleted atomic.Bool // it is in the log alone

	// Owned by the owner goroutine until done is closed, guarded by frozen after that.
	state  *State
	frozen sync.Mutex

	// Owned by the owner goroutine.
	info     MeetingInfo
	durable  uint64   // sequence of the last event in the log
	pending  []Record // facts that were applied and wait for the store
	down     bool     // the last append failed
	retries  int
	fenced   bool // another writer owns the log
	placed   Placement
	adopted  map[LegID]bool // legs that the mixer holds for this meeting
	released bool
	air      air
	snapshot uint64 // sequence of the last snapshot asked for
	due      *time.Timer
	retry    *time.Timer
	idle     *time.Timer

	mu        sync.Mutex
	followers []follower // guarded by mu; replaced, never changed in place
}

type follower struct {
	leg LegID
	f   func(Event, string, time.Time, *State)
}

// Result is what a command came to.
type Result struct {
	Command  CommandID
	Seq      uint64  // of the last event; that of the meeting if nothing happened
	Events   []Event // what happened; empty: nothing had to change, or it is Replayed
	Value    any     // as documented at the command
	Replayed bool    // the command was done before under the same idempotency key
}

// ID returns the meeting's id.
func (m *Meeting) ID() MeetingID { return m.id }

// Do has a command decided, logged and applied, and waits for it. The error is an [*Error], or that of ctx if
// the command was given up before it began.
func (m *Meeting) Do(ctx context.Context, c Command, meta Meta) (Result, error) {
	type reply struct {
		result Result
		err    error
	}
	done := make(chan reply, 1)
	o := &op{
		fact:   isFact(c),
		run:    func(m *Meeting) { r, err := m.execute(c, meta); done <- reply{r, err} },
		refuse: func(err error) { done <- reply{err: err} },
	}
	if err := m.queue.put(o); err != nil {
		return Result{}, m.refusal(err)
	}
	select {
	case r := <-done:
		return r.result, r.err
	case <-ctx.Done():
		if o.claim() {
			return Result{}, ctx.Err()
		}
		r := <-done // it has begun: what it came to must be known
		return r.result, r.err
	}
}

// Submit is Do without waiting: reply (which may be nil) runs on the owner goroutine, or at once on the caller's if
// the meeting takes no more commands. It must not block. A Follow within reply misses nothing that comes after the command.
func (m *Meeting) Submit(c Command, meta Meta, reply func(value any, err error)) {
	if reply == nil {
		reply = func(any, error) {}
	}
	o := &op{
		fact:   isFact(c),
		run:    func(m *Meeting) { r, err := m.execute(c, meta); reply(r.Value, err) },
		refuse: func(err error) { reply(nil, err) },
	}
	if err := m.queue.put(o); err != nil {
		reply(nil, m.refusal(err))
	}
}

// Read runs f on the owner goroutine. f must neither block nor keep or change the state.
func (m *Meeting) Read(ctx context.Context, f func(*State)) error {
	done := make(chan error, 1)
	o := &op{
		run:    func(m *Meeting) { f(m.state); done <- nil },
		refuse: func(err error) { done <- err },
	}
	if err := m.queue.put(o); err != nil {
		return m.readFrozen(ctx, f, err)
	}
	select {
	case err := <-done:
		if err != nil {
			return m.readFrozen(ctx, f, err)
		}
		return nil
	case <-ctx.Done():
		if o.claim() {
			return ctx.Err()
		}
		return <-done
	}
}

// Look is Read without waiting: f runs on the owner goroutine, after the commands submitted before, or at once with nil
// if the meeting takes no more commands. f may call Follow. A caller asks one question at a time, so that they need
// no bound of their own.
func (m *Meeting) Look(f func(*State)) {
	o := &op{
		fact:   true,
		run:    func(m *Meeting) { f(m.state) },
		refuse: func(error) { f(nil) },
	}
	if err := m.queue.put(o); err != nil {
		f(nil)
	}
}

// readFrozen reads a meeting whose owner has ended: nothing changes it any more.
func (m *Meeting) readFrozen(ctx context.Context, f func(*State), refused error) error {
	if e, ok := errors.AsType[*Error](refused); ok && e.Code == CodeOverloaded {
		return refused
	}
	select {
	case <-m.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	m.frozen.Lock()
	defer m.frozen.Unlock()
	f(m.state)
	return nil
}

// refusal says more of why a command is not taken, where more is known.
func (m *Meeting) refusal(err error) error {
	select {
	case <-m.done:
	default:
		return err
	}
	if m.fenced {
		return Errorf(CodeStore, "another process has taken the meeting over")
	}
	m.frozen.Lock()
	defer m.frozen.Unlock()
	switch m.state.Phase {
	case Ended:
		return Errorf(CodeWrongState, "the meeting has ended")
	case Deleted:
		return errNoMeeting()
	default:
		return err
	}
}

// Follow has f called on the owner goroutine for every event, after it was applied: state is then that after the
// whole command, and by its actor. f must not block. A second Follow of the same leg replaces the first.
func (m *Meeting) Follow(leg LegID, f func(ev Event, by string, at time.Time, s *State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.followers = append(m.without(leg), follower{leg: leg, f: f})
}

// Unfollow ends what Follow began; a call that is under way may still be going on when it returns.
func (m *Meeting) Unfollow(leg LegID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.followers = m.without(leg)
}

// without returns a copy of the followers but one; m.mu is held.
func (m *Meeting) without(leg LegID) []follower {
	return slices.DeleteFunc(slices.Clone(m.followers), func(f follower) bool { return f.leg == leg })
}

func (m *Meeting) following() []follower {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.followers
}
