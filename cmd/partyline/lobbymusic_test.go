package main

import (
	"fmt"
	"os"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// level is how loud all of what a caller has just heard is.
func level(call *phone.Call, length time.Duration) float64 {
	return phone.Analyse(call.Recorder().Last(length)).LevelDBFS()
}

// TestLobbyMusicOfACall: who waits hears the music and nothing else, and nobody in a room hears anything of it.
func TestLobbyMusicOfACall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	const loud = 6000
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"lobby": true, "announce_arrivals": "off"}})
	hz := []float64{3390, 3210, 3030} // above all of the music
	host := b.dial("attendant", phone.Options{Record: 60 * time.Second, Source: phone.Tone(hz[0], loud)})
	must(t, host.SendDigits(soon(t), m.SpeakerCode+"#"))
	b.participant(m, host, inMainRoom)
	second := b.dial("attendant", phone.Options{Record: 60 * time.Second})
	must(t, second.SendDigits(soon(t), m.SpeakerCode+"#"))
	b.participant(m, second, inMainRoom)
	guest := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second, Source: phone.Tone(hz[1], loud)})
	other := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second, Source: phone.Tone(hz[2], loud)})
	waits := b.participant(m, guest, inLobby)
	b.participant(m, other, inLobby)
	await(t, "the music", func() error {
		for i, call := range []*phone.Call{guest, other} {
			if l := level(call, 2*time.Second); l < -38 || l > -20 {
				return fmt.Errorf("guest %d hears %.1f dBFS", i, l)
			}
		}
		return nil
	})
	morePackets(t, guest.Recorder(), 150)
	calls := []*phone.Call{host, second, guest, other}
	for i, ear := range calls {
		for k, mouth := range hz {
			leak := toneDB(ear.Recorder().Last(2*time.Second), mouth, loud)
			if hears := leak > -3; hears != (i == 1 && k == 0) || !hears && leak > -40 {
				t.Errorf("caller %d hears tone %d at %.1f dB", i, k, leak)
			}
		}
	}
	if l := level(host, 2*time.Second); l > -60 { // he alone talks in the room
		t.Errorf("the host hears %.1f dBFS", l)
	}

	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/participants/"+waits.ID+"/admit", nil, nil))
	b.participant(m, guest, inMainRoom)
	await(t, "the guest hears the host alone", func() error {
		sound := guest.Recorder().Last(time.Second)
		s := phone.Analyse(sound)
		if s.ToneDBFS(hz[0]) < phone.AmplitudeDBFS(loud)-3 || s.LevelDBFS() > s.ToneDBFS(hz[0])+0.5 {
			return fmt.Errorf("of %.1f dBFS %.1f are the host", s.LevelDBFS(), s.ToneDBFS(hz[0]))
		}
		return nil
	})
	b.continuous(calls...)
}

// TestHintToWhoTalksMuted: a caller who is muted and talks is told so, once.
func TestHintToWhoTalksMuted(t *testing.T) {
	realAudio(t)
	t.Parallel()
	f, err := os.ReadFile("../../control/attendant/voice/en/help_too_soon.wav")
	must(t, err)
	speech, err := decode(f)
	must(t, err)
	songs := newSongbook(t, "muted", "to_unmute", "for_help", "unmuted")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"muted_on_entry": true}})
	call := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second})
	songs.hears(call, 0, "muted", "for_help")
	from := call.Recorder().Pos()
	call.Say(phone.Loop(speech))
	songs.hears(call, from, "muted", "to_unmute")
	morePackets(t, call.Recorder(), 300) // he talks on
	must(t, call.SendDigits(soon(t), "*6"))
	songs.hears(call, from, "unmuted")
	hints := 0
	for _, phrase := range songs.said(call, from) {
		if phrase == "to_unmute" {
			hints++
		}
	}
	if hints != 1 {
		t.Errorf("he was told %d times", hints)
	}
}
