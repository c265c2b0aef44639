package main

import (
	"context"
	"errors"
	"time"

	"partyline/control"
	"partyline/mixer/prompt"
)

const (
	// maxTakes bounds the memory that callers can fill by speaking, in samples: 34 takes of two minutes, or 800 of names.
	maxTakes = 32 << 20
	// keyClick is what of a take goes with the key that ended it.
	keyClick = soundRate / 10
)

// take is what one leg says, or has said.
type take struct {
	buf []int16 // as long as it may become; while it is recorded the mixer's
	pcm []int16 // what is left of it; nil: it has not ended
}

// takes are the recordings of all legs that are not stored. Guarded by mediaWire.mu.
type takes struct {
	of      map[control.LegID]*take
	samples int
}

func (t *takes) drop(leg control.LegID) {
	if old := t.of[leg]; old != nil {
		t.samples -= len(old.buf)
		delete(t.of, leg)
	}
}

// add makes a take, in place of the leg's last one; nil: there is no memory for it.
func (t *takes) add(leg control.LegID, samples int) *take {
	t.drop(leg)
	if t.samples+samples > maxTakes {
		return nil
	}
	t.samples += samples
	made := &take{buf: make([]int16, samples)}
	t.of[leg] = made
	return made
}

// Record has what a leg says recorded.
func (w *mediaWire) Record(id control.LegID, which uint64, limit time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	leg := w.legs[id]
	if leg == nil {
		return false
	}
	t := w.takes.add(id, int(limit*soundRate/time.Second))
	if t == nil {
		return false
	}
	leg.Record(which, t.buf)
	return true
}

// StopRecord ends a recording.
func (w *mediaWire) StopRecord(id control.LegID) {
	if leg := w.leg(id); leg != nil {
		leg.StopRecord()
	}
}

// Trim takes away the silence around what was said.
func (w *mediaWire) Trim(id control.LegID, samples int, keyed bool) time.Duration {
	w.mu.Lock()
	t := w.takes.of[id]
	w.mu.Unlock()
	if t == nil {
		return 0
	}
	pcm := t.buf[:min(samples, len(t.buf))]
	if keyed {
		pcm = pcm[:max(0, len(pcm)-keyClick)]
	}
	pcm = prompt.Trim(pcm)
	w.mu.Lock()
	t.pcm = pcm
	w.mu.Unlock()
	return time.Duration(len(pcm)) * time.Second / soundRate
}

// said is the take of a leg that has ended, or nil.
func (w *mediaWire) said(id control.LegID) []int16 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t := w.takes.of[id]; t != nil {
		return t.pcm
	}
	return nil
}

// Replay plays a take to who has said it.
func (w *mediaWire) Replay(id control.LegID, play uint64) {
	if leg := w.saying(id); leg != nil {
		leg.Play(play, prompt.NewPCM(w.said(id)), true)
	}
}

// Store keeps a take as a recording of a meeting. It is written by a goroutine that wait waits for.
func (w *mediaWire) Store(id control.LegID, meeting control.MeetingID, audio control.AudioID, done func(control.Audio, error)) {
	pcm := w.said(id)
	if len(pcm) == 0 {
		done(control.Audio{}, control.Errorf(control.CodeNotFound, "there is no recording"))
		return
	}
	w.fetching.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), audioTimeout)
		defer cancel()
		wav := prompt.EncodeWAV(pcm)
		made := control.Audio{ID: audio, DurationMS: len(pcm) * 1000 / soundRate, Bytes: len(wav)}
		err := w.sounds.store.PutAudio(ctx, meeting, audio, wav)
		if _, told := errors.AsType[*control.Error](err); err != nil && !told {
			w.log.Warn("recording not stored", "meeting", meeting, "leg", id, "err", err)
			err = control.Errorf(control.CodeStore, "the recording could not be stored")
		}
		done(made, err)
	})
}

// Discard forgets a take.
func (w *mediaWire) Discard(id control.LegID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.takes.drop(id)
	if leg := w.legs[id]; leg != nil {
		leg.StopRecord()
	}
}
