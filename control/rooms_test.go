package control_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, give string
		want       string // empty: refused
		code       control.Code
	}{
		{"plain", "Blue", "Blue", ""},
		{"trimmed", " \u00a0Blue\t ", "Blue", ""},
		{"composed", "Zu\u0308rich", "Zürich", ""},
		{"any script", "会议室 ٣", "会议室 ٣", ""},
		{"64 characters", strings.Repeat("é", 64), strings.Repeat("é", 64), ""},
		{"65 characters", strings.Repeat("é", 65), "", control.CodeInvalid},
		{"10,000 characters", strings.Repeat("x", 10_000), "", control.CodeInvalid},
		{"control characters", "a\x07b", "", control.CodeInvalid},
		{"line break", "a\nb", "", control.CodeInvalid},
		{"direction override", "a\u202eb", "", control.CodeInvalid},
		{"not UTF-8", "a\xffb", "", control.CodeInvalid},
		{"blank", "   ", "", control.CodeInvalid},
		{"taken", "R1", "", control.CodeNameTaken},
		{"taken but for case", "r1", "", control.CodeNameTaken},
		{"taken but for the form", "STRASSE", "", control.CodeNameTaken},
		{"the main room's", "Main", "", control.CodeNameTaken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 1, nil)
			sc.do(control.CreateRooms{Rooms: []control.NewRoom{{ID: "room_s", Name: "straße"}, {ID: "room_t"}}})
			c := control.CreateRooms{Rooms: []control.NewRoom{{ID: "room_x", Name: tt.give}}}
			if tt.want == "" {
				sc.refused(c, tt.code)
				sc.refused(control.ChangeRoom{Room: "room_t", Name: &tt.give}, tt.code)
				return
			}
			sc.do(c)
			if got := sc.s.Rooms["room_x"].Name; got != tt.want {
				t.Errorf("the room is named %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRoomNumbers(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3, nil)
	sc.do(control.DeleteRoom{Room: "room_2"})
	sc.do(control.CreateRooms{Rooms: []control.NewRoom{{ID: "room_a"}, {ID: "room_b"}}})
	for id, want := range map[control.RoomID]control.Room{
		"room_1": {ID: "room_1", Name: "R1", Number: 1}, "room_a": {ID: "room_a", Name: "Room 2", Number: 2},
		"room_3": {ID: "room_3", Name: "R3", Number: 3}, "room_b": {ID: "room_b", Name: "Room 4", Number: 4},
	} {
		if d := cmp.Diff(want, *sc.s.Rooms[id]); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	if id, ok := sc.s.RoomByNumber(2); !ok || id != "room_a" {
		t.Errorf("number 2 is room %q", id)
	}
}

func TestRoomLimit(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 298, nil)
	three := control.CreateRooms{Rooms: []control.NewRoom{{ID: "room_a"}, {ID: "room_b"}, {ID: "room_c"}}}
	sc.refused(three, control.CodeLimit)
	three.Rooms = three.Rooms[:2]
	sc.do(three)
	sc.refused(control.CreateRooms{Rooms: []control.NewRoom{{ID: "room_d"}}}, control.CodeLimit)
}

func TestSelfMoves(t *testing.T) {
	t.Parallel()
	one, locked := 1, true
	tests := []struct {
		name    string
		role    control.Role
		free    bool
		to      control.RoomID
		prepare func(*scene)
		want    control.Code // empty: he goes
	}{
		{"free movement", control.Audience, true, "room_2", nil, ""},
		{"no free movement", control.Audience, false, "room_2", nil, control.CodeNotAllowed},
		{"the main room always", control.Audience, false, "main", nil, ""},
		{"a speaker anywhere", control.Speaker, false, "room_2", nil, ""},
		{"to the assigned room", control.Audience, false, "room_1", func(sc *scene) {
			sc.do(control.Move{Participants: ids("par_1"), Room: "room_2"})
		}, ""},
		{"a locked room", control.Audience, true, "room_2", func(sc *scene) {
			sc.do(control.ChangeRoom{Room: "room_2", Locked: &locked})
		}, control.CodeLocked},
		{"a full room", control.Audience, true, "room_2", func(sc *scene) {
			sc.do(control.Move{Participants: ids(sc.call("2")), Room: "room_2"})
			sc.do(control.ChangeRoom{Room: "room_2", Capacity: &one})
		}, control.CodeRoomFull},
		{"a speaker into a locked room", control.Speaker, false, "room_2", func(sc *scene) {
			sc.do(control.ChangeRoom{Room: "room_2", Locked: &locked})
		}, ""},
		{"no such room", control.Audience, true, "room_9", nil, control.CodeNotFound},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, func(o *control.Options) { o.FreeMovement = tt.free })
			p := sc.call("1")
			sc.do(control.Assign{Participants: ids(p), Room: "room_1"})
			sc.do(control.StartBreakouts{})
			sc.do(control.ChangeParticipant{Participant: p, Role: &tt.role})
			if tt.prepare != nil {
				tt.prepare(sc)
			}
			c := control.Move{Participants: ids(p), Room: tt.to, Self: true}
			if tt.want != "" {
				sc.refused(c, tt.want)
				return
			}
			sc.do(c)
			sc.wantAt(p, tt.to)
		})
	}
}

