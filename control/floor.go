package control

import "time"

// GiveFloor lets somebody speak whose hand is up, whoever has muted him, and lowers the hand.
type GiveFloor struct {
	Participant ParticipantID
	By          ParticipantID // the speaker; empty: somebody who is no participant
}

func (GiveFloor) command() {}

// FloorGiven says that somebody was given the floor: his hand is down, and he is muted by nobody but himself.
type FloorGiven struct {
	Participant ParticipantID `json:"participant"`
	By          ParticipantID `json:"by,omitempty"`
}

// Type implements [Event].
func (FloorGiven) Type() string { return "participant.floor_given" }

func decideGiveFloor(s *State, c GiveFloor) ([]Event, any, error) {
	p, err := s.inRoom("participant", c.Participant)
	switch {
	case err != nil:
		return nil, nil, err
	case p.Hand.IsZero():
		return nil, nil, &Error{Code: CodeWrongState, Field: "participant", Message: "his hand is not up", Hint: "to let him speak all the same, change him: muted false"}
	}
	if c.By != "" {
		if err := s.speaker("by", c.By); err != nil {
			return nil, nil, err
		}
	}
	return one(FloorGiven(c))
}

// speaker refuses everybody else.
func (s *State) speaker(field string, id ParticipantID) error {
	p, err := s.participant(field, id)
	if err == nil && p.Role != Speaker {
		err = &Error{Code: CodeNotAllowed, Field: field, Message: "only speakers may do that"}
	}
	return err
}

func (s *State) giveFloor(e FloorGiven) {
	if p := s.Participants[e.Participant]; p != nil {
		p.Hand, p.MutedByAdmin = time.Time{}, false
	}
}

// NextHand is who of a room raised his hand first; nil: nobody's is up.
func (s *State) NextHand(room RoomID) *Participant {
	var next *Participant
	for _, p := range s.People(room) {
		if !p.Hand.IsZero() && (next == nil || p.Hand.Before(next.Hand)) {
			next = p
		}
	}
	return next
}
