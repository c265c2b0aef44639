package main

import (
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/mixer/media"
)

// apart is somebody in a state of the conversation, with a tone of his own.
type apart struct {
	name  string
	call  *phone.Call
	heard bool // by the main room
	hears bool // the main room, softer beneath what he is told
}

// TestWhoIsApart: somebody in each state of the conversation, each with a tone of his own and pressing keys, and two who talk
// in the main room. Who is in the lobby, held, or keys in a code or a PIN, or says his name, hears nobody and is heard by
// nobody. Who records a message is heard by nobody; he and who is in a menu hear their room, which goes on. What the attendant
// tells one of them nobody else hears.
func TestWhoIsApart(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	songs := newSongbook(t, "enter_code", "enter_pin_or_skip", "say_name", "speak_message", "to_start_breakouts", "in_lobby", "unknown_key", "wrong_code", "not_while_waiting")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"free_movement": true}}, "Red")
	const loud = 2000
	var people []*apart
	hz := func(i int) float64 { return 3380 - 230*float64(i) } // above those of the phrases
	join := func(name, user string, heard, hears bool) *apart {
		t.Helper()
		p := &apart{name: name, heard: heard, hears: hears}
		p.call = b.dial(user, phone.Options{Record: 90 * time.Second, Source: phone.Tone(hz(len(people)), loud)})
		people = append(people, p)
		return p
	}
	press := func(p *apart, keys, phrase string) {
		t.Helper()
		from := p.call.Recorder().Pos()
		must(t, p.call.SendDigits(soon(t), keys))
		songs.hears(p.call, from, phrase)
	}
	speaker := func(name string, heard, hears bool) *apart {
		p := join(name, "attendant", heard, hears)
		must(t, p.call.SendDigits(soon(t), m.SpeakerCode+"#"))
		b.participant(m, p.call, inMainRoom)
		return p
	}
	first, second := speaker("first", true, true), join("second", m.AccessCode, true, true)
	menu, message := speaker("in a menu", true, true), speaker("recording a message", false, true)
	held := join("held", m.AccessCode, false, false)
	for _, p := range []*apart{second, held} {
		b.participant(m, p.call, inMainRoom)
	}
	options := func(change map[string]any) {
		t.Helper()
		must(t, b.api.Do(soon(t), "PATCH", "/v1/meetings/"+m.ID, map[string]any{"options": change}, nil))
	}
	options(map[string]any{"lobby": true})
	lobby := join("in the lobby", m.AccessCode, false, false)
	songs.hears(lobby.call, 0, "in_lobby")
	options(map[string]any{"personal_pins": "optional"})
	pin := join("at the PIN", m.AccessCode, false, false)
	songs.hears(pin.call, 0, "enter_pin_or_skip")
	options(map[string]any{"personal_pins": "off", "record_names": "unknown"})
	code := join("at the code", "attendant", false, false)
	songs.hears(code.call, 0, "enter_code")
	name := join("saying his name", m.AccessCode, false, false)
	songs.hears(name.call, 0, "say_name")

	must(t, held.call.Hold(soon(t), media.SendOnly))
	received := held.call.Recorder().Stats().Packets
	press(message, "*81", "speak_message")
	quiet := second.call.Recorder().Pos()
	press(menu, "*5", "to_start_breakouts")
	press(menu, "8", "unknown_key")
	press(pin, "1#", "wrong_code")
	press(code, "1#", "wrong_code")
	press(lobby, "*6", "not_while_waiting")
	press(menu, "*5", "to_start_breakouts")
	must(t, name.call.SendDigits(soon(t), "5")) // which skips nothing any more
	morePackets(t, first.call.Recorder(), 60)

	if n := held.call.Recorder().Stats().Packets - received; n > 2 { // that were under way
		t.Errorf("the held caller is sent %d packets", n)
	}
	for i, ear := range people {
		sound := ear.call.Recorder().Last(time.Second)
		if ear == held {
			sound = nil // what he heard last was before
		}
		for k, mouth := range people {
			db := toneDB(sound, hz(k), loud)
			switch want := i != k && ear.hears && mouth.heard; {
			case want && db < -14:
				t.Errorf("%s hears %s at %.1f dB", ear.name, mouth.name, db)
			case !want && db > -40:
				t.Errorf("%s hears %s at %.1f dB, and should not", ear.name, mouth.name, db)
			}
		}
	}
	if said := songs.said(second.call, quiet); len(said) > 0 {
		t.Errorf("the main room hears what others are told: %q", said)
	}
	b.continuous(first.call, second.call)
}
