package webhook

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"partyline/control"
)

// Overlap bounds for how long a secret goes on after another has taken over.
const (
	DefaultOverlap = 24 * time.Hour
	MaxOverlap     = 7 * 24 * time.Hour
)

// Answer makes what is kept of a request under its idempotency key, once the endpoint is as it will be; nil: nothing. It
// may be called although the change is refused afterwards.
type Answer func(Endpoint) (*control.Outcome, error)

// Create makes an endpoint that gets what happens from now on, or everything that is kept. Its one secret is in it.
func (s *Service) Create(ctx context.Context, spec Spec, fromStart bool, answer Answer) (Endpoint, error) {
	if err := spec.check(s.o.Guard); err != nil {
		return Endpoint{}, err
	}
	s.ops.Lock()
	defer s.ops.Unlock()
	if !s.running {
		return Endpoint{}, errStopped()
	}
	if len(s.all()) >= s.o.MaxEndpoints {
		return Endpoint{}, control.Errorf(control.CodeLimit, "there are %d webhooks already", s.o.MaxEndpoints)
	}
	now := time.Now().Round(0).UTC()
	e := Endpoint{ID: control.NewID[ID]("whk_"), Spec: spec, Secrets: []Secret{newSecret(now)}, CreatedAt: now}.clone()
	if !fromStart {
		last, err := s.o.Log.LastPos(ctx)
		if err != nil {
			return Endpoint{}, s.unavailable(err)
		}
		e.Progress.Position = last
	}
	if err := s.save(ctx, e, answer); err != nil {
		return Endpoint{}, err
	}
	return s.launch(e).whole(), nil
}

// Change sets what an admin can set; set may refuse. A new URL is tried at once, unless the endpoint is parked.
func (s *Service) Change(ctx context.Context, id ID, set func(Endpoint) (Spec, error)) (Endpoint, error) {
	return s.change(ctx, id, nil, func(e *Endpoint) error {
		spec, err := set(e.clone())
		if err != nil {
			return err
		}
		if err := spec.check(s.o.Guard); err != nil {
			return err
		}
		if spec.URL != e.Spec.URL && e.Progress.State() == Retrying {
			e.Progress = e.Progress.resumed()
		}
		e.Spec = spec
		return nil
	})
}

// Rotate draws a secret, which is the first in the endpoint that is returned. The one before it stays good for the overlap.
func (s *Service) Rotate(ctx context.Context, id ID, overlap time.Duration, answer Answer) (Endpoint, error) {
	fresh := newSecret(time.Now().Round(0).UTC())
	return s.change(ctx, id, answer, func(e *Endpoint) error {
		e.Secrets = rotated(e.Secrets, fresh, overlap)
		return nil
	})
}

// From says where a replay begins: at the event numbered Seq of Meeting, or, without a meeting, after the position After.
type From struct {
	Meeting control.MeetingID
	Seq     uint64
	After   uint64
}

// Replay sends again what an endpoint wants from some event on; it may also leave events out by going forward. A parked
// endpoint is resumed.
func (s *Service) Replay(ctx context.Context, id ID, from From, answer Answer) (Endpoint, error) {
	position, err := s.position(ctx, from)
	if err != nil {
		return Endpoint{}, err
	}
	return s.change(ctx, id, answer, func(e *Endpoint) error {
		e.Progress = e.Progress.cleared()
		e.Progress.Position, e.Progress.Held = position, nil // all is sent from there on, of every meeting
		return nil
	})
}

// position is the place before the event that a replay begins with.
func (s *Service) position(ctx context.Context, from From) (uint64, error) {
	if from.Meeting == "" {
		last, err := s.o.Log.LastPos(ctx)
		if err != nil {
			return 0, s.unavailable(err)
		}
		if from.After > last {
			return 0, control.Invalid("after", "0 is the beginning", "the log ends at %d", last)
		}
		return from.After, nil
	}
	if from.Seq < 1 {
		return 0, control.Invalid("seq", "the first event has 1", "is not the number of an event")
	}
	records, err := s.o.Log.Read(ctx, from.Meeting, from.Seq-1, 1)
	if err != nil {
		return 0, s.unavailable(err)
	}
	if len(records) == 0 {
		e := control.Errorf(control.CodeNotFound, "the meeting has no event %d", from.Seq)
		e.Field = "seq"
		return 0, e
	}
	return records[0].Pos - 1, nil
}

