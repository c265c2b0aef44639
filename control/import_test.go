package control_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
)

// plan makes an import of rows with ids, as the owner would draw them.
func plan(rows ...control.ImportRow) control.ImportPlan {
	for i := range rows {
		if rows[i].Line == 0 {
			rows[i].Line = i + 2
		}
	}
	c := control.NewImportPlan(rows, control.Faults{})
	for i := range c.Rooms {
		c.Rooms[i].ID = control.RoomID(fmt.Sprintf("room_n%d", i))
	}
	for i := range c.People {
		c.People[i].ID = control.ParticipantID(fmt.Sprintf("par_n%d", i))
	}
	return c
}

func importCommand(w *walk) control.Command {
	var rows []control.ImportRow
	for i := range w.rnd.IntN(6) {
		row := control.ImportRow{Line: i + 2, First: w.id("First "), Last: "L", Role: pick(w, []string{"", "speaker", "audience"}, "odd")}
		if r := w.state.Rooms[w.room()]; r != nil {
			row.Room = r.Name
		}
		if p := w.state.Participants[w.person()]; p != nil && w.chance(60) {
			row.ID, row.First, row.Last = string(p.ID), "", ""
		}
		if w.chance(10) {
			row.Room = w.id("new ")
		}
		if w.chance(40) {
			row.Email = fmt.Sprintf("e%d@example.org", w.rnd.IntN(30))
		}
		if w.chance(20) {
			row.PIN = fmt.Sprintf("%06d", w.rnd.IntN(50))
		}
		rows = append(rows, row)
	}
	c := control.NewImportPlan(rows, control.Faults{})
	c.DryRun = w.chance(10)
	for i := range c.Rooms {
		c.Rooms[i].ID = control.RoomID(w.id("room_"))
	}
	for i := range c.People {
		c.People[i].ID = control.ParticipantID(w.id("par_"))
	}
	return c
}

// importScene has Ada (email), two Bobs, Cleo on the web, and the rooms R1 and R2.
func importScene(t *testing.T) *scene {
	sc := newScene(t, 2, nil)
	for _, p := range []control.NewParticipant{
		{ID: "par_ada", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.org", Room: "R1", PIN: "123123"},
		{ID: "par_bob1", Name: "Bob"}, {ID: "par_bob2", Name: "Bob"}, {ID: "par_cleo", Name: "Cleo Smith", Web: true},
	} {
		sc.do(control.AddParticipant{New: p})
	}
	return sc
}

func TestImport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		rows   []control.ImportRow
		events string
		want   string // "line person found_by outcome room; …"
	}{
		{"nothing", nil, "", ""},
		{"somebody new in a new room", []control.ImportRow{{Room: "Blue", First: "Dan", Last: "D", Email: "d@x.y"}},
			"roster.imported rooms.created participants.added", "2 added  assigned Blue"},
		{"an email finds, whatever the name", []control.ImportRow{{Room: "r2", First: "Augusta", Last: "King", Email: "ADA@Example.org"}},
			"roster.imported assignments.changed", "2 changed email assigned R2"},
		{"an email alone", []control.ImportRow{{Room: "R1", Email: "ada@example.org"}}, "", "2 unchanged email unchanged R1"},
		{"no room unassigns", []control.ImportRow{{Email: "ada@example.org"}}, "roster.imported assignments.changed", "2 unchanged email unassigned "},
		{"a name finds who alone has it", []control.ImportRow{{Room: "R1", First: " CLEO ", Last: "smith"}},
			"roster.imported assignments.changed", "2 changed name assigned R1"},
		{"a name finds, and the email is noted", []control.ImportRow{{Room: "R1", First: "Cleo", Last: "Smith", Email: "c@x.y"}},
			"roster.imported assignments.changed", "2 changed name assigned R1"},
		{"another email is another person", []control.ImportRow{{First: "Ada", Last: "Lovelace", Email: "other@x.y"}},
			"roster.imported participants.added", "2 added  unchanged "},
		{"two of one name, both with emails", []control.ImportRow{{First: "Cleo", Last: "Smith", Email: "c@x.y"}, {First: "Cleo", Last: "Smith", Email: "d@x.y"}},
			"roster.imported participants.added", "2 added  unchanged ; 3 added  unchanged "},
		{"an id finds one of two", []control.ImportRow{{ID: "par_bob2", Room: "R1", First: "Bob", Email: "b@x.y"}},
			"roster.imported assignments.changed", "2 changed participant_id assigned R1"},
		{"an id corrects an email", []control.ImportRow{{ID: "par_ada", Room: "R1", Email: "new@x.y"}}, "roster.imported", "2 changed participant_id unchanged R1"},
		{"the same line twice", []control.ImportRow{{First: "Dan", Email: "d@x.y"}, {First: "Dan ", Email: "d@x.y"}},
			"roster.imported participants.added", "2 added  unchanged "},
		{"a room without people", []control.ImportRow{{Room: "Blue"}}, "roster.imported rooms.created", ""},
		{"one room in several cases", []control.ImportRow{{Room: "Blue", First: "D"}, {Room: " BLUE", First: "E"}},
			"roster.imported rooms.created participants.added", "2 added  assigned Blue; 3 added  assigned Blue"},
		{"phone, PIN and role", []control.ImportRow{{Email: "ada@example.org", Room: "R1", Phone: "+49 (30) 123-456", PIN: " 004711 ", Role: "Speaker"}},
			"roster.imported", "2 changed email unchanged R1"},
		{"line breaks and scripts", []control.ImportRow{{Room: "会议室\n一", First: "Ἀθη\u00a0νᾶ", Last: "محمد"}},
			"roster.imported rooms.created participants.added", "2 added  assigned 会议室 一"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := importScene(t)
			dry := plan(tt.rows...)
			dry.DryRun = true
			none, would := sc.do(dry)
			if len(none) > 0 {
				t.Errorf("a dry run made %s", types(none))
			}
			events, value := sc.do(plan(tt.rows...))
			if got := types(events); got != tt.events {
				t.Errorf("made %q, want %q", got, tt.events)
			}
			result := value.(control.ImportResult)
			if d := cmp.Diff(result, would, cmpopts.IgnoreFields(control.ImportResult{}, "DryRun")); d != "" {
				t.Errorf("-done +dry run:\n%s", d)
			}
			var got []string
			for _, o := range result.Outcomes {
				room := ""
				if r := sc.s.Rooms[o.Room]; r != nil {
					room = r.Name
				}
				got = append(got, fmt.Sprintf("%d %s %s %s %s", o.Line, o.Person, o.FoundBy, o.Outcome, room))
				if a := sc.s.Participants[o.Participant].Assignment; a != o.Room {
					t.Errorf("%s is assigned to %q, the outcome says %q", o.Participant, a, o.Room)
				}
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
			if again, _ := sc.do(plan(append([]control.ImportRow(nil), tt.rows...)...)); len(again) > 0 {
				t.Errorf("the same file again made %s", types(again))
			}
		})
	}
}

