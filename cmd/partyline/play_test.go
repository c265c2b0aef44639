package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"partyline/control"
)

// reader speaks as it is told to.
type reader func(ctx context.Context, text, language string) ([]int16, error)

// Speak implements speaker.
func (r reader) Speak(ctx context.Context, text, language string) ([]int16, error) {
	return r(ctx, text, language)
}

// TestTextIsSpoken by whoever can; else callers hear that there is a message.
func TestTextIsSpoken(t *testing.T) {
	s, err := openSounds("", nil, slog.New(slog.DiscardHandler))
	must(t, err)
	message, err := s.prompt("message", "")
	must(t, err)
	long := make([]int16, (maxAudioSeconds+1)*soundRate)
	for name, c := range map[string]struct {
		speaker speaker
		spoken  bool
		length  int
	}{
		"nobody":  {nil, false, len(message)},
		"fails":   {reader(func(context.Context, string, string) ([]int16, error) { return nil, errors.New("no voice") }), false, len(message)},
		"silent":  {reader(func(context.Context, string, string) ([]int16, error) { return nil, nil }), false, len(message)},
		"endless": {reader(func(context.Context, string, string) ([]int16, error) { return long, nil }), true, maxAudioSeconds * soundRate},
		"speaks": {reader(func(_ context.Context, text, language string) ([]int16, error) {
			return make([]int16, len(text)*len(language)), nil
		}), true, 10},
	} {
		s.speaker = c.speaker
		pcm, spoken, err := s.fetch(t.Context(), "mtg_1", control.Sound{Text: "Hello", Language: "en"})
		if err != nil || spoken != c.spoken || len(pcm) < c.length || spoken && len(pcm) != c.length {
			t.Errorf("%s: %d samples, spoken %t, %v", name, len(pcm), spoken, err)
		}
	}
}

// TestStopWhileTheSoundIsFetched: a broadcast that was stopped while it was being spoken is not played.
func TestStopWhileTheSoundIsFetched(t *testing.T) {
	w, _ := newWire(t)
	sounds, err := openSounds("", nil, slog.New(slog.DiscardHandler))
	must(t, err)
	speaking := make(chan struct{})
	sounds.speaker = reader(func(ctx context.Context, _, _ string) ([]int16, error) {
		close(speaking)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	w.sounds = sounds
	w.Place("mtg_1", &control.Placement{Gen: 1})
	ended := make(chan control.PlayReport, 2)
	w.Play("mtg_1", control.Play{
		Broadcast: "bct_1", Sound: control.Sound{Text: "Hello"},
		Began: func(r control.PlayReport) { t.Errorf("began: %+v", r) },
		Ended: func(r control.PlayReport) { ended <- r },
	})
	<-speaking
	w.Stop("mtg_1", "bct_1")
	w.Stop("mtg_1", "bct_1")
	w.wait()
	if r := <-ended; r.Whole || len(ended) > 0 || len(w.onAir) > 0 {
		t.Errorf("ended %+v", r)
	}
}

// TestAStopEndsTheFetching: the bridge does not wait for a text to be spoken when it stops.
func TestAStopEndsTheFetching(t *testing.T) {
	w, _ := newWire(t)
	sounds, err := openSounds("", nil, slog.New(slog.DiscardHandler))
	must(t, err)
	speaking := make(chan struct{})
	sounds.speaker = reader(func(ctx context.Context, _, _ string) ([]int16, error) {
		close(speaking)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	w.sounds = sounds
	w.Play("mtg_1", control.Play{
		Broadcast: "bct_1", Sound: control.Sound{Text: "Hello"}, Began: func(control.PlayReport) {}, Ended: func(control.PlayReport) {},
	})
	<-speaking
	begun := time.Now()
	w.wait()
	if took := time.Since(begun); took > speakTimeout/2 {
		t.Errorf("it took %v", took)
	}
}
