package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

func inLobby(p bridgeapi.Participant) bool { return p.Location.Place == "lobby" }

// TestLobbyOfACall: a caller who waits hears why and nobody hears him, nor he anybody, until he is let in.
func TestLobbyOfACall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "in_main_room", "in_lobby", "not_while_waiting", "let_in", "for_help", "not_let_in", "goodbye")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"lobby": true}})
	if len(m.SpeakerCode) != 9 {
		t.Fatalf("the speakers' code is %q", m.SpeakerCode)
	}
	const hostHz, guestHz, loud = 3390, 3210, 3000
	host := b.dial("attendant", phone.Options{Record: 60 * time.Second, Source: phone.Tone(hostHz, loud)})
	must(t, host.SendDigits(soon(t), m.SpeakerCode+"#"))
	b.participant(m, host, inMainRoom)
	guest := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second, Source: phone.Tone(guestHz, loud)})
	late := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second})
	songs.hears(guest, 0, "in_lobby")
	songs.hears(late, 0, "in_lobby")
	waits := b.participant(m, guest, inLobby)
	b.participant(m, late, inLobby)
	from := guest.Recorder().Pos()
	must(t, guest.SendDigits(soon(t), "*6"))
	songs.hears(guest, from, "not_while_waiting")

	// All that time both talk: neither may have heard the other.
	morePackets(t, host.Recorder(), 50)
	for name, leak := range map[string]float64{
		"the host hears the guest": toneDB(host.Recorder().Last(time.Second), guestHz, loud),
		"the guest hears the host": toneDB(guest.Recorder().Last(time.Second), hostHz, loud),
	} {
		if leak > -40 {
			t.Errorf("%s from the lobby: %.1f dB", name, leak)
		}
	}

	from = guest.Recorder().Pos()
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/participants/"+waits.ID+"/admit", nil, nil))
	songs.hears(guest, from, "let_in", "in_main_room", "for_help")
	b.participant(m, guest, inMainRoom)
	await(t, "both hear each other", func() error {
		there, back := toneDB(host.Recorder().Last(400*time.Millisecond), guestHz, loud), toneDB(guest.Recorder().Last(400*time.Millisecond), hostHz, loud)
		if there < -3 || back < -3 {
			return fmt.Errorf("the host hears %.1f dB, the guest %.1f dB", there, back)
		}
		return nil
	})
	turned := b.participant(m, late, inLobby)
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/participants/"+turned.ID+"/deny", nil, nil))
	if end := endOf(t, late); !end.Remote {
		t.Errorf("the call of who was turned away ended so: %v", end)
	}
	songs.hears(late, 0, "not_let_in", "goodbye")
	b.continuous(host, guest)
}

// TestScheduledEndOfACall: a meeting that is over by its schedule warns its callers, and ends their calls by itself.
func TestScheduledEndOfACall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "not_started", "wait_for_start", "meeting_started", "in_main_room", "meeting_ends_in", "time.second.other", "meeting_ended", "goodbye")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	change := func(field string, in time.Duration) {
		t.Helper()
		must(t, b.api.Do(soon(t), "PATCH", "/v1/meetings/"+m.ID, map[string]any{field: time.Now().Add(in).UTC().Format(time.RFC3339Nano)}, nil))
	}
	change("starts_at", time.Hour)
	call := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second})
	songs.hears(call, 0, "not_started", "wait_for_start")
	b.participant(m, call, inLobby)
	change("starts_at", time.Second)
	songs.hears(call, 0, "meeting_started", "in_main_room")
	b.participant(m, call, inMainRoom)
	change("ends_at", 8*time.Second)
	songs.hears(call, 0, "meeting_ends_in", "time.second.other")
	if end := endOf(t, call); !end.Remote {
		t.Errorf("the call ended so: %v", end)
	}
	songs.hears(call, 0, "meeting_ended", "goodbye")
	await(t, "the end of the meeting", func() error {
		var got struct{ Phase string }
		err := b.api.Do(t.Context(), "GET", "/v1/meetings/"+m.ID, nil, &got)
		if err == nil && got.Phase != "ended" {
			err = errors.New("it is " + got.Phase)
		}
		return err
	})
	again := b.dial("attendant", phone.Options{Record: 20 * time.Second})
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/open", nil, nil))
	must(t, again.SendDigits(soon(t), m.AccessCode+"#"))
	b.participant(m, again, inMainRoom)
}
