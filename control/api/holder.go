package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"partyline/control"
)

// holderOf finds out who sends a meeting token.
func (a *API) holderOf(ctx context.Context, secret string) (caller, *stranger) {
	meeting, id, ok := a.opt.Signer.Parse(secret)
	if !ok {
		return caller{}, &stranger{given: true, guess: true, detail: "this is no meeting token of this bridge", hint: newTokenHint}
	}
	t, phase, err := a.token(ctx, meeting, id)
	switch {
	case err != nil:
		return caller{}, &stranger{problem: problemOf(err)}
	case phase != control.Open:
		return caller{}, &stranger{given: true, detail: "the meeting of this token has ended", hint: newTokenHint}
	case t.ID == "":
		return caller{}, &stranger{given: true, detail: "the meeting token has expired or was revoked", hint: newTokenHint}
	}
	who := caller{id: "token:" + string(id), meeting: meeting, token: t}
	if who.actor = who.id; t.Participant != "" {
		who.actor = string(t.Participant) // as on the telephone
	}
	return who, nil
}

const newTokenHint = "have a new one made by POST /v1/meetings/{meeting}/tokens"

// token looks a token up in its meeting; it is empty if it does not hold.
func (a *API) token(ctx context.Context, meeting control.MeetingID, id control.TokenID) (t control.Token, phase control.Phase, err error) {
	m, err := a.meeting(meeting)
	if err == nil {
		err = m.Read(ctx, func(s *control.State) {
			phase = s.Phase
			t, _ = s.Token(id, time.Now())
		})
	}
	if e, ok := errors.AsType[*control.Error](err); ok && e.Code == control.CodeNotFound {
		return control.Token{}, control.Deleted, nil
	}
	return t, phase, err
}

// audience says whether the caller sees and does no more than the audience may.
func (c caller) audience() bool { return c.token.Role == control.Audience }

// self says whether the caller acts for himself in what is about a participant.
func (c caller) self(p control.ParticipantID) bool { return p != "" && c.token.Participant == p }

// only refuses, of the audience, what is about somebody else.
func (c caller) only(field string, p control.ParticipantID) error {
	if !c.audience() || c.self(p) {
		return nil
	}
	return &control.Error{Code: control.CodeForbidden, Field: field, Message: "this token is for its own participant alone", Hint: "name the participant of the token"}
}

// mayWithdraw lets the audience take back what was asked for their own room.
func (c caller) mayWithdraw(id control.HelpID) func(*control.State) error {
	if !c.audience() {
		return nil
	}
	return func(s *control.State) error {
		p, h := s.Participants[c.token.Participant], s.Help[id]
		if h == nil || p == nil || h.Participant == p.ID || p.Location.Place == control.InRoom && p.Location.Room == h.Room {
			return nil
		}
		return control.Errorf(control.CodeForbidden, "this call for help is another room's")
	}
}

// mayToken says why the holder of a token may not use an operation on a participant; nil: he may.
func (c caller) mayToken(g grant, method string, meeting control.MeetingID, participant control.ParticipantID) *Problem {
	refuse := func(detail string) *Problem {
		return newProblem(control.CodeForbidden, "%s", detail).with("Authorization", "this takes an API key, or a token of another role or participant")
	}
	switch {
	case meeting != "" && meeting != c.meeting:
		return noMeeting()
	case g.tokens == "" || meeting == "":
		return refuse("meeting tokens cannot do this; an API key with the scope " + string(g.scope) + " can")
	case !c.audience():
		return nil
	case g.tokens == speakers:
		return refuse("only speakers may do this")
	case method != http.MethodGet && c.token.Participant == "":
		return refuse("this token names no participant, so it can only read")
	case g.tokens == own && !c.self(participant):
		return refuse("this token is for its own participant alone")
	}
	return nil
}

// noMeeting is the answer about a meeting that there is not, and about one that the caller is not to know of.
func noMeeting() *Problem { return newProblem(control.CodeNotFound, "no such meeting") }

// holds says whether a caller may still do what he began; streams ask. ended: he may not because the meeting is over.
func (a *API) holds(ctx context.Context, c caller) (ok, ended bool) {
	if c.token.ID == "" {
		return a.opt.Keys.Holds(c.key, time.Now()), false
	}
	t, phase, err := a.token(ctx, c.meeting, c.token.ID)
	if err != nil {
		return problemOf(err).Status == http.StatusServiceUnavailable, false // busy: it is asked again soon
	}
	return t.ID != "" && t.Role == c.token.Role && t.Participant == c.token.Participant, phase == control.Ended
}
