package control

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// RegistryOptions are the parts a [Registry] works with.
type RegistryOptions struct {
	Store   Store            // required
	Mixer   Mixer            // required
	Logger  *slog.Logger     // required
	MaxLegs int              // legs of one meeting; 0: MaxLegs
	MaxOpen int              // open meetings; 0: no limit
	Now     func() time.Time // the wall clock; nil: time.Now
	// KeepLeg says whether a leg that the log knows has outlived a restart; nil: none has.
	KeepLeg func(MeetingID, LegID) bool
	// Dialer makes calls out, within CallLimits; nil: nobody is called.
	Dialer     Dialer
	CallLimits CallLimits
	// Retention is how long the log of a meeting is kept after its last event once it has ended or was deleted; 0: for ever.
	Retention time.Duration
}

func (o *RegistryOptions) validate() error {
	switch {
	case o.Store == nil:
		return errors.New("registry: Store is required")
	case o.Mixer == nil:
		return errors.New("registry: Mixer is required")
	case o.Logger == nil:
		return errors.New("registry: Logger is required")
	case o.MaxLegs < 0 || o.MaxOpen < 0:
		return errors.New("registry: a limit is negative")
	case o.Retention < 0:
		return errors.New("registry: Retention is negative")
	}
	o.MaxLegs = cmp.Or(o.MaxLegs, MaxLegs)
	return nil
}

// Registry holds the live meetings of this process, each with its owner goroutine, and knows them by their access
// codes. It is safe for concurrent use.
type Registry struct {
	o       RegistryOptions
	now     func() time.Time
	ctx     context.Context // of the owner goroutines
	cancel  context.CancelFunc
	owners  sync.WaitGroup
	snaps   snapshotter
	loading sync.Mutex // held while a meeting is brought in from the log
	count   counters
	calls   *callGate // that meetings make

	mu      sync.Mutex
	stopped bool                        // guarded by mu, as is all below
	live    map[MeetingID]*Meeting      // open ones, and ended ones that were used lately
	codes   map[string]codeEntry        // of open meetings
	open    map[MeetingID]bool          // meetings that have codes
	wakes   map[chan struct{}]MeetingID // of the subscribers, with what they follow
	broken  map[MeetingID]brokenness    // meetings whose last append failed
	closed  map[MeetingID]bool          // meetings that are being forgotten
	numbers map[string]Number           // that are bound to meetings

	binding sync.Mutex // held while a number is bound or unbound, before mu
}

type brokenness struct {
	meeting *Meeting
	err     error
}

// NewRegistry makes an empty registry; Start fills it.
func NewRegistry(o RegistryOptions) (*Registry, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	r := &Registry{
		o: o, now: o.Now, live: map[MeetingID]*Meeting{}, codes: map[string]codeEntry{}, open: map[MeetingID]bool{},
		wakes: map[chan struct{}]MeetingID{}, broken: map[MeetingID]brokenness{}, closed: map[MeetingID]bool{}, numbers: map[string]Number{},
	}
	if r.now == nil {
		r.now = time.Now
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.snaps, r.calls = newSnapshotter(o.Store, o.Logger), newCallGate(o.CallLimits)
	return r, nil
}

// Start loads every meeting that has not ended from the log, and lets go of the legs that are gone since.
func (r *Registry) Start(ctx context.Context) error {
	infos, err := r.o.Store.Meetings(ctx, MeetingQuery{Phase: Open})
	if err != nil {
		return fmt.Errorf("list the meetings: %w", err)
	}
	if err := r.loadNumbers(ctx); err != nil {
		return err
	}
	r.owners.Go(func() { r.snaps.run(r.ctx) }) // Stop waits for it,
	r.owners.Go(func() { r.sweep(r.ctx) })     // and for this
	for _, info := range infos {
		state, err := load(ctx, r.o.Store, info.ID)
		if err != nil {
			return err
		}
		if err := r.index(state); err != nil {
			return err
		}
		m := r.newMeeting(info.ID, state)
		m.recover(r.o.KeepLeg)
		r.launch(m)
	}
	return nil
}

// Stop ends the owner goroutines and waits for them. The meetings go on at the next start.
func (r *Registry) Stop(ctx context.Context) error {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.cancel()
	done := make(chan struct{})
	go func() { r.owners.Wait(); close(done) }() // ends with the last owner
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop the meetings: %w", ctx.Err())
	}
}

// launch starts the owner goroutine; Stop waits for it.
func (r *Registry) launch(m *Meeting) {
	ctx, cancel := context.WithCancel(r.ctx)
	m.cancel = cancel
	r.mu.Lock()
	r.live[m.id] = m
	r.mu.Unlock()
	r.owners.Go(func() {
		defer cancel()
		m.run(ctx)
	})
}

