package attendant

import (
	"slices"
	"testing"
	"time"

	"partyline/control"
)

// everybody is somebody of the audience of a meeting in which everyone may broadcast.
func everybody() View { return with(listener(), func(v *View) { v.MayBroadcast = true }) }

func host() View { return with(speaker(), func(v *View) { v.MayBroadcast = true }) }

var (
	// told is a message of four seconds that was ended by pound.
	told = []line{
		{"played", "record 2m0s"}, {"wait 5s", ""}, {"keys #", "stop recording"},
	}
	goesOut = "message_goes_out to_hear_again 2 to_record_again 3 to_cancel *#"
	toSend  = "to_send 1 to_hear_again 2 to_record_again 3 to_cancel #"
	four    = Recorded{Length: 4 * time.Second}
	uncut   = Recorded{Length: 2 * time.Minute, Cut: true}
	kept    = Kept{Tag: 2, Audio: "aud_1"}
)

// TestMessage of the audience: pound sends, and star pound takes it back for a moment still.
func TestMessage(t *testing.T) {
	t.Parallel()
	enter := append([]line{{"keys *8", "look"}, {"seen", "say speak_message speak_now"}}, told...)
	reviewed := append(slices.Clip(enter), line{four, "say " + goesOut})
	for name, c := range map[string]struct {
		before []line
		lines  []line
	}{
		"silence sends it": {reviewed, []line{{"played", ""}, {"wait 3s", "keep"}, {kept, "discard; do broadcast"}, {"done", "say message_sent"},
			{MessageOver{Rooms: 12, Outcome: "played"}, ""}, {"played", "say message_heard 12"}}},
		"pound sends it at once":    {reviewed, []line{{"keys #", "hush; keep"}}},
		"1 sends it at once":        {reviewed, []line{{"keys 1", "hush; keep"}}},
		"star pound takes it back":  {reviewed, []line{{"keys *#", "hush; discard; say message_cancelled"}, {"wait 30s", ""}}},
		"star alone does not":       {reviewed, []line{{"keys *", "hush"}, {"wait 3s", ""}, {"wait 3s", "keep"}}},
		"another key is no answer":  {reviewed, []line{{"keys 7", "say unknown_key"}, {"played", ""}, {"wait 3s", "keep"}}},
		"a command gives it up":     {reviewed, []line{{"keys *6", "hush; discard; look"}, {"seen", "do mute"}}},
		"he hears it, and sends it": {reviewed, []line{{"keys 2", "replay"}, {"played", "say " + goesOut}, {"keys 2", "replay"}, {"keys 1", "hush; keep"}}},
		"he says it again":          {reviewed, append([]line{{"keys 3", "say speak_message speak_now"}}, append(told, line{four, "say " + goesOut})...)},
		"he says it again at once":  {reviewed, []line{{"keys 23", "replay; say speak_message speak_now"}}},
		"he is silent":              {enter, []line{{Recorded{}, "discard; say heard_nothing"}, {"keys 1", "hush"}}},
		"there is no memory":        {enter, []line{{Recorded{Failed: true}, "say try_again"}}},
		"he gives it up":            {enter[:3], []line{{"keys *#", "discard; say message_cancelled"}}},
		"the limit cuts it: he is asked": {enter[:3], []line{{"wait 2m", "say time_is_short"}, {"played", ""}, {uncut, "say message_cut " + toSend[:len(toSend)-1] + "*#"},
			{"played", ""}, {"wait 6s", "say message_cut " + toSend[:len(toSend)-1] + "*#"}, {"played", ""}, {"wait 6s", "discard; say message_cancelled"}}},
		"the meeting is full of messages": {reviewed, []line{{"keys 1", "hush; keep"}, {Kept{Tag: 2, Code: control.CodeLimit}, "discard; say no_room_for_messages"}}},
		"the store does not answer":       {reviewed, []line{{"keys 1", "hush; keep"}, {"wait 16s", "discard; say try_again"}}},
		"the option was taken back":       {reviewed, []line{{"keys 1", "hush; keep"}, {kept, "discard; do broadcast"}, {"done not_allowed", "say not_in_this_meeting"}}},
		"too many messages":               {reviewed, []line{{"keys 1", "hush; keep"}, {kept, "discard; do broadcast"}, {"done rate_limited", "say too_many_messages"}}},
		"news wait":                       {reviewed, []line{{Silenced{Muted: true}, ""}, {"keys *#", "hush; discard; say message_cancelled"}, {"played", "say muted_by_speaker"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, everybody()), append(slices.Clip(c.before), c.lines...))
		})
	}
}

// TestMessageOfASpeaker is asked for once more: only 1 sends it.
func TestMessageOfASpeaker(t *testing.T) {
	t.Parallel()
	enter := append([]line{
		{"keys *8", "look"}, {"seen", "say to_all_rooms to_record_message 1 to_speak_live 2"}, {"keys 1", "say speak_message speak_now"},
	}, append(told, line{four, "say " + toSend})...)
	for name, lines := range map[string][]line{
		"1 sends it":         {{"keys 1", "hush; keep"}, {kept, "discard; do broadcast"}, {"done", "say message_sent"}},
		"pound does not":     {{"keys #", "discard; say message_cancelled"}},
		"star pound neither": {{"keys *#", "hush; discard; say message_cancelled"}},
		"nor silence":        {{"played", ""}, {"wait 6s", "say " + toSend}, {"played", ""}, {"wait 6s", "discard; say message_cancelled"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, host()), append(slices.Clip(enter), lines...))
		})
	}
}

