package main

import (
	"context"

	"partyline/control"
	"partyline/mixer"
)

// repeats are the sounds that are being fetched for one leg alone. Guarded by mediaWire.mu.
type repeats map[control.LegID]*repeat

type repeat struct{ cancel context.CancelFunc }

// drop gives up what is being fetched for a leg: something else is said to it, or it has ended.
func (r repeats) drop(leg control.LegID) {
	if old := r[leg]; old != nil {
		old.cancel()
		delete(r, leg)
	}
}

// Repeat plays a sound of a meeting to one leg, once it has been fetched, unless something else is said to the leg before.
// It is fetched by a goroutine that wait waits for. One that cannot be played has ended at once.
func (w *mediaWire) Repeat(id control.LegID, play uint64, meeting control.MeetingID, sound control.Sound) {
	ctx, cancel := context.WithCancel(context.Background())
	r := &repeat{cancel}
	w.mu.Lock()
	w.repeats.drop(id)
	leg := w.legs[id]
	if leg == nil {
		w.mu.Unlock()
		cancel()
		return
	}
	w.repeats[id] = r
	w.mu.Unlock()
	leg.StopPlay() // what is being said is not heard to its end meanwhile
	w.fetching.Go(func() {
		defer cancel()
		got, _, err := w.sounds.fetch(ctx, meeting, sound)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("broadcast cannot be repeated", "leg", id, "meeting", meeting, "err", err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.repeats[id] == r {
			delete(w.repeats, id)
			leg.Play(play, got.source(0), true)
		}
	})
}

// saying gives up what is being fetched for a leg, and returns the leg; nil: it has ended.
func (w *mediaWire) saying(id control.LegID) *mixer.Leg {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.repeats.drop(id)
	return w.legs[id]
}
