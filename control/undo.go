package control

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// How far back a command can be undone.
const (
	UndoWindow = time.Hour
	undoEvents = 5_000
	maxUndone  = 200 // commands that are known to be undone
)

// Undo puts back everybody whom a command has moved or assigned, as far as they are still where it put them. Events are
// those of the command, as the log has them: [Meeting.History] reads them. The value is [Outcomes].
type Undo struct {
	Command CommandID
	Events  []Event
	At      time.Time // of the events
}

func (Undo) command() {}

// CommandUndone puts people back.
type CommandUndone struct {
	Command     CommandID    `json:"command"` // that was undone
	Assignments []Assignment `json:"assignments,omitempty"`
	Assigned    int          `json:"assigned,omitempty"` // in streams: how many
	Moves       []Relocation `json:"moves,omitempty"`
	Moved       int          `json:"moved,omitempty"` // in streams: how many
}

// Type implements [Event].
func (CommandUndone) Type() string { return "command.undone" }

func (s *State) undone(e CommandUndone) {
	s.assign(e.Assignments)
	s.relocate(e.Moves)
	s.Undone = append(s.Undone, e.Command)
	if len(s.Undone) > maxUndone {
		s.Undone = slices.Delete(s.Undone, 0, len(s.Undone)-maxUndone)
	}
}

// History returns the events of a command, and their time, if it is one of the last hour; else there are none.
func (m *Meeting) History(ctx context.Context, id CommandID) ([]Event, time.Time, error) {
	var last uint64
	if err := m.Read(ctx, func(s *State) { last = s.Seq }); err != nil {
		return nil, time.Time{}, err
	}
	const page = 250
	var found []Record
	oldest := m.now().Add(-UndoWindow)
	for end := last; end > 0 && last-end < undoEvents; end -= min(end, page) {
		records, err := m.store.Read(ctx, m.id, end-min(end, page), page)
		if err != nil {
			m.logger.Error("read the log", "err", err)
			return nil, time.Time{}, Errorf(CodeStore, "the log cannot be read at the moment")
		}
		records = slices.DeleteFunc(records, func(r Record) bool { return r.Seq > end })
		old := len(records) == 0 || records[0].At.Before(oldest)
		mine := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return r.Command != id || r.At.Before(oldest) })
		found = append(mine, found...)
		begun := len(found) > 0 && (len(records) == 0 || records[0].Command != id) // its events follow one another
		if old || begun {
			break
		}
	}
	return unmarshalAll(found)
}

