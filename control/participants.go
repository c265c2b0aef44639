package control

import (
	"fmt"
	"slices"
)

func decideAddParticipant(s *State, c AddParticipant) ([]Event, any, error) {
	added, err := newParticipants(s, []NewParticipant{c.New}, func(int) string { return "" })
	if err != nil {
		return nil, nil, err
	}
	if added[0].Web {
		added[0].WebSeq = s.Seq + 1
	}
	return []Event{ParticipantsAdded{Participants: added}}, c.New.ID, nil
}

// newParticipants makes the roster's people out of what was asked for, all or none. prefix begins the names of the
// fields of each.
func newParticipants(s *State, wanted []NewParticipant, prefix func(i int) string) ([]AddedParticipant, error) {
	if have := len(s.Participants); have+len(wanted) > MaxParticipants {
		return nil, Errorf(CodeLimit, "a meeting has at most %d participants: %d exist, %d more were asked for", MaxParticipants, have, len(wanted))
	}
	rooms := roomsByName(s, wanted)
	known := knownOf(s, wanted)
	ids := make(map[ParticipantID]bool, len(wanted))
	list := make([]AddedParticipant, 0, len(wanted))
	for i, w := range wanted {
		if w.ID == "" || s.Participants[w.ID] != nil || ids[w.ID] {
			return nil, Invalid(prefix(i)+"id", "", "must be new")
		}
		ids[w.ID] = true
		a, err := newParticipant(s, w, prefix(i), rooms)
		if err == nil {
			err = known.take(prefix(i), a.ID, a.identity())
		}
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// roomsByName returns the rooms by their folded names, if anybody is assigned to one.
func roomsByName(s *State, wanted []NewParticipant) map[string]RoomID {
	if !slices.ContainsFunc(wanted, func(w NewParticipant) bool { return w.Room != "" }) {
		return nil
	}
	rooms := make(map[string]RoomID, len(s.Rooms))
	for _, r := range s.Rooms {
		rooms[foldName(r.Name)] = r.ID
	}
	return rooms
}

func newParticipant(s *State, w NewParticipant, prefix string, rooms map[string]RoomID) (AddedParticipant, error) {
	a := AddedParticipant{ID: w.ID, Role: w.Role, Web: w.Web, Location: Location{Place: Absent}}
	if a.Role == "" {
		a.Role = Audience
	}
	if err := checkRole(prefix+"role", a.Role); err != nil {
		return a, err
	}
	err := a.identify(w, prefix)
	if err != nil {
		return a, err
	}
	if a.Number, err = cleanNumber(prefix+"number", w.Number); err != nil {
		return a, err
	}
	if a.ExternalID, err = cleanText(prefix+"external_id", w.ExternalID, 2*MaxNameRunes); err != nil {
		return a, err
	}
	if w.Room != "" {
		id, ok := rooms[foldName(w.Room)]
		if !ok {
			return a, &Error{Code: CodeNotFound, Field: prefix + "room_name", Message: fmt.Sprintf("no room is named %.64q", w.Room)}
		}
		a.Assignment = id
	}
	a.MutedByAdmin = s.MutedAll && a.Role == Audience
	if a.Web {
		a.Muted = s.Options.MutedOnEntry && a.Role == Audience
		p := &Participant{Role: a.Role, Assignment: a.Assignment, Web: true}
		a.Location, a.Assignment = s.entry(p, false)
	}
	return a, nil
}

// keptOut says why somebody comes in elsewhere than in the room that he was in or belongs to; empty: he does not, or has none.
func (s *State) keptOut(p *Participant, phone bool, at Location) string {
	switch {
	case s.Breakouts != BreakoutsOpen || at.Place == Lobby:
		return ""
	case phone && !s.Options.PhoneBreakouts:
		return OutcomeNoPhone
	case p.LastRoom != "" && at != in(p.LastRoom), p.LastRoom == "" && p.Assignment != "" && at != in(p.Assignment):
		return OutcomeRoomFull
	}
	return p.KeptOut
}

// entry says where somebody goes who comes: to the lobby, or in; and what his assignment is then.
func (s *State) entry(p *Participant, phone bool) (Location, RoomID) {
	return s.entryAt(p, phone, nil)
}

// entryAt is entry for one of many who come at once; places counts them. nil: he comes alone.
func (s *State) entryAt(p *Participant, phone bool, places *occupancy) (Location, RoomID) {
	if s.Waits(p) {
		return Location{Place: Lobby}, p.Assignment
	}
	return s.seat(p, phone, places)
}

// seat says where somebody goes who comes in.
func (s *State) seat(p *Participant, phone bool, places *occupancy) (Location, RoomID) {
	if s.Breakouts != BreakoutsOpen || phone && !s.Options.PhoneBreakouts {
		return in(MainRoom), p.Assignment
	}
	if places == nil {
		places = s.occupancy()
	}
	switch {
	case p.LastRoom != "" && s.HasRoom(p.LastRoom) && places.admits(p, p.LastRoom): // a lock does not keep out who belongs there
		return in(p.LastRoom), p.Assignment
	case p.Assignment != "" && places.admits(p, p.Assignment):
		return in(p.Assignment), p.Assignment
	case p.Assignment != "":
		return in(MainRoom), p.Assignment
	case p.Role == Speaker || s.Options.LateJoiners == "main":
		return in(MainRoom), ""
	}
	room := places.late()
	if room == MainRoom {
		return in(MainRoom), ""
	}
	return in(room), room
}

func decideRemoveParticipant(s *State, c RemoveParticipant) ([]Event, any, error) {
	p, err := s.participant("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	if c.Waiting && p.Location.Place != Lobby {
		return nil, nil, &Error{Code: CodeWrongState, Field: "participant", Message: "the participant does not wait in the lobby"}
	}
	return append([]Event{ParticipantRemoved{Participant: p.ID}}, emptied(s, nil, p.ID)...), nil, nil
}

func decideMute(s *State, c Mute) ([]Event, any, error) {
	p, err := s.present("participant", c.Participant)
	switch {
	case err != nil:
		return nil, nil, err
	case !c.Muted && p.MutedByAdmin:
		return nil, nil, Errorf(CodeNotAllowed, "a speaker or an admin has muted this participant")
	case p.Muted == c.Muted:
		return nil, nil, nil
	}
	return one(ParticipantMuted(c))
}

func decideMuteAll(s *State, c MuteAll) ([]Event, any, error) {
	for _, id := range c.Except {
		if _, err := s.participant("except", id); err != nil {
			return nil, nil, err
		}
	}
	if !c.Muted && !s.MutedAll {
		return nil, nil, nil
	}
	return one(AllMuted(c))
}

func decideHand(s *State, c RaiseHand) ([]Event, any, error) {
	p, err := s.present("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	events, err := changeHand(p, c.Up)
	return events, nil, err
}

// changeHand raises or lowers a hand; of somebody who is not there it is down.
func changeHand(p *Participant, up bool) ([]Event, error) {
	switch {
	case up != p.Hand.IsZero():
		return nil, nil
	case !p.Present():
		return nil, &Error{Code: CodeWrongState, Field: "hand", Message: "the participant is not in the meeting now"}
	}
	return []Event{HandRaised{Participant: p.ID, Up: up}}, nil
}