// TestWhoMayBroadcast by telephone.
func TestWhoMayBroadcast(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		view View
		said string
	}{
		"the option is off":      {listener(), "say not_in_this_meeting"},
		"everybody may":          {everybody(), "say speak_message speak_now"},
		"who is muted by admins": {with(everybody(), func(v *View) { v.MutedByAdmin = true }), "say muted_by_speaker"},
		"a speaker":              {host(), "say to_all_rooms to_record_message 1 to_speak_live 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), []line{{"keys *8", "look"}, {"seen", c.said}})
		})
	}
	s := inMeeting(t, with(everybody(), func(v *View) { v.Room = control.NoRoom }))
	play(t, s, []line{{"keys *8", "say not_while_waiting"}})
}

// TestLive goes through a speaker's word to all rooms.
func TestLive(t *testing.T) {
	t.Parallel()
	enter := []line{
		{"keys *8", "look"}, {"seen", "say to_all_rooms to_record_message 1 to_speak_live 2"},
		{"keys 2", "hush; look"}, {"seen", "say live_after_tone"}, {"played", "do go live"},
	}
	live := append(slices.Clip(enter), line{"done", ""}, line{LiveBegan{}, ""})
	for name, c := range map[string]struct {
		before []line
		lines  []line
	}{
		"pound ends it": {live, []line{{"wait 60s", ""}, {"keys #", "do end live"}, {"done", "say live_over"},
			{MessageOver{Live: true, Rooms: 3, Outcome: "played"}, ""}, {"played", "say message_heard 3"}}},
		"it had ended":          {live, []line{{"keys #", "do end live"}, {"done wrong_state", "say live_over"}}},
		"other keys do nothing": {live, []line{{"keys 1*60*", ""}, {"wait 4s", ""}, {"keys 9", ""}}},
		"the time is up, after a warning": {live, []line{{"wait 4m44s", ""}, {"wait 2s", "say time_is_short"}, {"played", ""}, {"wait 15s", ""},
			{MessageOver{Live: true, Rooms: 3, Outcome: "played", Reason: control.ReasonTimeLimit}, "say live_over time_is_up message_heard 3"}, {"keys #", "hush"}}},
		"its end is overdue":                      {live, []line{{"wait 5m", "say time_is_short"}, {"played", ""}, {"wait 7s", "do end live"}, {"done wrong_state", "say live_over"}}},
		"his turn never comes":                    {enter, []line{{"done", ""}, {"wait 3s", "say wait_for_tone"}, {"played", ""}, {"wait 10m", "do end live"}, {"done", "say live_over"}}},
		"an admin ends it":                        {live, []line{{MessageOver{Live: true, Rooms: 3, Outcome: "cancelled"}, "say live_over message_stopped"}}},
		"he waits":                                {enter, []line{{"done", ""}, {"wait 3s", "say wait_for_tone"}, {"played", ""}, {"wait 60s", ""}, {LiveBegan{}, ""}, {"wait 4m44s", ""}, {"wait 2s", "say time_is_short"}}},
		"his turn comes while he is told to wait": {enter, []line{{"done", ""}, {"wait 3s", "say wait_for_tone"}, {LiveBegan{}, "hush"}}},
		"he does not wait": {enter, []line{{"done", ""}, {"keys #", "do end live"}, {"done", "say live_over"},
			{MessageOver{Live: true, Outcome: "cancelled", Reason: control.ReasonTakenBack}, ""}, {"played", ""}}},
		"somebody was faster":            {enter, []line{{"done on_air", "say somebody_speaks"}, {"keys #", "hush"}}},
		"he is no speaker any more":      {enter, []line{{"done not_allowed", "say not_in_this_meeting"}}},
		"pound before the tone":          {enter[:4], []line{{"keys #", "say message_cancelled"}}},
		"star pound before the tone":     {enter[:4], []line{{"keys *#", "say message_cancelled; hush"}}},
		"another key skips what is told": {enter[:4], []line{{"keys 5", "hush; do go live"}}},
		"news wait":                      {live, []line{{HelpWanted{Room: 3}, ""}, {"wait 5s", ""}, {"keys #", "do end live"}, {"done", "say live_over"}, {"played", "say help_tone asks_for_help 3"}}},
		"a restart ended it":             {nil, []line{{LiveLost{}, "say live_over message_failed"}}},
		"the meeting ends":               {live, []line{{Over{}, "say meeting_ended goodbye"}}},
		"he loses the right": {live, []line{{RoleChanged{Role: control.Audience}, ""},
			{MessageOver{Live: true, Rooms: 1, Outcome: "played", Reason: "x"}, "say now_audience"}, {"played", "say live_over message_heard 1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, host()), append(slices.Clip(c.before), c.lines...))
		})
	}
	s := inMeeting(t, with(host(), func(v *View) { v.OnAir = true }))
	play(t, s, append(enter[:3:3], line{"seen", "say somebody_speaks"}))
}

// TestReached: a room in which nobody but himself was does not count.
func TestReached(t *testing.T) {
	t.Parallel()
	own := ownMessage{room: "room_1", itself: 1}
	for name, c := range map[string]struct {
		list []control.Delivery
		want int
	}{
		"nobody":         {nil, 0},
		"himself":        {[]control.Delivery{{Room: "room_1", Listeners: 1}}, 0},
		"and another":    {[]control.Delivery{{Room: "room_1", Listeners: 2}}, 1},
		"on the web":     {[]control.Delivery{{Room: "room_1", Listeners: 1, Web: 1}, {Room: "room_2", Web: 4}, {Room: "room_3"}}, 2},
		"somewhere else": {[]control.Delivery{{Room: "room_1", Listeners: 1}, {Room: "room_2", Listeners: 1}}, 1},
	} {
		if got := own.reached(c.list); got != c.want {
			t.Errorf("%s: %d rooms, want %d", name, got, c.want)
		}
	}
}
