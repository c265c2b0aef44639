package control

import (
	"maps"
	"slices"
	"time"
)

// TokenID names a meeting token ("tok_…").
type TokenID string

// Limits of meeting tokens.
const (
	MaxTokens    = 20_000 // that hold at a time in one meeting
	MaxTokenLife = 24 * time.Hour
)

// Token lets a page or a person take part in a meeting for a while. What proves it is not here: it is signed.
type Token struct {
	ID          TokenID       `json:"id"`
	Role        Role          `json:"role"`
	Participant ParticipantID `json:"participant,omitempty"` // as whom its holder acts; empty: nobody
	IssuedBy    TokenID       `json:"issued_by,omitempty"`   // the token it was made with, which takes it along when it is revoked
	IssuedAt    time.Time     `json:"issued_at"`
	ExpiresAt   time.Time     `json:"expires_at"`
}

type (
	// IssueToken makes a token. The value is its [TokenID].
	IssueToken struct {
		ID          TokenID
		Role        Role
		Participant ParticipantID
		IssuedBy    TokenID
		Life        time.Duration // cut to what is left of IssuedBy
	}
	// RevokeTokens ends a token, or those of a participant, or all, with those that were made with them.
	RevokeTokens struct {
		Token       TokenID
		Participant ParticipantID
	}
)

func (IssueToken) command()   {}
func (RevokeTokens) command() {}

type (
	// TokenIssued says who may take part by a token, and how long.
	TokenIssued struct {
		Token Token `json:"token"`
	}
	// TokensRevoked says which tokens have ended before their time.
	TokensRevoked struct {
		Tokens []TokenID `json:"tokens"`
	}
)

// Type implements [Event].
func (TokenIssued) Type() string { return "token.issued" }

// Type implements [Event].
func (TokensRevoked) Type() string { return "tokens.revoked" }

// Token returns a token that holds now, with the role that it has at present: a speaker's token is one of the audience
// once its participant is. ok is false if there is none.
func (s *State) Token(id TokenID, now time.Time) (t Token, ok bool) {
	t, ok = s.Tokens[id]
	if !ok || s.Phase != Open || !now.Before(t.ExpiresAt) {
		return Token{}, false
	}
	if t.Participant == "" {
		return t, true
	}
	p := s.Participants[t.Participant]
	if p == nil {
		return Token{}, false
	}
	if p.Role != Speaker {
		t.Role = Audience
	}
	return t, true
}

func decideIssueToken(s *State, c IssueToken, now time.Time) ([]Event, any, error) {
	if _, taken := s.Tokens[c.ID]; taken || c.ID == "" {
		return nil, nil, Invalid("id", "", "must be new")
	}
	if err := checkRole("role", c.Role); err != nil {
		return nil, nil, err
	}
	if c.Life < time.Second || c.Life > MaxTokenLife {
		return nil, nil, Invalid("expires_in_s", "", "must be 1 to %d seconds", int(MaxTokenLife.Seconds()))
	}
	if err := s.mayHave(c); err != nil {
		return nil, nil, err
	}
	live := 0
	for _, t := range s.Tokens {
		if now.Before(t.ExpiresAt) {
			live++
		}
	}
	if live >= MaxTokens {
		return nil, nil, Errorf(CodeLimit, "a meeting has at most %d tokens at a time", MaxTokens)
	}
	t := Token{ID: c.ID, Role: c.Role, Participant: c.Participant, IssuedBy: c.IssuedBy, IssuedAt: now, ExpiresAt: now.Add(c.Life)}
	if c.IssuedBy != "" {
		parent, ok := s.Token(c.IssuedBy, now)
		if !ok || parent.Role != Speaker {
			return nil, nil, Errorf(CodeForbidden, "the token that this was asked with holds no longer")
		}
		if parent.ExpiresAt.Before(t.ExpiresAt) {
			t.ExpiresAt = parent.ExpiresAt
		}
	}
	return []Event{TokenIssued{Token: t}}, t.ID, nil
}

// mayHave says whether a participant may have a token of the role.
func (s *State) mayHave(c IssueToken) error {
	if c.Participant == "" {
		return nil
	}
	p, err := s.participant("participant", c.Participant)
	if err == nil && c.Role == Speaker && p.Role != Speaker {
		err = &Error{Code: CodeNotAllowed, Field: "role", Message: "the participant is no speaker", Hint: "make him one first, or ask for a token of the audience"}
	}
	return err
}

func decideRevokeTokens(s *State, c RevokeTokens) ([]Event, any, error) {
	if _, ok := s.Tokens[c.Token]; c.Token != "" && !ok {
		return nil, nil, &Error{Code: CodeNotFound, Field: "token", Message: "no such token in this meeting"}
	}
	if c.Participant != "" {
		if _, err := s.participant("participant", c.Participant); err != nil {
			return nil, nil, err
		}
	}
	gone := s.family(func(t Token) bool {
		return (c.Token == "" || t.ID == c.Token) && (c.Participant == "" || t.Participant == c.Participant)
	})
	if len(gone) == 0 {
		return nil, nil, nil
	}
	return one(TokensRevoked{Tokens: gone})
}

// family is which tokens are meant, and those that were made with them, and so on.
func (s *State) family(meant func(Token) bool) []TokenID {
	in := make(map[TokenID]bool)
	for id, t := range s.Tokens {
		in[id] = meant(t)
	}
	for grown := true; grown; {
		grown = false
		for id, t := range s.Tokens {
			if !in[id] && in[t.IssuedBy] {
				in[id], grown = true, true
			}
		}
	}
	return slices.Sorted(maps.Keys(onlyTrue(in)))
}

func onlyTrue(in map[TokenID]bool) map[TokenID]bool {
	maps.DeleteFunc(in, func(_ TokenID, is bool) bool { return !is })
	return in
}

// applyTokens is Apply for whatever begins and ends tokens.
func (s *State) applyTokens(e Event, at time.Time) {
	switch e := e.(type) {
	case TokenIssued:
		s.dropTokens(func(t Token) bool { return !at.Before(t.ExpiresAt) })
		s.Tokens[e.Token.ID] = e.Token
	case TokensRevoked:
		for _, id := range e.Tokens {
			delete(s.Tokens, id)
		}
	case ParticipantRemoved:
		s.dropTokens(func(t Token) bool { return t.Participant == e.Participant })
	case ParticipantsMerged:
		for id, t := range s.Tokens {
			if t.Participant == e.Other {
				t.Participant = e.Participant
				s.Tokens[id] = t
			}
		}
	case MeetingEnded:
		clear(s.Tokens)
	}
}

func (s *State) dropTokens(over func(Token) bool) {
	maps.DeleteFunc(s.Tokens, func(_ TokenID, t Token) bool { return over(t) })
}
