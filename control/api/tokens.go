package api

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) tokenRoutes(r routes) {
	const all, one, tag = "/v1/meetings/{meeting}/tokens", "/v1/meetings/{meeting}/tokens/{token}", "tokens"
	issue := op(http.MethodPost, all, "issue-token", tag, "Make a token for a page or a person")
	issue.DefaultStatus = http.StatusCreated
	issue.Description = tokensDescription
	handle(r, needs(access.Tokens).speakers(), issue, a.issueToken)
	a.revive[issue.OperationID] = a.reviveToken
	handle(r, needs(access.Tokens).speakers(), op(http.MethodGet, all, "list-tokens", tag, "List the tokens that hold, oldest first"), a.listTokens)
	handle(r, needs(access.Tokens).speakers(), op(http.MethodDelete, one, "revoke-token", tag, "End a token, and those that were made with it"), a.revokeToken)
	handle(r, needs(access.Tokens).speakers(), op(http.MethodDelete, all, "revoke-tokens", tag, "End the tokens of a participant, or all"), a.revokeTokens)
}

const tokensDescription = "A token is sent like an API key (Authorization: Bearer) and is good within its meeting alone. A speaker's may do everything there " +
	"but delete the meeting; one of the audience sees the meeting without codes, numbers and emails, and acts for its own participant: move where he may, mute, raise " +
	"his hand, rename himself, ask for help, broadcast where everyone may. Without a participant it only reads. It ends with its time, when it is revoked, when its participant " +
	"is removed and when the meeting ends; then it gets 401. A token that is made with a token does not outlive it. " +
	"A speaker's token is one of the audience from when its participant is no speaker any more."

// NewToken is the request for a token.
type NewToken struct {
	Role        string                `json:"role" enum:"speaker,audience" doc:"What its holder may do. speaker needs a participant who is one, or none."`
	Participant control.ParticipantID `json:"participant,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"As whom its holder acts; absent: nobody."`
	ExpiresInS  *int                  `json:"expires_in_s,omitempty" minimum:"1" maximum:"86400" example:"3600" doc:"For how many seconds it holds; absent: an hour."`
}

// Token is a meeting token without what proves it.
type Token struct {
	ID          control.TokenID       `json:"id" example:"tok_abcdefghijklmnop" doc:"Names the token; it is no secret."`
	Meeting     control.MeetingID     `json:"meeting" example:"mtg_abcdefghijklmnop" doc:"Where it is good."`
	Role        string                `json:"role" enum:"speaker,audience" doc:"What its holder may do now."`
	Participant control.ParticipantID `json:"participant,omitempty" example:"par_abcdefghijklmnop" doc:"As whom its holder acts; absent: nobody."`
	IssuedBy    control.TokenID       `json:"issued_by,omitempty" doc:"The token that it was made with; absent: an API key."`
	IssuedAt    time.Time             `json:"issued_at" doc:"When it was made."`
	ExpiresAt   time.Time             `json:"expires_at" doc:"When it ends."`
}

// IssuedToken is a token with what proves it, shown this once.
type IssuedToken struct {
	Token
	Secret string `json:"token" example:"pt.abcdefghijklmnop.abcdefghijklmnop.abcdefghijklmnopqrstuvwxyz234567" doc:"Send it as Authorization: Bearer. It is not shown again."`
}

func tokenOf(meeting control.MeetingID, t control.Token) Token {
	return Token{ID: t.ID, Meeting: meeting, Role: string(t.Role), Participant: t.Participant, IssuedBy: t.IssuedBy,
		IssuedAt: t.IssuedAt.UTC(), ExpiresAt: t.ExpiresAt.UTC()}
}

const defaultTokenLife = time.Hour

type issueTokenInput struct {
	MeetingPath
	Body NewToken
}

func (a *API) issueToken(ctx context.Context, in *issueTokenInput) (*reply[IssuedToken], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	issue := control.IssueToken{
		ID: control.NewID[control.TokenID]("tok_"), Role: control.Role(in.Body.Role), Participant: in.Body.Participant,
		IssuedBy: callerOf(ctx).token.ID, Life: defaultTokenLife,
	}
	if in.Body.ExpiresInS != nil {
		issue.Life = time.Duration(*in.Body.ExpiresInS) * time.Second
	}
	// What is kept for the replay of an Idempotency-Key has no secret in it: it is put in afterwards, each time.
	out, err := run(ctx, a, m, command[IssuedToken]{
		do: issue,
		answer: func(d done) IssuedToken {
			for _, e := range d.events {
				if e, ok := e.(control.TokenIssued); ok {
					return IssuedToken{Token: tokenOf(in.Meeting, e.Token)}
				}
			}
			return IssuedToken{}
		},
		location: func(t IssuedToken) string { return "/v1/meetings/" + string(in.Meeting) + "/tokens/" + string(t.ID) },
	})
	if err == nil {
		out.Body.Secret = a.opt.Signer.Sign(in.Meeting, out.Body.ID)
	}
	return out, err
}

// reviveToken puts the secret into an answer that was kept without it.
func (a *API) reviveToken(body json.RawMessage) (json.RawMessage, error) {
	var t IssuedToken
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, err
	}
	t.Secret = a.opt.Signer.Sign(t.Meeting, t.ID)
	return json.Marshal(t)
}

type listTokensInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listTokens(ctx context.Context, in *listTokensInput) (*list[Token], error) {
	var out *list[Token]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		now := time.Now()
		held := map[control.TokenID]control.Token{}
		for id := range s.Tokens {
			if t, ok := s.Token(id, now); ok {
				held[id] = t
			}
		}
		ids := slices.SortedFunc(maps.Keys(held), func(x, y control.TokenID) int {
			return cmp.Or(held[x].IssuedAt.Compare(held[y].IssuedAt), cmp.Compare(x, y))
		})
		out, err = pageOf(in.PageQuery, ids, func(id control.TokenID) Token { return tokenOf(in.Meeting, held[id]) })
		return err
	})
	return out, err
}

// TokenPath is the path of one token.
type TokenPath struct {
	MeetingPath
	Token control.TokenID `path:"token" example:"tok_abcdefghijklmnop" doc:"The token's id."`
}

func (a *API) revokeToken(ctx context.Context, in *TokenPath) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.RevokeTokens{Token: in.Token}, nil)
}

type revokeTokensInput struct {
	MeetingPath
	Participant control.ParticipantID `query:"participant" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Only those of this participant."`
}

func (a *API) revokeTokens(ctx context.Context, in *revokeTokensInput) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.RevokeTokens{Participant: in.Participant}, nil)
}
