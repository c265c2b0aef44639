package control

import (
	"context"
	"fmt"
	"time"
)

const (
	sweepEvery = time.Hour
	sweepPage  = 100
)

// keptSince says from when on a meeting that is over must have had an event to be kept; false: whatever it is, it is kept.
func keptSince(retention time.Duration, now time.Time) (time.Time, bool) {
	return now.Add(-retention), retention > 0
}

// sweep forgets meetings that have been over for longer than they are kept, at the start and then every hour, until ctx ends.
func (r *Registry) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if n, err := r.forgetOld(ctx); err != nil && ctx.Err() == nil {
			r.o.Logger.Error("forget old meetings", "err", err)
		} else if n > 0 {
			r.o.Logger.Info("old meetings are forgotten", "meetings", n)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// forgetOld forgets one meeting after the other, and says how many. One that is being used is left for the next time.
func (r *Registry) forgetOld(ctx context.Context) (n int, err error) {
	since, ok := keptSince(r.o.Retention, r.now())
	if !ok {
		return 0, nil
	}
	for {
		list, err := r.o.Store.Over(ctx, since, sweepPage)
		if err != nil {
			return n, err
		}
		before := n
		for _, id := range list {
			done, err := r.forgetMeeting(ctx, id)
			if err != nil {
				return n, fmt.Errorf("meeting %s: %w", id, err)
			}
			if done {
				n++
			}
		}
		if len(list) < sweepPage || n == before {
			return n, nil
		}
	}
}

// forgetMeeting forgets a meeting that nobody uses. It cannot be brought in while that goes on.
func (r *Registry) forgetMeeting(ctx context.Context, id MeetingID) (bool, error) {
	if !r.close(id) {
		return false, nil
	}
	defer r.reopen(id)
	err := r.o.Store.Forget(ctx, id)
	return err == nil, err
}

// close keeps a meeting from being brought in, unless it is live.
func (r *Registry) close(id MeetingID) bool {
	r.loading.Lock()
	defer r.loading.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live[id] != nil {
		return false
	}
	r.closed[id] = true
	return true
}

func (r *Registry) reopen(id MeetingID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.closed, id)
}

func (r *Registry) isClosed(id MeetingID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed[id]
}
