package control

import (
	"slices"
	"time"
)

// CallState is how far a call out has come.
type CallState string

// The states.
const (
	CallDialing   CallState = "dialing"
	CallRings     CallState = "ringing"
	CallAnswering CallState = "answered" // somebody, or an answering machine, hears that he is invited
	CallJoined    CallState = "joined"   // he has pressed 1
	CallEnded     CallState = "ended"
)

// CallOutcome is how a call out ended.
type CallOutcome string

// The outcomes.
const (
	CallCompleted    CallOutcome = "completed"     // he came in and has left, or the meeting has ended
	CallHungUp       CallOutcome = "hung_up"       // he came in, and the call was ended by DELETE
	CallBusy         CallOutcome = "busy"          //
	CallNoAnswer     CallOutcome = "no_answer"     //
	CallDeclined     CallOutcome = "declined"      // by the telephone, by hanging up, or by 2
	CallNotConfirmed CallOutcome = "not_confirmed" // answered, and 1 was not pressed: an answering machine, perhaps
	CallCancelled    CallOutcome = "cancelled"     // by DELETE, or because the meeting has ended
	CallFailed       CallOutcome = "failed"        //
)

// OutgoingCall is a call that a meeting makes, or has made.
type OutgoingCall struct {
	ID          CallID        `json:"id"`
	Leg         LegID         `json:"leg"`
	Participant ParticipantID `json:"participant"`     // who is called; he may be nobody before he comes in
	Known       bool          `json:"known,omitempty"` // he was somebody when he was called
	Name        string        `json:"name"`
	Number      string        `json:"number,omitempty"` // or SIP address; to be masked when shown
	Role        Role          `json:"role"`
	Room        RoomID        `json:"room,omitempty"` // where he is wanted; empty: where newcomers go
	By          ParticipantID `json:"by,omitempty"`
	State       CallState     `json:"state"`
	Outcome     CallOutcome   `json:"outcome,omitempty"`
	Reason      string        `json:"reason,omitempty"` // of the outcome, in our words
	At          time.Time     `json:"at"`
	RangAt      time.Time     `json:"rang_at,omitzero"`
	AnsweredAt  time.Time     `json:"answered_at,omitzero"`
	JoinedAt    time.Time     `json:"joined_at,omitzero"`
	EndedAt     time.Time     `json:"ended_at,omitzero"`
}

type (
	// CallDialled begins a call.
	CallDialled struct {
		Call        CallID        `json:"call"`
		Leg         LegID         `json:"leg"`
		Participant ParticipantID `json:"participant" doc:"Who is called. Without known he is nobody before participant.joined."`
		Known       bool          `json:"known,omitempty"`
		Name        string        `json:"name"`
		Number      string        `json:"number,omitempty"`
		Role        Role          `json:"role"`
		Room        RoomID        `json:"room,omitempty" doc:"Where he is wanted; absent: where newcomers go."`
		By          ParticipantID `json:"by,omitempty" doc:"The speaker who invites; absent: an API client."`
	}
	// CallRang says that the telephone rings.
	CallRang struct {
		ID CallID `json:"call"`
	}
	// CallAnswered says that somebody has answered, who has not come in yet.
	CallAnswered struct {
		ID CallID `json:"call"`
	}
	// CallConfirmed says that he has pressed 1 and is in the meeting.
	CallConfirmed struct {
		Call        CallID        `json:"call"`
		Participant ParticipantID `json:"participant"`
	}
	// CallFinished says how a call ended.
	CallFinished struct {
		Call    CallID      `json:"call"`
		Outcome CallOutcome `json:"outcome" enum:"completed,hung_up,busy,no_answer,declined,not_confirmed,cancelled,failed"`
		Reason  string      `json:"reason,omitempty" example:"the telephone answered 486" doc:"More of it, for people."`
	}
)

// Type implements [Event].
func (CallDialled) Type() string { return "call.dialing" }

// Type implements [Event].
func (CallRang) Type() string { return "call.ringing" }

// Type implements [Event].
func (CallAnswered) Type() string { return "call.answered" }

// Type implements [Event].
func (CallConfirmed) Type() string { return "call.joined" }

// Type implements [Event].
func (CallFinished) Type() string { return "call.ended" }

// CallOf returns a call by its id, or nil.
func (s *State) CallOf(id CallID) *OutgoingCall {
	if i := slices.IndexFunc(s.Calls, func(c OutgoingCall) bool { return c.ID == id }); i >= 0 {
		return &s.Calls[i]
	}
	return nil
}

// openCall is CallOf for what has not ended.
func (s *State) openCall(id CallID) *OutgoingCall {
	if c := s.CallOf(id); c != nil && c.State != CallEnded {
		return c
	}
	return nil
}

// over is the end of a call that its leg brings about.
func (c *OutgoingCall) over(outcome CallOutcome, reason string) CallFinished {
	if c.State == CallJoined {
		return c.ended(CallCompleted, "")
	}
	return c.ended(outcome, reason)
}

func (c *OutgoingCall) ended(outcome CallOutcome, reason string) CallFinished {
	return CallFinished{Call: c.ID, Outcome: outcome, Reason: reason}
}

func applyCalls(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case CallDialled:
		s.Calls = append(s.Calls, OutgoingCall{
			ID: e.Call, Leg: e.Leg, Participant: e.Participant, Known: e.Known, Name: e.Name, Number: e.Number,
			Role: e.Role, Room: e.Room, By: e.By, State: CallDialing, At: at,
		})
		s.forgetCalls()
	case CallRang:
		if c := s.openCall(e.ID); c != nil {
			c.State, c.RangAt = CallRings, at
		}
	case CallAnswered:
		if c := s.openCall(e.ID); c != nil {
			c.State, c.AnsweredAt = CallAnswering, at
		}
	case CallConfirmed:
		if c := s.openCall(e.Call); c != nil {
			c.State, c.JoinedAt, c.Participant, c.Known = CallJoined, at, e.Participant, true
		}
	case CallFinished:
		if c := s.openCall(e.Call); c != nil {
			c.State, c.EndedAt, c.Outcome, c.Reason = CallEnded, at, e.Outcome, e.Reason
		}
	}
}

// forgetCalls bounds what is remembered: the oldest that has ended goes first.
func (s *State) forgetCalls() {
	if len(s.Calls) <= MaxCalls {
		return
	}
	if i := slices.IndexFunc(s.Calls, func(c OutgoingCall) bool { return c.State == CallEnded }); i >= 0 {
		s.Calls = slices.Delete(s.Calls, i, i+1)
	}
}

// eraseCalls forgets who was called.
func (s *State) eraseCalls(who func(ParticipantID) bool) {
	for i := range s.Calls {
		if c := &s.Calls[i]; who(c.Participant) {
			c.Name, c.Number = Erased, ""
		}
	}
}
