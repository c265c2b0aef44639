package api

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"partyline/control"
)

// done is a command's outcome as an answer is made of it: on the owner, after
// the decision and just before the append.
type done struct {
	command control.CommandID
	before  *control.State
	events  []control.Event
	value   any
	at      time.Time
}

// seq is the number of the command's last event.
func (d done) seq() uint64 { return d.before.Seq + uint64(len(d.events)) }

// reply is the answer of a POST.
type reply[T any] struct {
	Location string `header:"Location" doc:"Where the new resource is."`
	Body     T
}

// kept is a reply as it is kept for the replay of an Idempotency-Key.
type kept struct {
	Status   int             `json:"status"`
	Location string          `json:"location,omitempty"`
	Body     json.RawMessage `json:"body"`
}

// command is a command and how its answer is made.
type command[T any] struct {
	do       control.Command
	check    func(*control.State) error // asked on the owner before the decision; may be nil
	answer   func(done) T
	location func(T) string // may be nil
}

// run has a command done and answers with what came of it. The answer is made
// in the command's own transaction, so that a retry with the same
// Idempotency-Key gets the very same one, also after a crash.
func run[T any](ctx context.Context, a *API, m *control.Meeting, c command[T]) (*reply[T], error) {
	out := &reply[T]{}
	meta := metaOf(ctx)
	meta.If = c.check
	answerWith(ctx, &meta, func(d done) (any, string) {
		out.Body = c.answer(d)
		if c.location != nil {
			out.Location = c.location(out.Body)
		}
		return out.Body, out.Location
	})
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	res, err := m.Do(ctx, c.do, meta)
	if err != nil {
		return nil, err
	}
	if res.Replayed { // by another process that shares the store
		return replayed[T](ctx, a, meta.Key)
	}
	return out, nil
}

// metaOf says who gives a command; its id is drawn here, since answers carry it.
func metaOf(ctx context.Context) control.Meta {
	return control.Meta{ID: control.NewID[control.CommandID]("cmd_"), Actor: actorOf(ctx)}
}

// commandContext outlives the client: a command whose caller hangs up is done
// or refused like any other, but never waited for without end.
func commandContext(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}

// answerWith has the answer made on the owner, and kept there if the request
// has an Idempotency-Key; render gives its body and location.
func answerWith(ctx context.Context, meta *control.Meta, render func(done) (any, string)) {
	req, _ := ctx.Value(requestKey{}).(keyedRequest)
	meta.Key, meta.Hash = req.key, req.fingerprint
	command := meta.ID
	meta.Answer = func(before *control.State, events []control.Event, value any, at time.Time) (json.RawMessage, error) {
		body, location := render(done{command: command, before: before, events: events, value: value, at: at})
		if req.key == "" {
			return nil, nil
		}
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("render answer: %w", err)
		}
		return json.Marshal(kept{Status: req.status, Location: location, Body: raw})
	}
}

func replayed[T any](ctx context.Context, a *API, key string) (*reply[T], error) {
	k, err := a.lookup(ctx, keyedRequest{key: key})
	if err != nil {
		return nil, err
	}
	out := &reply[T]{Location: k.Location}
	if err := json.Unmarshal(k.Body, &out.Body); err != nil {
		return nil, fmt.Errorf("kept answer: %w", err)
	}
	return out, nil
}

// change has a command done whose answer is read from the meeting afterwards.
func (a *API) change(ctx context.Context, m *control.Meeting, c control.Command, check func(*control.State) error) error {
	meta := metaOf(ctx)
	meta.If = check
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	_, err := m.Do(ctx, c, meta)
	return err
}
