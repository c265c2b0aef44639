package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"partyline/control"
	"partyline/control/access"
)

// grant says who may use an operation. Every route is registered with one, as handle demands:
//
//	handle(r, needs(access.MeetingsRead).everyone(), op(…), a.getRoom)
//
// needs alone is for API keys with that scope; speakers, everyone and own let meeting tokens of that meeting use it too.
// A new route also needs its line in the table of access_matrix_test.go, which says the same once more, for the eyes.
type grant struct {
	scope  access.Scope
	tokens reach
	lists  bool // a list of meetings, which shows a key that is bound to some those alone
}

// reach says which meeting tokens may use an operation besides API keys; empty: none.
type reach string

const (
	// speakers: tokens of speakers.
	speakers reach = "speakers"
	// everyone: tokens of the audience too. The handler shows them no codes, numbers and emails.
	everyone reach = "everyone"
	// own: tokens of the audience too, but only about their own participant, the {participant} of the path.
	own reach = "own"
)

// needs is a grant to API keys with a scope.
func needs(scope access.Scope) grant { return grant{scope: scope} }

func (g grant) speakers() grant { g.tokens = speakers; return g }
func (g grant) everyone() grant { g.tokens = everyone; return g }
func (g grant) own() grant      { g.tokens = own; return g }
func (g grant) listing() grant  { g.lists = true; return g }

// security documents a grant. That a bearer scheme names what it needs is new in OpenAPI 3.1 (§4.8.30).
func (g grant) security() []map[string][]string {
	all := []map[string][]string{{"key": {string(g.scope)}}}
	switch g.tokens {
	case speakers:
		all = append(all, map[string][]string{"token": {"speaker"}})
	case everyone, own:
		all = append(all, map[string][]string{"token": {"audience"}})
	}
	return all
}

// authorize lets a request through only if its caller was granted the operation. Of a meeting that is not his he learns
// nothing, not even that there is one.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	meeting := control.MeetingID(chi.URLParam(r, "meeting"))
	g, who := a.grants[ctx.Operation().OperationID], callerOf(ctx.Context())
	p := who.may(g, meeting)
	if who.token.ID != "" {
		p = who.mayToken(g, r.Method, meeting, control.ParticipantID(chi.URLParam(r, "participant")))
	}
	if p != nil {
		a.refuse(w, p)
		return
	}
	next(ctx)
}

// may says why the owner of a key may not use an operation; nil: he may.
func (c caller) may(g grant, meeting control.MeetingID) *Problem {
	switch {
	case !access.Allow(c.key.Scopes, g.scope):
		return newProblem(control.CodeForbidden, "this API key lacks the scope %s", g.scope).
			with("Authorization", "take a key that has the scope "+string(g.scope))
	case meeting != "" && !c.reaches(meeting):
		return noMeeting()
	case meeting == "" && len(c.key.Meetings) > 0 && !g.lists:
		return newProblem(control.CodeForbidden, "this API key is bound to meetings, and this is about all of them").
			with("Authorization", "take a key that is bound to no meeting")
	}
	return nil
}

// check finds mistakes of those who register routes.
func (g grant) check(o huma.Operation) {
	_, err := access.ParseScope(string(g.scope))
	if err != nil || o.OperationID == "" {
		panic("api: " + o.Method + " " + o.Path + " is registered without a scope or an id")
	}
}

// listFor lists the meetings that the caller may know of.
func (a *API) listFor(ctx context.Context, who caller, q control.MeetingQuery) ([]control.MeetingInfo, error) {
	if len(who.key.Meetings) == 0 {
		return a.opt.Registry.List(ctx, q)
	}
	var found []control.MeetingInfo
	limit := q.Limit
	for q.Limit = 500; len(found) < limit; {
		infos, err := a.opt.Registry.List(ctx, q)
		if err != nil || len(infos) == 0 {
			return found, err
		}
		for _, info := range infos {
			if q.After = info.ID; who.reaches(info.ID) {
				found = append(found, info)
			}
		}
	}
	return found[:limit], nil
}
