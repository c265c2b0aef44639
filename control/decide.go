package control

import "time"

// Decide says what a command does to a meeting: the events, and the value documented at the command. The error is
// an [*Error], and then nothing happens. Decide changes nothing, and draws nothing at random.
func Decide(s *State, c Command, _ Meta, now time.Time) ([]Event, any, error) {
	events, value, err := decide(s, c, now)
	if err != nil {
		return nil, nil, err
	}
	return s.callOff(s.knock(events)), value, nil
}

func decide(s *State, c Command, now time.Time) ([]Event, any, error) {
	if c, ok := c.(CreateMeeting); ok {
		return decideCreateMeeting(s, c, now)
	}
	switch c.(type) {
	case EraseParticipant, EraseMeeting: // of a deleted meeting too
		if s.ID != "" {
			return decideErase(s, c)
		}
	}
	switch {
	case s.ID == "" || s.Phase == Deleted:
		return nil, nil, Errorf(CodeNotFound, "no such meeting")
	case s.Phase == Ended:
		return decideEnded(s, c, now)
	}
	switch c := c.(type) {
	case ChangeMeeting:
		return decideChangeMeeting(s, c, now)
	case OpenMeeting:
		return decideOpen(s, c, now)
	case LockMeeting:
		if s.Locked == c.Locked {
			return nil, nil, nil
		}
		return one(MeetingLocked(c))
	case EndMeeting:
		return endMeeting(s), nil, nil
	case DeleteMeeting:
		return append(endMeeting(s), MeetingDeleted{}), nil, nil
	case CreateRooms:
		return decideCreateRooms(s, c)
	case ChangeRoom:
		return decideChangeRoom(s, c)
	case DeleteRoom:
		return decideDeleteRoom(s, c)
	}
	if events, value, ok, err := decidePeople(s, c, now); ok {
		return events, value, err
	}
	return decideSession(s, c, now)
}

// decidePeople decides the commands about participants; ok is false if c is not one.
func decidePeople(s *State, c Command, now time.Time) (events []Event, value any, ok bool, err error) {
	switch c := c.(type) {
	case AddParticipant:
		events, value, err = decideAddParticipant(s, c)
	case ImportPlan:
		events, value, err = decideImport(s, c)
	case ChangeParticipant:
		events, value, err = decideChangeParticipant(s, c)
	case RemoveParticipant:
		events, value, err = decideRemoveParticipant(s, c)
	case Join:
		events, value, err = decideJoin(s, c, now)
	case DeleteRecordedName:
		events, value, err = decideDeleteRecordedName(s, c)
	case IssuePhoneCode:
		events, value, err = decideIssuePhoneCode(s, c, now)
	case AttachPhone:
		events, value, err = decideAttach(s, c, now)
	case LegGone:
		events = legsGone(s, []LegID{c.Leg}, c.Reason)
	case LegsGone:
		events = legsGone(s, c.Legs, c.Reason)
	case HoldLeg:
		events = decideHold(s, c)
	case Mute:
		events, value, err = decideMute(s, c)
	case RaiseHand:
		events, value, err = decideHand(s, c)
	case GiveFloor:
		events, value, err = decideGiveFloor(s, c)
	case MuteAll:
		events, value, err = decideMuteAll(s, c)
	case MergeParticipants:
		events, value, err = decideMerge(s, c)
	case SplitParticipant:
		events, value, err = decideSplit(s, c)
	case SyncWeb:
		events, value, err = decideSyncWeb(s, c)
	case SetPresence:
		events, value, err = decidePresence(s, c)
	case Assign:
		events, value, err = decideAssign(s, c)
	case Move:
		events, value, err = decideMove(s, c)
	case AdmitParticipants:
		events, value, err = decideAdmit(s, c)
	default:
		return nil, nil, false, nil
	}
	return events, value, true, err
}

