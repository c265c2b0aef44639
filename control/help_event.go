package control

import (
	"cmp"
	"slices"
	"time"
)

// MaxHelpLog is how many ended help requests a meeting remembers.
const MaxHelpLog = 200

// HelpRequest is a room's call for the speakers.
type HelpRequest struct {
	ID          HelpID        `json:"id"`
	Room        RoomID        `json:"room"`
	Participant ParticipantID `json:"participant"` // who asked
	At          time.Time     `json:"at"`
	ExpiresAt   time.Time     `json:"expires_at,omitzero"` // zero: never
}

// EndedHelp is a request that is over.
type EndedHelp struct {
	HelpRequest
	EndedAt time.Time     `json:"ended_at"`
	Outcome string        `json:"outcome"`
	By      ParticipantID `json:"by,omitempty"`

	ListenOnly bool `json:"listen_only,omitempty"` // who accepted it hears the room and is not heard there
}

// How a help request ended.
const (
	HelpAccepted  = "accepted"
	HelpDeclined  = "declined"
	HelpWithdrawn = "withdrawn"
	HelpTimedOut  = "timed_out" // nobody answered
	HelpOver      = "ended"     // nobody is left in the room, or it is gone
)

type (
	// HelpAsked is a room's call for the speakers.
	HelpAsked struct {
		Request     HelpID        `json:"request"`
		Room        RoomID        `json:"room"`
		Participant ParticipantID `json:"participant"`
		ExpiresAt   time.Time     `json:"expires_at,omitzero" doc:"When it times out; absent: never."`
	}
	// HelpEnded says that a request was accepted, declined, withdrawn, not answered in time, or gone with its room or the
	// breakouts.
	HelpEnded struct {
		Request     HelpID        `json:"request"`
		Room        RoomID        `json:"room"`
		Participant ParticipantID `json:"participant"`
		Outcome     string        `json:"outcome" enum:"accepted,declined,withdrawn,timed_out,ended"`
		By          ParticipantID `json:"by,omitempty"`
		AskedAt     time.Time     `json:"asked_at,omitzero"` // logs of before there was a history have none
		ListenOnly  bool          `json:"listen_only,omitempty"`
	}
)

// Type implements [Event].
func (HelpAsked) Type() string { return "help.asked" }

// Type implements [Event].
func (HelpEnded) Type() string { return "help.ended" }

func applyHelp(s *State, e Event, at time.Time) {
	switch e := e.(type) {
	case HelpAsked:
		s.Help[e.Request] = &HelpRequest{ID: e.Request, Room: e.Room, Participant: e.Participant, At: at, ExpiresAt: e.ExpiresAt}
	case HelpEnded:
		s.endHelp(e, at)
	}
}

// endHelp takes a request from the open ones to the history.
func (s *State) endHelp(e HelpEnded, at time.Time) {
	h := s.Help[e.Request]
	delete(s.Help, e.Request)
	if h == nil || e.AskedAt.IsZero() {
		return
	}
	s.HelpLog = append(s.HelpLog, EndedHelp{HelpRequest: *h, EndedAt: at, Outcome: e.Outcome, By: e.By, ListenOnly: e.ListenOnly})
	if old := len(s.HelpLog) - MaxHelpLog; old > 0 {
		s.HelpLog = slices.Delete(s.HelpLog, 0, old)
	}
}

// over is the end of a request.
func (h *HelpRequest) over(outcome string, by ParticipantID) HelpEnded {
	return HelpEnded{Request: h.ID, Room: h.Room, Participant: h.Participant, Outcome: outcome, By: by, AskedAt: h.At}
}

// sortedHelp are the open requests, the oldest first.
func sortedHelp(s *State) []*HelpRequest {
	list := make([]*HelpRequest, 0, len(s.Help))
	for _, h := range s.Help {
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b *HelpRequest) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return list
}

// helpDue is when the first request times out.
func (s *State) helpDue() (first time.Time) {
	for _, h := range s.Help {
		if at := h.ExpiresAt; !at.IsZero() && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// expireHelp ends the requests that nobody has answered in time.
func expireHelp(s *State, now time.Time) []Event {
	var events []Event
	for _, h := range sortedHelp(s) {
		if !h.ExpiresAt.IsZero() && !now.Before(h.ExpiresAt) {
			events = append(events, h.over(HelpTimedOut, ""))
		}
	}
	return events
}
