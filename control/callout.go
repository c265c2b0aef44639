package control

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// CallID names a call that a meeting makes ("call_…").
type CallID string

// Limits of the calls that a meeting makes.
const (
	MaxCalls     = 200 // that it remembers
	MaxOpenCalls = 100 // at a time, whatever else is allowed
)

// The commands about calls out.
type (
	// CallOut calls somebody, who comes in when he says so. The value is the [CallID].
	CallOut struct {
		ID          CallID
		Leg         LegID
		New         ParticipantID // who he will be if he is nobody yet
		Participant ParticipantID // who is called; empty: whoever answers, or who on the roster has the number
		To          string        // number or SIP address; empty: the participant's number
		Name        string        // what somebody new is called; empty: his masked number
		Role        Role          // empty: audience, whatever the roster says, for anybody may answer a telephone
		Room        RoomID        // where he is wanted; empty: where newcomers go
		By          ParticipantID // the speaker who invites; empty: somebody who is no participant
	}
	// CancelCall ends a call, in whatever state it is.
	CancelCall struct{ ID CallID }
	// CallRinging is the fact that the telephone rings.
	CallRinging struct{ ID CallID }
	// CallTaken is the fact that somebody has answered it. He is not in the meeting yet.
	CallTaken struct{ ID CallID }
	// CallOver is the fact that a call is over. Of one that had come in the outcome is [CallCompleted] in any case.
	CallOver struct {
		ID      CallID
		Outcome CallOutcome
		Reason  string
	}
)

func (CallOut) command()     {}
func (CancelCall) command()  {}
func (CallRinging) command() {}
func (CallTaken) command()   {}
func (CallOver) command()    {}

// decideCalls decides them; ok is false if c is not one.
func decideCalls(s *State, c Command, _ time.Time) (events []Event, value any, ok bool, err error) {
	switch c := c.(type) {
	case CallOut:
		events, value, err = decideCallOut(s, c)
	case CancelCall:
		events, err = decideCancelCall(s, c)
	case CallRinging:
		if call := s.openCall(c.ID); call != nil && call.State == CallDialing {
			events = []Event{CallRang(c)}
		}
	case CallTaken:
		if call := s.openCall(c.ID); call != nil && call.AnsweredAt.IsZero() {
			events = []Event{CallAnswered(c)}
		}
	case CallOver:
		if call := s.openCall(c.ID); call != nil {
			events = []Event{call.over(c.Outcome, c.Reason)}
		}
	default:
		return nil, nil, false, nil
	}
	return events, value, true, err
}

func decideCallOut(s *State, c CallOut) ([]Event, any, error) {
	switch {
	case c.ID == "" || s.CallOf(c.ID) != nil:
		return nil, nil, Invalid("id", "", "must be new")
	case c.Leg == "" || s.Legs[c.Leg] != "" || c.New == "" || s.Participants[c.New] != nil:
		return nil, nil, Invalid("leg", "", "must be new")
	case c.To == "" || len(c.To) > maxNumberBytes:
		return nil, nil, Invalid("to", "name a number, or a participant who has one", "must be a number of at most %d bytes", maxNumberBytes)
	}
	e := CallDialled{Call: c.ID, Leg: c.Leg, Participant: c.New, Number: c.To, Role: cmp.Or(c.Role, Audience), Room: c.Room, By: c.By}
	p, err := s.wanted(c)
	if err != nil {
		return nil, nil, err
	}
	if p != nil {
		e.Participant, e.Known = p.ID, true
	}
	for _, check := range []error{s.mayCall(&e), s.mayBe(p, e.Role), s.mayComeTo(c.Room)} {
		if check != nil {
			return nil, nil, check
		}
	}
	if c.By != "" {
		if _, err := s.inviter(c.By); err != nil {
			return nil, nil, err
		}
	}
	if e.Name, err = s.calledName(c, p); err != nil {
		return nil, nil, err
	}
	return []Event{e}, c.ID, nil
}

// wanted is who is called, if he is known.
func (s *State) wanted(c CallOut) (*Participant, error) {
	if c.Participant != "" {
		return s.participant("participant", c.Participant)
	}
	var listed []*Participant
	for _, p := range s.roster() {
		if p.answersTo(calledNumber(c.To)) && !p.Present() {
			listed = append(listed, p)
		}
	}
	return theOne(listed, c.Name), nil
}

// calledNumber is what a telephone that is called at an address has as its number.
func calledNumber(to string) string {
	user, _, _ := strings.Cut(strings.TrimPrefix(to, "sip:"), "@")
	return user
}

// mayCall keeps a meeting from calling somebody twice at a time, and from calling too many.
func (s *State) mayCall(e *CallDialled) error {
	open := 0
	for i := range s.Calls {
		call := &s.Calls[i]
		switch {
		case call.State == CallEnded:
			continue
		case call.Number == e.Number, call.State != CallJoined && call.Participant == e.Participant:
			return &Error{Code: CodeWrongState, Field: "to", Message: "a call to this number or participant is under way", Hint: "wait for its end, or end it with DELETE …/calls/" + string(call.ID)}
		}
		open++
	}
	switch {
	case open >= MaxOpenCalls:
		return Errorf(CodeLimit, "a meeting makes at most %d calls at a time", MaxOpenCalls)
	case !e.Known && len(s.Participants)+open >= MaxParticipants:
		return Errorf(CodeLimit, "a meeting has at most %d participants", MaxParticipants)
	}
	return nil
}

