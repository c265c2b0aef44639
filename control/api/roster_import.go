package api

import (
	"context"

	"partyline/control"
	"partyline/control/roster"
)

// Imported is what a roster file came to, or would come to.
type Imported struct {
	CommandID      control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq            uint64            `json:"seq" example:"17" doc:"Sequence of the command's last event."`
	DryRun         bool              `json:"dry_run" doc:"Nothing was done: this is what would happen."`
	Counts         ImportCounts      `json:"counts" doc:"How much it came to."`
	IgnoredColumns []string          `json:"ignored_columns" nullable:"false" example:"[\"department\"]" doc:"Columns of the file that mean nothing here, the first 50."`
	RoomsCreated   []ImportedRoom    `json:"rooms_created" nullable:"false" doc:"The rooms that were made."`
	Outcomes       []ImportOutcome   `json:"outcomes" nullable:"false" doc:"What it came to for each person, in order of the file."`
}

// ImportCounts says how much an import came to.
type ImportCounts struct {
	Lines        int            `json:"lines" example:"120" doc:"Lines of the file that say something, the header not counted."`
	Repeated     int            `json:"repeated" example:"0" doc:"Lines that said the same as one before."`
	RoomsCreated int            `json:"rooms_created" example:"12" doc:"Rooms that were made."`
	Added        int            `json:"people_added" example:"100" doc:"People who were put on the roster."`
	Changed      int            `json:"people_changed" example:"5" doc:"People whose name, email, number, PIN or role was changed."`
	Unchanged    int            `json:"people_unchanged" example:"15" doc:"People who were known as the file has them."`
	Outcomes     map[string]int `json:"outcomes" example:"{\"assigned\":118,\"unchanged\":2}" doc:"How many people got each outcome."`
}

// ImportedRoom is a room that an import made.
type ImportedRoom struct {
	ID     control.RoomID `json:"id,omitempty" example:"room_abcdefghijklmnop" doc:"Opaque id; absent in a dry run."`
	Name   string         `json:"name" example:"Blue" doc:"As the file has it."`
	Number int            `json:"number" example:"1" doc:"What callers key in after *3."`
}

// ImportOutcome says what an import came to for one person.
type ImportOutcome struct {
	Line        int                   `json:"line" example:"2" doc:"The line of the file that names him first."`
	Participant control.ParticipantID `json:"participant,omitempty" example:"par_abcdefghijklmnop" doc:"Who he is; absent in a dry run if he would be added."`
	Name        string                `json:"name" example:"Ada Lovelace" doc:"What he is called now."`
	Person      string                `json:"person" enum:"added,changed,unchanged" doc:"What became of his entry in the roster."`
	FoundBy     string                `json:"found_by,omitempty" enum:"participant_id,email,name" doc:"By what he was found; absent: he is new."`
	Outcome     string                `json:"outcome" enum:"moved,assigned,unassigned,unchanged,not_present,left,no_phone_breakouts,room_full" doc:"What became of his assignment."`
	Room        control.RoomID        `json:"room,omitempty" example:"room_abcdefghijklmnop" doc:"The room he belongs to, or is in, now; absent: none, or in a dry run one that would be made."`
	RoomName    string                `json:"room_name,omitempty" example:"Blue" doc:"Its name; of the main room there is none."`
}

type importInput struct {
	MeetingPath
	DryRun bool `query:"dry_run" doc:"Only say what would happen. A file that would be refused is refused."`
}

func (a *API) importRooms(ctx context.Context, in *importInput) (*reply[Imported], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	file := roster.Read(bodyOf(ctx))
	plan := control.NewImportPlan(file.Rows, file.Faults)
	plan.DryRun = in.DryRun
	return run(ctx, a, m, command[Imported]{
		do:     plan,
		answer: func(d done) Imported { return imported(d, file.Ignored) },
	})
}

func imported(d done, ignored []string) Imported {
	result, _ := d.value.(control.ImportResult)
	out := Imported{
		CommandID: d.command, Seq: d.seq(), DryRun: result.DryRun, IgnoredColumns: append([]string{}, ignored...),
		RoomsCreated: make([]ImportedRoom, 0, len(result.RoomsCreated)), Outcomes: make([]ImportOutcome, 0, len(result.Outcomes)),
		Counts: ImportCounts{Lines: result.Rows, Repeated: result.Twice, RoomsCreated: len(result.RoomsCreated), Outcomes: map[string]int{}},
	}
	names := make(map[control.RoomID]string, len(result.RoomsCreated))
	for _, r := range result.RoomsCreated {
		room := ImportedRoom{ID: r.ID, Name: r.Name, Number: r.Number}
		if result.DryRun {
			room.ID = ""
		}
		out.RoomsCreated = append(out.RoomsCreated, room)
		names[r.ID] = r.Name
	}
	for _, o := range result.Outcomes {
		out.Counts.Outcomes[o.Outcome]++
		switch o.Person {
		case control.ImportAdded:
			out.Counts.Added++
		case control.ImportChanged:
			out.Counts.Changed++
		default:
			out.Counts.Unchanged++
		}
		out.Outcomes = append(out.Outcomes, importOutcome(d.before, names, o, result.DryRun))
	}
	return out
}

// importOutcome shows an outcome; names are those of the new rooms.
func importOutcome(s *control.State, names map[control.RoomID]string, o control.ImportOutcome, dry bool) ImportOutcome {
	out := ImportOutcome{Line: o.Line, Participant: o.Participant, Name: o.Name, Person: o.Person, FoundBy: o.FoundBy,
		Outcome: o.Outcome, Room: o.Room, RoomName: names[o.Room]}
	if r := s.Rooms[o.Room]; r != nil {
		out.RoomName = r.Name
	}
	if dry && o.Person == control.ImportAdded {
		out.Participant = ""
	}
	if dry && s.Rooms[o.Room] == nil && o.Room != control.MainRoom {
		out.Room = ""
	}
	return out
}
