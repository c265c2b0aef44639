package control

import (
	"cmp"
	"slices"
	"time"
)

// Apply makes the state what it is after the event. It is the only thing that changes a state, and it does not
// judge: what was logged has happened.
func Apply(s *State, e Event, at time.Time) {
	s.Seq++
	s.Erased = false // since then there may be something to erase again
	s.applyTokens(e, at)
	switch e := e.(type) {
	case MeetingCreated:
		s.ID, s.Title, s.AccessCode, s.SpeakerCode = e.ID, e.Title, e.AccessCode, e.SpeakerCode
		s.Options, s.StartsAt, s.OverAt, s.CreatedAt, s.Phase = e.Options, e.StartsAt, e.EndsAt, at, Open
	case MeetingChanged:
		s.changeMeeting(e)
		s.rewarn(at)
	case MeetingStarted, MeetingEnding:
		applySchedule(s, e)
	case MeetingReopened:
		s.reopen(e)
	case MeetingLocked:
		s.Locked = e.Locked
	case MeetingEnded:
		s.end()
	case MeetingDeleted:
		s.Phase = Deleted
	case RoomsCreated, RoomChanged, RoomDeleted:
		applyRooms(s, e)
	case ParticipantsAdded, ParticipantChanged, ParticipantRemoved, ParticipantJoined, LegLeft, LegHeld, WebLeft, ParticipantsMerged, ParticipantSplit:
		applyPeople(s, e, at)
	case WebSynced:
		s.syncWeb(e, at)
	case RosterImported:
		applyRoster(s, e)
	case ParticipantsMoved:
		s.relocate(e.Moves)
		s.listen(e)
	case AssignmentsChanged:
		s.assign(e.Assignments)
	case ParticipantsAdmitted:
		s.assign(e.Assignments)
		s.relocate(e.Moves)
	case ParticipantMuted, AllMuted, HandRaised, FloorGiven:
		applyFloor(s, e, at)
	case BreakoutsStarted, BreakoutsAreClosing, BreakoutsStopped, BreakoutsReset, BreakoutsExtended, BreakoutsWarned, BreakoutsShuffled:
		applyBreakouts(s, e, at)
	case CommandUndone:
		s.undone(e)
	case ParticipantErased, MeetingErased:
		applyErase(s, e)
	case PhoneCodeIssued:
		s.issuePhoneCode(e, at)
	case RecordedNameDeleted:
		s.forgetName(e)
	case HelpAsked, HelpEnded:
		applyHelp(s, e, at)
	case AudioAdded, BroadcastSent, BroadcastStarted, BroadcastEnded, BroadcastDelivered:
		applyBroadcasts(s, e, at)
	case CallDialled, CallRang, CallAnswered, CallConfirmed, CallFinished:
		applyCalls(s, e, at)
	}
}

// end leaves nobody in the meeting.
func (s *State) end() {
	s.Phase = Ended
	s.stopBreakouts()
	for _, p := range s.Participants {
		p.Legs, p.Web, p.Lost = nil, false, nil
		p.Location, p.Hand, p.ListenOnly = Location{Place: Absent}, time.Time{}, false
	}
	clear(s.Legs)
	clear(s.Help)
	clear(s.PhoneCodes)
}

func applyRooms(s *State, e Event) {
	switch e := e.(type) {
	case RoomsCreated:
		for _, r := range e.Rooms {
			s.Rooms[r.ID] = &r
			s.RoomOrder = append(s.RoomOrder, r.ID)
		}
	case RoomChanged:
		s.Rooms[e.Room.ID] = &e.Room
	case RoomDeleted:
		s.relocate(e.Moves)
		delete(s.Rooms, e.Room)
		s.RoomOrder = slices.DeleteFunc(s.RoomOrder, func(id RoomID) bool { return id == e.Room })
		for _, p := range s.Participants {
			if p.Assignment == e.Room {
				p.Assignment = ""
			}
			if p.LastRoom == e.Room {
				p.LastRoom, p.KeptOut = "", OutcomeRoomGone
			}
		}
	}
}

func applyPeople(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case ParticipantsAdded:
		for _, a := range e.Participants {
			s.Order = append(s.Order, a.ID)
			s.Participants[a.ID] = a.participant(at)
		}
	case ParticipantChanged:
		s.change(e)
	case ParticipantRemoved:
		s.remove(e.Participant)
	case ParticipantJoined:
		s.join(e, at)
	case LegLeft:
		s.legLeft(e, at)
	case WebLeft:
		s.webLeft(e)
	case ParticipantsMerged:
		s.merge(e, at)
	case ParticipantSplit:
		s.split(e, at)
	case LegHeld:
		if p := s.Participants[e.Participant]; p != nil {
			if i := p.leg(e.Leg); i >= 0 {
				p.Legs[i].Held = e.Held
			}
		}
	}
}

func (a AddedParticipant) participant(at time.Time) *Participant {
	p := &Participant{
		ID: a.ID, Name: a.Name, Number: a.Number, ExternalID: a.ExternalID, Role: a.Role,
		FirstName: a.FirstName, LastName: a.LastName, Email: a.Email, PIN: a.PIN,
		Assignment: a.Assignment, Web: a.Web, WebSeq: a.WebSeq, Muted: a.Muted, MutedByAdmin: a.MutedByAdmin, Guest: a.Guest,
	}
	p.put(a.Location)
	if p.Present() {
		p.JoinedAt = at
	}
	return p
}