// Create makes a meeting. An empty access code is drawn; a given one has 6 to 12 digits and is free.
func (r *Registry) Create(ctx context.Context, c CreateMeeting, meta Meta) (*Meeting, error) {
	c, ok := draw(c).(CreateMeeting)
	if !ok || r.isStopped() {
		return nil, Errorf(CodeShutdown, "the bridge is shutting down")
	}
	c, err := r.reserve(c)
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok && e.Code == CodeCodeTaken && meta.Key != "" {
			return r.created(ctx, meta, err)
		}
		return nil, err
	}
	m := r.newMeeting(c.ID, NewState())
	r.launch(m)
	result, err := m.Do(ctx, c, meta)
	if err == nil && !result.Replayed {
		return m, nil
	}
	m.cancel()
	r.forget(m)
	r.free(c.ID)
	if err != nil {
		return nil, err
	}
	return r.replayed(result.Value)
}

// created answers a second Create with an access code of its own under the key of the first.
func (r *Registry) created(ctx context.Context, meta Meta, taken error) (*Meeting, error) {
	o, err := r.o.Store.Outcome(ctx, meta.Key)
	if err != nil || o.Hash != meta.Hash {
		return nil, taken
	}
	value, err := readValue(CreateMeeting{}, o.Result)
	if err != nil {
		return nil, err
	}
	return r.replayed(value)
}

func (r *Registry) replayed(value any) (*Meeting, error) {
	id, ok := value.(MeetingID)
	if !ok {
		return nil, Errorf(CodeIdempotency, "the idempotency key was used for another kind of request")
	}
	return r.Meeting(id)
}

// Meeting returns a meeting by its id, an ended one too.
func (r *Registry) Meeting(id MeetingID) (*Meeting, error) {
	m, err := r.bring(id, func(s *State) bool { return s.Seq > 0 && s.Phase != Deleted })
	if err == nil && m.deleted.Load() {
		return nil, errNoMeeting()
	}
	return m, err
}

// bring returns a live meeting, or brings it in from the log if it is wanted.
func (r *Registry) bring(id MeetingID, wanted func(*State) bool) (*Meeting, error) {
	if m := r.find(id); m != nil {
		return m, nil
	}
	r.loading.Lock()
	defer r.loading.Unlock()
	if m := r.find(id); m != nil {
		return m, nil
	}
	if r.isStopped() {
		return nil, Errorf(CodeShutdown, "the bridge is shutting down")
	}
	if r.isClosed(id) {
		return nil, errNoMeeting()
	}
	state, err := load(r.ctx, r.o.Store, id)
	if err != nil {
		r.o.Logger.Error("load a meeting", "meeting", id, "err", err)
		return nil, Errorf(CodeStore, "the meeting cannot be read at the moment")
	}
	if !wanted(state) {
		return nil, errNoMeeting()
	}
	if state.Phase == Open {
		if err := r.index(state); err != nil {
			return nil, err
		}
	}
	m := r.newMeeting(id, state)
	m.deleted.Store(state.Phase == Deleted)
	m.idle.Reset(lingering)
	r.launch(m)
	return m, nil
}

func errNoMeeting() error { return Errorf(CodeNotFound, "no such meeting") }

func (r *Registry) find(id MeetingID) *Meeting {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.live[id]
}

func (r *Registry) isStopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stopped
}

// List returns the meetings that are asked for, in order of their ids.
func (r *Registry) List(ctx context.Context, q MeetingQuery) ([]MeetingInfo, error) {
	list, err := r.o.Store.Meetings(ctx, q)
	if err != nil {
		r.o.Logger.Error("list the meetings", "err", err)
		return nil, Errorf(CodeStore, "the meetings cannot be listed at the moment")
	}
	return list, nil
}

// Delete ends a meeting and takes it out of the listing.
func (r *Registry) Delete(ctx context.Context, id MeetingID, meta Meta) error {
	m, err := r.Meeting(id)
	if err != nil {
		return err
	}
	_, err = m.Do(ctx, DeleteMeeting{}, meta)
	return err
}

// Subscribe returns a channel that is signalled after every append of a meeting (empty: of any), and the end of it.
func (r *Registry) Subscribe(of MeetingID) (wake <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakes[ch] = of
	return ch, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.wakes, ch)
	}
}

// Ready says why the store takes no events at the moment; nil: it does.
func (r *Registry) Ready() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, b := range maps.All(r.broken) {
		return fmt.Errorf("the log of meeting %s cannot be written (%d meetings): %w", id, len(r.broken), b.err)
	}
	return nil
}

// appended wakes whoever reads the log, and has a snapshot made now and then.
func (r *Registry) appended(m *Meeting) {
	if m.durable >= m.snapshot+snapshotAll && r.snaps.ask(m.id) {
		m.snapshot = m.durable
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for ch, of := range r.wakes {
		if of != "" && of != m.id {
			continue
		}
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (r *Registry) storeDown(m *Meeting, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken[m.id] = brokenness{meeting: m, err: err}
}

func (r *Registry) storeUp(m *Meeting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.broken, m.id)
}

// forget takes a meeting out of memory; the log keeps it.
func (r *Registry) forget(m *Meeting) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live[m.id] == m {
		delete(r.live, m.id)
		delete(r.broken, m.id)
	}
}

// ended gives the codes of a meeting back.
func (r *Registry) ended(m *Meeting) { r.free(m.id) }