func TestMovesOfMany(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	a, b, gone := sc.call("1"), sc.call("2"), sc.call("3")
	sc.refused(control.Move{Participants: ids(a), Room: "room_1"}, control.CodeWrongState)
	sc.do(control.StartBreakouts{Distribution: "manual"})
	sc.do(control.LegGone{Leg: "leg_3"})
	sc.do(control.Move{Participants: ids(b), Room: "room_1"})
	sc.refused(control.Move{Participants: ids(gone), Room: "room_1"}, control.CodeWrongState)
	sc.refused(control.Move{Participants: ids(a, "par_x"), Room: "room_1"}, control.CodeNotFound)
	sc.refused(control.Move{Room: "room_1"}, control.CodeInvalid)
	events, value := sc.do(control.Move{Participants: ids(a, b, gone, a), Room: "room_1"})
	if types(events) != "participants.moved" {
		t.Errorf("made %q", types(events))
	}
	want := control.Outcomes{
		{Participant: a, Outcome: control.OutcomeMoved, Room: "room_1"},
		{Participant: b, Outcome: control.OutcomeUnchanged, Room: "room_1"},
		{Participant: gone, Outcome: control.OutcomeLeft},
	}
	if d := cmp.Diff(want, value); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestAssignWhileOpen(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	p := sc.call("1")
	sc.do(control.StartBreakouts{Distribution: "manual"})
	sc.wantEvents(control.Assign{Participants: ids(p), Room: "room_2"}, "assignments.changed participants.moved")
	sc.wantAt(p, "room_2")
	sc.do(control.Move{Participants: ids(p), Room: "room_1"})
	sc.wantEvents(control.Assign{Participants: ids(p), Room: "room_2"}, "participants.moved")
	sc.wantEvents(control.Assign{Participants: ids(p)}, "assignments.changed participants.moved")
	sc.wantAt(p, control.MainRoom)
	sc.refused(control.Assign{Participants: ids(p), Room: control.MainRoom}, control.CodeInvalid)
}

func TestCreateRoomsDistributes(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	host := sc.web("host", control.Speaker)
	for i := range 6 {
		sc.call(fmt.Sprintf("p%d", i))
	}
	c := control.CreateRooms{Distribute: "random", Rooms: []control.NewRoom{{ID: "room_1"}, {ID: "room_2"}, {ID: "room_3"}}}
	sc.wantEvents(c, "rooms.created assignments.changed")
	n := map[control.RoomID]int{}
	for _, p := range sc.s.Participants {
		n[p.Assignment]++
	}
	if d := cmp.Diff(map[control.RoomID]int{"": 1, "room_1": 2, "room_2": 2, "room_3": 2}, n); d != "" || sc.s.Participants[host].Assignment != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.do(control.StartBreakouts{})
	sc.wantEvents(control.CreateRooms{Distribute: "random", Seed: 3, Rooms: []control.NewRoom{{ID: "room_4"}}}, "rooms.created assignments.changed participants.moved")
}

func TestDeleteRoom(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	p := sc.call("1")
	sc.do(control.StartBreakouts{})
	sc.do(control.AskHelp{ID: "help_1", Participant: p})
	sc.wantEvents(control.DeleteRoom{Room: "room_1"}, "room.deleted help.ended")
	sc.wantAt(p, control.MainRoom)
	if a := sc.s.Participants[p].Assignment; a != "" {
		t.Errorf("he is still assigned to %q", a)
	}
	sc.refused(control.DeleteRoom{Room: "room_1"}, control.CodeNotFound)
	sc.refused(control.DeleteRoom{Room: control.MainRoom}, control.CodeInvalid)
}
