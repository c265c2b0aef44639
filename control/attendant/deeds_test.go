package attendant

import (
	"testing"

	"partyline/control"
)

// TestKeyCommands plays what each key does to the meeting, and what it says.
func TestKeyCommands(t *testing.T) {
	t.Parallel()
	ada := found{raised{"par_9", Person{Name: "Ada"}}}
	for name, c := range map[string]struct {
		view  View
		lines []line
	}{
		"raise a hand":                {listener(), []line{{"keys *9", "look"}, {"seen", "do raise hand"}, {HandSet{Up: true}, ""}, {"done", "say hand_raised"}, {"played", ""}}},
		"the other key of it":         {listener(), []line{{"keys *5", "look"}, {"seen", "do raise hand"}, {"done", "say hand_raised"}}},
		"lower it":                    {with(listener(), func(v *View) { v.Hand = true }), []line{{"keys *9", "look"}, {"seen", "do lower hand"}, {"done", "say hand_lowered"}}},
		"it is lowered by somebody":   {listener(), []line{{HandSet{}, "say hand_lowered"}}},
		"it is raised on the web":     {listener(), []line{{HandSet{Up: true}, "say hand_raised"}}},
		"one is given the floor":      {listener(), []line{{Floor{}, "say you_have_the_floor"}}},
		"and has muted himself":       {listener(), []line{{Floor{Muted: true}, "say you_have_the_floor muted to_unmute *6"}}},
		"the store does not answer":   {listener(), []line{{"keys *9", "look"}, {"seen", "do raise hand"}, {"done store_unavailable", "say try_again"}}},
		"the meeting does not answer": {listener(), []line{{"keys *9", "look"}, {"wait 5s", "say try_again"}}},
		"somebody raises a hand": {speaker(), []line{
			{HandUp{"par_1", Person{Name: "Ada"}}, "say has_raised_hand Ada"}, {HandUp{"par_2", Person{Name: "Bob"}}, ""}, {HandUp{"par_3", Person{Name: "Cid"}}, ""}, {HandDown{"par_2"}, ""},
			{"played", "say has_raised_hand Cid"}, {"played", ""},
		}},
		"give the floor": {speaker(), []line{
			{"keys *9", "look"}, {ada, "say has_raised_hand Ada floor_question confirm"}, {"keys 1", "hush; do give floor"}, {"done", "say floor_given Ada"},
		}},
		"it is not given": {speaker(), []line{
			{"keys *9", "look"}, {ada, "say has_raised_hand Ada floor_question confirm"}, {"keys #", "say cancelled"}, {"keys 1", "hush"},
		}},
		"the hand is down meanwhile": {speaker(), []line{
			{"keys *9", "look"}, {ada, "say has_raised_hand Ada floor_question confirm"}, {"keys 1", "hush; do give floor"}, {"done wrong_state", "say hand_gone"},
		}},
		"no speaker any more": {speaker(), []line{
			{"keys *9", "look"}, {ada, "say has_raised_hand Ada floor_question confirm"}, {"keys 1", "hush; do give floor"}, {"done not_allowed", "say for_speakers"},
		}},
		"no hand is up": {speaker(), []line{{"keys *9", "look"}, {found{raised{}}, "say no_hands"}}},

		"louder":           {listener(), []line{{"keys *1", "look"}, {found{0}, "do listening volume"}, {"done", "say volume_louder"}}},
		"loudest":          {listener(), []line{{"keys *1", "look"}, {found{6}, "do listening volume"}, {"done", "say volume_loudest"}}},
		"quieter":          {speaker(), []line{{"keys *1", "look"}, {found{12}, "do listening volume"}, {"done", "say volume_quieter"}}},
		"normal":           {speaker(), []line{{"keys *1", "look"}, {found{-6}, "do listening volume"}, {"done", "say volume_normal"}}},
		"from an odd one":  {speaker(), []line{{"keys *1", "look"}, {found{3}, "do listening volume"}, {"done", "say volume_normal"}}},
		"in the lobby too": {with(listener(), func(v *View) { v.Room = control.NoRoom }), []line{{"keys *1", "look"}, {found{0}, "do listening volume"}, {"done", "say volume_louder"}}},

		"repeat a text": {listener(), []line{
			{"keys *4", "look"}, {found{control.Sound{Text: "Lunch is ready"}}, "repeat Lunch is ready"}, {Silenced{Muted: true}, ""}, {"played", "say muted_by_speaker"},
		}},
		"a key ends it":          {listener(), []line{{"keys *4", "look"}, {found{control.Sound{Audio: "aud_1"}}, "repeat aud_1"}, {"keys *", "hush"}}},
		"nothing to be repeated": {listener(), []line{{"keys *4", "look"}, {found{control.Sound{}}, "say no_broadcast"}}},

		"mute all":    {speaker(), []line{{"keys *4", "look"}, {"seen", "say mute_all_question confirm"}, {"keys 1", "hush; do mute all"}, {"done", "say all_muted"}}},
		"release all": {with(speaker(), func(v *View) { v.MutedAll = true }), []line{{"keys *4", "look"}, {"seen", "say release_all_question confirm"}, {"keys 1", "hush; do release all"}, {"done", "say all_released"}}},

		"lock the room":      {speaker(), []line{{"keys *7", "look"}, {found{door{"room_a", false}}, "say lock_room_question confirm"}, {"keys 1", "hush; do lock room_a"}, {"done", "say room_is_locked"}}},
		"unlock the room":    {speaker(), []line{{"keys *7", "look"}, {found{door{"room_a", true}}, "say unlock_room_question confirm"}, {"keys 1", "hush; do unlock room_a"}, {"done", "say room_is_open"}}},
		"lock the meeting":   {speaker(), []line{{"keys *7", "look"}, {found{door{"main", false}}, "say lock_meeting_question confirm"}, {"keys 1", "hush; do lock main"}, {"done", "say meeting_locked"}}},
		"unlock the meeting": {speaker(), []line{{"keys *7", "look"}, {found{door{"main", true}}, "say unlock_meeting_question confirm"}, {"keys 1", "hush; do unlock main"}, {"done", "say meeting_is_open"}}},
		"the room is gone":   {speaker(), []line{{"keys *7", "look"}, {found{door{"room_a", false}}, "say lock_room_question confirm"}, {"keys 1", "hush; do lock room_a"}, {"done not_found", "say room_deleted"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), c.lines)
		})
	}
}

