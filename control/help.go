package control

// over is the end of a request.
func (h *HelpRequest) over(outcome string, by ParticipantID) HelpEnded {
	return HelpEnded{Request: h.ID, Room: h.Room, Participant: h.Participant, Outcome: outcome, By: by}
}

func (s *State) help(id HelpID) (*HelpRequest, error) {
	h := s.Help[id]
	if h == nil {
		return nil, &Error{Code: CodeNotFound, Field: "request", Message: "no such open help request in this meeting"}
	}
	return h, nil
}

func decideAskHelp(s *State, c AskHelp) ([]Event, any, error) {
	p, err := s.present("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	if p.Location.Place != InRoom {
		return nil, nil, Errorf(CodeWrongState, "the participant is in no room")
	}
	if open := s.HelpOf(p.Location.Room); open != nil {
		return nil, open.ID, nil
	}
	if c.ID == "" || s.Help[c.ID] != nil {
		return nil, nil, Invalid("id", "", "must be new")
	}
	return []Event{HelpAsked{Request: c.ID, Room: p.Location.Room, Participant: p.ID}}, c.ID, nil
}

func decideWithdrawHelp(s *State, c WithdrawHelp) ([]Event, any, error) {
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	return one(h.over(HelpWithdrawn, ""))
}

func decideAcceptHelp(s *State, c AcceptHelp) ([]Event, any, error) {
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	events := []Event{h.over(HelpAccepted, c.By)}
	if c.By == "" {
		return events, nil, nil
	}
	p, err := s.helper(c.By)
	if err != nil {
		return nil, nil, err
	}
	if p.Location.Place != InRoom || p.Location.Room == h.Room {
		return events, nil, nil // he is there already, or marks it only
	}
	if h.Room != MainRoom && s.Breakouts != BreakoutsOpen {
		return nil, nil, Errorf(CodeWrongState, "the breakouts are not open")
	}
	if h.Room != MainRoom && s.refusesPhone(p) {
		return nil, nil, PersonOutcome{Outcome: OutcomeNoPhone}.refusal()
	}
	moves := []Relocation{{Participant: p.ID, From: p.Location, To: in(h.Room)}}
	for _, e := range moved(s, moves, ReasonHelp) {
		if over, ok := e.(HelpEnded); !ok || over.Request != h.ID {
			events = append(events, e)
		}
	}
	return events, nil, nil
}

func decideDeclineHelp(s *State, c DeclineHelp) ([]Event, any, error) {
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	if c.By != "" {
		if _, err := s.helper(c.By); err != nil {
			return nil, nil, err
		}
	}
	return one(h.over(HelpDeclined, c.By))
}

// helper is who may answer a request.
func (s *State) helper(id ParticipantID) (*Participant, error) {
	p, err := s.participant("by", id)
	if err == nil && p.Role != Speaker {
		err = &Error{Code: CodeNotAllowed, Field: "by", Message: "speakers answer help requests"}
	}
	return p, err
}
