package control

import (
	"fmt"
	"slices"
	"time"
)

// The commands about help.
type (
	// AskHelp invites the speakers to the participant's room. The value is the [HelpID] of the room's open
	// request, which may be an older one.
	AskHelp struct {
		ID          HelpID
		Participant ParticipantID
	}
	// WithdrawHelp takes a request back.
	WithdrawHelp struct{ Request HelpID }
	// AcceptHelp answers a request; By, if he is in another room of the meeting, is moved to the one that asks.
	AcceptHelp struct {
		Request HelpID
		By      ParticipantID // empty: somebody who is no participant
		Stay    bool          // he is not moved
		// ListenOnly: he hears the room and is not heard there. It hears nothing of his coming; who asked is told.
		ListenOnly bool
	}
	// DeclineHelp turns a request down.
	DeclineHelp struct {
		Request HelpID
		By      ParticipantID
	}
)

func (AskHelp) command()      {}
func (WithdrawHelp) command() {}
func (AcceptHelp) command()   {}
func (DeclineHelp) command()  {}

// maxAsksPerMinute bounds how often one participant asks, whatever comes of it.
const maxAsksPerMinute = 6

// decideHelp decides them; ok is false if c is not one.
func decideHelp(s *State, c Command, now time.Time) (events []Event, value any, ok bool, err error) {
	switch c := c.(type) {
	case AskHelp:
		events, value, err = decideAskHelp(s, c, now)
	case WithdrawHelp:
		events, value, err = decideWithdrawHelp(s, c)
	case AcceptHelp:
		events, value, err = decideAcceptHelp(s, c)
	case DeclineHelp:
		events, value, err = decideDeclineHelp(s, c)
	default:
		return nil, nil, false, nil
	}
	return events, value, true, err
}

// help finds an open request; of one that is over it says what became of it.
func (s *State) help(id HelpID) (*HelpRequest, error) {
	if h := s.Help[id]; h != nil {
		return h, nil
	}
	if i := slices.IndexFunc(s.HelpLog, func(h EndedHelp) bool { return h.ID == id }); i >= 0 {
		return nil, &Error{Code: CodeWrongState, Field: "request", Message: "the help request is no longer open: " + s.HelpLog[i].Outcome}
	}
	return nil, &Error{Code: CodeNotFound, Field: "request", Message: "no such open help request in this meeting"}
}

func decideAskHelp(s *State, c AskHelp, now time.Time) ([]Event, any, error) {
	p, err := s.present("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	if p.Location.Place != InRoom {
		return nil, nil, Errorf(CodeWrongState, "the participant is in no room")
	}
	if open := s.HelpOf(p.Location.Room); open != nil {
		return nil, open.ID, nil
	}
	if c.ID == "" || s.Help[c.ID] != nil || slices.ContainsFunc(s.HelpLog, func(h EndedHelp) bool { return h.ID == c.ID }) {
		return nil, nil, Invalid("id", "", "must be new")
	}
	if err := s.mayAskAgain(p, now); err != nil {
		return nil, nil, err
	}
	e := HelpAsked{Request: c.ID, Room: p.Location.Room, Participant: p.ID}
	if s.Options.HelpTimeoutS > 0 {
		e.ExpiresAt = now.Add(time.Duration(s.Options.HelpTimeoutS) * time.Second)
	}
	return []Event{e}, c.ID, nil
}

// mayAskAgain is the guard against those who do not take no for an answer, and against those who ask and withdraw all
// the time.
func (s *State) mayAskAgain(p *Participant, now time.Time) error {
	repeat, asked := time.Duration(s.Options.HelpRepeatS)*time.Second, 0
	for _, h := range s.HelpLog {
		his := h.Participant == p.ID
		if wait := h.EndedAt.Add(repeat).Sub(now); h.Outcome == HelpDeclined && (his || h.Room == p.Location.Room) && wait > 0 {
			return &Error{
				Code: CodeRateLimited, Field: "participant", Message: "a help request of this room or participant has just been declined",
				Hint: fmt.Sprintf("ask again in %d s", int((wait+time.Second-1)/time.Second)),
			}
		}
		if his && now.Sub(h.At) < time.Minute {
			asked++
		}
	}
	if asked >= maxAsksPerMinute {
		return &Error{Code: CodeRateLimited, Field: "participant", Message: "the participant has asked too often within a minute", Hint: "wait a minute"}
	}
	return nil
}

func decideWithdrawHelp(s *State, c WithdrawHelp) ([]Event, any, error) {
	if slices.ContainsFunc(s.HelpLog, func(h EndedHelp) bool { return h.ID == c.Request && h.Outcome == HelpWithdrawn }) {
		return nil, nil, nil // it has been already
	}
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	return one(h.over(HelpWithdrawn, ""))
}

func decideAcceptHelp(s *State, c AcceptHelp) ([]Event, any, error) {
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	if c.ListenOnly && (c.Stay || c.By == "") {
		return nil, nil, Invalid("listen_only", "name in by who listens, and let him be moved", "only who is moved to the room can listen there")
	}
	over := h.over(HelpAccepted, c.By)
	over.ListenOnly = c.ListenOnly
	events := []Event{over}
	if c.By == "" {
		return events, nil, nil
	}
	p, err := s.helper(c.By)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case c.ListenOnly && p.Location.Place != InRoom:
		return nil, nil, &Error{Code: CodeWrongState, Field: "by", Message: "who is in no room cannot listen in another one"}
	case c.Stay, p.Location.Place != InRoom, p.Location.Room == h.Room && p.ListenOnly == c.ListenOnly:
		return events, nil, nil // he marks it only, or is there already
	}
	if err := s.mayFollow(p, h); err != nil {
		return nil, nil, err
	}
	return append(events, s.follow(p, h, c.ListenOnly)...), nil, nil
}

// follow moves somebody to the room that asks, where he may be already, and be heard from now on or no longer.
func (s *State) follow(p *Participant, h *HelpRequest, listens bool) []Event {
	moves := []Relocation{p.to(h.Room)}
	events := []Event{ParticipantsMoved{Moves: moves, Reason: ReasonHelp, ListenOnly: listens}}
	for _, e := range emptied(s, moves) {
		if over, ok := e.(HelpEnded); !ok || over.Request != h.ID {
			events = append(events, e)
		}
	}
	return events
}

// mayFollow says why somebody cannot be moved to the room that asks.
func (s *State) mayFollow(p *Participant, h *HelpRequest) error {
	const hint = "send move: false to accept without moving"
	switch {
	case h.Room != MainRoom && s.Breakouts != BreakoutsOpen:
		return &Error{Code: CodeWrongState, Message: "the breakouts are not open", Hint: hint}
	case h.Room != MainRoom && s.refusesPhone(p):
		return &Error{Code: CodeNotAllowed, Field: "by", Message: "callers take no part in the breakouts of this meeting", Hint: hint}
	}
	return nil
}

func decideDeclineHelp(s *State, c DeclineHelp) ([]Event, any, error) {
	h, err := s.help(c.Request)
	if err != nil {
		return nil, nil, err
	}
	if c.By != "" {
		if _, err := s.helper(c.By); err != nil {
			return nil, nil, err
		}
	}
	return one(h.over(HelpDeclined, c.By))
}

// helper is who may answer a request.
func (s *State) helper(id ParticipantID) (*Participant, error) {
	p, err := s.participant("by", id)
	if err == nil && p.Role != Speaker {
		err = &Error{Code: CodeNotAllowed, Field: "by", Message: "speakers answer help requests"}
	}
	return p, err
}
