package attendance

import (
	"maps"
	"slices"

	"partyline/control"
)

// touched lists whose place, ways or names an event may have changed. Of an event that is not known here it is
// everybody: nothing is missed when the vocabulary grows.
func (s *Sheet) touched(e control.Event) []control.ParticipantID {
	switch e := e.(type) {
	case control.ParticipantsAdded:
		return ids(e.Participants, func(a control.AddedParticipant) control.ParticipantID { return a.ID })
	case control.RosterImported:
		return ids(e.People, func(c control.RosterChange) control.ParticipantID { return c.Participant })
	case control.ParticipantChanged:
		return []control.ParticipantID{e.Participant}
	case control.ParticipantErased:
		return []control.ParticipantID{e.Participant}
	case control.ParticipantRemoved:
		return []control.ParticipantID{e.Participant}
	case control.ParticipantJoined:
		return []control.ParticipantID{e.Participant}
	case control.LegLeft:
		return []control.ParticipantID{e.Participant}
	case control.WebLeft:
		return []control.ParticipantID{e.Participant}
	case control.WebSynced:
		return slices.Concat(
			ids(e.Joined, func(j control.WebJoin) control.ParticipantID { return j.Participant }),
			ids(e.Left, func(l control.WebLeave) control.ParticipantID { return l.Participant }),
			ids(e.Changed, func(c control.RosterChange) control.ParticipantID { return c.Participant }))
	case control.ParticipantsMerged:
		return []control.ParticipantID{e.Other, e.Participant}
	case control.ParticipantSplit:
		return []control.ParticipantID{e.Participant, e.New.ID}
	case control.MeetingCreated, control.MeetingChanged, control.MeetingLocked,
		control.MeetingStarted, control.MeetingEnding, control.MeetingReopened, control.RoomsCreated, control.RoomChanged,
		control.LegHeld, control.AssignmentsChanged, control.ParticipantMuted, control.AllMuted, control.HandRaised, control.FloorGiven,
		control.BreakoutsAreClosing, control.BreakoutsExtended, control.BreakoutsWarned,
		control.HelpAsked, control.HelpEnded, control.TokenIssued, control.TokensRevoked, control.PhoneCodeIssued, control.RecordedNameDeleted, control.AudioAdded, control.BroadcastSent,
		control.CallDialled, control.CallRang, control.CallAnswered, control.CallConfirmed, control.CallFinished,
		control.BroadcastStarted, control.BroadcastEnded, control.BroadcastDelivered:
		return nil
	}
	if moves, ok := movesOf(e); ok {
		return ids(moves, func(m control.Relocation) control.ParticipantID { return m.Participant })
	}
	return s.everybody()
}

func movesOf(e control.Event) ([]control.Relocation, bool) {
	switch e := e.(type) {
	case control.ParticipantsMoved:
		return e.Moves, true
	case control.ParticipantsAdmitted:
		return e.Moves, true
	case control.RoomDeleted:
		return e.Moves, true
	case control.BreakoutsStarted:
		return e.Moves, true
	case control.BreakoutsStopped:
		return e.Moves, true
	case control.BreakoutsReset:
		return e.Moves, true
	case control.BreakoutsShuffled:
		return e.Moves, true
	case control.CommandUndone:
		return e.Moves, true
	}
	return nil, false
}

// everybody is who is in the meeting, and then who was until now.
func (s *Sheet) everybody() []control.ParticipantID {
	list := slices.Clone(s.state.Order)
	for _, id := range slices.Sorted(maps.Keys(s.stays)) {
		if s.state.Participants[id] == nil {
			list = append(list, id)
		}
	}
	return list
}

func ids[T any](list []T, id func(T) control.ParticipantID) []control.ParticipantID {
	out := make([]control.ParticipantID, 0, len(list))
	for _, v := range list {
		out = append(out, id(v))
	}
	return out
}

// reasonOf says why an event takes people from one place to another.
func reasonOf(e control.Event) string {
	switch e := e.(type) {
	case control.ParticipantsAdded, control.ParticipantJoined:
		return Joined
	case control.LegLeft, control.WebLeft:
		return Left
	case control.ParticipantRemoved, control.ParticipantErased:
		return Removed
	case control.ParticipantsMerged:
		return Merged
	case control.ParticipantSplit:
		return Split
	case control.MeetingEnded, control.MeetingDeleted:
		return MeetingEnded
	case control.ParticipantsMoved:
		return e.Reason
	case control.ParticipantsAdmitted:
		return e.Reason
	case control.RoomDeleted:
		return control.ReasonDeleted
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
	}
	return e.Type()
}