// Resume has an endpoint tried at once, also a parked one. Nothing is left out.
func (s *Service) Resume(ctx context.Context, id ID, answer Answer) (Endpoint, error) {
	return s.change(ctx, id, answer, func(e *Endpoint) error {
		e.Progress = e.Progress.resumed()
		return nil
	})
}

// Delete takes an endpoint away; nothing is sent there any more when it returns.
func (s *Service) Delete(ctx context.Context, id ID, check func(Endpoint) error) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	w, err := s.ready(id)
	if err != nil {
		return err
	}
	if check != nil {
		if err := check(w.whole()); err != nil {
			return err
		}
	}
	w.halt(time.After(changeGrace))
	if err := s.o.Store.DeleteWebhook(ctx, id); err != nil {
		s.relaunch(w)
		return s.unavailable(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.workers, id)
	return nil
}

// Get returns an endpoint.
func (s *Service) Get(id ID) (Endpoint, error) {
	w := s.find(id)
	if w == nil {
		return Endpoint{}, errNoWebhook()
	}
	return w.whole(), nil
}

// List returns all endpoints, in order of their ids.
func (s *Service) List() []Endpoint {
	var list []Endpoint
	for _, w := range s.all() {
		list = append(list, w.whole())
	}
	slices.SortFunc(list, func(a, b Endpoint) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// change does something to an endpoint between two deliveries. What can be refused is refused before they are disturbed.
func (s *Service) change(ctx context.Context, id ID, answer Answer, do func(*Endpoint) error) (Endpoint, error) {
	s.ops.Lock()
	defer s.ops.Unlock()
	w, err := s.ready(id)
	if err != nil {
		return Endpoint{}, err
	}
	trial := w.whole()
	if err := do(&trial); err != nil {
		return Endpoint{}, err
	}
	w.halt(time.After(changeGrace))
	e := w.whole()
	if err = do(&e); err == nil {
		err = s.save(ctx, e, answer)
	}
	if err != nil {
		s.relaunch(w)
		return Endpoint{}, err
	}
	return s.launch(e).whole(), nil
}

// relaunch goes on as if nothing had been asked; s.ops is held.
func (s *Service) relaunch(w *worker) {
	again := s.launch(w.whole())
	again.mu.Lock()
	again.dirty = true // what the store has is older, maybe
	again.mu.Unlock()
	s.noteDirty()
}

func (s *Service) ready(id ID) (*worker, error) {
	if !s.running {
		return nil, errStopped()
	}
	w := s.find(id)
	if w == nil {
		return nil, errNoWebhook()
	}
	return w, nil
}

// save keeps an endpoint and the answer to its request.
func (s *Service) save(ctx context.Context, e Endpoint, answer Answer) error {
	var o *control.Outcome
	if answer != nil {
		var err error
		if o, err = answer(e.clone()); err != nil {
			return err
		}
	}
	err := s.o.Store.SaveWebhook(ctx, e, o)
	if err == nil || errors.Is(err, control.ErrOutcomeExists) {
		return err
	}
	return s.unavailable(err)
}

func (s *Service) unavailable(err error) error {
	s.o.Logger.Error("webhooks cannot use the store", "err", err)
	return control.Errorf(control.CodeStore, "the store does not answer at the moment")
}

func errStopped() error { return control.Errorf(control.CodeShutdown, "the bridge is shutting down") }

func errNoWebhook() error {
	e := control.Errorf(control.CodeNotFound, "no such webhook")
	e.Field = "webhook"
	return e
}
