package mixer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"partyline/mixer/media"
)

// Errors of Open, Resume and Detach.
var (
	ErrTooManyLegs = errors.New("mixer: too many legs")
	ErrStopped     = errors.New("mixer: the engine has stopped")
	ErrLegClosed   = errors.New("mixer: the leg is closed")
)

// Options configures an Engine.
type Options struct {
	Shards           int                                           // loops; 0: GOMAXPROCS
	PortMin, PortMax uint16                                        // RTP ports; both 0: 20000-29999
	DSCP             uint8                                         // that packets are marked with, 0 to 63
	RTPTimeout       time.Duration                                 // after so long without RTP a leg is Silent; 0: 15 s
	MaxLegs          int                                           // 0: as many as there are ports
	Logger           *slog.Logger                                  // nil: none
	Music            []int16                                       // a loop for who waits in no room, see [Place].Music; not changed; nil: silence
	Listen           func(addr netip.AddrPort) (media.Conn, error) // nil: UDP sockets; for tests
}

// The defaults of Options.
const (
	defaultPortMin    = 20000
	defaultPortMax    = 29999
	defaultRTPTimeout = 15 * time.Second
)

func (o *Options) validate() error {
	if o.Shards < 0 || o.MaxLegs < 0 || o.RTPTimeout < 0 {
		return errors.New("mixer: Shards, MaxLegs and RTPTimeout must not be negative")
	}
	if o.DSCP > media.MaxDSCP {
		return fmt.Errorf("mixer: DSCP %d is above %d", o.DSCP, media.MaxDSCP)
	}
	if o.PortMin == 0 && o.PortMax == 0 {
		o.PortMin, o.PortMax = defaultPortMin, defaultPortMax
	}
	if o.Shards == 0 {
		o.Shards = runtime.GOMAXPROCS(0)
	}
	if o.RTPTimeout == 0 {
		o.RTPTimeout = defaultRTPTimeout
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

// Engine owns the shards, the ports and the legs.
type Engine struct {
	// immutable
	opts     Options
	start    time.Time // of tick 0
	pool     *media.Pool
	shards   []*shard
	reporter *reporter
	done     chan struct{} // closed when the shards have stopped for ever

	mu      sync.Mutex
	stage   stage          // guarded by mu
	legs    map[LegID]*Leg // guarded by mu
	lastLeg LegID          // guarded by mu
	opening int            // legs whose ports are being bound; guarded by mu
}

type stage uint8

const (
	idle stage = iota
	running
	stopped
)

// New checks the options. The engine's ticks begin with Run; legs may be opened before.
func New(o Options) (*Engine, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	pool, err := media.NewPool(media.PoolOptions{Min: o.PortMin, Max: o.PortMax, DSCP: o.DSCP, Listen: o.Listen})
	if err != nil {
		return nil, err
	}
	e := &Engine{
		opts: o, start: time.Now(), pool: pool, reporter: newReporter(),
		done: make(chan struct{}), legs: make(map[LegID]*Leg),
	}
	for i := range o.Shards {
		e.shards = append(e.shards, newShard(e, i))
	}
	return e, nil
}

// Run ticks until ctx ends, then closes every leg. An engine runs once.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.begin(); err != nil {
		return err
	}
	e.opts.Logger.Info("mixer started", "shards", len(e.shards))
	var shards, reports sync.WaitGroup // awaited below
	reports.Go(e.reporter.run)
	for _, s := range e.shards {
		shards.Go(func() { s.run(ctx) })
	}
	shards.Wait()
	err := e.end()
	e.reporter.stop()
	reports.Wait()
	e.opts.Logger.Info("mixer stopped")
	return err
}

func (e *Engine) begin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch e.stage {
	case running:
		return errors.New("mixer: the engine runs already")
	case stopped:
		return ErrStopped
	case idle:
	}
	e.stage = running
	return nil
}

// end closes what is left when the shards have stopped.
func (e *Engine) end() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stage = stopped
	close(e.done)
	for _, s := range e.shards {
		s.end()
	}
	var errs []error
	for id, l := range e.legs {
		errs = append(errs, l.pair.Close())
		delete(e.legs, id)
	}
	return errors.Join(errs...)
}

// Tick is the number of the frame that is due now.
func (e *Engine) Tick() int64 { return int64(time.Since(e.start) / Ptime) }

// Open reserves a pair of ports on local for a new leg. Nothing is received before Start.
func (e *Engine) Open(local netip.Addr) (*Leg, error) {
	return e.open(func() (*media.Pair, error) { return e.pool.Open(local.Unmap()) })
}

// Resume takes a leg up where Detach, perhaps in another process, left it: same ports, same stream. The leg is
// started with the State's Spec. Its sequence numbers leave a gap (packets sent after the State was taken), its time
// stamps go on with the wall clock.
func (e *Engine) Resume(state media.State) (*Leg, error) {
	l, err := e.open(func() (*media.Pair, error) { return e.pool.OpenAt(state.Local) })
	if err != nil {
		return nil, fmt.Errorf("resume leg on %s: %w", state.Local, err)
	}
	l.restore(&state)
	l.Start(state.Spec)
	return l, nil
}

func (e *Engine) open(bind func() (*media.Pair, error)) (*Leg, error) {
	id, err := e.reserve()
	if err != nil {
		return nil, err
	}
	pair, err := bind() // outside the lock: it asks the kernel
	e.mu.Lock()
	defer e.mu.Unlock()
	e.opening--
	if err != nil {
		return nil, err
	}
	if e.stage == stopped {
		return nil, errors.Join(ErrStopped, pair.Close())
	}
	l := newLeg(e, id, pair)
	e.legs[id] = l
	return l, nil
}

// reserve takes a place among the legs for one that is being opened.
func (e *Engine) reserve() (LegID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == stopped {
		return 0, ErrStopped
	}
	if e.opts.MaxLegs > 0 && len(e.legs)+e.opening >= e.opts.MaxLegs {
		return 0, ErrTooManyLegs
	}
	e.opening++
	e.lastLeg++
	return e.lastLeg, nil
}

// Leg finds a leg that is open; nil: none of this id.
func (e *Engine) Leg(id LegID) *Leg {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.legs[id]
}

// Legs counts the open legs.
func (e *Engine) Legs() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.legs)
}

// forget closes the sockets of a leg that has ended and takes it from the list.
func (e *Engine) forget(l *Leg) {
	e.mu.Lock()
	delete(e.legs, l.id)
	e.mu.Unlock()
	if err := l.pair.Close(); err != nil {
		e.opts.Logger.Warn("cannot close a leg's sockets", "leg", l.id, "err", err)
	}
}

// owns says whether the shards run and so end the leg themselves. Otherwise none may take it up later.
func (e *Engine) owns(l *Leg) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stage == running {
		return true
	}
	l.gone.Store(true)
	return false
}

// NewMeeting makes a meeting on the least loaded shard. It must be closed.
func (e *Engine) NewMeeting() *Meeting {
	s, phase := e.leastLoaded()
	m := newMeeting(s, phase)
	s.place[phase].meetings.Add(1)
	s.inbox.post(func() { s.add(m) })
	return m
}

// over says whether the shards have stopped for ever.
func (e *Engine) over() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// leastLoaded finds the phase with the fewest legs on the shard with the fewest.
func (e *Engine) leastLoaded() (*shard, int) {
	best := e.shards[0]
	for _, s := range e.shards[1:] {
		if s.weight() < best.weight() {
			best = s
		}
	}
	phase := 0
	for p := range best.place {
		if best.place[p].weight() < best.place[phase].weight() {
			phase = p
		}
	}
	return best, phase
}
