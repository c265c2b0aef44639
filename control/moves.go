package control

func inBreakout(p *Participant) bool {
	return p.Location.Place == InRoom && p.Location.Room != MainRoom
}

// refusesPhone says whether the options keep the participant in the main room.
func (s *State) refusesPhone(p *Participant) bool { return !s.Options.PhoneBreakouts && p.OnPhone() }

// moved makes the event of moves, if there are any, and ends the help requests of rooms left empty.
func moved(s *State, moves []Relocation, reason string) []Event {
	if len(moves) == 0 {
		return nil
	}
	return append([]Event{ParticipantsMoved{Moves: moves, Reason: reason}}, emptied(s, moves)...)
}

// emptied ends the help requests of rooms in which nobody is left after the moves and without those who are gone.
func emptied(s *State, moves []Relocation, gone ...ParticipantID) []Event {
	if len(s.Help) == 0 {
		return nil
	}
	at := make(map[ParticipantID]Location, len(s.Participants))
	for id, p := range s.Participants {
		at[id] = p.Location
	}
	for _, m := range moves {
		at[m.Participant] = m.To
	}
	for _, id := range gone {
		delete(at, id)
	}
	people := make(map[RoomID]int)
	for _, l := range at {
		if l.Place == InRoom {
			people[l.Room]++
		}
	}
	var events []Event
	for _, h := range sortedHelp(s) {
		if people[h.Room] == 0 {
			events = append(events, h.over(HelpOver, ""))
		}
	}
	return events
}

// takeUp sends people to the rooms that they are assigned to now, or to the main room if to none.
func takeUp(s *State, assignments []Assignment) ([]Relocation, Outcomes) {
	var moves []Relocation
	outcomes := make(Outcomes, 0, len(assignments))
	for _, a := range assignments {
		p, to := s.Participants[a.Participant], a.Room
		if to == "" {
			to = MainRoom
		}
		o := PersonOutcome{Participant: p.ID, Room: to, Outcome: OutcomeMoved}
		switch {
		case !p.Present():
			o.Outcome = OutcomeNotPresent
		case p.Location.Place != InRoom || p.Location.Room == to:
			o.Outcome = OutcomeAssigned
		case to != MainRoom && s.refusesPhone(p):
			o.Outcome, o.Room = OutcomeNoPhone, p.Location.Room
		default:
			moves = append(moves, Relocation{Participant: p.ID, From: p.Location, To: in(to)})
		}
		outcomes = append(outcomes, o)
	}
	return moves, outcomes
}

func decideAssign(s *State, c Assign) ([]Event, any, error) {
	people, err := s.people(c.Participants)
	if err != nil {
		return nil, nil, err
	}
	if c.Room != "" {
		if _, err := s.breakoutRoom("room", c.Room); err != nil {
			return nil, nil, err
		}
	}
	var changed, all []Assignment
	outcomes := make(Outcomes, 0, len(people))
	for _, p := range people {
		all = append(all, Assignment{Participant: p.ID, Room: c.Room})
		if p.Assignment == c.Room {
			outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: c.Room})
			continue
		}
		changed = append(changed, Assignment{Participant: p.ID, Room: c.Room})
		outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: OutcomeAssigned, Room: c.Room})
	}
	var events []Event
	if len(changed) > 0 {
		events = append(events, AssignmentsChanged{Assignments: changed})
	}
	if s.Breakouts != BreakoutsOpen {
		return events, outcomes, nil
	}
	moves, outcomes := takeUp(s, all)
	return append(events, moved(s, moves, ReasonAssign)...), outcomes, nil
}

func decideMove(s *State, c Move) ([]Event, any, error) {
	people, err := s.people(c.Participants)
	if err != nil {
		return nil, nil, err
	}
	if err := s.room("room", c.Room); err != nil {
		return nil, nil, err
	}
	if c.Room != MainRoom && s.Breakouts != BreakoutsOpen {
		return nil, nil, Errorf(CodeWrongState, "the breakouts are not open")
	}
	reason := ReasonAdmin
	if c.Self {
		reason = ReasonSelf
		if err := mayGo(s, people, c.Room); err != nil {
			return nil, nil, err
		}
	}
	var moves []Relocation
	outcomes := make(Outcomes, 0, len(people))
	for _, p := range people {
		o := moveOutcome(s, p, c.Room)
		if err := o.refusal(); err != nil && len(people) == 1 {
			return nil, nil, err
		}
		if o.Outcome == OutcomeMoved {
			moves = append(moves, Relocation{Participant: p.ID, From: p.Location, To: in(c.Room)})
		}
		outcomes = append(outcomes, o)
	}
	return moved(s, moves, reason), outcomes, nil
}

func moveOutcome(s *State, p *Participant, to RoomID) PersonOutcome {
	o := PersonOutcome{Participant: p.ID, Room: to, Outcome: OutcomeMoved}
	switch {
	case p.Location.Place != InRoom:
		o.Outcome, o.Room = OutcomeNotPresent, ""
	case p.Location.Room == to:
		o.Outcome = OutcomeUnchanged
	case to != MainRoom && s.refusesPhone(p):
		o.Outcome, o.Room = OutcomeNoPhone, p.Location.Room
	}
	return o
}

// refusal makes an error of an outcome that is all the command came to.
func (o PersonOutcome) refusal() error {
	switch o.Outcome {
	case OutcomeNotPresent:
		return &Error{Code: CodeWrongState, Field: "participants", Message: "the participant is not in the meeting now"}
	case OutcomeNoPhone:
		return &Error{Code: CodeNotAllowed, Field: "participants", Message: "callers take no part in the breakouts of this meeting", Hint: "set the option phone_breakouts"}
	}
	return nil
}

// mayGo judges a move that somebody asks for himself. Speakers go anywhere; everybody may go to the main room and
// to the room he is assigned to.
func mayGo(s *State, people []*Participant, to RoomID) error {
	if len(people) != 1 {
		return Invalid("participants", "", "must name the one who moves")
	}
	p := people[0]
	if p.Role == Speaker || to == MainRoom || p.Location == in(to) {
		return nil
	}
	room := s.Rooms[to]
	switch {
	case p.Assignment == to:
		return nil
	case !s.Options.FreeMovement:
		return Errorf(CodeNotAllowed, "changing rooms by oneself is off in this meeting")
	case room.Locked:
		return Errorf(CodeLocked, "the room is locked")
	case room.Capacity > 0 && len(s.People(to)) >= room.Capacity:
		return Errorf(CodeRoomFull, "the room is full")
	}
	return nil
}
