package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

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
	// speakTimeout bounds the speaking of a text.
	speakTimeout = 30 * time.Second
)

// speaker turns text into samples at [soundRate]. Language is a tag like "en" or "pt-BR".
type speaker interface {
	Speak(ctx context.Context, text, language string) ([]int16, error)
}

// sounds gives the samples of prompts, recordings and texts.
type sounds struct {
	library *voice.Library
	store   audioStore
	speaker speaker // nil: nobody can speak texts
	log     *slog.Logger
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

// fetch gets the samples of a sound; spoken says that a text is spoken in them.
func (s *sounds) fetch(ctx context.Context, meeting control.MeetingID, sound control.Sound) (pcm []int16, spoken bool, err error) {
	switch {
	case sound.Text != "":
		return s.text(ctx, sound.Text, sound.Language)
	case sound.Audio != "":
		pcm, err = s.audio(ctx, meeting, sound.Audio)
	default:
		pcm, err = s.prompt(sound.Prompt, sound.Language)
	}
	return pcm, false, err
}

// text has a text spoken. Without a speaker, or if he fails, callers hear a tone and that there is a message.
func (s *sounds) text(ctx context.Context, text, language string) ([]int16, bool, error) {
	if s.speaker != nil {
		ctx, cancel := context.WithTimeout(ctx, speakTimeout)
		defer cancel()
		pcm, err := s.speaker.Speak(ctx, text, language)
		if err == nil && len(pcm) > 0 {
			return pcm[:min(len(pcm), maxAudioSeconds*soundRate)], true, nil
		}
		s.log.Warn("text cannot be spoken", "language", language, "err", err)
	}
	message, err := s.prompt("message", language)
	return slices.Concat(samples(prompt.Beep()), message), false, err
}

// audio reads an uploaded recording of a meeting.
func (s *sounds) audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]int16, error) {
	ctx, cancel := context.WithTimeout(ctx, audioTimeout)
	defer cancel()
	wav, err := s.store.Audio(ctx, meeting, id)
	if err != nil {
		return nil, fmt.Errorf("read recording %s: %w", id, err)
	}
	return decode(wav)
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
