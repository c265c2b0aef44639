package attendant

import (
	"slices"
	"time"

	"partyline/control"
)

// follower turns the events of a meeting into what one caller has to be told. It belongs to the meeting's
// goroutine, is called for every event and therefore looks at this caller only, never at all of them.
type follower struct {
	leg  control.LegID
	id   control.ParticipantID // whose leg it is
	tell func(in Input)
	self facts

	message ownMessage // the last of his own that began

	alone bool // nobody else is in his breakout room
	ahead int  // who waits in the lobby and came before him; -1: it is not known, or of no interest
}

func newFollower(s *control.State, leg control.LegID, tell func(in Input)) *follower {
	id := s.Legs[leg]
	p := s.Participants[id]
	f := &follower{leg: leg, id: id, tell: tell, self: factsOf(s, p), ahead: -1}
	f.alone = f.self.room > 0 && alone(s, p)
	if p.Location.Place == control.Lobby && oneByOne(s) {
		f.ahead = ahead(s, p)
	}
	return f
}

// event is the [Meeting.Follow] of this caller.
func (f *follower) event(ev control.Event, by string, at time.Time, s *control.State) {
	switch ev := ev.(type) {
	case control.MeetingEnded:
		f.tell(Over{})
		return
	case control.MeetingEnding:
		f.tell(Ending{In: ev.EndsAt.Sub(at)})
	case control.ParticipantErased:
		if ev.Participant == f.id {
			f.tell(Removed{})
			return
		}
	case control.ParticipantRemoved:
		if ev.Participant == f.id {
			f.tell(Removed{})
			return
		}
	case control.ParticipantJoined:
		if ev.Participant == f.id && ev.Leg != nil && ev.Leg.ID != f.leg {
			f.tell(Doubled{})
		}
	case control.ParticipantsMerged:
		f.merged(ev)
	case control.ParticipantSplit:
		f.split(ev)
	}
	p := s.Participants[f.id]
	if p == nil {
		return
	}
	was := f.self
	f.self = factsOf(s, p)
	if f.self.language != was.language {
		f.tell(Speaks{Language: f.self.language})
	}
	if f.self.role != was.role {
		f.tell(RoleChanged{Role: f.self.role})
	}
	f.calls(ev, s)
	_, floor := ev.(control.FloorGiven) // says more
	switch {
	case f.self.silenced != was.silenced && !floor:
		f.tell(Silenced{Muted: f.self.silenced, Still: p.Muted, By: actor(s, by, f.id)})
	case f.self.muted != was.muted && f.self.room == was.room && !floor: // else it is said where he is now
		f.tell(SelfMuted{Muted: f.self.muted})
	}
	moved := f.self.room != was.room && p.Present()
	switch {
	case moved:
		f.tell(Moved{Room: f.self.room, Name: f.self.roomName, Reason: reasonOf(ev), ListenOnly: f.self.listens, Muted: p.Silenced(), MutedSelf: p.Muted})
	case f.self.listens != was.listens && p.Present():
		f.tell(Listens{Only: f.self.listens})
	}
	f.breakouts(ev, at, moved, Opened{Callers: !s.Options.PhoneBreakouts && p.OnPhone()})
	f.time(ev, at, s, was)
	f.help(ev, s)
	f.broadcasts(ev, s)
	f.hands(ev, s)
	f.surroundings(was)
	f.company(ev, s, p, moved)
	f.queue(ev, s, p)
}

// actor is the person who did something to somebody else; nobody, if it was no person.
func actor(s *control.State, by string, to control.ParticipantID) Person {
	if by == string(to) {
		return Person{}
	}
	return personOf(s.Participants[control.ParticipantID(by)])
}

// merged makes the caller the one that he is from now on.
func (f *follower) merged(ev control.ParticipantsMerged) {
	if f.id == ev.Participant || f.id == ev.Other {
		f.id = ev.Participant
		f.tell(Merged{Participant: f.id})
	}
}

func (f *follower) split(ev control.ParticipantSplit) {
	if f.id != ev.Participant {
		return
	}
	if slices.Contains(ev.Legs, f.leg) {
		f.id = ev.New.ID
	}
	f.tell(Split{Participant: f.id})
}

// breakouts tells those who are not moved what becomes of the breakouts.
func (f *follower) breakouts(ev control.Event, at time.Time, moved bool, opened Opened) {
	switch ev := ev.(type) {
	case control.BreakoutsStarted:
		if !moved {
			f.tell(opened)
		}
	case control.BreakoutsAreClosing:
		f.tell(Closing{In: ev.ClosesAt.Sub(at)})
	case control.BreakoutsStopped:
		if !moved {
			f.tell(Closed{})
		}
	}
}

// time tells those in the rooms how long they stay open.
func (f *follower) time(ev control.Event, at time.Time, s *control.State, was facts) {
	switch ev := ev.(type) {
	case control.BreakoutsWarned:
		counted := s.Breakouts == control.BreakoutsOpen && ev.LeftS <= s.Options.ReturnCountdownS // the countdown says it next
		if f.self.room > 0 && !ev.Missed && !counted {
			f.tell(Warned{Left: ev.LeftS})
		}
	case control.BreakoutsExtended:
		if f.self.room > 0 || was.closing {
			f.tell(Extended{In: ev.EndsAt.Sub(at)})
		}
	}
}

// help tells speakers who asks, and who asks no longer, and the one who asked what came of it.
func (f *follower) help(ev control.Event, s *control.State) {
	switch ev := ev.(type) {
	case control.HelpAsked:
		if f.self.role == control.Speaker && ev.Participant != f.id {
			f.tell(HelpWanted{Room: s.RoomNumber(ev.Room), Name: roomName(s.Rooms[ev.Room]), Who: personOf(s.Participants[ev.Participant])})
		}
	case control.HelpEnded:
		room := s.RoomNumber(ev.Room)
		if here := room == f.self.room; here && ev.Participant == f.id { // else he has left, and nobody comes to him
			f.tell(HelpEnded{Outcome: ev.Outcome, Listens: ev.ListenOnly})
		}
		if f.self.role == control.Speaker {
			f.tell(HelpOver{Room: room})
		}
	}
}

// reasonOf says why an event moves people.
func reasonOf(ev control.Event) string {
	switch ev := ev.(type) {
	case control.ParticipantsMoved:
		return ev.Reason
	case control.ParticipantsAdmitted:
		return ev.Reason
	case control.MeetingStarted: // comes before those who waited for it are let in
		return control.ReasonStarted
	case control.BreakoutsStarted:
		return control.ReasonStart
	case control.BreakoutsStopped:
		return control.ReasonStop
	case control.BreakoutsReset:
		return control.ReasonReset
	case control.BreakoutsShuffled:
		return control.ReasonShuffle
	case control.CommandUndone:
		return control.ReasonUndo
	case control.RoomDeleted:
		return control.ReasonDeleted
	case control.HelpEnded: // comes before the move of the speaker who answers
		return control.ReasonHelp
	}
	return control.ReasonAdmin
}
