package main

import (
	"context"
	"errors"
	"sync"
	"weak"

	"golang.org/x/sync/singleflight"

	"partyline/control"
	"partyline/mixer/prompt"
)

// sharedAudio gives all who hear a recording at a time the same samples: many may have it repeated to them, and a recording of
// five minutes is 5 MB of them. What nobody hears any more is left to the garbage collector. Safe for concurrent use.
type sharedAudio struct {
	reading singleflight.Group

	mu    sync.Mutex
	heard map[audioOf]weak.Pointer[recordedAudio] // guarded by mu
}

// audioOf names a recording of a meeting.
type audioOf struct {
	meeting control.MeetingID
	audio   control.AudioID
}

// recordedAudio is the samples of one. Whoever plays them holds on to it.
type recordedAudio struct{ pcm []int16 }

// heldSource is a source that holds on to the samples that it plays.
type heldSource struct {
	prompt.Source
	of *recordedAudio
}

// get returns the recording that somebody hears already, or reads it, once for all who ask meanwhile.
func (a *sharedAudio) get(ctx context.Context, which audioOf, read func(ctx context.Context) ([]int16, error)) (*recordedAudio, error) {
	for {
		if r := a.alive(which); r != nil {
			return r, nil
		}
		got, err, _ := a.reading.Do(string(which.meeting)+" "+string(which.audio), func() (any, error) {
			pcm, err := read(ctx)
			if err != nil {
				return nil, err
			}
			return a.keep(which, pcm), nil
		})
		if r, ok := got.(*recordedAudio); ok && err == nil {
			return r, nil
		}
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil { // else it was the other's call that ended
			return nil, err
		}
	}
}

func (a *sharedAudio) alive(which audioOf) *recordedAudio {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.heard[which].Value()
}

// keep remembers a recording, and forgets those that nobody hears any more.
func (a *sharedAudio) keep(which audioOf, pcm []int16) *recordedAudio {
	r := &recordedAudio{pcm}
	a.mu.Lock()
	defer a.mu.Unlock()
	for other, old := range a.heard {
		if old.Value() == nil {
			delete(a.heard, other)
		}
	}
	if a.heard == nil {
		a.heard = make(map[audioOf]weak.Pointer[recordedAudio])
	}
	a.heard[which] = weak.Make(r)
	return r
}
