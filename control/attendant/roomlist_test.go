package attendant

import (
	"fmt"
	"strings"
	"testing"

	"partyline/control"
)

// firstPage is that of the nine rooms of the cast.
const firstPage = "room_count 9 room_line 1 1 0 room_line 2 2 0 room_line 3 3 0 room_line 4 4 0 room_line 5 5 0 list_forward 9 list_spell 8 list_leave"

// house is a meeting with rooms that have names.
func house() View {
	return with(listener(), func(v *View) {
		v.Rooms = []RoomRef{
			{Number: 1, ID: "room_a", Name: "Blue", People: 3},
			{Number: 2, ID: "room_b", Name: "Bluebird", Locked: true},
			{Number: 3, ID: "room_c", People: 1},
			{Number: 4, ID: "room_d", Name: "Green", People: 4, Full: true},
			{Number: 5, ID: "room_e", Name: "Red", People: 2, Full: true, Locked: true},
			{Number: 6, ID: "room_f", Name: "Übung 2"},
			{Number: 7, ID: "room_g", Name: "Home", People: 5},
		}
		v.RoomName, v.Here, v.Own = "Home", "room_g", v.Rooms[6]
	})
}

func TestRoomsByEar(t *testing.T) {
	t.Parallel()
	const (
		all = "room_line 1 1 Blue 3 room_number 1 room_line 2 2 Bluebird 0 room_number 2 is_locked room_line 3 3 1 " +
			"room_line 4 4 Green 4 room_number 4 is_full room_line 5 5 Red 2 room_number 5 is_locked_and_full"
		page1 = "say room_count 7 " + all + " list_forward 9 list_spell 8 list_leave"
		page2 = "say room_line 1 6 Übung 2 0 room_number 6 room_line_here 2 7 Home 5 room_number 7 list_back 7 list_spell 8 list_leave"
		blues = "say rooms_found 2 room_line 1 1 Blue 3 room_number 1 room_line 2 2 Bluebird 0 room_number 2 is_locked list_spell 8 list_leave"
	)
	list := []line{{"keys #", page1}}
	forward := []line{{"keys #", page1}, {"keys 9", page2}}
	spell := []line{{"keys #", page1}, {"keys 8", "say spell_room"}}
	for name, lines := range map[string][]line{
		"a room of the first page":       append(list, line{"keys 1", "hush; do go room_a"}, line{"done", "say now_in_room 1 Blue"}),
		"a locked one":                   append(list, line{"keys 2", "hush; do go room_b"}, line{"done locked", "say room_locked"}),
		"a full one":                     append(list, line{"keys 4", "hush; do go room_d"}, line{"done room_full", "say room_full"}),
		"one of the second page":         append(forward, line{"keys 1", "hush; do go room_f"}, line{"done", "say now_in_room 6 Übung 2"}),
		"where he is":                    append(forward, line{"keys 2", "say in_room 7 Home"}, line{"keys 1", "hush"}),
		"no page after the last":         append(forward, line{"wait 1s", ""}, line{"keys 9", "say unknown_key"}, line{"keys 1", "hush; do go room_f"}),
		"none before the first":          append(list, line{"keys 7", "say unknown_key"}),
		"back":                           append(forward, line{"keys 7", "say " + all + " list_forward 9 list_spell 8 list_leave"}, line{"keys 3", "hush; do go room_c"}),
		"a page key that comes twice":    append(list, line{"keys 99", page2 + "; " + page2}),
		"no line has this number":        append(forward, line{"keys 3", "say unknown_key"}),
		"pound leaves, once":             append(list, line{"keys #", page1}, line{"wait 1s", ""}, line{"keys #", "say menu_left"}, line{"keys 1", "hush"}),
		"a command leaves":               append(list, line{"keys *6", "hush; look"}, line{"seen", "do mute"}),
		"a silence":                      append(list, line{"played", ""}, line{"wait 6s", page1}, line{"played", ""}, line{"wait 6s", "say menu_left"}),
		"spelled, the only one":          append(spell, line{"keys 47336#", "hush; say this_room 4 Green 4 is_full confirm"}, line{"keys 1", "hush; do go room_d"}),
		"spelled, several":               append(spell, line{"keys 258#", "hush; " + blues}, line{"keys 2", "hush; do go room_b"}),
		"spelled, the longer one":        append(spell, line{"keys 25832#", "hush; say this_room 2 Bluebird 0 is_locked confirm"}, line{"wait 1s", ""}, line{"keys #", "say cancelled"}),
		"spelled, a letter with a mark":  append(spell, line{"keys 82#", "hush; say this_room 6 Übung 2 0 confirm"}, line{"keys 1", "hush; do go room_f"}),
		"spelled, after a pause":         append(spell, line{"keys 73", "hush"}, line{"wait 3s", "say this_room 5 Red 2 is_locked_and_full confirm"}),
		"spelled, a digit of the name":   append(spell, line{"keys 828642#", "hush; say this_room 6 Übung 2 0 confirm"}),
		"spelled, the room he is in":     append(spell, line{"keys 4663#", "hush; say in_room 7 Home"}),
		"spelled, none":                  append(spell, line{"keys 99#", "hush; say no_such_room"}),
		"spelled, a number is no number": append(spell, line{"keys 3#", "hush; say no_such_room"}),
		"spelled, nothing":               append(spell, line{"keys #", "say menu_left"}),
		"spelled, far too much":          append(spell, line{"keys 2583000000000000000000#", "hush; say no_such_room"}),
		"spelled in place of a number":   {{"keys 258#", "hush; " + blues}, {"keys 1", "hush; do go room_a"}},
		"a number is a number first":     {{"keys 4#", "hush; do go room_d"}},
		"spelling takes its time":        append(spell, line{"played", ""}, line{"wait 6s", "say spell_room"}, line{"played", ""}, line{"wait 6s", "say menu_left"}),
		"a command leaves the spelling":  append(spell, line{"keys 25", "hush"}, line{"keys *2", "look"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, house()), append([]line{{"keys *3", "look"}, {"seen", "say enter_room"}}, lines...))
		})
	}
}

// TestThreeHundredRooms goes through all pages: every room is on one of them, the last page has what is left.
func TestThreeHundredRooms(t *testing.T) {
	t.Parallel()
	v := with(listener(), func(v *View) {
		v.Rooms = nil
		for n := 1; n <= 299; n++ {
			v.Rooms = append(v.Rooms, RoomRef{Number: n, ID: control.RoomID(fmt.Sprintf("room_%d", n)), Name: fmt.Sprintf("Team %d", n)})
		}
	})
	s := inMeeting(t, v)
	s.act("keys *3")
	s.act("seen")
	heard, pages := map[string]bool{}, 0
	for said := s.act("keys #"); strings.Contains(said, "room_line"); said = s.act("keys 9") {
		pages++
		for _, part := range strings.Split(said, "room_number ")[1:] {
			number, _, _ := strings.Cut(part, " ")
			heard[number] = true
		}
		s.act("wait 1s")
	}
	if len(heard) != 299 || pages != 60 {
		t.Errorf("%d rooms on %d pages", len(heard), pages)
	}
	play(t, s, []line{ // all begin with the same word; the number tells them apart
		{"keys *3", "hush; look"}, {"seen", "say enter_room"}, {"keys 8326299#", "hush; say this_room 299 Team 299 0 confirm"},
	})
}
