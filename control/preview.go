package control

import (
	"slices"
	"time"
)

// Preview is what events make of some participants. The state stays as it is.
func (s *State) Preview(events []Event, at time.Time, who ...ParticipantID) map[ParticipantID]*Participant {
	next := NewState()
	next.Seq, next.Breakouts, next.Options, next.MutedAll = s.Seq, s.Breakouts, s.Options, s.MutedAll
	for _, id := range who {
		p := s.Participants[id]
		if p == nil {
			continue
		}
		was := *p
		was.Legs, was.Merged = slices.Clone(p.Legs), slices.Clone(p.Merged)
		next.Participants[id] = &was
		next.Order = append(next.Order, id)
		for _, l := range p.Legs {
			next.Legs[l.ID] = id
		}
	}
	for _, e := range events {
		Apply(next, e, at)
	}
	return next.Participants
}
