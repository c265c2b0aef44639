package api

import "partyline/control"

// eventPeople is how many people an event names in a stream or a webhook.
const eventPeople = 100

// counted adds to an event how many people it is about, and leaves the people out where those are many: who follows reads
// them under the event's command_id.
func counted(e control.Event) control.Event {
	switch e := e.(type) {
	case control.ParticipantsMoved:
		e.Moves, e.Moved = few(e.Moves)
		return e
	case control.ParticipantsAdmitted:
		e.Moves, e.Moved = few(e.Moves)
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	case control.AssignmentsChanged:
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	case control.RoomDeleted:
		e.Moves, e.Moved = few(e.Moves)
		return e
	case control.BreakoutsStarted:
		e.Moves, e.Moved = few(e.Moves)
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	case control.BreakoutsStopped:
		e.Moves, e.Moved = few(e.Moves)
		return e
	case control.BreakoutsReset:
		e.Moves, e.Moved = few(e.Moves)
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	case control.BreakoutsShuffled:
		e.Moves, e.Moved = few(e.Moves)
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	case control.CommandUndone:
		e.Moves, e.Moved = few(e.Moves)
		e.Assignments, e.Assigned = few(e.Assignments)
		return e
	}
	return e
}

// few returns the list, unless it is long, and its length.
func few[T any](list []T) ([]T, int) {
	if len(list) > eventPeople {
		return nil, len(list)
	}
	return list, len(list)
}
