package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
)

// TestArrivalsByNameOfACall: a room hears who comes and goes, spoken, in whole sentences; without an engine, and of who has no
// name, it hears a tone. Who comes hears nothing of it, nor does the lobby.
func TestArrivalsByNameOfACall(t *testing.T) {
	realAudio(t)
	const came, left = 2350.0, 2750.0 // the rest of the sentences
	// hears waits for a tone in what a caller has heard since.
	hears := func(call *phone.Call, from int64, hz, amplitude float64) {
		t.Helper()
		await(t, fmt.Sprintf("a tone of %.0f Hz", hz), func() error {
			loudest := -150.0
			for at := from; call.Recorder().Range(at, at+800) != nil; at += 200 {
				loudest = max(loudest, toneDB(call.Recorder().Range(at, at+800), hz, amplitude))
			}
			if loudest < -6 {
				return fmt.Errorf("at %.1f dB", loudest)
			}
			return nil
		})
	}
	tts := newTTSServer(t)
	for name, engine := range map[string]bool{"with an engine": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			prompts := pauses(t)
			for phrase, hz := range map[string]float64{"person_came.1": came, "person_left.1": left} {
				writeWAV(t, filepath.Join(prompts, "en", phrase+".wav"), tone(hz, songAmplitude, time.Second))
			}
			b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) {
				cfg.Prompts, cfg.Speech.Engine = prompts, "off"
				if engine {
					tts.with(cfg)
				}
			}})
			m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"announce_arrivals": "name"}})
			host := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second})
			b.participant(m, host, inMainRoom)
			morePackets(t, host.Recorder(), 50)
			from := host.Recorder().Pos()
			ann := b.dial(m.AccessCode, phone.Options{Name: "Ann", Record: 60 * time.Second})
			b.participant(m, ann, inMainRoom)
			if engine {
				hears(host, from, spokenHz, 4634)
				hears(host, from, came, songAmplitude)
			} else {
				hears(host, from, 659.26, 2000)
			}
			morePackets(t, host.Recorder(), 100)
			from = host.Recorder().Pos()
			must(t, ann.Hangup(soon(t)))
			if engine {
				hears(host, from, spokenHz, 4634)
				hears(host, from, left, songAmplitude)
			} else {
				hears(host, from, 523.25, 2000)
			}
			morePackets(t, host.Recorder(), 100)
			from = host.Recorder().Pos()
			nobody := b.dial(m.AccessCode, phone.Options{From: "+4930123456", Record: 60 * time.Second})
			b.participant(m, nobody, inMainRoom)
			hears(host, from, 659.26, 2000)
			if db := loudestTone(nobody.Recorder(), came, songAmplitude); db > -40 {
				t.Errorf("who comes hears his own name at %.1f dB", db)
			}
		})
	}
	if asked := tts.heard(); len(asked) == 0 || asked[0] != "ada: Ann" {
		t.Errorf("spoken was %q", asked)
	}
}
