package control_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/controltest"
)

// scene is a meeting that a test takes through a story.
type scene struct {
	t   *testing.T
	s   *control.State
	now time.Time
}

// newScene makes a meeting with rooms named R1, R2, …, whose ids are room_1, room_2 and so on.
func newScene(t *testing.T, rooms int, change func(*control.Options)) *scene {
	t.Helper()
	sc := &scene{t: t, s: control.NewState(), now: time.Unix(1_700_000_000, 0).UTC()}
	c := control.CreateMeeting{ID: "mtg_a", Title: "Scene", AccessCode: "123456789", Options: control.DefaultOptions()}
	if change != nil {
		change(&c.Options)
	}
	for i := range rooms {
		c.Rooms = append(c.Rooms, control.NewRoom{ID: control.RoomID(fmt.Sprintf("room_%d", i+1)), Name: fmt.Sprintf("R%d", i+1)})
	}
	sc.do(c)
	return sc
}

// try has a command decided, and applied if it was not refused.
func (sc *scene) try(c control.Command) ([]control.Event, any, error) {
	sc.t.Helper()
	events, value, err := control.Decide(sc.s, c, control.Meta{ID: "cmd_1", Actor: "test"}, sc.now)
	for _, e := range events {
		control.Apply(sc.s, e, sc.now)
	}
	if err := controltest.Check(sc.s); err != nil {
		sc.t.Fatalf("after %T: %v", c, err)
	}
	return events, value, err
}

func (sc *scene) do(c control.Command) ([]control.Event, any) {
	sc.t.Helper()
	events, value, err := sc.try(c)
	if err != nil {
		sc.t.Fatalf("%T: %v", c, err)
	}
	return events, value
}

// refused checks that a command is refused with a code and changes nothing.
func (sc *scene) refused(c control.Command, want control.Code) {
	sc.t.Helper()
	seq := sc.s.Seq
	_, _, err := sc.try(c)
	e, ok := errors.AsType[*control.Error](err)
	if !ok || e.Code != want {
		sc.t.Errorf("%T %+v answered %v, want %s", c, c, err, want)
	}
	if sc.s.Seq != seq {
		sc.t.Errorf("%T was refused and changed something", c)
	}
}

// call has somebody dial in, whose id is par_<name>, leg leg_<name> and number the name.
func (sc *scene) call(name string) control.ParticipantID {
	sc.t.Helper()
	_, v := sc.do(control.Join{Participant: control.ParticipantID("par_" + name), Leg: control.LegID("leg_" + name), Kind: control.PhoneLeg, Number: name})
	return v.(control.Joined).Participant
}

// web has somebody come on the web.
func (sc *scene) web(name string, role control.Role) control.ParticipantID {
	sc.t.Helper()
	id := control.ParticipantID("par_" + name)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: id, Name: name, Role: role, Web: true}})
	return id
}

func (sc *scene) at(id control.ParticipantID) control.RoomID {
	if l := sc.s.Participants[id].Location; l.Place == control.InRoom {
		return l.Room
	}
	return control.RoomID(sc.s.Participants[id].Location.Place)
}

func (sc *scene) wantAt(id control.ParticipantID, room control.RoomID) {
	sc.t.Helper()
	if got := sc.at(id); got != room {
		sc.t.Errorf("%s is in %q, want %q", id, got, room)
	}
}

func types(events []control.Event) string {
	var list []string
	for _, e := range events {
		list = append(list, e.Type())
	}
	return strings.Join(list, " ")
}

func (sc *scene) wantEvents(c control.Command, want string) []control.Event {
	sc.t.Helper()
	events, _ := sc.do(c)
	if got := types(events); got != want {
		sc.t.Errorf("%T made %q, want %q", c, got, want)
	}
	return events
}

func ids(list ...control.ParticipantID) []control.ParticipantID { return list }

func TestEndedMeeting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	sc.call("1")
	sc.do(control.EndMeeting{})
	sc.wantAt("par_1", "absent")
	sc.wantEvents(control.EndMeeting{}, "")
	sc.wantEvents(control.LegGone{Leg: "leg_1"}, "")
	sc.refused(control.StartBreakouts{}, control.CodeWrongState)
	sc.refused(control.CreateMeeting{ID: "mtg_b"}, control.CodeWrongState)
	sc.wantEvents(control.DeleteMeeting{}, "meeting.deleted")
	sc.refused(control.EndMeeting{}, control.CodeNotFound)
}

func TestCreateMeeting(t *testing.T) {
	t.Parallel()
	good := func() control.CreateMeeting {
		return control.CreateMeeting{
			ID: "mtg_a", Title: "Team", AccessCode: "123456", SpeakerCode: "654321",
			Rooms:  []control.NewRoom{{ID: "room_1", Name: "Blue"}, {ID: "room_2"}},
			Roster: []control.NewParticipant{{ID: "par_1", Name: "Ada", Room: " BLUE "}},
		}
	}
	tests := []struct {
		name   string
		change func(*control.CreateMeeting)
		field  string
	}{
		{"good", func(*control.CreateMeeting) {}, ""},
		{"no title", func(c *control.CreateMeeting) { c.Title = " " }, "title"},
		{"short code", func(c *control.CreateMeeting) { c.AccessCode = "12345" }, "access_code"},
		{"long code", func(c *control.CreateMeeting) { c.AccessCode = "1234567890123" }, "access_code"},
		{"code with letters", func(c *control.CreateMeeting) { c.SpeakerCode = "12345a" }, "speaker_code"},
		{"one code for both", func(c *control.CreateMeeting) { c.SpeakerCode = c.AccessCode }, "speaker_code"},
		{"late joiners", func(c *control.CreateMeeting) { c.Options.LateJoiners = "x" }, "options.late_joiners"},
		{"arrivals", func(c *control.CreateMeeting) { c.Options.AnnounceArrivals = "x" }, "options.announce_arrivals"},
		{"countdown", func(c *control.CreateMeeting) { c.Options.ReturnCountdownS = 3601 }, "options.return_countdown_s"},
		{"language", func(c *control.CreateMeeting) { c.Options.Language = "../x" }, "options.language"},
		{"room name", func(c *control.CreateMeeting) { c.Rooms[1].Name = "blue" }, "rooms[1].name"},
		{"capacity", func(c *control.CreateMeeting) { c.Rooms[1].Capacity = -1 }, "rooms[1].capacity"},
		{"role", func(c *control.CreateMeeting) { c.Roster[0].Role = "king" }, "roster[0].role"},
		{"unknown room", func(c *control.CreateMeeting) { c.Roster[0].Room = "Red" }, "roster[0].room_name"},
		{"nameless person", func(c *control.CreateMeeting) { c.Roster[0].Name = "" }, "roster[0].name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := good()
			tt.change(&c)
			events, _, err := control.Decide(control.NewState(), c, control.Meta{}, time.Now())
			e, refused := errors.AsType[*control.Error](err)
			switch {
			case tt.field == "" && types(events) != "meeting.created rooms.created participants.added":
				t.Errorf("made %q, %v", types(events), err)
			case tt.field != "" && (!refused || e.Field != tt.field):
				t.Errorf("answered %v, want an error of %s", err, tt.field)
			}
		})
	}
}
