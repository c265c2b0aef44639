package webhook

import (
	"slices"
	"time"
)

// Tuned 2026-11: some 60 attempts in a day.
const (
	firstRetry    = 2 * time.Second
	maxRetry      = 30 * time.Minute
	maxRetryAfter = time.Hour      // of what a receiver may ask for
	giveUpAfter   = 24 * time.Hour // of failures of one event
)

// failure is why an attempt has failed.
type failure struct {
	status     int // 0: there was no answer
	text       string
	retryAfter time.Duration // that the receiver asks for; 0: it does not
	final      bool          // no further attempt can help
	event      bool          // it is this event that cannot be sent, whoever gets it
}

// failed is the progress after a failed attempt: the next one is due at NextAttempt, or the endpoint is parked. Jitter is
// in [0, 1).
func (p Progress) failed(now time.Time, f failure, jitter float64) Progress {
	p.Attempts++
	p.LastStatus, p.LastError = f.status, f.text
	if p.FailingSince.IsZero() {
		p.FailingSince = now
	}
	end := p.FailingSince.Add(giveUpAfter)
	if f.final || !now.Before(end) {
		p.ParkedAt, p.NextAttempt = now, time.Time{}
		return p
	}
	wait := max(backoff(p.Attempts, jitter), min(f.retryAfter, maxRetryAfter))
	p.NextAttempt = now.Add(wait)
	if p.NextAttempt.After(end) {
		p.NextAttempt = end // the last one
	}
	return p
}

// backoff doubles with every attempt and is spread by a quarter either way, so that endpoints that failed together do not
// come back together.
func backoff(attempts int, jitter float64) time.Duration {
	wait := min(maxRetry, firstRetry<<min(attempts-1, 20))
	return wait - wait/4 + time.Duration(jitter*float64(wait/2))
}

// delivered is the progress after the event at pos has arrived.
func (p Progress) delivered(now time.Time, pos uint64, status int) Progress {
	return Progress{Position: pos, LastStatus: status, DeliveredAt: now, Held: p.Held}
}

// cleared forgets the failures, so that the next attempt is made at once.
func (p Progress) cleared() Progress {
	p.Attempts, p.FailingSince, p.NextAttempt, p.ParkedAt = 0, time.Time{}, time.Time{}, time.Time{}
	return p
}

// resumed is cleared, and the meetings held back are due at once too.
func (p Progress) resumed() Progress {
	p = p.cleared()
	p.Held = slices.Clone(p.Held)
	for i := range p.Held {
		p.Held[i].Progress = p.Held[i].Progress.cleared()
	}
	return p
}
