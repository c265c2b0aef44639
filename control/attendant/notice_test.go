package attendant

import (
	"testing"
	"time"

	"partyline/control"
)

func TestAnnouncements(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]line{
		"the breakouts start":             {{Moved{Room: 2, Reason: control.ReasonStart}, "say now_in_breakout_room 2"}},
		"the breakouts stop":              {{Moved{Reason: control.ReasonStop}, "say back_in_main_room"}},
		"the breakouts are reset":         {{Moved{Reason: control.ReasonReset}, "say back_in_main_room"}},
		"an admin moves one":              {{Moved{Room: 2, Reason: control.ReasonAdmin}, "say moved_to_room 2"}},
		"an admin moves one back":         {{Moved{Reason: control.ReasonAdmin}, "say moved_to_main_room"}},
		"one is assigned elsewhere":       {{Moved{Room: 2, Reason: control.ReasonAssign}, "say moved_to_room 2"}},
		"the room is deleted":             {{Moved{Reason: control.ReasonDeleted}, "say room_deleted back_in_main_room"}},
		"one's other telephone":           {{Moved{Room: 2, Reason: control.ReasonSelf}, "say now_in_room 2"}},
		"to the lobby":                    {{Moved{Room: control.NoRoom, Reason: control.ReasonAdmin}, "say in_lobby"}},
		"the meeting is about to end":     {{Ending{In: 5 * time.Minute}, "say meeting_ends_in 300"}},
		"no move at all":                  {{Moved{Room: 7, Reason: control.ReasonAdmin}, ""}},
		"breakouts open on the web alone": {{Opened{Callers: true}, "say callers_stay"}},
		"callers are called back":         {{Moved{Reason: control.ReasonOptions}, "say callers_come_back back_in_main_room"}},
		"a warning":                       {{Warned{Left: 60}, "say time_left 60"}},
		"another warning":                 {{Warned{Left: 10}, "say time_left 10"}},
		"an odd warning":                  {{Warned{Left: 121}, "say time_left 121"}},
		"a longer time":                   {{Extended{In: 5 * time.Minute}, "say breakouts_stay_open time_left 300"}},
		"a shuffle":                       {{Moved{Room: 2, Reason: control.ReasonShuffle}, "say now_in_breakout_room 2"}},
		"an undo":                         {{Moved{Room: 2, Reason: control.ReasonUndo}, "say moved_to_room 2"}},
		"one is to listen elsewhere":      {{Moved{Room: 2, Reason: control.ReasonAdmin, ListenOnly: true}, "say moved_to_room 2 listening_only"}},
		"one is to listen here":           {{Listens{Only: true}, "say listening_only"}, {Listens{}, "say heard_again"}},
		"breakouts open for others":       {{Opened{}, "say breakouts_open"}},
		"breakouts close for others":      {{Closed{}, "say breakouts_closed"}},
		"the countdown":                   {{Closing{In: 10 * time.Second}, "say closing closing_in 10"}},
		"a long countdown":                {{Closing{In: 2 * time.Minute}, "say closing closing_in 120"}},
		"muted":                           {{Silenced{Muted: true}, "say muted_by_speaker"}},
		"unmuted":                         {{Silenced{}, "say unmuted_by_speaker"}},
		"unmuted, but muted by oneself":   {{Silenced{Still: true}, "say unmuted_by_speaker muted to_unmute *6"}},
		"help is coming":                  {{HelpEnded{Outcome: control.HelpAccepted}, "say help_accepted"}},
		"help is declined":                {{HelpEnded{Outcome: control.HelpDeclined}, "say help_declined"}},
		"nobody answers":                  {{HelpEnded{Outcome: control.HelpTimedOut}, "say help_timed_out"}},
		"an admin withdraws it":           {{HelpEnded{Outcome: control.HelpWithdrawn}, "say help_withdrawn"}},
		"the room that asked is gone":     {{HelpEnded{Outcome: control.HelpOver}, ""}},
		"a room asks no longer":           {{Silenced{Muted: true}, "say muted_by_speaker"}, {HelpWanted{Room: 3}, ""}, {HelpWanted{Room: 4}, ""}, {HelpOver{Room: 3}, ""}, {"played", "say help_tone asks_for_help 4"}, {"played", ""}},
		"a room asks":                     {{HelpWanted{Room: 3}, "say help_tone asks_for_help 3"}},
		"the main room asks":              {{HelpWanted{}, "say help_tone asks_for_help 0"}},
		"the room one is in asks":         {{HelpWanted{Room: 7}, ""}},
		"one becomes a speaker":           {{RoleChanged{control.Speaker}, "say now_speaker"}, {"keys *0", "hush; look"}, {"seen", "say no_requests"}},
		"one is a speaker no more":        {{RoleChanged{control.Audience}, "say now_audience"}},
		"one is joined with the web":      {{Merged{}, "say merged"}, {"played", ""}},
		"and separated again":             {{Merged{}, "say merged"}, {Split{}, "say split"}, {"played", ""}},
		"the meeting ends":                {{Over{}, "say meeting_ended goodbye"}, {"keys *6", ""}, {"played", "hang up: meeting has ended"}},
		"one is removed":                  {{Removed{}, "say removed goodbye"}, {"played", "hang up: removed from the meeting"}},
		"the end interrupts":              {{HelpWanted{Room: 3}, "say help_tone asks_for_help 3"}, {Over{}, "say meeting_ended goodbye"}},
		"the bridge shuts down":           {{Departing{}, "say shutting_down goodbye"}, {"keys *6", ""}, {"played", "hang up: the bridge shuts down"}},
		"and interrupts":                  {{HelpWanted{Room: 3}, "say help_tone asks_for_help 3"}, {Departing{}, "say shutting_down goodbye"}},
		"and comes during a question":     {{"keys *6", "look"}, {Departing{}, "say shutting_down goodbye"}, {"seen", ""}, {"played", "hang up: the bridge shuts down"}},
		"and after the meeting":           {{Over{}, "say meeting_ended goodbye"}, {Departing{}, ""}, {"played", "hang up: meeting has ended"}},
		"the meeting ends after that":     {{Departing{}, "say shutting_down goodbye"}, {"played", "hang up: the bridge shuts down"}, {Over{}, ""}},
		"the end comes during a question": {{"keys *6", "look"}, {Over{}, "say meeting_ended goodbye"}, {"seen", ""}, {"played", "hang up: meeting has ended"}},

		"one after the other": {
			{Silenced{Muted: true}, "say muted_by_speaker"},
			{HelpWanted{Room: 3}, ""}, {HelpWanted{Room: 4}, ""},
			{"played", "say help_tone asks_for_help 3"}, {"played", "say help_tone asks_for_help 4"}, {"played", ""},
		},
		"what is out of date is not said": {
			{Silenced{Muted: true}, "say muted_by_speaker"},
			{Moved{Room: 2, Reason: control.ReasonStart}, ""}, {Moved{Reason: control.ReasonStop}, ""},
			{"played", "say back_in_main_room"}, {"played", ""},
		},
		"where one was is not said to its end": {
			{"keys *2", "look"}, {"seen", "say in_room 7 others 4"}, {Moved{Reason: control.ReasonStop}, "say back_in_main_room"}, {"played", ""},
		},
		"a countdown that is cut short": {
			{Closing{In: time.Minute}, "say closing closing_in 60"}, {Closing{In: 5 * time.Second}, "say closing closing_in 5"},
			{Moved{Reason: control.ReasonStop}, "say back_in_main_room"}, {"played", ""},
		},
		"a receipt is said to its end": {
			{"keys *0", "look"}, {"seen", "do ask for help"}, {"done", "say help_asked"}, {Moved{Reason: control.ReasonStop}, ""},
			{"played", "say back_in_main_room"},
		},
		"a key interrupts one and the next follows": {
			{Silenced{Muted: true}, "say muted_by_speaker"}, {HelpEnded{Outcome: control.HelpDeclined}, ""},
			{"keys *", "hush"}, {"wait 3s", "say help_declined"},
		},
		"the answer to a command comes first": {
			{"keys *2", "look"}, {Silenced{Muted: true}, ""}, {"seen", "say in_room 7 others 4"}, {"played", "say muted_by_speaker"},
		},
		"a number that is being keyed in is not disturbed": {
			{"keys *3", "look"}, {"seen", "say enter_room"}, {"keys 3", "hush"}, {Silenced{Muted: true}, ""},
			{"keys #", "do go room_c"}, {"done", "say now_in_room 3"}, {"played", "say muted_by_speaker"},
		},
		"one's own move is said once, the event first": {
			{"keys *#", "look"}, {"seen", "do go main"}, {Moved{Reason: control.ReasonSelf}, ""}, {"done", "say back_in_main_room"}, {"played", ""},
		},
		"one's own move is said once, the answer first": {
			{"keys *#", "look"}, {"seen", "do go main"}, {"done", "say back_in_main_room"}, {Moved{Reason: control.ReasonSelf}, ""}, {"played", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, listener()), lines)
		})
	}
}

func TestAnnouncementsAreBounded(t *testing.T) {
	t.Parallel()
	s := inMeeting(t, speaker())
	for room := range 300 {
		s.act(HelpWanted{Room: room + 1})
	}
	said := 0
	for s.act("played") != "" {
		said++
	}
	if said != maxAnnounced {
		t.Errorf("%d announcements waited, want %d", said, maxAnnounced)
	}
}
