package main

import (
	"net/http"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// TestLanguageOfACall: a caller hears the meeting's language, then the one that he chooses, and that one again when he calls
// the next time; who calls a number that has a language hears that.
func TestLanguageOfACall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "in_main_room", "language_choice", "de/language_choice.1", "de/language_chosen", "de/in_main_room", "de/muted",
		"muted", "unmuted", "de/unmuted")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial(m.AccessCode, phone.Options{From: "+49301111", Record: 60 * time.Second})
	songs.hears(call, 0, "in_main_room")
	press := func(keys string) int64 {
		from := call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), keys))
		return from
	}
	from := press("*7")
	songs.hears(call, from, "language_choice", "de/language_choice.1")
	from = press("2")
	songs.hears(call, from, "de/language_chosen")
	from = press("*6")
	songs.hears(call, from, "de/muted")
	p := b.participant(m, call, inMainRoom)
	var shown struct{ Language string }
	must(t, b.api.Do(soon(t), http.MethodGet, "/v1/meetings/"+m.ID+"/participants/"+p.ID, nil, &shown))
	if shown.Language != "de" {
		t.Errorf("the API shows %q", shown.Language)
	}
	must(t, call.Hangup(soon(t)))
	call = b.dial(m.AccessCode, phone.Options{From: "+49301111", Record: 60 * time.Second})
	songs.hears(call, 0, "de/in_main_room")
	must(t, b.api.Do(soon(t), http.MethodPatch, "/v1/meetings/"+m.ID+"/participants/"+p.ID, map[string]any{"language": ""}, nil))
	from = press("*6")
	songs.hears(call, from, "unmuted")

	must(t, b.api.Do(soon(t), http.MethodPut, "/v1/numbers/+49301234", map[string]any{"meeting": m.ID, "language": "de"}, nil))
	german := b.dial("+49301234", phone.Options{From: "+49302222", Record: 60 * time.Second})
	songs.hears(german, 0, "de/in_main_room")
}