// mayBe says whether whoever answers may be a participant in a role. The telephone of a speaker may be answered by anybody,
// so that he is one by telephone only if whoever calls says so; and nobody is demoted by it who is there.
func (s *State) mayBe(p *Participant, role Role) error {
	switch {
	case role == Speaker && (p == nil || p.Role != Speaker):
		return &Error{Code: CodeNotAllowed, Field: "role", Message: "only a participant who is a speaker can be called as one", Hint: "name the participant, and make him a speaker before"}
	case role == Audience && p != nil && p.Role == Speaker && p.Present():
		return &Error{Code: CodeNotAllowed, Field: "role", Message: "the participant is there as a speaker", Hint: `send role: "speaker" if whoever answers may speak for him`}
	case role != Audience && role != Speaker:
		return checkRole("role", role)
	}
	return nil
}

// mayComeTo says whether somebody can be called into a room now.
func (s *State) mayComeTo(room RoomID) error {
	if room == "" || room == MainRoom {
		return nil
	}
	if err := s.room("room", room); err != nil {
		return err
	}
	switch {
	case s.Breakouts != BreakoutsOpen:
		return &Error{Code: CodeWrongState, Field: "room", Message: "the breakouts are not open", Hint: "leave the room out, or open them first"}
	case !s.Options.PhoneBreakouts:
		return &Error{Code: CodeNotAllowed, Field: "room", Message: "callers take no part in the breakouts of this meeting", Hint: "leave the room out"}
	}
	return nil
}

// inviter is who may have somebody called.
func (s *State) inviter(id ParticipantID) (*Participant, error) {
	p, err := s.participant("by", id)
	if err == nil && p.Role != Speaker {
		err = &Error{Code: CodeNotAllowed, Field: "by", Message: "speakers have people called"}
	}
	return p, err
}

// calledName is what is shown of who is called until he is somebody in the meeting.
func (s *State) calledName(c CallOut, p *Participant) (string, error) {
	switch {
	case c.Name != "" && p == nil:
		return cleanName("name", c.Name)
	case p != nil:
		return p.Name, nil
	}
	return callerName("", calledNumber(c.To)), nil
}

func decideCancelCall(s *State, c CancelCall) ([]Event, error) {
	call := s.CallOf(c.ID)
	switch {
	case call == nil:
		return nil, &Error{Code: CodeNotFound, Field: "call", Message: "no such call in this meeting"}
	case call.State == CallEnded:
		return nil, nil
	case call.State == CallJoined:
		return []Event{call.ended(CallHungUp, "")}, nil
	}
	return []Event{call.ended(CallCancelled, "")}, nil
}

// invited makes the join of somebody who has pressed 1 that of the call's participant.
func (s *State) invited(c Join) (Join, error) {
	call := s.openCall(c.Call)
	if call == nil || call.State != CallAnswering || call.Leg != c.Leg {
		return c, &Error{Code: CodeWrongState, Field: "call", Message: "the call is over"}
	}
	c.Participant, c.Number, c.Name, c.Role = call.Participant, calledNumber(call.Number), call.Name, call.Role
	p := s.guise(call.Participant)
	switch {
	case p != nil:
		c.Participant = p.ID
	case call.Known:
		return c, &Error{Code: CodeNotFound, Field: "participant", Message: "the participant is no longer in this meeting"}
	}
	return c, s.mayBe(p, c.Role)
}

// confirming adds to the join of somebody who was called that his call has come to that.
func (s *State) confirming(c Join) func([]Event, any, error) ([]Event, any, error) {
	return func(events []Event, value any, err error) ([]Event, any, error) {
		if joined, ok := value.(Joined); ok && err == nil && c.Call != "" {
			events = append(events, CallConfirmed{Call: c.Call, Participant: joined.Participant})
		}
		return events, value, err
	}
}

// invitedTo says where somebody goes who was called: past the lobby, for he was asked to come, and into the room that he
// was wanted in if that can be.
func (s *State) invitedTo(call CallID, p *Participant) (at Location, assignment RoomID, keptOut string) {
	at, assignment = s.seat(p, true, nil)
	room := s.openCall(call).Room
	switch {
	case room == "" || at == in(room):
		return at, assignment, s.keptOut(p, true, at)
	case room == MainRoom:
		return in(MainRoom), p.Assignment, ""
	case s.Breakouts != BreakoutsOpen || !s.Options.PhoneBreakouts:
		return at, assignment, ""
	case !s.HasRoom(room):
		return at, assignment, OutcomeRoomGone
	case !s.occupancy().admits(p, room):
		return at, assignment, OutcomeRoomFull
	}
	return in(room), cmp.Or(p.Assignment, room), ""
}

// withoutCalls ends the calls whose leg is gone.
func (s *State) withoutCalls(legs []LegID, reason string) []Event {
	var events []Event
	for i := range s.Calls {
		if call := &s.Calls[i]; call.State != CallEnded && slices.Contains(legs, call.Leg) {
			events = append(events, call.over(CallFailed, reason))
		}
	}
	return events
}

// callOff adds to the events of a command the end of the calls to those whom it takes out of the meeting.
func (s *State) callOff(events []Event) []Event {
	var gone []ParticipantID
	for _, e := range events {
		switch e := e.(type) {
		case ParticipantRemoved:
			gone = append(gone, e.Participant)
		case ParticipantErased:
			gone = append(append(gone, e.Participant), e.Merged...)
		}
	}
	if len(gone) == 0 {
		return events
	}
	for i := range s.Calls {
		call := &s.Calls[i]
		if call.State != CallEnded && call.State != CallJoined && slices.Contains(gone, call.Participant) {
			events = append(events, call.ended(CallCancelled, "removed from the meeting"))
		}
	}
	return events
}

// endCalls ends all calls with the meeting.
func endCalls(s *State) []Event {
	var events []Event
	for i := range s.Calls {
		if call := &s.Calls[i]; call.State != CallEnded {
			events = append(events, call.over(CallCancelled, "the meeting has ended"))
		}
	}
	return events
}
