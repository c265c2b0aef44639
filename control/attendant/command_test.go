package attendant

import (
	"testing"
	"time"

	"partyline/control"
)

// The cast: somebody of the audience and a speaker, in the main room and in room 7 of 30.
func rooms(n int) (refs []RoomRef) {
	for i := range n {
		refs = append(refs, RoomRef{Number: i + 1, ID: control.RoomID("room_" + string(rune('a'+i)))})
	}
	return refs
}

func listener() View {
	return View{
		Role: control.Audience, Room: 7, Others: 4, Breakouts: control.BreakoutsOpen, FreeMovement: true,
		Rooms: rooms(9), Own: RoomRef{Number: 7, ID: "room_g"},
	}
}

func speaker() View {
	v := listener()
	v.Role, v.Room, v.Own = control.Speaker, 0, RoomRef{}
	v.Help = []HelpCall{{ID: "help_1", Room: 3, At: dawn.Add(-time.Minute)}, {ID: "help_2", Room: 5, RoomName: "Blue", Who: Person{Name: "Ann"}, At: dawn.Add(-40 * time.Second)}}
	return v
}

func with(v View, change func(v *View)) View {
	change(&v)
	return v
}

func TestCommands(t *testing.T) {
	t.Parallel()
	mute := func(v *View) { v.Muted = true }
	for name, c := range map[string]struct {
		view  View
		lines []line
	}{
		"mute": {listener(), []line{
			{"keys *6", "look"}, {"seen", "do mute"}, {"done", "say muted"},
		}},
		"unmute": {with(listener(), mute), []line{
			{"keys *6", "look"}, {"seen", "do unmute"}, {"done", "say unmuted"},
		}},
		"muted by an admin": {with(listener(), func(v *View) { v.MutedByAdmin = true }), []line{
			{"keys *6", "look"}, {"seen", "say muted_by_speaker cannot_unmute"},
		}},
		"muted by an admin meanwhile": {with(listener(), mute), []line{
			{"keys *6", "look"}, {"seen", "do unmute"}, {"done not_allowed", "say muted_by_speaker cannot_unmute"},
		}},
		"the store does not answer": {listener(), []line{
			{"keys *6", "look"}, {"seen", "do mute"}, {"done store_unavailable", "say try_again"},
		}},
		"the meeting does not answer": {listener(), []line{
			{"keys *6", "look"}, {"wait 5s", "say try_again"}, {"seen", ""},
		}},
		"ask for help": {listener(), []line{
			{"keys *0", "look"}, {"seen", "do ask for help"}, {"done", "say help_asked"},
		}},
		"withdraw": {with(listener(), func(v *View) { v.MyRequest = "help_9" }), []line{
			{"keys *0", "look"}, {"seen", "do withdraw help_9"}, {"done", "say help_withdrawn"},
		}},
		"withdraw what has just been answered": {with(listener(), func(v *View) { v.MyRequest = "help_9" }), []line{
			{"keys *0", "look"}, {"seen", "do withdraw help_9"}, {"done not_found", "say request_gone"},
		}},
		"withdrawn by a key is said once": {with(listener(), func(v *View) { v.MyRequest = "help_9" }), []line{
			{"keys *0", "look"}, {"seen", "do withdraw help_9"}, {HelpEnded{Outcome: control.HelpWithdrawn}, ""}, {"done", "say help_withdrawn"}, {"played", ""},
		}},
		"withdraw what has timed out meanwhile": {with(listener(), func(v *View) { v.MyRequest = "help_9" }), []line{
			{"keys *0", "look"}, {"seen", "do withdraw help_9"}, {HelpEnded{Outcome: control.HelpTimedOut}, ""}, {"done wrong_state", "say request_gone"},
			{"played", "say help_timed_out"},
		}},
		"asked again too soon": {listener(), []line{
			{"keys *0", "look"}, {"seen", "do ask for help"}, {"done rate_limited", "say help_too_soon"},
		}},
		"the room has already asked": {with(listener(), func(v *View) { v.RoomAsks, v.Called = true, Called{Outcome: waitsForHelp, At: dawn.Add(-time.Minute)} }), []line{
			{"keys *0", "look"}, {"seen", "say help_waits 60"},
		}},
		"no help in the main room before the breakouts": {with(listener(), func(v *View) { v.Room, v.Breakouts = 0, control.BreakoutsIdle }), []line{
			{"keys *0", "look"}, {"seen", "say help_in_main_room"},
		}},
		"left alone in the main room": {with(listener(), func(v *View) { v.Room = 0 }), []line{
			{"keys *0", "look"}, {"seen", "do ask for help"}, {"done", "say help_asked"},
		}},
		"back to the main room": {listener(), []line{
			{"keys *#", "look"}, {"seen", "do go main"}, {"done", "say back_in_main_room"},
		}},
		"back is not allowed": {listener(), []line{
			{"keys *#", "look"}, {"seen", "do go main"}, {"done not_allowed", "say cannot_move"},
		}},
		"already in the main room": {speaker(), []line{
			{"keys *#", "look"}, {"seen", "say in_main_room"},
		}},
		"where am I": {with(listener(), func(v *View) { v.EndsAt = time.Unix(1_800_000_000, 0).Add(10 * time.Minute) }), []line{
			{"keys *2", "look"}, {"seen", "say in_room 7 others 4 time_left 600"},
		}},
		"where am I, open-ended and muted": {with(listener(), mute), []line{
			{"keys *2", "look"}, {"seen", "say in_room 7 others 4 muted"},
		}},
		"a key of the fourth column": {listener(), []line{{"keys *A", "say unknown_key"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), c.lines)
		})
	}
}

