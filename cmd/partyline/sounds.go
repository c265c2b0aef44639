package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/control/store"
	"partyline/mixer/prompt"
)

const (
	soundRate       = voice.Rate
	defaultLanguage = voice.English

	// audioTimeout bounds the reading of a recording from the store.
	audioTimeout = 10 * time.Second
	// maxAudioSeconds is the longest recording that is taken.
	maxAudioSeconds = 300
)

// sounds gives the samples of prompts and recordings.
type sounds struct {
	library *voice.Library
	store   *store.Store
}

// openSounds reads the built-in prompts and the operator's.
func openSounds(dir string, s *store.Store) (*sounds, error) {
	library, err := voice.Open(dir, map[voice.Phrase][]int16{
		voice.Arrival:   samples(prompt.Arrival()),
		voice.Departure: samples(prompt.Departure()),
		voice.HelpTone:  samples(prompt.Help()),
		voice.Closing:   samples(prompt.Beep()),
	})
	if err != nil {
		return nil, err
	}
	return &sounds{library: library, store: s}, nil
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

func (s *sounds) prompt(name string) ([]int16, error) {
	parts, err := s.library.Parts(defaultLanguage, voice.Phrase(name))
	return slices.Concat(parts...), err
}

// audio reads an uploaded recording of a meeting.
func (s *sounds) audio(meeting control.MeetingID, id control.AudioID) ([]int16, error) {
	ctx, cancel := context.WithTimeout(context.Background(), audioTimeout)
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