// decideSession decides the commands about breakouts, help and broadcasts.
func decideSession(s *State, c Command, now time.Time) ([]Event, any, error) {
	switch c := c.(type) {
	case StartBreakouts:
		return decideStart(s, c, now)
	case StopBreakouts:
		return decideStop(s, c, now)
	case ResetBreakouts:
		return decideReset(s)
	case ShuffleBreakouts:
		return decideShuffle(s, c)
	case ApplyPlan:
		return decideApplyPlan(s)
	case Undo:
		return decideUndo(s, c)
	case ExtendBreakouts:
		return decideExtend(s, c, now)
	case Due:
		return decideDue(s, now), nil, nil
	case IssueToken:
		return decideIssueToken(s, c, now)
	case RevokeTokens:
		return decideRevokeTokens(s, c)
	}
	for _, decide := range []func(*State, Command, time.Time) ([]Event, any, bool, error){decideHelp, decideBroadcasts, decideLive, decideCalls} {
		if events, value, ok, err := decide(s, c, now); ok {
			return events, value, err
		}
	}
	return nil, nil, Errorf(CodeInvalid, "unknown command %T", c)
}

// decideEnded: of an ended meeting nothing can be wanted but that it is held again, or goes away. Late facts are no news.
func decideEnded(s *State, c Command, now time.Time) ([]Event, any, error) {
	switch c := c.(type) {
	case OpenMeeting:
		return decideOpen(s, c, now)
	case DeleteMeeting:
		return one(MeetingDeleted{})
	case EndMeeting, LegGone, LegsGone, HoldLeg, Due, BroadcastBegan, BroadcastOver, LoseBroadcasts, CallRinging, CallTaken, CallOver:
		return nil, nil, nil
	}
	return nil, nil, &Error{Code: CodeWrongState, Message: "the meeting has ended", Hint: "hold it again with POST …/open"}
}

// isFact says whether the command tells of something that has happened already: it cannot be refused, so it is
// applied even while the store is down, and logged when the store is back.
func isFact(c Command) bool {
	switch c.(type) {
	case LegGone, LegsGone, HoldLeg, Due, BroadcastBegan, BroadcastOver, LoseBroadcasts, CallRinging, CallTaken, CallOver:
		return true
	}
	return false
}

func one(e Event) ([]Event, any, error) { return []Event{e}, nil, nil }

func (s *State) participant(field string, id ParticipantID) (*Participant, error) {
	p := s.Participants[id]
	if p == nil {
		return nil, &Error{Code: CodeNotFound, Field: field, Message: "no such participant in this meeting"}
	}
	return p, nil
}

// present is participant for what asks for somebody who is there.
func (s *State) present(field string, id ParticipantID) (*Participant, error) {
	p, err := s.participant(field, id)
	if err == nil && !p.Present() {
		err = &Error{Code: CodeWrongState, Field: field, Message: "the participant is not in the meeting now"}
	}
	return p, err
}

// people looks up a list of ids, each of which is there once.
func (s *State) people(ids []ParticipantID) ([]*Participant, error) {
	if len(ids) == 0 {
		return nil, Invalid("participants", "", "must name somebody")
	}
	if len(ids) > MaxParticipants {
		return nil, Invalid("participants", "", "must name at most %d", MaxParticipants)
	}
	seen := make(map[ParticipantID]bool, len(ids))
	list := make([]*Participant, 0, len(ids))
	for _, id := range ids {
		p, err := s.participant("participants", id)
		if err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			list = append(list, p)
		}
	}
	return list, nil
}

// roster returns everybody in the order of their arrival.
func (s *State) roster() []*Participant {
	list := make([]*Participant, 0, len(s.Order))
	for _, id := range s.Order {
		list = append(list, s.Participants[id])
	}
	return list
}

func (s *State) room(field string, id RoomID) error {
	if !s.HasRoom(id) {
		return &Error{Code: CodeNotFound, Field: field, Message: "no such room in this meeting"}
	}
	return nil
}

// breakoutRoom is room for what the main room cannot be meant for.
func (s *State) breakoutRoom(field string, id RoomID) (*Room, error) {
	if id == MainRoom {
		return nil, Invalid(field, "", "must be a breakout room, not the main room")
	}
	return s.Rooms[id], s.room(field, id)
}
