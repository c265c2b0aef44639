package webhook

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"partyline/control"
)

// Tuned 2026-11: a receiver that restarts is back within the three attempts, some ten seconds.
const (
	holdAfter = 3  // attempts at an event that the receiver answers, but does not take
	maxHeld   = 16 // meetings of an endpoint; with more the endpoint itself is what fails
)

// Held is a meeting that is held back: its next event cannot be delivered, while those of other meetings can. Order is
// promised within a meeting, so one event that a receiver chokes on must not keep the others waiting.
type Held struct {
	Meeting  control.MeetingID `json:"meeting"`
	Seq      uint64            `json:"seq"`      // of that event; what follows it in the meeting waits too
	Progress Progress          `json:"progress"` // of its attempts alone
}

// find returns where a meeting is among those held back; -1: it is not.
func (p Progress) find(m control.MeetingID) int {
	return slices.IndexFunc(p.Held, func(h Held) bool { return h.Meeting == m })
}

// aside says whether the failure of an event is its own meeting's affair.
func (p Progress) aside(f failure) bool {
	switch {
	case len(p.Held) >= maxHeld:
		return false
	case f.event:
		return true
	case f.final || f.status == 0 || f.status == http.StatusTooManyRequests || f.status == http.StatusServiceUnavailable:
		return false // of the endpoint as a whole
	}
	return p.Attempts >= holdAfter
}

// setAside goes on after an event that could not be delivered, and holds its meeting back.
func (p Progress) setAside(r control.Record) Progress {
	h := Held{Meeting: r.Meeting, Seq: r.Seq, Progress: p}
	h.Progress.Held, h.Progress.Position, h.Progress.DeliveredAt = nil, 0, time.Time{}
	p = p.cleared()
	p.Position, p.Held = r.Pos, append(slices.Clone(p.Held), h)
	return p
}

// replace changes what is known of a meeting held back; nil: it is not held back any more.
func (p Progress) replace(m control.MeetingID, h *Held) Progress {
	p.Held = slices.Clone(p.Held)
	i := p.find(m)
	switch {
	case i < 0:
	case h != nil:
		p.Held[i] = *h
	default:
		p.Held = slices.Delete(p.Held, i, i+1)
	}
	if len(p.Held) == 0 {
		p.Held = nil
	}
	return p
}

// nextHeld is when the first of the meetings held back is due; zero: none is.
func (p Progress) nextHeld() (at time.Time) {
	for _, h := range p.Held {
		if next := h.Progress.NextAttempt; h.Progress.ParkedAt.IsZero() && (at.IsZero() || next.Before(at)) {
			at = next
		}
	}
	return at
}

// due says whether an attempt is to be made now. Longer than any back-off is a wall clock that was set back: then it is.
func (p Progress) due() bool {
	wait := time.Until(p.NextAttempt)
	return p.ParkedAt.IsZero() && (wait <= 0 || wait > maxWait)
}

// tryHeld delivers what is due of the meetings held back.
func (w *worker) tryHeld(ctx context.Context) {
	for _, h := range w.now().Held {
		switch {
		case w.halted(ctx):
			return
		case !w.endpoint.Spec.wantsMeeting(h.Meeting):
			w.set(w.now().replace(h.Meeting, nil))
		case h.Progress.due():
			w.catchUpHeld(ctx, h)
		}
	}
}

// catchUpHeld delivers a meeting's events up to where the endpoint is; then the meeting is held back no more.
func (w *worker) catchUpHeld(ctx context.Context, h Held) {
	for {
		records, err := w.service.o.Log.Read(ctx, h.Meeting, h.Seq-1, 1)
		if err != nil {
			w.cannotRead(ctx, err)
			return // the attempt is due still; the log is asked again with the next one
		}
		if len(records) == 0 || records[0].Pos > w.now().Position {
			w.set(w.now().replace(h.Meeting, nil))
			return
		}
		if w.halted(ctx) || !w.takeHeld(ctx, &h, records[0]) {
			return
		}
	}
}

// takeHeld delivers one event of a meeting held back, and says whether to go on with the next.
func (w *worker) takeHeld(ctx context.Context, h *Held, r control.Record) bool {
	status, f := 0, (*failure)(nil)
	if w.endpoint.Spec.wants(r) {
		status, f = w.deliver(ctx, r)
	}
	if ctx.Err() != nil {
		return false // cut by us: no failure of the receiver's
	}
	now, p := time.Now().Round(0).UTC(), w.now()
	if f != nil {
		h.Seq, h.Progress = r.Seq, h.Progress.failed(now, *f, rand.Float64())
		w.set(p.replace(h.Meeting, h))
		w.log(h.Progress, r)
		return false
	}
	if status != 0 {
		p.DeliveredAt, p.LastStatus = now, status
	}
	h.Seq, h.Progress = r.Seq+1, Progress{}
	w.set(p.replace(h.Meeting, h))
	return true
}
