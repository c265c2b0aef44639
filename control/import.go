package control

import (
	"cmp"
	"fmt"
	"slices"
)

// MaxFaults is how many faults of a file are listed; the rest are counted.
const MaxFaults = 500

// Fault is what is wrong with one line of a file.
type Fault struct {
	Line    int
	Column  string // empty: the line as a whole
	Message string
	Hint    string // what to do about it
}

// Faults are what is wrong with a file. The zero value is ready.
type Faults struct {
	List  []Fault // at most MaxFaults
	Total int
}

// Add notes a fault.
func (f *Faults) Add(fault Fault) {
	f.Total++
	if len(f.List) < MaxFaults {
		f.List = append(f.List, fault)
	}
}

// refusal makes the error of a command that the faults forbid.
func (f *Faults) refusal() *Error {
	list := slices.Clone(f.List)
	slices.SortStableFunc(list, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	e := Invalid("body", "correct the lines and send the whole file again", "nothing was imported: %d things are wrong in the file", f.Total)
	if f.Total == 1 {
		e.Message = fmt.Sprintf("nothing was imported: line %d: %s", list[0].Line, list[0].Message)
		e.Hint = list[0].Hint
	}
	e.Faults = Faults{List: list, Total: f.Total}
	return e
}

// ImportRow is one line of a roster file as it was read. Nothing of it has been judged.
type ImportRow struct {
	Line  int // in the file, from 1
	ID    string
	Room  string
	First string
	Last  string
	Email string
	Phone string
	PIN   string
	Role  string
}

// ImportPlan takes over a roster file, all of it or nothing: it makes the rooms that are missing, adds the people that
// are missing and assigns everybody in the file; who has no room in it is unassigned. People are found by their id,
// then by email, then by full name where one person alone has it. Whoever is not in the file stays as he is. Open
// breakouts move those whose assignment changes. [NewImportPlan] makes one. The value is an [ImportResult].
type ImportPlan struct {
	Rooms  []ImportRoom   // each that the file names
	People []ImportPerson // each once
	Rows   int
	Twice  int    // rows that said the same as one before
	Faults Faults // of the file itself: with any, the command is refused
	DryRun bool   // only say what would happen
	made   bool
}

// ImportRoom is a room that a file names.
type ImportRoom struct {
	ID   RoomID // that it gets if it is new
	Name string
	Line int // the first that names it
	key  string
}

// ImportPerson is somebody whom a file names. Empty details stay as they are.
type ImportPerson struct {
	ID        ParticipantID // that he gets if he is new
	Line      int
	Is        ParticipantID // who he is, if the file says so
	Room      int           // in Rooms of the plan; -1: none
	FirstName string
	LastName  string
	Email     string
	Number    string
	PIN       string
	Role      Role

	name     string // the full name
	emailKey string
	nameKey  string
	shared   bool // somebody else in the file has the same name
}

func (ImportPlan) command() {}

// drawn fills the ids.
func (c ImportPlan) drawn() ImportPlan {
	c.Rooms, c.People = slices.Clone(c.Rooms), slices.Clone(c.People)
	for i := range c.Rooms {
		fill(&c.Rooms[i].ID, "room_")
	}
	for i := range c.People {
		fill(&c.People[i].ID, "par_")
	}
	return c
}

// ImportResult is the value of [ImportPlan]. Of a dry run it says what would happen, with ids that nothing has.
type ImportResult struct {
	DryRun       bool            `json:"dry_run,omitempty"`
	Rows         int             `json:"rows"`
	Twice        int             `json:"twice,omitempty"`
	RoomsCreated []Room          `json:"rooms_created,omitempty"`
	Outcomes     []ImportOutcome `json:"outcomes"`
}

// ImportOutcome says what an import came to for one person.
type ImportOutcome struct {
	PersonOutcome
	Line    int    `json:"line"`
	Name    string `json:"name"`
	Person  string `json:"person"`             // one of the Import… constants
	FoundBy string `json:"found_by,omitempty"` // one of the FoundBy… constants; empty: he is new
}

// What an import did to a person's entry in the roster.
const (
	ImportAdded     = "added"
	ImportChanged   = "changed"
	ImportUnchanged = "unchanged"
)

// By what a person of a file was found in the meeting.
const (
	FoundByID    = "participant_id"
	FoundByEmail = "email"
	FoundByName  = "name"
)
