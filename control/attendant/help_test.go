package attendant

import (
	"strings"
	"testing"
	"time"

	"partyline/control"
)

func TestHelpQueue(t *testing.T) {
	t.Parallel()
	const first, second = "asks_for_help 3 help_since 60 queue_keys", "asked_by 5 Blue Ann help_since 40 queue_keys"
	enter := []line{{"keys *0", "look"}, {"seen", "say " + first}}
	for name, lines := range map[string][]line{
		"join":                      {{"keys 1", "hush; do accept help_1"}, {"done", "say now_in_room 3"}, {Moved{Room: 3, Reason: control.ReasonHelp}, ""}},
		"join, and the event first": {{"keys 1", "hush; do accept help_1"}, {Moved{Room: 3, Reason: control.ReasonHelp}, ""}, {"done", "say now_in_room 3"}, {"played", ""}},
		"listen only": {
			{"keys 4", "hush; do accept help_1 listening"}, {Moved{Room: 3, Reason: control.ReasonHelp, ListenOnly: true}, ""},
			{"done", "say now_in_room 3 listening_only"}, {"played", ""},
		},
		"listen only where one is already": {
			{"keys 4", "hush; do accept help_1 listening"}, {Listens{Only: true}, ""}, {"done", "say now_in_room 3 listening_only"}, {"played", ""},
		},
		"decline": {{"keys 2", "hush; do decline help_1"}, {"done", "say request_declined " + second}},
		"decline all": {
			{"keys 2", "hush; do decline help_1"}, {"done", "say request_declined " + second}, {"wait 1s", ""},
			{"keys 2", "hush; do decline help_2"}, {"done", "say request_declined no_more_requests"},
		},
		"a key that bounces declines one": {{"keys 22", "hush; do decline help_1"}, {"done", "say request_declined " + second + "; say request_declined " + second}},
		"next":                            {{"keys 3", "say " + second}, {"keys 1", "hush; do accept help_2"}, {"done", "say now_in_room 5 Blue"}},
		"next of the last":                {{"keys 3", "say " + second}, {"wait 1s", ""}, {"keys 3", "say no_more_requests"}, {"keys 1", "hush"}},
		"answered by another speaker":     {{"keys 1", "hush; do accept help_1"}, {"done not_found", "say request_gone " + second}},
		"and the last":                    {{"keys 3", "say " + second}, {"keys 1", "hush; do accept help_2"}, {"done wrong_state", "say request_gone no_more_requests"}},
		"the store does not answer":       {{"keys 1", "hush; do accept help_1"}, {"done store_unavailable", "say try_again"}},
		"he may not":                      {{"keys 4", "hush; do accept help_1 listening"}, {"done not_allowed", "say cannot_move"}},
		"pound leaves":                    {{"keys #", "say menu_left"}, {"keys 1", "hush"}},
		"another digit":                   {{"keys 9", "say unknown_key"}, {"keys 1", "hush; do accept help_1"}},
		"a command leaves":                {{"keys *6", "hush; look"}, {"seen", "do mute"}},
		"silence": {
			{"played", ""}, {"wait 6s", "say asks_for_help 3 help_since 60 queue_keys"},
			{"played", ""}, {"wait 6s", "say menu_left"}, {"played", ""}, {"keys 1", ""},
		},
		"another room that asks waits until he is done": {
			{HelpWanted{Room: 9}, ""}, {"played", ""}, {"keys #", "say menu_left"}, {"played", "say help_tone asks_for_help 9"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, speaker()), append(enter[:2:2], lines...))
		})
	}
	t.Run("nobody asks", func(t *testing.T) {
		t.Parallel()
		v := with(speaker(), func(v *View) { v.Help = nil })
		play(t, inMeeting(t, v), []line{{"keys *0", "look"}, {"seen", "say no_requests"}})
	})
	t.Run("what was announced is not said again", func(t *testing.T) {
		t.Parallel()
		play(t, inMeeting(t, speaker()), []line{
			{Silenced{}, "say unmuted_by_speaker"}, {HelpWanted{Room: 3}, ""}, {"keys *0", "hush; look"}, {"seen", "say " + first},
			{"keys #", "say menu_left"}, {"played", ""},
		})
	})
}

// TestHelpWanted: a speaker hears who asks once, when nothing else is being said and he is in no menu.
func TestHelpWanted(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]line{
		"a room":             {{HelpWanted{Room: 3}, "say help_tone asks_for_help 3"}, {"played", ""}},
		"a room with a name": {{HelpWanted{Room: 3, Name: "Blue", Who: Person{Name: "Ann"}}, "say help_tone asked_by 3 Blue Ann"}, {"played", ""}},
		"not into a menu": {
			{"keys *3", "look"}, {"seen", "say enter_room"}, {"keys #", "say " + firstPage}, {HelpWanted{Room: 3}, ""}, {"played", ""},
			{Silenced{Muted: true}, "say muted_by_speaker"}, // which concerns him now
			{"played", ""}, {"wait 1s", ""}, {"keys #", "say menu_left"}, {"played", "say help_tone asks_for_help 3"},
		},
		"taken back while he was in a menu": {
			{"keys *3", "look"}, {"seen", "say enter_room"}, {"keys #", "say " + firstPage}, {HelpWanted{Room: 3}, ""}, {HelpOver{Room: 3}, ""}, {"wait 1s", ""},
			{"keys #", "say menu_left"}, {"played", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, speaker()), lines)
		})
	}
}

