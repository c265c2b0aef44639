package main

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"partyline/cmd/internal/speech"
	"partyline/config"
	"partyline/control"
	"partyline/control/attendant/voice"
	"partyline/mixer/prompt"
)

// gapPatience is how long a caller hears nothing in the middle of a sentence before something recorded stands in for what
// is being spoken.
const gapPatience = 1500 * time.Millisecond

// openSpeech makes the engines that the configuration names; nil: none.
func openSpeech(cfg config.Speech, log *slog.Logger) (*speech.Service, error) {
	engines, err := engines(cfg)
	if err != nil || cfg.Engine == "off" && len(cfg.Languages) == 0 {
		return nil, err
	}
	prefer := make(map[string][]string)
	for tag, engine := range cfg.Languages {
		prefer[strings.ToLower(tag)] = enginesOf(engine)
	}
	if cfg.Engine != "auto" {
		prefer["*"] = enginesOf(cfg.Engine)
	}
	return speech.New(speech.Options{Engines: engines, Prefer: prefer, Logger: log}), nil
}

// lowered has the tags as they are looked up.
func lowered(voices map[string]string) map[string]string {
	m := make(map[string]string, len(voices))
	for tag, voice := range voices {
		m[strings.ToLower(tag)] = voice
	}
	return m
}

// engines are all there can be, in the order in which they are asked.
func engines(cfg config.Speech) ([]speech.Engine, error) {
	key, err := cfg.Key()
	if err != nil {
		return nil, err
	}
	server := speech.ServerOptions{URL: cfg.URL, Model: cfg.Model, Format: cfg.Format, Voices: lowered(cfg.Voices), APIKey: key}
	if cfg.URL == "" {
		server.URL, server.Companion = speech.CompanionURL, true
	}
	switch {
	case len(server.Voices) > 0:
	case server.Companion:
		server.Voices = map[string]string{"en": "jenny"}
	default:
		server.Voices = map[string]string{"*": "alloy"}
	}
	return []speech.Engine{speech.Server(server), speech.Flite(), speech.Espeak()}, nil
}

// enginesOf are the names of the engines that a value of the configuration means.
func enginesOf(value string) []string {
	switch value {
	case "off":
		return nil
	case "server":
		return []string{speech.ServerName, speech.CompanionName}
	case "auto":
		return []string{speech.ServerName, speech.CompanionName, speech.FliteName, speech.EspeakName}
	}
	return []string{value}
}

// sources plays parts one after the other. What has to be spoken or read is asked for at once, while what comes before it is
// being heard; if it is not there in time, what is recorded stands in for it.
func (w *mediaWire) sources(meeting control.MeetingID, language string, parts []voice.Part) prompt.Source {
	var list []prompt.Source
	var recorded [][]int16
	flush := func() {
		if len(recorded) > 0 {
			list, recorded = append(list, prompt.NewPCM(recorded...)), nil
		}
	}
	for _, part := range parts {
		g := w.gap(meeting, language, part)
		if g == nil {
			recorded = append(recorded, part.PCM)
			continue
		}
		flush()
		list = append(list, prompt.Instead(g, prompt.NewPCM(part.PCM), int(gapPatience*soundRate/time.Second)))
	}
	flush()
	return prompt.Sequence(list...)
}

// gap is the sound of a part that is not recorded; nil: all there is of it is its samples. Without a meeting there are no
// recordings of it.
func (w *mediaWire) gap(meeting control.MeetingID, language string, part voice.Part) *prompt.Growing {
	speak := func() *prompt.Growing {
		if part.Text == "" || w.sounds.speaker == nil {
			return nil
		}
		return w.sounds.speaker.Speak(speech.Text{Words: part.Text, Language: language})
	}
	if part.Audio == "" || meeting == "" {
		return speak()
	}
	g := prompt.NewGrowing(maxAudioSeconds)
	w.fetching.Go(func() {
		pcm, err := w.sounds.audio(context.Background(), meeting, control.AudioID(part.Audio))
		if err != nil {
			w.log.Warn("recording cannot be said", "meeting", meeting, "err", err)
			if spoken := speak(); spoken != nil {
				<-spoken.Ended()
				pcm, err = spoken.PCM(), spoken.Err()
			}
		}
		g.Write(pcm)
		g.End(err)
	})
	return g
}
