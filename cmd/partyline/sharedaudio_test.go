package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestAudioIsShared: a hundred who hear a recording at a time have it read once, and once nobody hears it, it is gone.
func TestAudioIsShared(t *testing.T) {
	var a sharedAudio
	var reads atomic.Int32
	read := func(context.Context) ([]int16, error) {
		reads.Add(1)
		return make([]int16, 1000), nil
	}
	which := audioOf{"mtg_1", "aud_1"}
	held := make([]*recordedAudio, 100)
	var all sync.WaitGroup
	for i := range held {
		all.Go(func() {
			var err error
			if held[i], err = a.get(t.Context(), which, read); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, r := range held {
		if r != held[0] {
			t.Fatal("two hear samples of their own")
		}
	}
	runtime.GC()
	if r, err := a.get(t.Context(), which, read); r != held[0] || err != nil || reads.Load() != 1 {
		t.Errorf("it is read %d times, %v", reads.Load(), err)
	}
	runtime.KeepAlive(held)
	held = nil
	runtime.GC()
	if a.alive(which) != nil {
		t.Error("what nobody hears is kept")
	}
	if _, err := a.get(t.Context(), audioOf{"mtg_1", "aud_2"}, read); err != nil || reads.Load() != 2 || len(a.heard) != 1 {
		t.Errorf("%d reads, %d are remembered, %v", reads.Load(), len(a.heard), err)
	}
}

// TestAudioOfACallThatEnds: who waits for the same recording as a call that ends reads it himself; a recording that is not there is
// not asked for again and again.
func TestAudioOfACallThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a sharedAudio
		which := audioOf{"mtg_1", "aud_1"}
		read := func(ctx context.Context) ([]int16, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(time.Second):
				return []int16{1}, nil
			}
		}
		first, cancel := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := a.get(first, which, read); !errors.Is(err, context.Canceled) {
				t.Errorf("the first one: %v", err)
			}
		})
		synctest.Wait()
		both.Go(func() {
			if r, err := a.get(t.Context(), which, read); err != nil || len(r.pcm) != 1 {
				t.Errorf("the second one: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		both.Wait()
		gone := errors.New("no such recording")
		if _, err := a.get(t.Context(), audioOf{"mtg_1", "aud_2"}, func(context.Context) ([]int16, error) { return nil, gone }); !errors.Is(err, gone) {
			t.Errorf("a recording that is not there: %v", err)
		}
	})
}