func TestImportFaults(t *testing.T) {
	t.Parallel()
	rooms := make([]control.ImportRow, 299)
	for i := range rooms {
		rooms[i].Room = fmt.Sprintf("N%d", i)
	}
	tests := []struct {
		name string
		rows []control.ImportRow
		want string // "line column: message" of each, shortened
	}{
		{"no email, ambiguous name", []control.ImportRow{{First: "Bob"}}, "2 first_name: 2 people of the meeting are called Bob"},
		{"an email in two rooms", []control.ImportRow{{Room: "R1", First: "D", Email: "d@x.y"}, {Room: "R2", First: "D", Email: "D@x.y"}},
			`3 email: D@x.y is in two rooms: "R1" on line 2, "R2" here`},
		{"a name in two rooms", []control.ImportRow{{Room: "R1", First: "D"}, {First: "d"}}, `3 first_name: d is in two rooms: "R1" on line 2, none here`},
		{"a line twice with other details", []control.ImportRow{{First: "D", Email: "d@x.y"}, {First: "E", Email: "d@x.y"}}, "3 email: d@x.y is on line 2 already, with other details"},
		{"by email and by name", []control.ImportRow{{First: "D", Email: "d@x.y"}, {First: "D"}}, "3 email: D is on line 2 too"},
		{"one person by two ways", []control.ImportRow{{Email: "ada@example.org"}, {First: "Ada", Last: "Lovelace"}}, "3 name: this is the person of line 2 again"},
		{"an id twice", []control.ImportRow{{ID: "par_ada"}, {ID: "par_ada", Room: "R1"}}, `3 participant_id: par_ada is in two rooms: none on line 2, "R1" here`},
		{"an unknown id", []control.ImportRow{{ID: "par_x", First: "D"}}, "2 participant_id: no such participant in this meeting"},
		{"an email of somebody else", []control.ImportRow{{ID: "par_bob1", Email: "ada@example.org"}}, "2 email: somebody else has this email"},
		{"nobody", []control.ImportRow{{Phone: "+4930123"}}, "2 email: the line names nobody"},
		{"no name for somebody new", []control.ImportRow{{Email: "d@x.y"}}, "2 first_name: nobody in the meeting has this email, and the line has no name"},
		{"the main room", []control.ImportRow{{Room: "MAIN", First: "D"}}, `2 room_name: "MAIN" is not a breakout room`},
		{"a room name too long", []control.ImportRow{{Room: strings.Repeat("x", 65), First: "D"}}, "2 room_name: must have at most 64 characters, has 65"},
		{"controls", []control.ImportRow{{First: "D\x07"}}, "2 first_name: must not contain control characters"},
		{"not an email", []control.ImportRow{{First: "D", Email: "d at x"}}, "2 email: is not an email address"},
		{"rounded phone", []control.ImportRow{{First: "D", Phone: "4,93E+11"}}, "2 phone: the spreadsheet has rounded the number"},
		{"no phone", []control.ImportRow{{First: "D", Phone: "mobile"}}, "2 phone: is not a telephone number of 3 to 20 digits"},
		{"short PIN", []control.ImportRow{{First: "D", PIN: "4711"}}, "2 pin: must have 6 to 12 digits"},
		{"PIN twice", []control.ImportRow{{First: "D", PIN: "471100"}, {First: "E", PIN: "471100"}}, "3 pin: line 2 has the same PIN"},
		{"PIN of somebody else", []control.ImportRow{{First: "D", PIN: "123123"}}, "2 pin: this PIN is taken"},
		{"the access code", []control.ImportRow{{First: "D", PIN: "123456789"}}, "2 pin: this PIN is taken"},
		{"no role", []control.ImportRow{{First: "D", Role: "boss"}}, `2 role: must be "speaker" or "audience"`},
		{"301 rooms", rooms, `300 room_name: "N298" would be room 301: a meeting has at most 300`},
		{"several", []control.ImportRow{{First: "Bob"}, {First: "D", Email: "x", PIN: "1"}, {Email: "d@x.y"}},
			"2 first_name: 2 people of the meeting are called Bob; 3 email: is not an email address; 3 pin: must have 6 to 12 digits; " +
				"4 first_name: nobody in the meeting has this email, and the line has no name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := importScene(t)
			seq := sc.s.Seq
			for _, dry := range []bool{true, false} {
				c := plan(tt.rows...)
				c.DryRun = dry
				_, _, err := sc.try(c)
				e, ok := errors.AsType[*control.Error](err)
				if !ok || e.Code != control.CodeInvalid {
					t.Fatalf("answered %v", err)
				}
				var got []string
				for _, f := range e.Faults.List {
					got = append(got, fmt.Sprintf("%d %s: %s", f.Line, f.Column, f.Message))
					if f.Hint == "" {
						t.Errorf("%q has no hint", f.Message)
					}
				}
				if s := strings.Join(got, "; "); s != tt.want {
					t.Errorf("got  %s\nwant %s", s, tt.want)
				}
			}
			if sc.s.Seq != seq {
				t.Error("it changed something")
			}
		})
	}
}

