package control

import "slices"

// AdmitParticipants lets people in from the lobby. The value is [Outcomes].
type AdmitParticipants struct {
	Participants []ParticipantID
	All          bool // everybody who waits; then Participants is empty
}

func (AdmitParticipants) command() {}

// ParticipantsAdmitted lets people in from the lobby, all at once.
type ParticipantsAdmitted struct {
	Reason      string       `json:"reason" enum:"admitted,unlocked,started,options,role" doc:"Why they no longer have to wait."`
	Moves       []Relocation `json:"moves,omitempty"`
	Moved       int          `json:"moved,omitempty"`       // in streams: how many
	Assignments []Assignment `json:"assignments,omitempty"` // of those whom open breakouts gave a room
	Assigned    int          `json:"assigned,omitempty"`    // in streams: how many
}

// Type implements [Event].
func (ParticipantsAdmitted) Type() string { return "participants.admitted" }

// Why somebody was let in.
const (
	ReasonAdmitted = "admitted" // by somebody
	ReasonUnlocked = "unlocked"
	ReasonStarted  = "started"
	ReasonRole     = "role" // he was made a speaker
)

// door is what keeps newcomers in the lobby.
type door struct{ locked, lobby, early bool }

func (s *State) door() door {
	return door{locked: s.Locked, lobby: s.Options.Lobby, early: s.NotStarted()}
}

func (d door) shut() bool { return d.locked || d.lobby || d.early }

// stops says whether somebody has to wait. Speakers never do, nor does who was let in before and comes again.
func (d door) stops(p *Participant) bool { return d.shut() && p.Role != Speaker && !p.LetIn() }

// Waits says whether a participant who comes has to wait in the lobby.
func (s *State) Waits(p *Participant) bool { return s.door().stops(p) }

// LetIn says whether the participant has been in the meeting itself since it was opened, not in its lobby alone.
func (p *Participant) LetIn() bool { return !p.JoinedAt.IsZero() && !p.Outside }

// put notes where a participant is.
func (p *Participant) put(l Location) {
	p.Location = l
	p.Outside = l.Place == Lobby || p.Outside && l.Place != InRoom
}

func (s *State) inLobby() []*Participant {
	return slices.DeleteFunc(s.roster(), func(p *Participant) bool { return p.Location.Place != Lobby })
}

func decideAdmit(s *State, c AdmitParticipants) ([]Event, any, error) {
	people := s.inLobby()
	if !c.All {
		var err error
		if people, err = s.people(c.Participants); err != nil {
			return nil, nil, err
		}
	}
	admitted, places := ParticipantsAdmitted{Reason: ReasonAdmitted}, s.occupancy()
	outcomes := make(Outcomes, 0, len(people))
	for _, p := range people {
		o := PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: p.Location.Room}
		switch {
		case p.Location.Place == Lobby:
			o.Outcome, o.Room = OutcomeMoved, admitted.let(s, p, places)
		case p.Location.Place != InRoom:
			o.Outcome = p.away()
		}
		if err := o.refusal(); err != nil && len(people) == 1 {
			return nil, nil, err
		}
		outcomes = append(outcomes, o)
	}
	if len(admitted.Moves) == 0 {
		return nil, outcomes, nil
	}
	return []Event{admitted}, outcomes, nil
}

// let lets one person in and returns where to.
func (e *ParticipantsAdmitted) let(s *State, p *Participant, places *occupancy) RoomID {
	to, assignment := s.seat(p, p.OnPhone(), places)
	places.move(p, to.Room, false)
	e.Moves = append(e.Moves, Relocation{Participant: p.ID, From: p.Location, To: to})
	if assignment != p.Assignment {
		e.Assignments = append(e.Assignments, Assignment{Participant: p.ID, Room: assignment, Was: p.Assignment})
	}
	return to.Room
}

// opening is what the events of a command do to the door.
type opening struct {
	door     door
	promoted map[ParticipantID]bool // speakers now
	came     map[ParticipantID]bool // who comes in by the events themselves
	speaker  bool                   // one came
	first    bool                   // by coming, not by being promoted: the door opens before him
	reason   string
	over     bool
}

// knock adds to the events of a command what follows from them for the lobby: a speaker who comes begins a planned
// meeting, and whoever need not wait any more comes in.
func (s *State) knock(events []Event) []Event {
	if !s.door().shut() || len(events) == 0 {
		return events
	}
	o := opening{door: s.door(), promoted: map[ParticipantID]bool{}, came: map[ParticipantID]bool{}, reason: ReasonRole}
	for _, e := range events {
		o.note(s, e)
	}
	if o.over || o.door == s.door() && !o.speaker {
		return events
	}
	var more []Event
	if o.speaker && o.door.early {
		o.door.early, o.reason = false, ReasonStarted
		more = append(more, MeetingStarted{})
	}
	if in := o.letIn(s); len(in.Moves) > 0 {
		more = append(more, in)
	}
	if o.first {
		return append(more, events...)
	}
	return append(events, more...)
}

// letIn lets in whom the door stops no more.
func (o *opening) letIn(s *State) ParticipantsAdmitted {
	in, places := ParticipantsAdmitted{Reason: o.reason}, s.occupancy()
	for _, p := range s.inLobby() {
		who := *p
		if o.promoted[p.ID] {
			who.Role = Speaker
		}
		if !o.came[p.ID] && !o.door.stops(&who) {
			in.let(s, &who, places)
		}
	}
	return in
}

func (o *opening) note(s *State, e Event) {
	switch e := e.(type) {
	case MeetingLocked:
		o.door.locked, o.reason = e.Locked, ReasonUnlocked
	case MeetingChanged:
		o.door.lobby, o.reason = e.Options.Lobby, ReasonOptions
		if e.Schedule != nil && !e.Schedule.StartsAt.Equal(s.StartsAt) {
			o.door.early = !e.Schedule.StartsAt.IsZero()
		}
	case MeetingStarted:
		o.door.early, o.reason = false, ReasonStarted
	case MeetingEnded:
		o.over = true
	case ParticipantJoined:
		o.came[e.Participant] = e.Location.Place == InRoom
		o.arrives(e.Role == Speaker)
	case ParticipantsAdded:
		for _, a := range e.Participants {
			o.arrives(a.Role == Speaker && a.Location.Place == InRoom)
		}
	case ParticipantsMerged:
		p := s.Participants[e.Participant]
		o.came[e.Participant] = e.To.Place == InRoom
		o.arrives(p.Role == Speaker && p.Location.Place != InRoom && e.To.Place == InRoom)
	case ParticipantChanged:
		o.promote(s, e.Participant, e.Role)
	case RosterImported:
		for _, c := range e.People {
			o.promote(s, c.Participant, c.Role)
		}
	case WebSynced:
		for _, c := range e.Changed {
			o.promote(s, c.Participant, c.Role)
		}
		for _, j := range e.Joined {
			o.came[j.Participant] = j.Location.Place == InRoom
		}
	}
}

func (o *opening) arrives(speaker bool) {
	o.speaker, o.first = o.speaker || speaker, o.first || speaker && o.door.early
}

func (o *opening) promote(s *State, id ParticipantID, r Role) {
	if p := s.Participants[id]; p != nil && p.Location.Place == Lobby && r == Speaker {
		o.promoted[id], o.speaker = true, true
	}
}