// TestStateOfHelp: whoever has asked hears how it stands, by each of the keys that he may try.
func TestStateOfHelp(t *testing.T) {
	t.Parallel()
	asked := func(outcome string, ago time.Duration, change func(v *View)) View {
		return with(listener(), func(v *View) {
			v.Called = Called{Outcome: outcome, At: dawn.Add(-ago)}
			if change != nil {
				change(v)
			}
		})
	}
	mine := func(v *View) { v.MyRequest = "help_1" }
	others := func(v *View) { v.RoomAsks = true }
	listens := func(v *View) { v.Called.Listens = true }
	for name, c := range map[string]struct {
		view                View
		where, guide, again string
	}{
		"nobody has answered":           {asked(waitsForHelp, 40*time.Second, mine), " help_waits 40", "help_waits 40 to_withdraw_help *0", "do withdraw help_1"},
		"nobody has answered the other": {asked(waitsForHelp, 5*time.Minute, others), " help_waits 300", "help_waits 300 to_ask_help *0", "say help_waits 300"},
		"a speaker is coming":           {asked(control.HelpAccepted, time.Minute, nil), " help_accepted", "help_accepted to_ask_help *0", "say help_accepted to_ask_again 1"},
		"a speaker listens":             {asked(control.HelpAccepted, time.Minute, listens), " help_listening", "help_listening to_ask_help *0", "say help_listening to_ask_again 1"},
		"he should have come":           {asked(control.HelpAccepted, 3*time.Minute, nil), "", "to_ask_help *0", "do ask for help"},
		"declined":                      {asked(control.HelpDeclined, time.Minute, nil), " help_declined", "help_declined to_ask_help *0", "do ask for help"},
		"not answered in time":          {asked(control.HelpTimedOut, time.Minute, nil), " help_timed_out", "help_timed_out to_ask_help *0", "do ask for help"},
		"withdrawn":                     {asked(control.HelpWithdrawn, time.Minute, nil), "", "to_ask_help *0", "do ask for help"},
		"long ago":                      {asked(control.HelpDeclined, time.Hour, nil), "", "to_ask_help *0", "do ask for help"},
		"never":                         {listener(), "", "to_ask_help *0", "do ask for help"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), []line{{"keys *2", "look"}, {"seen", "say in_room 7 others 4" + c.where}})
			s := inMeeting(t, c.view)
			s.act("keys **")
			if said := s.act("seen"); !strings.Contains(said, " *9 "+c.guide+" to_go_main_room") { // after the keys for hands
				t.Errorf("the help says %q", said)
			}
			play(t, inMeeting(t, c.view), []line{{"keys *0", "look"}, {"seen", c.again}})
		})
	}
	t.Run("asked again", func(t *testing.T) {
		t.Parallel()
		coming := asked(control.HelpAccepted, time.Minute, nil)
		enter := []line{{"keys *0", "look"}, {"seen", "say help_accepted to_ask_again 1"}}
		play(t, inMeeting(t, coming), append(enter[:2:2], line{"keys 1", "hush; do ask for help"}, line{"done", "say help_asked"}))
		play(t, inMeeting(t, coming), append(enter[:2:2], line{"played", ""}, line{"wait 6s", ""}, line{"keys 1", ""}))
	})
}

// TestSpeakerWhoListens: he may be heard, by the key that unmutes.
func TestSpeakerWhoListens(t *testing.T) {
	t.Parallel()
	v := with(speaker(), func(v *View) { v.Room, v.Here, v.ListenOnly = 3, "room_c", true })
	for name, lines := range map[string][]line{
		"where":     {{"keys *2", "look"}, {"seen", "say in_room 3 others 4 listening_only"}},
		"the help":  {{"keys **", "look"}, {"seen", "say to_be_heard *6 to_serve_help *0 to_go_main_room *# to_go_room *3 to_hear_rooms *3# to_hear_where *2 to_change_volume *1 to_mute_all *4 to_run_breakouts *5 to_lock_room *7 to_choose_language 9"}},
		"be heard":  {{"keys *6", "look"}, {"seen", "do go room_c"}, {Listens{}, ""}, {"done", "say heard_again"}, {"played", ""}},
		"it cannot": {{"keys *6", "look"}, {"seen", "do go room_c"}, {"done store_unavailable", "say try_again"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, v), lines)
		})
	}
	t.Run("audience may not", func(t *testing.T) {
		t.Parallel()
		v := with(listener(), func(v *View) { v.ListenOnly = true })
		play(t, inMeeting(t, v), []line{{"keys *6", "look"}, {"seen", "do mute"}})
	})
}
