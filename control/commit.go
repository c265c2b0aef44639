package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// System is the actor of what happens by itself.
const System = "system"

const (
	// maxPending bounds the facts that wait for the store. Legs that end are bounded by the legs there are; a leg
	// that is held and resumed over and over is not, and is no longer listened to past this.
	maxPending  = 50_000
	firstRetry  = 100 * time.Millisecond
	maxRetry    = 2 * time.Second // so that what waits is stored within 5 s of the store being back, a slow write included
	snapshotAll = 500             // events between two snapshots
)

// execute takes one command from its decision to its effects.
func (m *Meeting) execute(c Command, meta Meta) (Result, error) {
	c = draw(c)
	fill(&meta.ID, "cmd_")
	if meta.Key != "" {
		if r, err := m.replay(c, meta); !errors.Is(err, ErrNoOutcome) {
			return r, err
		}
	}
	if err := m.bounded(c); err != nil {
		return Result{}, err
	}
	if call, ok := c.(CallOut); ok {
		admitted, err := m.admitCall(call)
		if err != nil {
			return Result{}, err
		}
		defer m.settleCall(admitted.ID)
		c = admitted
	}
	m.callsGone(c, m.now())
	m.forgetLegs(c)
	c = m.offAir(c)
	if meta.If != nil {
		if err := meta.If(m.state); err != nil {
			return Result{}, err
		}
	}
	c, claimed, err := m.claimCodes(c)
	if claimed {
		defer func() { m.home.settle(m.state) }()
	}
	if err != nil {
		return Result{}, err
	}
	c = m.state.drawPINs(c)
	now := m.now().Round(0).UTC()
	events, value, err := Decide(m.state, c, meta, now)
	if err != nil {
		return Result{}, err
	}
	m.releaseLive(c)
	result := Result{Command: meta.ID, Seq: m.state.Seq, Events: events, Value: value}
	var answer json.RawMessage
	if meta.Answer != nil {
		if answer, err = meta.Answer(m.state, events, value, now); err != nil {
			return Result{}, err
		}
	}
	if _, about := outcomesIn(value); len(events) == 0 && meta.Key == "" && !about {
		return result, nil
	}
	if err := m.append(meta, now, result, answer); err != nil {
		return m.appendFailed(c, meta, now, result, err)
	}
	m.project(events, meta.Actor, now)
	m.home.appended(m)
	result.Seq = m.state.Seq
	return result, nil
}

// forgetLegs notes that the mixer holds these legs no longer.
func (m *Meeting) forgetLegs(c Command) {
	switch c := c.(type) {
	case LegGone:
		delete(m.adopted, c.Leg)
	case LegsGone:
		for _, leg := range c.Legs {
			delete(m.adopted, leg)
		}
	default:
		return
	}
	if m.state.Phase != Open && len(m.adopted) == 0 {
		m.release()
	}
}

// bounded refuses what the machine cannot know the limits of.
func (m *Meeting) bounded(c Command) error {
	switch c.(type) {
	case Join:
		if len(m.state.Legs) >= m.home.o.MaxLegs {
			return Errorf(CodeLimit, "the meeting has its %d legs", m.home.o.MaxLegs)
		}
	case HoldLeg:
		if len(m.pending) >= maxPending {
			return Errorf(CodeStore, "the store is down and too many events wait for it")
		}
	}
	return nil
}

// replay returns what a command under the same idempotency key came to before, or ErrNoOutcome.
func (m *Meeting) replay(c Command, meta Meta) (Result, error) {
	o, err := m.store.Outcome(context.Background(), meta.Key)
	switch {
	case errors.Is(err, ErrNoOutcome):
		return Result{}, err
	case err != nil:
		m.logger.Error("read an outcome", "err", err)
		return Result{}, Errorf(CodeStore, "the store cannot be read at the moment")
	case o.Hash != meta.Hash:
		return Result{}, &Error{Code: CodeIdempotency, Message: "the idempotency key was used for another request", Hint: "draw a new key for a new request"}
	}
	value, err := readValue(c, o.Result)
	if err != nil {
		return Result{}, err
	}
	return Result{Command: o.Command, Seq: m.state.Seq, Value: value, Replayed: true}, nil
}

// append writes the events of one command in one transaction, after the facts that are still waiting.
func (m *Meeting) append(meta Meta, now time.Time, r Result, answer json.RawMessage) error {
	records, err := m.records(meta, now, r.Events)
	if err != nil {
		return err
	}
	a := &Append{Meeting: m.id, After: m.durable, Records: append(slices.Clip(m.pending), records...), Erase: erasureOf(r.Events), Drop: m.state.dropped(r.Events)}
	info := m.info
	if info.follow(r.Events, now) || len(m.pending) > 0 { // what waits may have changed it too
		a.Info = &info
	}
	if a.Outcome, err = outcome(m.id, meta, now, r.Value, answer); err != nil {
		return err
	}
	if err := m.write(a); err != nil {
		return err
	}
	m.info = info
	m.written(m.durable + uint64(len(a.Records)))
	return nil
}