// TestLostKeys has every command with one key missing, doubled or late.
func TestLostKeys(t *testing.T) {
	t.Parallel()
	for name, lines := range map[string][]line{
		"the star is lost":                       {{"keys 6", ""}, {"wait 10s", ""}},
		"only the star comes":                    {{"keys *", ""}, {"wait 3s", ""}, {"keys 6", ""}},
		"the key comes just in time":             {{"keys *", ""}, {"wait 2800ms", ""}, {"keys 6", "look"}},
		"the key comes too late":                 {{"keys *", ""}, {"wait 2900ms", ""}, {"keys 6", ""}, {"keys *6", "look"}},
		"the star is doubled":                    {{"keys **", "look"}, {"keys 6", ""}, {"seen", helpHeard}},
		"a second star after a second":           {{"keys *", ""}, {"wait 1s", ""}, {"keys *", ""}, {"keys 6", "look"}},
		"a second star within a second":          {{"keys *", ""}, {"wait 900ms", ""}, {"keys *", "look"}},
		"the key is doubled":                     {{"keys *66", "look"}, {"seen", "do mute"}, {"done", "say muted; hush"}},
		"a lone pound":                           {{"keys #", ""}, {"wait 10s", ""}},
		"a lone digit of each":                   {{"keys 0123456789#", ""}},
		"the key of the second command is lost":  {{"keys *", ""}, {"wait 2s", ""}, {"keys *", ""}, {"keys 2", "look"}},
		"two commands at once":                   {{"keys *6*2", "look"}, {"seen", "do mute"}, {"done", "say muted; hush; look"}, {"seen", "say in_room 7 others 4"}},
		"a thousand keys while nobody answers":   {{"keys *6" + thousand(), "look; say try_again; hush"}},
		"digits after the star of a lost number": {{"keys *37#", "look"}, {"seen", "say enter_room; say in_room 7"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, listener()), lines)
		})
	}
}

const helpHeard = "say to_mute *6 to_raise_hand *9 to_ask_help *0 to_go_main_room *# to_go_room *3 to_hear_rooms *3# to_hear_where *2 to_change_volume *1 to_choose_language 9; say unknown_key"

func thousand() string {
	keys := make([]byte, 55)
	for i := range keys {
		keys[i] = '7'
	}
	return string(keys)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		view View
		want string
	}{
		"in the main room before the breakouts": {
			View{Role: control.Audience, Breakouts: control.BreakoutsIdle, FreeMovement: true, Rooms: rooms(3)},
			"say to_mute *6 to_raise_hand *9 to_hear_where *2 to_change_volume *1 to_choose_language 9",
		},
		"sent back from the own room": {
			with(listener(), func(v *View) { v.Room = 0 }),
			"say to_mute *6 to_raise_hand *9 to_ask_help *0 to_go_own_room *30# to_go_room *3 to_hear_rooms *3# to_hear_where *2 to_change_volume *1 to_choose_language 9",
		},
		"without free movement": {
			with(listener(), func(v *View) { v.FreeMovement = false }),
			"say to_mute *6 to_raise_hand *9 to_ask_help *0 to_go_main_room *# to_hear_where *2 to_change_volume *1 to_choose_language 9",
		},
		"muted, with a request": {
			with(listener(), func(v *View) { v.Muted, v.FreeMovement, v.MyRequest = true, false, "help_1" }),
			"say to_unmute *6 to_raise_hand *9 to_withdraw_help *0 to_go_main_room *# to_hear_where *2 to_change_volume *1 to_choose_language 9",
		},
		"muted by an admin": {
			with(listener(), func(v *View) { v.MutedByAdmin, v.FreeMovement = true, false }),
			"say muted_by_speaker to_raise_hand *9 to_ask_help *0 to_go_main_room *# to_hear_where *2 to_change_volume *1 to_choose_language 9",
		},
		"a speaker": {
			speaker(),
			"say to_mute *6 to_serve_help *0 to_go_room *3 to_hear_rooms *3# to_hear_where *2 to_change_volume *1 to_mute_all *4 to_run_breakouts *5 to_lock_meeting *7 to_choose_language 9",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), []line{{"keys **", "look"}, {"seen", c.want}})
		})
	}
}
