package api

import (
	"runtime"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"partyline/control"
)

// unhashable answers a list whose items are to differ and are objects or lists: huma (v2, validate.go) keys a map with
// them before it looks at their type, and that panics.
func (a *API) unhashable(ctx huma.Context, next func(huma.Context)) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(runtime.Error); !ok || !strings.Contains(err.Error(), "hash of unhashable type") {
			panic(v)
		}
		_, w := humachi.Unwrap(ctx)
		a.refuse(w, newProblem(control.CodeInvalid, "an item of a list is an object or a list where a plain value belongs").
			with("body", "see the schema of the request"))
	}()
	next(ctx)
}
