package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"partyline/control"
)

const (
	batch      = 16                       // events read from the log at a time,
	batchBytes = 1 << 20                  // one while they are this large together
	readGap    = 50 * time.Millisecond    // after a wake-up, so that a burst costs one read
	logRetry   = time.Second              // before the log is asked again after an error, or for what it holds back
	maxWait    = maxRetry + maxRetryAfter // above every back-off
	noteEvery  = 1000                     // unwanted events that are passed before the place is kept
)

// worker delivers to one endpoint.
type worker struct {
	// immutable
	service  *Service
	endpoint Endpoint // but for Progress
	cancel   context.CancelFunc
	quit     chan struct{} // closed: begin nothing new
	done     chan struct{} // closed when run has ended

	// owned by run
	batch   int
	passed  int  // events since the place was kept
	blind   bool // the log could not be read
	quitted bool // owned by halt

	mu       sync.Mutex
	progress Progress // guarded by mu; written by run alone
	dirty    bool     // guarded by mu: progress is not in the store yet
}

// run delivers until ctx ends, the worker is halted, or the endpoint is parked.
func (w *worker) run(ctx context.Context) {
	defer close(w.done)
	wake, cancel := w.service.o.Subscribe() // before the first read, so that nothing slips between
	defer cancel()
	for {
		w.tryHeld(ctx)
		pause, failing := w.catchUp(ctx)
		if !failing && w.service.o.Log.HoldsBack(w.now().Position) {
			pause = logRetry // nothing wakes us when it can be read
		}
		pause = w.untilHeld(pause, failing)
		if w.parked() || !w.sleep(ctx, wake, pause, failing) {
			return
		}
	}
}

// untilHeld shortens a pause to when a meeting held back is due.
func (w *worker) untilHeld(pause time.Duration, failing bool) time.Duration {
	next := w.now().nextHeld()
	if next.IsZero() {
		return pause
	}
	wait := max(logRetry, min(time.Until(next), maxWait)) // not sooner: the log may be what fails
	if failing || pause > 0 {
		return min(pause, wait)
	}
	return wait
}

// sleep returns when there may be more to do, and says false when there will not: after the pause, if there is one, or
// when there are new events. Those do not shorten a back-off.
func (w *worker) sleep(ctx context.Context, wake <-chan struct{}, pause time.Duration, failing bool) bool {
	var timer <-chan time.Time
	if failing {
		wake = nil
	}
	if failing || pause > 0 {
		t := time.NewTimer(pause)
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-w.quit:
		return false
	case <-timer:
		return true
	case <-wake:
	}
	t := time.NewTimer(readGap)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-w.quit:
		return false
	case <-t.C:
		return true
	}
}

// catchUp delivers what the log has. It says how long to pause if something fails.
func (w *worker) catchUp(ctx context.Context) (pause time.Duration, failing bool) {
	// Longer than any back-off is a wall clock that was set back: then it is due.
	if wait := time.Until(w.now().NextAttempt); wait > 0 && wait <= maxWait {
		return wait, true
	}
	for {
		records, err := w.service.o.Log.ReadAll(ctx, w.now().Position, w.batch)
		if err != nil {
			w.cannotRead(ctx, err)
			return logRetry, true
		}
		w.blind = false
		size := 0
		for _, r := range records {
			size += len(r.Data)
			if w.halted(ctx) {
				return 0, false
			}
			if pause, ok := w.take(ctx, r); !ok {
				return pause, true
			}
		}
		if len(records) < w.batch {
			return 0, false
		}
		w.batch = batch
		if size > batchBytes {
			w.batch = 1
		}
	}
}

func (w *worker) cannotRead(ctx context.Context, err error) {
	if !w.blind && ctx.Err() == nil {
		w.service.o.Logger.Warn("webhooks cannot read the log", "webhook", w.endpoint.ID, "err", err)
	}
	w.blind = true
}

// take delivers one event if it is wanted, and goes on to the next. If that fails it says how long to pause.
func (w *worker) take(ctx context.Context, r control.Record) (pause time.Duration, ok bool) {
	if !w.endpoint.Spec.wants(r) || w.now().find(r.Meeting) >= 0 {
		w.pass(r.Pos)
		return 0, true
	}
	status, f := w.deliver(ctx, r)
	now := time.Now().Round(0).UTC()
	if f == nil {
		if p := w.now(); p.Attempts > 0 {
			w.service.o.Logger.Info("webhook works again", "webhook", w.endpoint.ID, "attempts", p.Attempts+1)
		}
		w.passed = 0
		w.set(w.now().delivered(now, r.Pos, status))
		return 0, true
	}
	if ctx.Err() != nil {
		return 0, false // cut by us: no failure of the receiver's
	}
	p := w.now().failed(now, *f, rand.Float64())
	w.log(p, r)
	if p.aside(*f) {
		w.service.o.Logger.Warn("webhook goes on without a meeting", "webhook", w.endpoint.ID, "meeting", r.Meeting, "seq", r.Seq)
		w.set(p.setAside(r))
		return 0, true
	}
	w.set(p)
	return max(0, time.Until(p.NextAttempt)), false
}

// log tells of transitions, not of attempts.
func (w *worker) log(p Progress, r control.Record) {
	logger := w.service.o.Logger.With("webhook", w.endpoint.ID, "meeting", r.Meeting, "seq", r.Seq, "status", p.LastStatus, "reason", p.LastError)
	switch {
	case !p.ParkedAt.IsZero():
		logger.Error("webhook is parked", "attempts", p.Attempts)
	case p.Attempts == 1:
		logger.Warn("webhook fails")
	}
}

func (w *worker) deliver(ctx context.Context, r control.Record) (int, *failure) {
	body, err := w.service.o.Encode(r)
	if err != nil {
		return 0, &failure{text: shortened(err.Error()), final: true, event: true}
	}
	if len(body) > maxBody {
		return 0, &failure{text: fmt.Sprintf("event %d of meeting %s is too large to be sent; replay from position %d to go on after it", r.Seq, r.Meeting, r.Pos), final: true, event: true}
	}
	return w.service.post(ctx, message{url: w.endpoint.Spec.URL, id: messageID(r), body: body, secrets: w.endpoint.Secrets})
}

// pass goes over an event that is not wanted. The place is kept now and then only: to pass it again costs nothing.
func (w *worker) pass(pos uint64) {
	w.mu.Lock()
	w.progress.Position = pos
	w.mu.Unlock()
	if w.passed++; w.passed >= noteEvery {
		w.passed = 0
		w.set(w.now())
	}
}

// now is the progress.
func (w *worker) now() Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress
}

// set changes the progress and has it kept.
func (w *worker) set(p Progress) {
	w.mu.Lock()
	w.progress, w.dirty = p, true
	w.mu.Unlock()
	w.service.noteDirty()
}

func (w *worker) parked() bool { return w.now().State() == Parked }

func (w *worker) halted(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	case <-w.quit:
		return true
	default:
		return false
	}
}

// stop has the worker begin nothing new. Only who holds Service.ops may call it.
func (w *worker) stop() {
	if !w.quitted {
		w.quitted = true
		close(w.quit)
	}
}

// halt ends the worker: what is under way may finish within the grace, then it is cut, and will be sent again.
func (w *worker) halt(grace <-chan time.Time) {
	w.stop()
	select {
	case <-w.done:
	case <-grace:
	}
	w.cancel()
	<-w.done
}

// whole is the endpoint as it is now.
func (w *worker) whole() Endpoint {
	e := w.endpoint.clone()
	e.Progress = w.now()
	return e
}