func (p *Participant) leg(id LegID) int {
	return slices.IndexFunc(p.Legs, func(l Leg) bool { return l.ID == id })
}

func (s *State) remove(id ParticipantID) {
	if p := s.Participants[id]; p != nil {
		for _, l := range p.Legs {
			delete(s.Legs, l.ID)
		}
	}
	delete(s.Participants, id)
	delete(s.PhoneCodes, id)
	s.Order = slices.DeleteFunc(s.Order, func(o ParticipantID) bool { return o == id })
}

func (s *State) join(e ParticipantJoined, at time.Time) {
	p := s.Participants[e.Participant]
	if p == nil {
		p = &Participant{ID: e.Participant, Location: Location{Place: Absent}, Guest: e.Guest}
		s.Participants[p.ID] = p
		s.Order = append(s.Order, p.ID)
	}
	if !p.Present() {
		p.JoinedAt, p.LastRoom = at, ""
	}
	if e.Role == Audience && p.Role != Audience {
		p.demoted()
	}
	p.KeptOut = e.KeptOut
	p.Name, p.Number, p.Role = e.Name, e.Number, e.Role
	p.put(e.Location)
	p.Assignment = e.Assignment
	p.Muted, p.MutedByAdmin = e.Muted, e.MutedByAdmin
	if e.Leg == nil {
		p.Web, p.WebSeq = true, max(p.WebSeq, e.WebSeq)
		return
	}
	if e.RecordedName != nil {
		p.RecordedName = e.RecordedName
	}
	if !e.HandAt.IsZero() {
		p.Hand = e.HandAt
	}
	s.phoneCodeUsed(p.ID, e.Leg.KnownBy)
	p.Language = cmp.Or(e.Language, p.Language)
	p.Lost = nil
	p.Legs = append(p.Legs, *e.Leg)
	s.Legs[e.Leg.ID] = p.ID
}

func (s *State) legLeft(e LegLeft, at time.Time) {
	delete(s.Legs, e.Leg)
	p := s.Participants[e.Participant]
	if p == nil {
		return
	}
	p.lose(e, at)
	p.Legs = slices.DeleteFunc(p.Legs, func(l Leg) bool { return l.ID == e.Leg })
	if e.Absent {
		s.goAway(p)
	}
}

// goAway leaves a participant in the roster alone. Open breakouts remember where he was.
func (s *State) goAway(p *Participant) {
	if s.Breakouts != BreakoutsIdle {
		p.LastRoom = p.Location.Room
	}
	p.Location, p.Hand, p.ListenOnly = Location{Place: Absent}, time.Time{}, false
}

func applyFloor(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case ParticipantMuted:
		if p := s.Participants[e.Participant]; p != nil {
			p.Muted = e.Muted
		}
	case AllMuted:
		s.MutedAll = e.Muted
		except := make(map[ParticipantID]bool, len(e.Except))
		for _, id := range e.Except {
			except[id] = true
		}
		for _, p := range s.Participants {
			if p.Role == Audience && !except[p.ID] {
				p.MutedByAdmin = e.Muted
			}
		}
	case FloorGiven:
		s.giveFloor(e)
	case HandRaised:
		if p := s.Participants[e.Participant]; p != nil {
			p.Hand = time.Time{}
			if e.Up {
				p.Hand = at
			}
		}
	}
}

func applyBreakouts(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case BreakoutsStarted:
		s.Breakouts, s.OpenedAt = BreakoutsOpen, at
		s.setEnd(e.EndsAt, at)
		s.assign(e.Assignments)
		s.relocate(e.Moves)
	case BreakoutsAreClosing:
		s.Breakouts, s.ClosesAt = BreakoutsClosing, e.ClosesAt
		s.WarnedS = s.secondsLeft(at)
	case BreakoutsExtended:
		s.Breakouts, s.ClosesAt = BreakoutsOpen, time.Time{}
		s.setEnd(e.EndsAt, at)
	case BreakoutsWarned:
		s.WarnedS = e.LeftS
	case BreakoutsShuffled:
		s.assign(e.Assignments)
		s.relocate(e.Moves)
	case BreakoutsStopped:
		s.relocate(e.Moves)
		s.stopBreakouts()
	case BreakoutsReset:
		s.assign(e.Assignments)
		s.relocate(e.Moves)
		for _, p := range s.Participants {
			p.LastRoom, p.KeptOut = "", ""
		}
	}
}

func (s *State) stopBreakouts() {
	s.Breakouts = BreakoutsIdle
	s.OpenedAt, s.EndsAt, s.ClosesAt, s.WarnedS = time.Time{}, time.Time{}, time.Time{}, 0
	for _, p := range s.Participants {
		p.LastRoom, p.KeptOut = "", ""
	}
}

func (s *State) relocate(moves []Relocation) {
	for _, m := range moves {
		if p := s.Participants[m.Participant]; p != nil {
			p.put(m.To)
			p.ListenOnly, p.KeptOut = false, ""
		}
	}
}

func (s *State) assign(list []Assignment) {
	for _, a := range list {
		if p := s.Participants[a.Participant]; p != nil {
			p.Assignment = a.Room
		}
	}
}