func unmarshalAll(records []Record) ([]Event, time.Time, error) {
	var list []Event
	for _, r := range records {
		e, err := Unmarshal(r)
		if err != nil {
			return nil, time.Time{}, err
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil, time.Time{}, nil
	}
	return list, records[0].At, nil
}

func decideUndo(s *State, c Undo) ([]Event, any, error) {
	if len(c.Events) == 0 {
		return nil, nil, &Error{
			Code: CodeNotFound, Field: "command_id", Message: "no such command of this meeting within the last hour",
			Hint: "take the command_id of an answer, or of an event",
		}
	}
	if slices.Contains(s.Undone, c.Command) {
		return nil, nil, &Error{Code: CodeWrongState, Field: "command_id", Message: "the command was undone before", Hint: "undo the undo to do it again"}
	}
	u := &undoing{s: s, places: s.occupancy(), outcomes: map[ParticipantID]PersonOutcome{}}
	for _, e := range c.Events {
		if !u.take(e) {
			return nil, nil, &Error{
				Code: CodeWrongState, Field: "command_id", Message: "a command with the event " + e.Type() + " cannot be undone",
				Hint: "moves, assignments, start, shuffle, reset and undo can",
			}
		}
	}
	if u.opened && (s.Breakouts == BreakoutsIdle || !s.OpenedAt.Equal(c.At)) {
		return nil, nil, &Error{Code: CodeWrongState, Field: "command_id", Message: "the breakouts that it opened are over"}
	}
	return u.result(c.Command)
}

// undoing works out who goes back. The order is that of the events; a person's last outcome counts.
type undoing struct {
	s        *State
	places   *occupancy
	opened   bool // the command opened the breakouts
	moves    []Relocation
	assigned []Assignment
	order    []ParticipantID
	outcomes map[ParticipantID]PersonOutcome
}

// take goes back on one event, and says whether that can be done.
func (u *undoing) take(e Event) bool {
	switch e := e.(type) {
	case ParticipantsMoved:
		u.back(nil, e.Moves)
		return e.Reason == ReasonAdmin || e.Reason == ReasonAssign
	case AssignmentsChanged:
		u.back(e.Assignments, nil)
	case BreakoutsShuffled:
		u.back(e.Assignments, e.Moves)
	case BreakoutsReset:
		u.back(e.Assignments, e.Moves)
	case CommandUndone:
		u.back(e.Assignments, e.Moves)
	case BreakoutsStarted:
		u.opened = true
		u.back(e.Assignments, e.Moves)
	case HelpEnded:
	default:
		return false
	}
	return true
}

func (u *undoing) back(assignments []Assignment, moves []Relocation) {
	for _, a := range assignments {
		u.note(a.Participant, u.unassign(a))
	}
	for _, m := range moves {
		u.note(m.Participant, u.moveBack(m))
	}
}

func (u *undoing) note(id ParticipantID, o PersonOutcome) {
	if _, seen := u.outcomes[id]; !seen {
		u.order = append(u.order, id)
	}
	o.Participant = id
	u.outcomes[id] = o
}

func (u *undoing) unassign(a Assignment) PersonOutcome {
	p := u.s.Participants[a.Participant]
	switch {
	case p == nil:
		return PersonOutcome{Outcome: OutcomeLeft}
	case p.Assignment != a.Room:
		return PersonOutcome{Outcome: OutcomeChanged, Room: p.Assignment}
	case a.Was != "" && u.s.Rooms[a.Was] == nil:
		return PersonOutcome{Outcome: OutcomeRoomGone, Room: p.Assignment}
	}
	back := Assignment{Participant: p.ID, Room: a.Was, Was: p.Assignment}
	u.assigned = append(u.assigned, back)
	return PersonOutcome{Outcome: back.outcome(), Room: back.Room}
}

func (u *undoing) moveBack(m Relocation) PersonOutcome {
	s, p, to := u.s, u.s.Participants[m.Participant], m.From.Room
	switch {
	case p == nil, !p.Present():
		return PersonOutcome{Outcome: OutcomeLeft}
	case p.Location != m.To:
		return PersonOutcome{Outcome: OutcomeChanged, Room: p.Location.Room}
	case to != MainRoom && (s.Breakouts != BreakoutsOpen || s.Rooms[to] == nil):
		return PersonOutcome{Outcome: OutcomeRoomGone, Room: p.Location.Room}
	case to != MainRoom && s.refusesPhone(p):
		return PersonOutcome{Outcome: OutcomeNoPhone, Room: p.Location.Room}
	case to != p.Location.Room && !u.places.admits(p, to):
		return PersonOutcome{Outcome: OutcomeRoomFull, Room: p.Location.Room}
	}
	u.moves = append(u.moves, p.to(to))
	u.places.move(p, to, false)
	return PersonOutcome{Outcome: OutcomeMoved, Room: to}
}

// result makes the events. To undo a start is to stop the breakouts: whoever has come since goes back too.
func (u *undoing) result(id CommandID) ([]Event, any, error) {
	e := CommandUndone{Command: id, Assignments: u.assigned, Moves: u.moves}
	if u.opened {
		e.Moves = nil
		stop, back := stopBreakouts(u.s)
		for _, o := range back {
			if was := u.outcomes[o.Participant]; o.Outcome == OutcomeMoved || was.Outcome == "" {
				u.note(o.Participant, o)
			}
		}
		return append([]Event{e}, stop...), u.list(), nil
	}
	if len(e.Moves) == 0 && len(e.Assignments) == 0 {
		return nil, u.list(), nil
	}
	return append([]Event{e}, emptied(u.s, e.Moves)...), u.list(), nil
}

func (u *undoing) list() Outcomes {
	list := make(Outcomes, 0, len(u.order))
	for _, id := range u.order {
		o := u.outcomes[id]
		o.Outcome = cmp.Or(o.Outcome, OutcomeUnchanged)
		list = append(list, o)
	}
	return list
}
