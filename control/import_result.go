package control

import "cmp"

// result makes the events of a plan that nothing is wrong with. Open breakouts take up the new assignments.
func (im *importer) result() ([]Event, ImportResult) {
	var events []Event
	if len(im.newRooms) > 0 {
		events = append(events, RoomsCreated{Rooms: im.newRooms})
	}
	if len(im.added) > 0 {
		events = append(events, ParticipantsAdded{Participants: im.added})
	}
	if len(im.assignments) > 0 {
		events = append(events, AssignmentsChanged{Assignments: im.assignments})
	}
	if im.s.Breakouts == BreakoutsOpen {
		events = append(events, im.takeUp()...)
	}
	if len(events) > 0 || len(im.changed) > 0 {
		imported := RosterImported{
			Rows: im.c.Rows, Rooms: len(im.newRooms), Added: len(im.added), Changed: len(im.changed),
			Assigned: len(im.assignments), People: im.changed,
		}
		for _, a := range im.added {
			if a.Assignment != "" {
				imported.Assigned++
			}
		}
		events = append([]Event{imported}, events...)
	}
	return events, ImportResult{DryRun: im.c.DryRun, Rows: im.c.Rows, Twice: im.c.Twice, RoomsCreated: im.newRooms, Outcomes: im.outcomes}
}

// takeUp moves those whose assignment has changed, and says so in their outcomes. Who is new is not here yet.
func (im *importer) takeUp() []Event {
	moves, taken := takeUp(im.s, im.assignments, im.s.occupancy())
	next := 0
	for i := range im.outcomes {
		o := &im.outcomes[i]
		switch {
		case next < len(taken) && taken[next].Participant == o.Participant:
			o.PersonOutcome = taken[next]
			next++
		case o.Outcome == OutcomeAssigned:
			o.Outcome = OutcomeNotPresent
		}
	}
	return moved(im.s, moves, ReasonAssign)
}

// applyRoster makes the roster what the file said of people who were known.
func applyRoster(s *State, e RosterImported) {
	for _, c := range e.People {
		s.changeRoster(c)
	}
}

func (s *State) changeRoster(c RosterChange) {
	p := s.Participants[c.Participant]
	if p == nil {
		return
	}
	if c.Role == Audience && p.Role != Audience {
		p.demoted()
	}
	p.Guest, p.Erased = false, false
	p.Name, p.FirstName, p.LastName, p.ExternalID = c.Name, c.FirstName, c.LastName, cmp.Or(c.ExternalID, p.ExternalID)
	p.Email, p.Number, p.PIN, p.Role, p.MutedByAdmin = c.Email, c.Number, c.PIN, c.Role, c.MutedByAdmin
}
