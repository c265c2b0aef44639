package attendant

import "testing"

func TestRoomNumber(t *testing.T) {
	t.Parallel()
	enter := []line{{"keys *3", "look"}, {"seen", "say enter_room"}}
	many := with(listener(), func(v *View) { v.Rooms = rooms(12) })
	for name, c := range map[string]struct {
		view  View
		lines []line
	}{
		"a room":                         {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done", "say now_in_room 3"}}},
		"without pound, after a pause":   {listener(), []line{{"keys 3", "hush"}, {"wait 3s", "do go room_c"}}},
		"a locked room":                  {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done locked", "say room_locked"}}},
		"a full room":                    {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done room_full", "say room_full"}}},
		"movement is not free":           {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done not_allowed", "say cannot_move"}}},
		"breakouts have closed":          {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done wrong_state", "say breakouts_not_open"}}},
		"a room deleted meanwhile":       {listener(), []line{{"keys 3#", "hush; do go room_c"}, {"done not_found", "say no_such_room"}}},
		"no such room":                   {listener(), []line{{"keys 12#", "hush; say no_such_room"}}},
		"far too long a number":          {listener(), []line{{"keys 1234567#", "hush; say no_such_room"}}},
		"the room one is in":             {listener(), []line{{"keys 7#", "hush; say in_room 7"}}},
		"the own room from elsewhere":    {with(listener(), func(v *View) { v.Room = 0 }), []line{{"keys 0#", "hush; do go room_g"}, {"done", "say now_in_room 7"}}},
		"the own room when one is there": {listener(), []line{{"keys 0#", "hush; say in_room 7"}}},
		"no own room":                    {speaker(), []line{{"keys 0#", "hush; say no_own_room"}}},
		"a short number is confirmed":    {many, []line{{"keys 3#", "hush; say this_room 3 0 confirm"}, {"keys 1", "hush; do go room_c"}, {"done", "say now_in_room 3"}}},
		"a short number is not meant":    {many, []line{{"keys 1#", "hush; say this_room 1 0 confirm"}, {"wait 1s", ""}, {"keys #", "say cancelled"}}},
		"zeros make it long enough":      {many, []line{{"keys 03#", "hush; do go room_c"}}},
		"a long number is not asked":     {many, []line{{"keys 12#", "hush; do go room_l"}}},
		"no confirmation": {many, []line{
			{"keys 3#", "hush; say this_room 3 0 confirm"}, {"played", ""}, {"wait 6s", "say this_room 3 0 confirm"},
			{"played", ""}, {"wait 6s", "say cancelled"}, {"keys 1", "hush"}, {"wait 9s", ""},
		}},
		"no number": {listener(), []line{
			{"played", ""}, {"wait 6s", "say enter_room"}, {"played", ""}, {"wait 6s", "say menu_left"}, {"keys 3#", "hush"},
		}},
		"a command leaves the menu":             {listener(), []line{{"keys 3", "hush"}, {"keys *6", "look"}, {"seen", "do mute"}}},
		"a command leaves the confirmation":     {many, []line{{"keys 3#", "hush; say this_room 3 0 confirm"}, {"keys *2", "hush; look"}}},
		"a star alone leaves the menu, and all": {listener(), []line{{"keys *", "hush"}, {"wait 3s", ""}, {"keys 3#", ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, c.view), append(enter[:2:2], c.lines...))
		})
	}
	t.Run("no rooms", func(t *testing.T) {
		t.Parallel()
		v := with(listener(), func(v *View) { v.Rooms = nil })
		play(t, inMeeting(t, v), []line{{"keys *3", "look"}, {"seen", "say no_rooms"}})
	})
}
