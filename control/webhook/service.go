package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"partyline/control"
)

// Store keeps the endpoints.
type Store interface {
	// Webhooks returns all endpoints, in order of their ids.
	Webhooks(ctx context.Context) ([]Endpoint, error)
	// SaveWebhook keeps an endpoint, new or not, and in the same transaction the outcome of the request that it comes of,
	// if there is one; [control.ErrOutcomeExists] if the outcome's key was used before.
	SaveWebhook(ctx context.Context, e Endpoint, o *control.Outcome) error
	// SaveWebhookProgress keeps how far endpoints have come, in one transaction. It makes no endpoint that is not there.
	SaveWebhookProgress(ctx context.Context, all map[ID]Progress) error
	DeleteWebhook(ctx context.Context, id ID) error
}

// Log is the durable log, in the order over all meetings.
type Log interface {
	ReadAll(ctx context.Context, after uint64, limit int) ([]control.Record, error)
	Read(ctx context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error)
	LastPos(ctx context.Context) (uint64, error)
	// HoldsBack says whether events after a position are kept that ReadAll does not return yet, because a transaction that
	// is under way may put others before them.
	HoldsBack(after uint64) bool
}

// Options of a service.
type Options struct {
	Store     Store                                       // required
	Log       Log                                         // required
	Subscribe func() (wake <-chan struct{}, end func())   // required: wake is signalled when the log has grown
	Encode    func(control.Record) (body []byte, _ error) // required: what is sent of an event
	Logger    *slog.Logger                                // required

	Guard        Guard         // where webhooks may go to
	MaxEndpoints int           // 0: 100
	Timeout      time.Duration // of one attempt; 0: 15 s
	Version      string        // of the program, for User-Agent; empty: "dev"
	Resolver     *net.Resolver // nil: the system's

	transport http.RoundTripper // of tests; nil: the guarded one
}

func (o *Options) validate() error {
	switch {
	case o.Store == nil:
		return errors.New("webhook: Store is required")
	case o.Log == nil:
		return errors.New("webhook: Log is required")
	case o.Subscribe == nil:
		return errors.New("webhook: Subscribe is required")
	case o.Encode == nil:
		return errors.New("webhook: Encode is required")
	case o.Logger == nil:
		return errors.New("webhook: Logger is required")
	case o.MaxEndpoints < 0 || o.Timeout < 0:
		return errors.New("webhook: a limit is negative")
	}
	o.MaxEndpoints = cmp.Or(o.MaxEndpoints, 100)
	o.Timeout = cmp.Or(o.Timeout, 15*time.Second)
	o.Version = cmp.Or(o.Version, "dev")
	return nil
}

const (
	saveEvery   = 250 * time.Millisecond // so that many deliveries cost one transaction; what is not kept is sent again
	stopGrace   = 3 * time.Second        // for deliveries that are under way
	changeGrace = time.Second            // the same, of an endpoint that is being changed
)

// Service delivers to all endpoints.
type Service struct {
	// immutable
	o         Options
	transport http.RoundTripper
	dirtied   chan struct{} // capacity 1: some progress is not in the store yet
	closing   chan struct{} // closed by Stop
	keeper    sync.WaitGroup

	// ops is held by every change of an endpoint and while progress is written, so that none overtakes another.
	ops     sync.Mutex
	running bool // guarded by ops
	dim     bool // guarded by ops: progress could not be written

	mu      sync.Mutex
	workers map[ID]*worker // guarded by mu; changed by holders of ops
}

// New makes a service that does nothing before Start.
func New(o Options) (*Service, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	s := &Service{o: o, transport: o.transport, dirtied: make(chan struct{}, 1), closing: make(chan struct{}), workers: map[ID]*worker{}}
	if s.transport == nil {
		s.transport = newTransport(&o)
	}
	return s, nil
}

// Start loads the endpoints and goes on with them where it was left off.
func (s *Service) Start(ctx context.Context) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	all, err := s.o.Store.Webhooks(ctx)
	if err != nil {
		return fmt.Errorf("load the webhooks: %w", err)
	}
	s.running = true
	s.keeper.Go(s.keep) // Stop waits for it
	for _, e := range all {
		s.launch(e)
	}
	return nil
}

// Stop ends all deliveries and keeps how far they have come. What is under way may finish within 3 s, or until ctx ends.
func (s *Service) Stop(ctx context.Context) error {
	err := s.stop(ctx)
	s.keeper.Wait()
	return err
}

func (s *Service) stop(ctx context.Context) error {
	s.ops.Lock()
	defer s.ops.Unlock()
	if !s.running {
		return nil
	}
	s.running = false
	close(s.closing)
	all := s.all()
	for _, w := range all {
		w.stop() // all at once
	}
	graceCtx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	over := make(chan time.Time)
	defer context.AfterFunc(graceCtx, func() { close(over) })()
	for _, w := range all {
		w.halt(over)
	}
	if t, ok := s.transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
	return s.saveProgress(context.WithoutCancel(ctx))
}

// launch starts an endpoint's worker, unless it is parked; halt or Stop ends it. s.ops is held.
func (s *Service) launch(e Endpoint) *worker {
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{service: s, endpoint: e, progress: e.Progress, cancel: cancel, quit: make(chan struct{}), done: make(chan struct{}), batch: batch}
	s.mu.Lock()
	s.workers[e.ID] = w
	s.mu.Unlock()
	if w.parked() {
		close(w.done)
		return w
	}
	go w.run(ctx) // Stop waits for it, by halt
	return w
}

func (s *Service) all() []*worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*worker, 0, len(s.workers))
	for _, w := range s.workers {
		list = append(list, w)
	}
	return list
}

func (s *Service) find(id ID) *worker {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.workers[id]
}

func (s *Service) noteDirty() {
	select {
	case s.dirtied <- struct{}{}:
	default:
	}
}

// keep writes progress to the store: the first at once, what follows it gathered.
func (s *Service) keep() {
	for {
		select {
		case <-s.closing:
			return
		case <-s.dirtied:
		}
		s.ops.Lock()
		if s.running && s.saveProgress(context.Background()) != nil {
			s.noteDirty() // again
		}
		s.ops.Unlock()
		timer := time.NewTimer(saveEvery)
		select {
		case <-s.closing:
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// saveProgress writes what is not in the store yet; s.ops is held.
func (s *Service) saveProgress(ctx context.Context) error {
	changed := map[ID]Progress{}
	for _, w := range s.all() {
		w.mu.Lock()
		if w.dirty {
			changed[w.endpoint.ID], w.dirty = w.progress, false
		}
		w.mu.Unlock()
	}
	if len(changed) == 0 {
		return nil
	}
	err := s.o.Store.SaveWebhookProgress(ctx, changed)
	if err == nil {
		s.dim = false
		return nil
	}
	if !s.dim {
		s.dim = true
		s.o.Logger.Error("the progress of webhooks cannot be kept; after a restart some are sent twice", "err", err)
	}
	for id := range changed {
		if w := s.find(id); w != nil {
			w.mu.Lock()
			w.dirty = true
			w.mu.Unlock()
		}
	}
	return fmt.Errorf("keep the progress of webhooks: %w", err)
}
