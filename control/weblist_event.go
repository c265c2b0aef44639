package control

import (
	"errors"
	"time"
)

type (
	// WebSynced says what the whole list of who is on the web came to. People who were not known are added by the
	// event before it.
	WebSynced struct {
		AsOf    uint64         `json:"as_of"` // the event that the list knew last
		Joined  []WebJoin      `json:"joined,omitempty"`
		Left    []WebLeave     `json:"left,omitempty"`
		Changed []RosterChange `json:"changed,omitempty"` // the whole of whose details changed
	}
	// WebJoin is somebody who is on the web now.
	WebJoin struct {
		Participant ParticipantID `json:"participant"`
		Location    Location      `json:"location"`
		Assignment  RoomID        `json:"assignment,omitempty"`
		Muted       bool          `json:"muted,omitempty"`
		KeptOut     string        `json:"kept_out,omitempty" enum:"room_full,room_gone,no_phone_breakouts"` // why he does not come back to the room that he was in
	}
	// WebLeave is somebody who is no longer on the web.
	WebLeave struct {
		Participant ParticipantID `json:"participant"`
		Absent      bool          `json:"absent"`   // it was the last way of presence
		Location    Location      `json:"location"` // where he was, and is unless Absent
	}
)

// Type implements [Event].
func (WebSynced) Type() string { return "participants.synced" }

func (s *State) syncWeb(e WebSynced, at time.Time) {
	s.WebAsOf = e.AsOf
	for _, c := range e.Changed {
		s.changeRoster(c)
	}
	for _, j := range e.Joined {
		if p := s.Participants[j.Participant]; p != nil {
			if !p.Present() {
				p.JoinedAt, p.LastRoom = at, ""
			}
			p.put(j.Location)
			p.Web, p.Assignment, p.Muted, p.KeptOut = true, j.Assignment, j.Muted, j.KeptOut
		}
	}
	for _, l := range e.Left {
		if p := s.Participants[l.Participant]; p != nil {
			p.Web = false
			if l.Absent {
				s.goAway(p)
			}
		}
	}
}

// within names the field of a list's item.
func within(prefix string, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	inner := *e
	inner.Field = prefix + e.Field
	return &inner
}
