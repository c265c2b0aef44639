package control

import (
	"context"
	"time"
)

const (
	// lingering is how long an ended meeting stays in memory after it was last used.
	lingering = time.Minute
	// maxArm bounds how far ahead the due timer is set, so that a step of the wall clock is noticed.
	maxArm = 30 * time.Second
)

// newMeeting makes a meeting of its state; start runs it.
func (r *Registry) newMeeting(id MeetingID, state *State) *Meeting {
	return &Meeting{
		id: id, store: r.o.Store, mixer: r.o.Mixer, logger: r.o.Logger.With("meeting", id), home: r, now: r.now,
		queue: newQueue(), done: make(chan struct{}),
		state: state, info: infoOf(state), durable: state.Seq, snapshot: state.Seq, adopted: map[LegID]bool{},
		due: stoppedTimer(), retry: stoppedTimer(), idle: stoppedTimer(),
	}
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// run is the owner goroutine. It alone touches the state, until ctx ends, the meeting is over and idle, or another
// process has taken it over.
func (m *Meeting) run(ctx context.Context) {
	defer close(m.done)
	defer m.stopTimers()
	m.arm()
	for !m.fenced {
		select {
		case <-ctx.Done():
			m.drain()
			return
		case <-m.queue.wake:
			m.work(m.queue.take())
			m.linger()
		case <-m.due.C:
			m.tell(Due{})
			m.arm()
			m.linger()
		case <-m.retry.C:
			m.flush()
		case <-m.idle.C:
			if m.retire() {
				return
			}
		}
	}
	m.refuse(m.queue.close(), Errorf(CodeStore, "another process has taken the meeting over"))
}

func (m *Meeting) stopTimers() {
	m.due.Stop()
	m.retry.Stop()
	m.idle.Stop()
}

func (m *Meeting) work(ops []*op) {
	for i, o := range ops {
		if m.fenced {
			m.refuse(ops[i:], Errorf(CodeStore, "another process has taken the meeting over"))
			return
		}
		if o.claim() {
			o.run(m)
		}
	}
}

func (m *Meeting) refuse(ops []*op, err error) {
	for _, o := range ops {
		if o.claim() {
			o.refuse(err)
		}
	}
}

// drain does what is waiting, and writes what can be written.
func (m *Meeting) drain() {
	m.work(m.queue.close())
	if len(m.pending) > 0 {
		m.flush()
	}
	if len(m.pending) > 0 {
		m.logger.Error("facts are lost: the store did not come back", "events", len(m.pending))
	}
}

// tell has a fact decided that nobody waits for.
func (m *Meeting) tell(c Command) {
	if _, err := m.execute(c, Meta{Actor: System}); err != nil {
		m.logger.Error("a fact was refused", "err", err)
	}
}

// arm sets the timer for what becomes due next.
func (m *Meeting) arm() {
	due := m.state.NextDue()
	if due.IsZero() {
		m.due.Stop()
		return
	}
	m.due.Reset(max(time.Millisecond, min(maxArm, due.Sub(m.now()))))
}

// linger has an ended meeting retired some time after it was last used.
func (m *Meeting) linger() {
	if m.state.Phase == Ended || m.state.Phase == Deleted {
		m.idle.Reset(lingering)
		return
	}
	m.idle.Stop() // it may have been opened again
}

// retire ends the owner of a meeting that is over and has written everything.
func (m *Meeting) retire() bool {
	if len(m.pending) > 0 {
		m.idle.Reset(lingering)
		return false
	}
	m.release()
	m.home.calls.drop(m.id, m.now())
	m.home.forget(m)
	m.refuse(m.queue.close(), Errorf(CodeShutdown, "the meeting takes no more commands"))
	return true
}