func TestSessionMenu(t *testing.T) {
	t.Parallel()
	idle := with(speaker(), func(v *View) { v.Breakouts = control.BreakoutsIdle })
	closing := with(speaker(), func(v *View) { v.Breakouts = control.BreakoutsClosing })
	twelve := found{forecast{people: 12, rooms: 4, planned: true}}
	const idleMenu = "say to_start_breakouts 1 to_plan_or_shuffle 2"
	const openMenu = "say to_plan_or_shuffle 2 to_bring_back 3"
	const rearranging = "say to_apply_plan 1 to_shuffle 2"
	for name, c := range map[string]struct {
		view  View
		lines []line
	}{
		"start": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 1", "hush; look"}, {twelve, "say start_question 12 room_count 4 confirm"}, {"wait 1s", ""},
			{"keys 1", "hush; do start breakouts"}, {Opened{}, ""}, {"done", "say breakouts_open"}, {"played", ""},
		}},
		"a doubled one does not start": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 11", "hush; look"}, {twelve, "say start_question 12 room_count 4 confirm; say start_question 12 room_count 4 confirm"},
			{"played", ""}, {"wait 6s", "say start_question 12 room_count 4 confirm"}, {"played", ""}, {"wait 6s", "say cancelled"},
		}},
		"all rooms are locked": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 1", "hush; look"}, {found{forecast{refused: control.CodeLocked}}, "say all_rooms_locked"}, {"keys 1", "hush"},
		}},
		"breakouts are off": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 1", "hush; look"}, {found{forecast{refused: control.CodeNotAllowed}}, "say breakouts_off"},
		}},
		"started by somebody else meanwhile": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 1", "hush; look"}, {twelve, "say start_question 12 room_count 4 confirm"}, {"wait 1s", ""},
			{"keys 1", "hush; do start breakouts"}, {"done wrong_state", "say breakouts_changed"},
		}},
		"by the plan": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 2", rearranging}, {"keys 1", "hush; look"}, {twelve, "say plan_question 12 room_count 4 confirm"}, {"wait 1s", ""},
			{"keys 1", "hush; do start breakouts"}, {"done", "say plan_applied"},
		}},
		"there is no plan": {idle, []line{
			{"keys *5", "look"}, {"seen", idleMenu}, {"keys 2", rearranging}, {"keys 1", "hush; look"}, {found{forecast{rooms: 4}}, "say no_plan"},
		}},
		"the plan again": {speaker(), []line{
			{"keys *5", "look"}, {"seen", openMenu}, {"keys 2", rearranging}, {"keys 1", "hush; look"}, {twelve, "say plan_question 12 room_count 4 confirm"}, {"wait 1s", ""},
			{"keys 1", "hush; do apply plan"}, {"done", "say plan_applied"},
		}},
		"shuffle": {speaker(), []line{
			{"keys *5", "look"}, {"seen", openMenu}, {"keys 2", rearranging}, {"wait 500ms", ""}, {"keys 2", "hush; look"}, {twelve, "say shuffle_question 12 room_count 4 confirm"},
			{"keys 1", "hush; do shuffle"}, {"done", "say shuffled"},
		}},
		"bring everybody back": {speaker(), []line{
			{"keys *5", "look"}, {"seen", openMenu}, {"keys 3", "hush; look"}, {twelve, "say stop_question 12 confirm"},
			{"keys 1", "hush; do bring back"}, {"done", "say bringing_back"},
		}},
		"what cannot be done is no choice": {closing, []line{
			{"keys *5", "look"}, {"seen", "say to_bring_back 3"}, {"keys 1", "say unknown_key"}, {"keys 2", "say unknown_key"},
		}},
		"no rooms": {with(idle, func(v *View) { v.Rooms = nil }), []line{{"keys *5", "look"}, {"seen", "say no_rooms"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), c.lines)
		})
	}
}
