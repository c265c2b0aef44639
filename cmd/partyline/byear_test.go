package main

import (
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// TestRoomsByEarOfACall: a caller hears the list, chooses by its digit and by spelling, and is told what is locked.
func TestRoomsByEarOfACall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "enter_room", "room_count", "list_forward", "list_back", "list_spell", "spell_room", "now_in_room", "is_locked",
		"confirm", "room_locked", "no_such_room", "rooms_found", "n1", "n2", "n3", "n6", "n7")
	b := newBridge(t, songs.options())
	m, rooms := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"free_movement": true}}, "Blue", "Bluebird", "Red", "Green", "Grey", "Übung", "Home")
	must(t, b.api.Do(soon(t), "PATCH", "/v1/meetings/"+m.ID+"/rooms/"+rooms[1].ID, map[string]any{"locked": true}, nil))
	call := b.dial(m.AccessCode, phone.Options{Record: 120 * time.Second})
	b.participant(m, call, inMainRoom)
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/breakouts/start", map[string]any{"distribution": "manual"}, nil))
	press := func(keys string) int64 {
		t.Helper()
		from := call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), keys))
		return from
	}
	from := press("*3")
	songs.hears(call, from, "enter_room")
	from = press("#")
	songs.hears(call, from, "room_count", "n7", "is_locked", "list_forward")
	from = press("9")
	songs.hears(call, from, "list_back")
	from = press("1") // the sixth
	songs.hears(call, from, "now_in_room", "n6")
	b.participant(m, call, inRoom(rooms[5].ID))

	from = press("*3")
	songs.hears(call, from, "enter_room")
	from = press("#")
	songs.hears(call, from, "list_spell")
	from = press("8")
	songs.hears(call, from, "spell_room")
	from = press("25832#")
	songs.hears(call, from, "n2", "is_locked", "confirm")
	from = press("1")
	songs.hears(call, from, "room_locked")
	b.participant(m, call, inRoom(rooms[5].ID))

	from = press("*382864#") // Übung, where he is, spelled at once
	if songs.hears(call, from, "n6"); b.participant(m, call, inRoom(rooms[5].ID)).ID == "" {
		t.Error("he is gone")
	}
	from = press("*3733#")
	songs.hears(call, from, "n3", "confirm")
	from = press("1")
	songs.hears(call, from, "now_in_room", "n3")
	b.participant(m, call, inRoom(rooms[2].ID))
}

// TestListeningIn: a speaker joins the room that asks to listen only. He hears it, it hears nothing of him, not even a tone;
// the one who asked is told, and by a key he is heard.
func TestListeningIn(t *testing.T) {
	realAudio(t)
	t.Parallel()
	const loud = 3000
	songs := newSongbook(t, "help_listening", "asked_by", "queue_keys", "listening_only", "heard_again", "now_in_room", "help_asked")
	b := newBridge(t, songs.options())
	m, rooms := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"announce_arrivals": "tone"}}, "Red")
	hz := []float64{3390, 3210, 3030} // of the host, and of two in the room
	host := b.dial("attendant", phone.Options{Record: 120 * time.Second, Source: phone.Tone(hz[0], loud)})
	must(t, host.SendDigits(soon(t), m.SpeakerCode+"#"))
	b.participant(m, host, inMainRoom)
	ann := b.dial(m.AccessCode, phone.Options{Record: 120 * time.Second, Source: phone.Tone(hz[1], loud)})
	ben := b.dial(m.AccessCode, phone.Options{Record: 120 * time.Second, Source: phone.Tone(hz[2], loud)})
	for _, call := range []*phone.Call{ann, ben} {
		must(t, b.api.Assign(soon(t), m.ID, b.participant(m, call, inMainRoom).ID, rooms[0].ID))
	}
	must(t, b.api.StartBreakouts(soon(t), m.ID))
	b.participant(m, ben, inRoom(rooms[0].ID))
	press := func(call *phone.Call, keys string) int64 {
		t.Helper()
		from := call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), keys))
		return from
	}
	heard := host.Recorder().Pos()
	asked := press(ann, "*0")
	songs.hears(ann, asked, "help_asked")
	songs.hears(host, heard, "asked_by")
	heard = press(host, "*0")
	songs.hears(host, heard, "asked_by", "queue_keys")
	quiet := ben.Recorder().Pos()
	heard = press(host, "4")
	songs.hears(host, heard, "now_in_room", "listening_only")
	songs.hears(ann, asked, "help_listening")
	b.participant(m, host, inRoom(rooms[0].ID))
	morePackets(t, ben.Recorder(), 100)
	if said := songs.said(ben, quiet); len(said) > 0 {
		t.Errorf("the room is told %q", said)
	}
	arrives := func(from int64) (loudest float64) { // by the note that arrivals and departures have in common
		loudest = -150
		for at := from; ben.Recorder().Range(at, at+1000) != nil; at += 400 {
			loudest = max(loudest, toneDB(ben.Recorder().Range(at, at+1000), 659.26, 2000))
		}
		return loudest
	}
	if db := arrives(quiet); db > -20 {
		t.Errorf("the room hears somebody come, at %.1f dB", db)
	}
	matrix := func(when string, want [3][3]bool) {
		t.Helper()
		await(t, when, func() error { // what is said to somebody makes the room softer for him
			for i, call := range []*phone.Call{host, ann, ben} {
				for k := range hz {
					db := toneDB(call.Recorder().Last(time.Second), hz[k], loud)
					if hears := db > -3; hears != want[i][k] || !hears && db > -40 {
						return fmt.Errorf("caller %d hears tone %d at %.1f dB", i, k, db)
					}
				}
			}
			return nil
		})
	}
	morePackets(t, host.Recorder(), 100)
	matrix("he listens", [3][3]bool{{false, true, true}, {false, false, true}, {false, true, false}})
	quiet = ben.Recorder().Pos()
	heard = press(host, "*6")
	songs.hears(host, heard, "heard_again")
	await(t, "the tone of an arrival", func() error {
		if db := arrives(quiet); db < -6 {
			return fmt.Errorf("at %.1f dB", db)
		}
		return nil
	})
	morePackets(t, host.Recorder(), 100)
	morePackets(t, ben.Recorder(), 100)
	matrix("he is heard", [3][3]bool{{false, true, true}, {true, false, true}, {true, true, false}})
	b.continuous(host, ann, ben)
}
