package api

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

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
}

// reach says which meeting tokens may use an operation besides API keys.
type reach string

const (
	keysOnly reach = ""
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

// security documents a grant. That a bearer scheme names what it needs is new in OpenAPI 3.1 (§4.8.30).
func (g grant) security() []map[string][]string {
	return []map[string][]string{{"key": {string(g.scope)}}}
}

// authorize lets a request through only if its caller was granted the operation.
func (a *API) authorize(ctx huma.Context, next func(huma.Context)) {
	g := a.grants[ctx.Operation().OperationID]
	if p := callerOf(ctx.Context()).may(g); p != nil {
		_, w := humachi.Unwrap(ctx)
		a.refuse(w, p)
		return
	}
	next(ctx)
}

// may says why a caller may not use an operation; nil: he may.
func (c caller) may(g grant) *Problem {
	if access.Allow(c.scopes, g.scope) {
		return nil
	}
	return newProblem(control.CodeForbidden, "this API key lacks the scope %s", g.scope).
		with("Authorization", "take a key that has the scope "+string(g.scope))
}

// check finds mistakes of those who register routes.
func (g grant) check(o huma.Operation) {
	if !known(g.scope) || o.OperationID == "" {
		panic("api: " + o.Method + " " + o.Path + " is registered without a scope or an id")
	}
}

func known(s access.Scope) bool {
	_, err := access.ParseScope(string(s))
	return err == nil && s != access.Admin
}
