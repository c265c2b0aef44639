package main

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"partyline/cmd/internal/speech"
	"partyline/control"
	"partyline/mixer/prompt"
)

// reader speaks as it is told to.
type reader func(t speech.Text) *prompt.Growing

// Speak implements speaker.
func (r reader) Speak(t speech.Text) *prompt.Growing { return r(t) }

// broken is a sound that ends with an error.
func broken(pcm []int16) *prompt.Growing {
	g := prompt.NewGrowing(10)
	g.Write(pcm)
	g.End(errors.New("no voice"))
	return g
}

// TestTextIsSpoken by whoever can; else callers hear that there is a message.
func TestTextIsSpoken(t *testing.T) {
	s, err := openSounds("", nil, slog.New(slog.DiscardHandler))
	must(t, err)
	message, err := s.prompt("message", "")
	must(t, err)
	begun := prompt.NewGrowing(10)
	begun.Write(make([]int16, 100))
	for name, c := range map[string]struct {
		speaker speaker
		spoken  bool
	}{
		"nobody": {nil, false},
		"fails":  {reader(func(speech.Text) *prompt.Growing { return broken(nil) }), false},
		"silent": {reader(func(speech.Text) *prompt.Growing { return prompt.Whole(nil) }), false},
		"begins": {reader(func(speech.Text) *prompt.Growing { return begun }), true},
		"speaks": {reader(func(text speech.Text) *prompt.Growing {
			if text != (speech.Text{Words: "Hello", Language: "en", Message: true}) {
				t.Errorf("asked for %+v", text)
			}
			return prompt.Whole(make([]int16, 10))
		}), true},
	} {
		s.speaker = c.speaker
		got, spoken, err := s.fetch(t.Context(), "mtg_1", control.Sound{Text: "Hello"})
		if err != nil || spoken != c.spoken || spoken != (got.grows != nil) || !spoken && len(got.pcm) <= len(message) {
			t.Errorf("%s: %d samples, spoken %t, %v", name, len(got.pcm), spoken, err)
		}
	}
}

// TestStopWhileTheSoundIsFetched: a broadcast that was stopped while it was being spoken is not played.
func TestStopWhileTheSoundIsFetched(t *testing.T) {
	w, _ := newWire(t)
	sounds, err := openSounds("", nil, slog.New(slog.DiscardHandler))
	must(t, err)
	speaking := make(chan struct{})
	sounds.speaker = reader(func(speech.Text) *prompt.Growing {
		close(speaking)
		return prompt.NewGrowing(10)
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
	sounds.speaker = reader(func(speech.Text) *prompt.Growing {
		close(speaking)
		return prompt.NewGrowing(10)
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
