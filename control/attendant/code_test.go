package attendant

import (
	"testing"

	"partyline/control"
)

func TestAccessCode(t *testing.T) {
	t.Parallel()
	mainRoom := View{Role: control.Audience, Others: 3}
	plays := map[string][]line{
		"the right code": {
			{Answered{}, "say welcome enter_code"},
			{"played", ""},
			{"keys 123456", ""},
			{"keys #", "enter 123456"},
			{"entered", "say in_main_room others 3 for_help **"},
		},
		"a key interrupts the greeting": {
			{Answered{}, "say welcome enter_code"},
			{"keys 1", "hush"},
			{"keys 23456#", "enter 123456"},
		},
		"a code without pound counts after a pause": {
			{Answered{}, "say welcome enter_code"},
			{"keys 123456", "hush"},
			{"wait 3900ms", ""},
			{"wait 100ms", "enter 123456"},
		},
		"each digit gives the pause anew": {
			{Answered{}, "say welcome enter_code"},
			{"keys 12", "hush"}, {"wait 3s", ""}, {"keys 34", ""}, {"wait 3s", ""}, {"keys 56#", "enter 123456"},
		},
		"star clears": {
			{Answered{}, "say welcome enter_code"},
			{"keys 99", "hush"},
			{"keys *", "say enter_code"},
			{"keys 123456#", "hush; enter 123456"},
		},
		"three wrong codes end the call": {
			{Answered{}, "say welcome enter_code"},
			{"keys 111111#", "hush; enter 111111"},
			{"refused not_found", "say wrong_code enter_code"},
			{"keys 222222#", "hush; enter 222222"},
			{"refused not_found", "say wrong_code enter_code"},
			{"keys 333333#", "hush; enter 333333"},
			{"refused not_found", "say wrong_code goodbye"},
			{"keys 123456#", ""},
			{"played", "hang up: wrong codes"},
			{"keys 1", ""},
		},
		"the third try is right": {
			{Answered{}, "say welcome enter_code"},
			{"keys 111111#", "hush; enter 111111"}, {"refused not_found", "say wrong_code enter_code"},
			{"keys 222222#", "hush; enter 222222"}, {"refused not_found", "say wrong_code enter_code"},
			{"keys 123456#", "hush; enter 123456"},
			{"entered", "say in_main_room others 3 for_help **"},
		},
		"silence is asked again twice, then ends the call": {
			{Answered{}, "say welcome enter_code"}, {"played", ""},
			{"wait 8s", "say enter_code"}, {"played", ""},
			{"wait 8s", "say enter_code"}, {"played", ""},
			{"wait 8s", "say goodbye"}, {"played", "hang up: no code was keyed in"},
		},
		"pound alone counts as silence": {
			{Answered{}, "say welcome enter_code"},
			{"keys #", "say enter_code"}, {"keys #", "say enter_code"}, {"keys #", "say goodbye"},
		},
		"a voice that never ends is not waited for": {
			{Answered{}, "say welcome enter_code"},
			{"wait 2m", "hush"}, {"wait 8s", "say enter_code"},
		},
		"a dialled code joins at once": {
			{"dialled 123456", "enter 123456"},
			{"entered", "say in_main_room others 3 for_help **"},
		},
		"a wrong dialled code is the first wrong one": {
			{"dialled 123456", "enter 123456"},
			{"refused not_found", "say wrong_code enter_code"},
			{"keys 222222#", "hush; enter 222222"}, {"refused not_found", "say wrong_code enter_code"},
			{"keys 333333#", "hush; enter 333333"}, {"refused not_found", "say wrong_code goodbye"},
		},
		"a locked source": {
			{"dialled 123456", "enter 123456"},
			{"refused rate_limited", "say too_many_codes goodbye"},
			{"played", "hang up: too many wrong codes"},
		},
		"a full meeting": {
			{"dialled 123456", "enter 123456"}, {"refused limit_reached", "say meeting_full goodbye"},
		},
		"an ended meeting": {
			{"dialled 123456", "enter 123456"}, {"refused wrong_state", "say meeting_over goodbye"},
		},
		"the store does not answer": {
			{"dialled 123456", "enter 123456"}, {"refused store_unavailable", "say cannot_join goodbye"},
		},
		"nobody answers": {
			{"dialled 123456", "enter 123456"}, {"wait 15s", "say cannot_join goodbye"},
			{"entered", ""}, // too late
			{"played", "hang up: meeting cannot be joined"},
		},
		"an answer to an older question is not heard": {
			{"dialled 123456", "enter 123456"}, {Refused{Tag: 99, Code: control.CodeNotFound}, ""},
			{"refused not_found", "say wrong_code enter_code"},
		},
		"keys in the moment of joining are not lost": {
			{"dialled 123456", "enter 123456"},
			{"keys *2", ""},
			{"entered", "say in_main_room others 3 for_help **; hush; look"},
			{"seen", "say in_main_room others 3"},
		},
		"letters of a telephone are not digits": {
			{Answered{}, "say welcome enter_code"},
			{"keys A1B23456C#", "hush; enter 123456"},
		},
		"a code of a hundred digits is wrong, not a fault": {
			{Answered{}, "say welcome enter_code"},
			{"keys 1111111111222222222233333333334444444444#", "hush; enter 11111111112222222222"},
		},
	}
	for name, lines := range plays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, mainRoom), lines)
		})
	}
}

func TestArrival(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		view View
		want string
	}{
		"alone":                   {View{Role: control.Audience}, "say in_main_room others 0 for_help **"},
		"one other":               {View{Role: control.Audience, Others: 1}, "say in_main_room others 1 for_help **"},
		"in a room":               {View{Role: control.Audience, Room: 7, Others: 2}, "say in_room 7 others 2 for_help **"},
		"in a lobby":              {View{Role: control.Audience, Room: control.NoRoom}, "say in_lobby lobby_ahead 0"},
		"locked":                  {View{Role: control.Audience, Room: control.NoRoom, Locked: true, Muted: true}, "say meeting_locked in_lobby lobby_ahead 0"},
		"too early":               {View{Role: control.Audience, Room: control.NoRoom, NotStarted: true}, "say not_started wait_for_start"},
		"early, and to be let in": {View{Role: control.Audience, Room: control.NoRoom, NotStarted: true, Lobby: true}, "say not_started in_lobby lobby_ahead 0"},
		"muted entry":             {View{Role: control.Audience, MutedByAdmin: true}, "say in_main_room others 0 muted for_help **"},
		"his hand is still up":    {View{Role: control.Audience, Hand: true}, "say in_main_room others 0 hand_raised for_help **"},
		"a speaker":               {View{Role: control.Speaker, Others: 300}, "say in_main_room others 300 for_help **"},
		"a speaker who is wanted": {View{Role: control.Speaker, Help: []HelpCall{{Room: 3}}}, "say in_main_room others 0 to_serve_help *0 for_help **"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, c.view), []line{{"dialled 123456", "enter 123456"}, {"entered", c.want}})
		})
	}
}
