package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"partyline/cmd/internal/speech"
	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/mixer/prompt"
)

const (
	soundRate       = voice.Rate
	defaultLanguage = voice.English

	// audioTimeout bounds the reading of a recording from the store.
	audioTimeout = 10 * time.Second
	// maxAudioSeconds is the longest recording that is taken.
	maxAudioSeconds = 300
	// speakTimeout bounds how long the beginning of a text is waited for.
	speakTimeout = 15 * time.Second
)

// speaker turns text into sound, which grows from the first sentence on. It does not wait for anything.
type speaker interface {
	Speak(t speech.Text) *prompt.Growing
}

// sounds gives the samples of prompts, recordings and texts.
type sounds struct {
	library *voice.Library
	store   audioStore
	speaker speaker // nil: nobody can speak texts
	log     *slog.Logger
	shared  sharedAudio
}

// openSounds reads the built-in prompts and the operator's.
func openSounds(dir string, s audioStore, log *slog.Logger) (*sounds, error) {
	library, err := voice.Open(dir, map[voice.Phrase][]int16{
		voice.Arrival:   samples(prompt.Arrival()),
		voice.Departure: samples(prompt.Departure()),
		voice.HelpTone:  samples(prompt.Help()),
		voice.Closing:   samples(prompt.Beep()),

		voice.SpeakNow:    samples(prompt.Beep()),
		voice.TimeIsShort: samples(prompt.Hurry()),
	})
	if err != nil {
		return nil, err
	}
	return &sounds{library: library, store: s, log: log}, nil
}

// samples plays a source to its end.
func samples(src prompt.Source) []int16 {
	var pcm []int16
	frame := make([]int16, soundRate/50)
	for {
		n := src.Next(frame)
		pcm = append(pcm, frame[:n]...)
		if n < len(frame) {
			return pcm
		}
	}
}

func (s *sounds) has(name string) bool { return s.library.Has(voice.Phrase(name)) }

func (s *sounds) prompt(name, language string) ([]int16, error) {
	parts, err := s.library.Parts(cmp.Or(language, defaultLanguage), voice.Phrase(name))
	return slices.Concat(recordings(parts)...), err
}

// recordings are the samples of parts, as far as they are recorded.
func recordings(parts []voice.Part) [][]int16 {
	pcm := make([][]int16, len(parts))
	for i, part := range parts {
		pcm[i] = part.PCM
	}
	return pcm
}

// sound is what is played: samples that are there, or that are still being made.
type sound struct {
	pcm   []int16
	grows *prompt.Growing // nil: pcm is all
	of    *recordedAudio  // that pcm belongs to; nil: to nobody
}

// source plays it from after so many samples on.
func (s sound) source(skip int) prompt.Source {
	if s.grows != nil {
		return s.grows.Source(skip)
	}
	pcm := prompt.NewPCM(s.pcm[min(skip, len(s.pcm)):])
	if s.of != nil {
		return heldSource{pcm, s.of}
	}
	return pcm
}

// err says why less was made of it than was wanted.
func (s sound) err() error {
	if s.grows == nil {
		return nil
	}
	return s.grows.Err()
}

// fetch gets a sound; spoken says that it is a text that is spoken.
func (s *sounds) fetch(ctx context.Context, meeting control.MeetingID, wanted control.Sound) (got sound, spoken bool, err error) {
	switch {
	case wanted.Text != "":
		return s.text(ctx, wanted.Text, wanted.Language)
	case wanted.Audio != "":
		if got.of, err = s.recording(ctx, meeting, wanted.Audio); err == nil {
			got.pcm = got.of.pcm
		}
	default:
		got.pcm, err = s.prompt(wanted.Prompt, wanted.Language)
	}
	return got, false, err
}

// text has a text spoken, and returns when that has begun. Without a speaker, or if he fails, callers hear a tone and that
// there is a message.
func (s *sounds) text(ctx context.Context, text, language string) (sound, bool, error) {
	if s.speaker != nil {
		g := s.speaker.Speak(speech.Text{Words: text, Language: cmp.Or(language, defaultLanguage), Message: true})
		err := begun(ctx, g)
		if err == nil {
			return sound{grows: g}, true, nil
		}
		s.log.Warn("text cannot be spoken", "language", language, "err", err)
	}
	message, err := s.prompt("message", language)
	return sound{pcm: slices.Concat(samples(prompt.Beep()), message)}, false, err
}

// begun waits until there is something to be heard.
func begun(ctx context.Context, g *prompt.Growing) error {
	ctx, cancel := context.WithTimeout(ctx, speakTimeout)
	defer cancel()
	select {
	case <-g.Begun():
	case <-ctx.Done():
		return ctx.Err()
	}
	if n, _ := g.Length(); n == 0 {
		return cmp.Or(g.Err(), errors.New("there is nothing to be heard"))
	}
	return nil
}

// audio is the samples of a recording.
func (s *sounds) audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]int16, error) {
	r, err := s.recording(ctx, meeting, id)
	if err != nil {
		return nil, err
	}
	return r.pcm, nil
}

// recording reads a recording of a meeting, unless somebody hears it already.
func (s *sounds) recording(ctx context.Context, meeting control.MeetingID, id control.AudioID) (*recordedAudio, error) {
	return s.shared.get(ctx, audioOf{meeting, id}, func(ctx context.Context) ([]int16, error) {
		ctx, cancel := context.WithTimeout(ctx, audioTimeout)
		defer cancel()
		wav, err := s.store.Audio(ctx, meeting, id)
		if err != nil {
			return nil, fmt.Errorf("read recording %s: %w", id, err)
		}
		return decode(wav)
	})
}

// duration checks an uploaded recording and says how long it plays.
func (s *sounds) duration(wav []byte) (time.Duration, error) {
	pcm, err := decode(wav)
	if err != nil {
		return 0, err
	}
	return time.Duration(len(pcm)) * time.Second / soundRate, nil
}

func decode(wav []byte) ([]int16, error) {
	return prompt.DecodeWAV(bytes.NewReader(wav), prompt.Limits{Seconds: maxAudioSeconds})
}
