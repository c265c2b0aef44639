package control

// SetPresence says that somebody is on the web now, or no longer. His telephones stay. Who comes back returns to where
// he was.
type SetPresence struct {
	Participant ParticipantID
	Web         bool
}

func (SetPresence) command() {}

// WebLeft says that somebody is no longer on the web.
type WebLeft struct {
	Participant ParticipantID `json:"participant"`
	Absent      bool          `json:"absent"`   // it was the last way of presence
	Location    Location      `json:"location"` // where he was, and is unless Absent
}

// Type implements [Event].
func (WebLeft) Type() string { return "participant.web_left" }

func decidePresence(s *State, c SetPresence) ([]Event, any, error) {
	p, err := s.participant("participant", c.Participant)
	switch {
	case err != nil:
		return nil, nil, err
	case p.Web == c.Web:
		return nil, nil, nil
	case !c.Web:
		return leaveWeb(s, p), nil, nil
	}
	e := s.joinWeb(p)
	e.WebSeq = s.Seq + 1
	return one(e)
}

// joinWeb brings somebody onto the web, who may be there by telephone already.
func (s *State) joinWeb(p *Participant) ParticipantJoined { return s.joinWebAt(p, nil) }

// joinWebAt is joinWeb for one of many who come at once; places counts them.
func (s *State) joinWebAt(p *Participant, places *occupancy) ParticipantJoined {
	e := ParticipantJoined{
		Participant: p.ID, Name: p.Name, Number: p.Number, Role: p.Role,
		Location: p.Location, Assignment: p.Assignment, Muted: p.Muted, MutedByAdmin: p.MutedByAdmin,
	}
	if p.Present() {
		return e
	}
	e.Location, e.Assignment = s.entryAt(p, false, places)
	e.KeptOut = s.keptOut(p, false, e.Location)
	if p.JoinedAt.IsZero() || s.Breakouts == BreakoutsIdle {
		e.Muted = s.Options.MutedOnEntry && p.Role == Audience
	}
	return e
}

func leaveWeb(s *State, p *Participant) []Event {
	left := *p
	left.Web = false
	absent := len(p.Legs) == 0
	events := []Event{WebLeft{Participant: p.ID, Absent: absent, Location: p.Location}}
	if absent {
		return append(events, emptied(s, nil, p.ID)...)
	}
	return append(events, moved(s, s.stranded(&left), ReasonOptions)...)
}

// stranded brings somebody back who is left with the telephone alone in a breakout room that takes no callers.
func (s *State) stranded(p *Participant) []Relocation {
	if !s.refusesPhone(p) || !inBreakout(p) {
		return nil
	}
	return []Relocation{{Participant: p.ID, From: p.Location, To: in(MainRoom)}}
}

func (s *State) webLeft(e WebLeft) {
	p := s.Participants[e.Participant]
	if p == nil {
		return
	}
	p.Web, p.WebSeq = false, s.Seq
	if e.Absent {
		s.goAway(p)
	}
}
