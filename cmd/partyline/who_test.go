package main

import (
	"errors"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

var errNotYet = errors.New("not yet")

// whoIs is a participant with what tells how he is known.
type whoIs struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Role  string `json:"role"`
	Muted bool   `json:"muted"`
	Hand  string `json:"hand_raised_at"`
	Web   bool   `json:"web"`
	Legs  []struct {
		KnownBy string `json:"known_by"`
		Number  string `json:"number"`
	} `json:"legs"`
}

func (b *bridge) who(m bridgeapi.Meeting, call *phone.Call, cond func(bridgeapi.Participant) bool) (w whoIs) {
	b.t.Helper()
	p := b.participant(m, call, cond)
	must(b.t, b.api.Do(soon(b.t), "GET", "/v1/meetings/"+m.ID+"/participants/"+p.ID, nil, &w))
	return w
}

func (b *bridge) expect(m bridgeapi.Meeting, person map[string]any) (made struct {
	ID  string `json:"id"`
	PIN string `json:"pin"`
}) {
	b.t.Helper()
	must(b.t, b.api.Do(soon(b.t), "POST", "/v1/meetings/"+m.ID+"/participants", person, &made))
	return made
}

// TestCallersSayWhoTheyAre calls with a PIN, skips it, mistypes it, attaches a telephone, and calls a number of the meeting.
func TestCallersSayWhoTheyAre(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "welcome", "enter_code", "enter_pin_or_skip", "wrong_code", "without_pin", "in_main_room", "enter_who", "attached",
		"other_telephone", "telephone_joined", "now_speaker")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"personal_pins": "optional"}})
	ada := b.expect(m, map[string]any{"name": "Ada", "role": "speaker", "pin": "generate"})
	bob := b.expect(m, map[string]any{"name": "Bob", "web": true})
	must(t, b.api.Do(soon(t), "PUT", "/v1/numbers/+4930123456", map[string]any{"meeting": m.ID}, nil))
	keep := phone.Options{Record: 60 * time.Second}
	key := func(call *phone.Call, keys string) (from int64) {
		t.Helper()
		from = call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), keys))
		return from
	}

	first := b.dial("004930123456", keep) // the meeting's number, as some trunks write it
	songs.hears(first, 0, "welcome", "enter_pin_or_skip")
	from := key(first, ada.PIN+"#")
	songs.hears(first, from, "in_main_room")
	if w := b.who(m, first, inMainRoom); w.ID != ada.ID || w.Role != "speaker" || w.Legs[0].KnownBy != "pin" {
		t.Errorf("with her PIN she is %+v", w)
	}
	from = first.Recorder().Pos()
	second := b.dial(m.AccessCode, keep)
	songs.hears(second, 0, "welcome", "enter_pin_or_skip")
	songs.hears(second, key(second, ada.PIN+"#"), "other_telephone", "in_main_room")
	songs.hears(first, from, "telephone_joined")
	if w := b.who(m, second, inMainRoom); w.ID != ada.ID || len(w.Legs) != 2 {
		t.Errorf("with her PIN once more she is %+v", w)
	}

	keep.From = "+4930777417"
	caller := b.dial("attendant", keep)
	songs.hears(caller, 0, "welcome", "enter_code")
	songs.hears(caller, key(caller, m.AccessCode+"#"), "enter_pin_or_skip")
	for range 2 {
		songs.hears(caller, key(caller, "000000#"), "wrong_code", "enter_pin_or_skip")
	}
	songs.hears(caller, key(caller, "000000#"), "wrong_code", "without_pin", "in_main_room")
	if w := b.who(m, caller, inMainRoom); w.Name != "+49•••417" || w.Role != "audience" || w.Legs[0].KnownBy != "" {
		t.Errorf("without a PIN he is %+v", w)
	}
	var code struct {
		Code string `json:"code"`
	}
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/participants/"+bob.ID+"/phone-code", nil, &code))
	songs.hears(caller, key(caller, "**7"), "enter_who")
	songs.hears(caller, key(caller, code.Code+"#"), "attached")
	if w := b.who(m, caller, inMainRoom); w.ID != bob.ID || !w.Web || w.Legs[0].KnownBy != "phone_code" {
		t.Errorf("by his code he is %+v", w)
	}

	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/participants/"+bob.ID+"/phone-code", nil, &code))
	keep.From = "anonymous"
	other := b.dial("attendant", keep)
	songs.hears(other, 0, "welcome", "enter_code")
	songs.hears(other, key(other, code.Code+"#"), "other_telephone", "in_main_room") // in place of the access code
	if w := b.who(m, other, inMainRoom); w.ID != bob.ID || len(w.Legs) != 2 {
		t.Errorf("by his next code he is %+v", w)
	}
	b.continuous(first, second, caller, other)
}

// TestRedialReturns: who is cut off and calls again is in his room, muted and with his hand up.
func TestRedialReturns(t *testing.T) {
	realAudio(t)
	t.Parallel()
	b := newBridge(t, bridgeOptions{})
	m, rooms := b.meeting(bridgeapi.NewMeeting{}, "Red", "Green")
	o := phone.Options{From: "+4930777417"}
	call := b.dial(m.AccessCode, o)
	was := b.who(m, call, inMainRoom)
	path := "/v1/meetings/" + m.ID
	must(t, b.api.Do(soon(t), "POST", path+"/breakouts/start", map[string]any{"distribution": "manual"}, nil))
	must(t, b.api.Move(soon(t), m.ID, was.ID, rooms[1].ID))
	must(t, call.SendDigits(soon(t), "*6"))
	must(t, b.api.Do(soon(t), "PATCH", path+"/participants/"+was.ID, map[string]any{"hand": true}, nil))
	await(t, "he is muted", func() error {
		w := b.who(m, call, inRoom(rooms[1].ID))
		if !w.Muted {
			return errNotYet
		}
		was = w
		return nil
	})
	must(t, call.Hangup(soon(t)))
	await(t, "he is gone", func() error {
		people, err := b.api.Participants(t.Context(), m.ID)
		if err == nil && (len(people) != 1 || people[0].Location.Place != "absent") {
			err = errNotYet
		}
		return err
	})
	again := b.dial(m.AccessCode, o)
	is := b.who(m, again, inRoom(rooms[1].ID))
	if is.ID != was.ID || !is.Muted || is.Hand != was.Hand || is.Hand == "" || is.Legs[0].KnownBy != "redial" {
		t.Errorf("he was %+v, and is %+v", was, is)
	}
	o.From = "+4930777418"
	if stranger := b.who(m, b.dial(m.AccessCode, o), nil); stranger.ID == was.ID || stranger.Muted {
		t.Errorf("somebody else is %+v", stranger)
	}
}