func TestImportWhileOpen(t *testing.T) {
	t.Parallel()
	sc := importScene(t)
	caller := sc.call("4930")
	sc.do(control.StartBreakouts{Distribution: "manual"})
	sc.do(control.Move{Participants: ids(caller), Room: "room_1"})
	events, value := sc.do(plan(
		control.ImportRow{Room: "R2", First: "Cleo", Last: "Smith"}, control.ImportRow{Room: "R2", Email: "ada@example.org"},
		control.ImportRow{ID: string(caller)}, control.ImportRow{Room: "New", First: "Dan"},
	))
	if got := types(events); got != "roster.imported rooms.created participants.added assignments.changed participants.moved" {
		t.Errorf("made %s", got)
	}
	sc.wantAt("par_cleo", "room_2")
	sc.wantAt(caller, "room_1") // his assignment did not change: he stays where he was put
	var got []string
	for _, o := range value.(control.ImportResult).Outcomes {
		got = append(got, o.Outcome)
	}
	if d := cmp.Diff([]string{"moved", "not_present", "unchanged", "not_present"}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestRosterRowsAreUnderstood: the file that a meeting makes of itself changes nothing when it is taken over.
func TestRosterRowsAreUnderstood(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		w := newWalk(seed)
		if err := w.step(w.create()); err != nil {
			t.Fatal(err)
		}
		for range 150 {
			if err := w.step(w.command()); err != nil {
				t.Fatal(err)
			}
		}
		if w.state.Phase != control.Open {
			continue
		}
		events, _, err := control.Decide(w.state, plan(w.state.RosterRows()...), control.Meta{}, w.now)
		if err != nil || len(events) > 0 {
			t.Fatalf("seed %d: %s, %v", seed, types(events), err)
		}
	}
}

// TestLargeImport: 50,000 lines about 10,000 people in 300 rooms are read off the owner; what is left to it is quick.
func TestLargeImport(t *testing.T) {
	t.Parallel()
	rows := make([]control.ImportRow, 50_000)
	for i := range rows {
		n := i % control.MaxParticipants
		rows[i] = control.ImportRow{Line: i + 2, Room: fmt.Sprintf("Room %d", n%300+1), First: "Näme", Last: fmt.Sprintf("N%d", n), Email: fmt.Sprintf("p%d@example.org", n)}
	}
	sc := newScene(t, 0, nil)
	began := time.Now()
	c := plan(rows...)
	planned := time.Since(began)
	began = time.Now()
	events, value := sc.do(c)
	t.Logf("planned in %s, decided and applied in %s", planned, time.Since(began))
	r := value.(control.ImportResult)
	if r.Twice != 40_000 || len(r.RoomsCreated) != 300 || len(r.Outcomes) != control.MaxParticipants || len(events) != 3 {
		t.Errorf("%d twice, %d rooms, %d outcomes, %s", r.Twice, len(r.RoomsCreated), len(r.Outcomes), types(events))
	}
	more := control.ImportRow{First: "One", Last: "More", Email: "more@example.org"}
	sc.refused(plan(more), control.CodeInvalid)
}
