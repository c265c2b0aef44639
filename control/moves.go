package control

import "cmp"

func inBreakout(p *Participant) bool {
	return p.Location.Place == InRoom && p.Location.Room != MainRoom
}

// listen has those who were moved hear their room only, if the move says so.
func (s *State) listen(e ParticipantsMoved) {
	for _, m := range e.Moves {
		if p := s.Participants[m.Participant]; p != nil {
			p.ListenOnly = e.ListenOnly
		}
	}
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

// takeUp sends people to the rooms that they are assigned to now, or to the main room if to none. A nil occupancy: it is
// known that they have place there.
func takeUp(s *State, assignments []Assignment, o *occupancy) ([]Relocation, Outcomes) {
	var moves []Relocation
	outcomes := make(Outcomes, 0, len(assignments))
	for _, a := range assignments {
		p, to := s.Participants[a.Participant], cmp.Or(a.Room, MainRoom)
		out := PersonOutcome{Participant: p.ID, Room: to, Outcome: OutcomeMoved}
		switch {
		case !p.Present():
			out.Outcome = p.away()
		case p.Location.Place != InRoom || p.Location.Room == to:
			out.Outcome = a.outcome()
		case to != MainRoom && s.refusesPhone(p):
			out.Outcome, out.Room = OutcomeNoPhone, p.Location.Room
		case o != nil && !o.admits(p, to):
			out.Outcome, out.Room = OutcomeRoomFull, p.Location.Room
		default:
			moves = append(moves, p.to(to))
			if o != nil {
				o.move(p, to, false)
			}
		}
		outcomes = append(outcomes, out)
	}
	return moves, outcomes
}

// to is the move of somebody to a room.
func (p *Participant) to(room RoomID) Relocation {
	return Relocation{Participant: p.ID, From: p.Location, To: in(room)}
}

// outcome is what an assignment comes to for somebody who is not moved by it.
func (a Assignment) outcome() string {
	if a.Room == a.Was {
		return OutcomeUnchanged
	}
	if a.Room == "" {
		return OutcomeUnassigned
	}
	return OutcomeAssigned
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
		a := Assignment{Participant: p.ID, Room: c.Room, Was: p.Assignment}
		all = append(all, a)
		outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: a.outcome(), Room: c.Room})
		if a.Room != a.Was {
			changed = append(changed, a)
		}
	}
	var events []Event
	if len(changed) > 0 {
		events = append(events, AssignmentsChanged{Assignments: changed})
	}
	if s.Breakouts != BreakoutsOpen {
		return events, outcomes, nil
	}
	moves, outcomes := takeUp(s, all, s.occupancy())
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
		if err := mayGo(s, people, c); err != nil {
			return nil, nil, err
		}
	}
	moves, outcomes := moveAll(s, people, c)
	if err := outcomes[0].refusal(); err != nil && len(people) == 1 {
		return nil, nil, err
	}
	if len(moves) == 0 {
		return nil, outcomes, nil
	}
	e := ParticipantsMoved{Moves: moves, Reason: reason, ListenOnly: c.ListenOnly}
	return append([]Event{e}, emptied(s, moves)...), outcomes, nil
}

// moveAll works out the moves of everybody who can be moved, one after the other.
func moveAll(s *State, people []*Participant, c Move) ([]Relocation, Outcomes) {
	var moves []Relocation
	outcomes, places := make(Outcomes, 0, len(people)), s.occupancy()
	for _, p := range people {
		o := PersonOutcome{Participant: p.ID, Room: c.Room, Outcome: OutcomeMoved}
		here := p.Location == in(c.Room)
		switch {
		case !p.Present():
			o.Outcome, o.Room = p.away(), ""
		case p.Location.Place != InRoom: // he waits to be let in
			o.Outcome, o.Room = OutcomeNotPresent, ""
		case here && p.ListenOnly == c.ListenOnly:
			o.Outcome = OutcomeUnchanged
		case c.Room != MainRoom && s.refusesPhone(p):
			o.Outcome, o.Room = OutcomeNoPhone, p.Location.Room
		case !here && !places.admits(p, c.Room):
			o.Outcome, o.Room = OutcomeRoomFull, p.Location.Room
		default:
			moves = append(moves, p.to(c.Room))
			places.move(p, c.Room, c.ListenOnly)
		}
		outcomes = append(outcomes, o)
	}
	return moves, outcomes
}

// mayGo judges a move that somebody asks for himself. Speakers go anywhere; everybody may go to the main room and to
// the room he is assigned to.
func mayGo(s *State, people []*Participant, c Move) error {
	if len(people) != 1 {
		return Invalid("participants", "", "must name the one who moves")
	}
	p, to := people[0], c.Room
	switch {
	case c.ListenOnly && p.Role != Speaker:
		return &Error{Code: CodeNotAllowed, Field: "listen_only", Message: "speakers may listen in"}
	case p.Role == Speaker || to == MainRoom || p.Location == in(to):
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
	case s.full(to):
		return Errorf(CodeRoomFull, "the room is full")
	}
	return nil
}