// write appends to the log and counts it.
func (m *Meeting) write(a *Append) error {
	if err := m.store.Append(context.Background(), a); err != nil {
		m.home.count.failures.Add(1)
		return err
	}
	m.home.count.appends.Add(1)
	m.home.count.events.Add(uint64(len(a.Records)))
	return nil
}

// written notes that the log now ends at seq.
func (m *Meeting) written(seq uint64) {
	m.durable, m.pending, m.retries = seq, nil, 0
	m.retry.Stop()
	if m.down {
		m.down = false
		m.home.storeUp(m)
		m.logger.Info("the store is back")
	}
}

func (m *Meeting) records(meta Meta, now time.Time, events []Event) ([]Record, error) {
	records := make([]Record, 0, len(events))
	for i, e := range events {
		typ, version, data, err := Marshal(e)
		if err != nil {
			return nil, err
		}
		records = append(records, Record{
			Meeting: m.id, Seq: m.state.Seq + uint64(i) + 1, At: now, Actor: meta.Actor, Command: meta.ID,
			Type: typ, Version: version, Data: data,
		})
	}
	return records, nil
}

// outcome is kept of commands that have a key or say something about many people.
func outcome(id MeetingID, meta Meta, now time.Time, value any, answer json.RawMessage) (*Outcome, error) {
	_, about := outcomesIn(value)
	if meta.Key == "" && !about {
		return nil, nil
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("marshal an outcome: %w", err)
	}
	return &Outcome{Key: meta.Key, Hash: meta.Hash, Meeting: id, Command: meta.ID, Result: data, Answer: answer, At: now}, nil
}

// appendFailed decides what becomes of a command that could not be logged: facts hold all the same and are logged
// later, and a stop brings the people back even if nobody can promise that it is remembered.
func (m *Meeting) appendFailed(c Command, meta Meta, now time.Time, r Result, err error) (Result, error) {
	switch {
	case errors.Is(err, ErrOutcomeExists):
		return m.replay(c, meta)
	case errors.Is(err, ErrConflict):
		m.fenced = true
		m.home.forget(m)
		m.logger.Error("another process writes this meeting's log", "err", err)
		return Result{}, Errorf(CodeStore, "another process has taken the meeting over")
	}
	m.storeDown(err)
	unavailable := Errorf(CodeStore, "the change could not be stored")
	_, stop := c.(StopBreakouts)
	if !stop && !isFact(c) {
		return Result{}, unavailable
	}
	records, err := m.records(meta, now, r.Events)
	if err != nil {
		return Result{}, err
	}
	m.pending = append(m.pending, records...)
	m.info.follow(r.Events, now)
	m.project(r.Events, meta.Actor, now)
	r.Seq = m.state.Seq
	if stop {
		unavailable.Hint = "people are brought back all the same; it is stored as soon as possible"
		return r, unavailable
	}
	return r, nil
}

func (m *Meeting) storeDown(err error) {
	if !m.down {
		m.down = true
		m.home.storeDown(m, err)
		m.logger.Error("the store takes no events", "err", err)
	}
	if m.durable == 0 {
		return // it was never made
	}
	m.retry.Reset(min(maxRetry, firstRetry<<min(m.retries, 10)))
	m.retries++
}

// flush tries the store again, with what is waiting for it.
func (m *Meeting) flush() {
	info := m.info
	err := m.write(&Append{Meeting: m.id, After: m.durable, Records: m.pending, Info: &info})
	switch {
	case err == nil:
		m.written(m.durable + uint64(len(m.pending)))
		m.home.appended(m)
	case errors.Is(err, ErrConflict):
		m.fenced = true
		m.home.forget(m)
		m.logger.Error("another process writes this meeting's log", "err", err)
	default:
		m.storeDown(err)
	}
}

func infoOf(s *State) MeetingInfo {
	return MeetingInfo{ID: s.ID, Title: s.Title, Phase: s.Phase, AccessCode: s.AccessCode, SpeakerCode: s.SpeakerCode, CreatedAt: s.CreatedAt}
}

// follow makes the info what it is after the events, and says whether it changed.
func (i *MeetingInfo) follow(events []Event, at time.Time) bool {
	was := *i
	for _, e := range events {
		switch e := e.(type) {
		case MeetingCreated:
			*i = MeetingInfo{ID: e.ID, Title: e.Title, Phase: Open, AccessCode: e.AccessCode, SpeakerCode: e.SpeakerCode, CreatedAt: at}
		case MeetingChanged:
			i.Title = e.Title
			if e.Codes != nil {
				i.AccessCode, i.SpeakerCode = e.Codes.AccessCode, e.Codes.SpeakerCode
			}
		case MeetingReopened:
			i.Phase, i.AccessCode, i.SpeakerCode = Open, e.AccessCode, e.SpeakerCode
		case MeetingEnded:
			i.Phase = Ended
		case MeetingDeleted:
			i.Phase = Deleted
		case MeetingErased:
			i.Title = Erased
		}
	}
	return *i != was
}
