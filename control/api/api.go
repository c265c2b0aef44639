package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"partyline/control/access"
)

// API answers HTTP requests.
type API struct {
	// immutable
	opt    Options
	router *chi.Mux
	spec   []byte                                                    // openapi.json
	grants map[string]grant                                          // who may use an operation, by its id
	revive map[string]func(json.RawMessage) (json.RawMessage, error) // makes a kept answer whole, by the operation's id

	uploads chan struct{} // a slot per upload
	streams chan struct{} // a slot per event stream
	keys    keyLocks

	limiter  *access.Limiter  // of keys and tokens
	failures *access.Failures // of those who have none

	closing chan struct{} // closed by Close
	close   func()
}

// New makes the API. It starts nothing.
func New(o Options) (*API, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	a := &API{
		opt:     o,
		router:  chi.NewMux(),
		grants:  map[string]grant{},
		revive:  map[string]func(json.RawMessage) (json.RawMessage, error){},
		uploads: make(chan struct{}, o.Limits.Uploads),
		streams: make(chan struct{}, o.Limits.Streams),
		closing: make(chan struct{}),

		limiter: access.NewLimiter(maxCallers), failures: access.NewFailures(),
	}
	a.close = sync.OnceFunc(func() { close(a.closing) })

	a.router.Use(a.recoverPanics, secureHeaders, a.allowOrigins, a.authenticate)
	a.router.NotFound(a.notFound)
	a.router.MethodNotAllowed(a.methodNotAllowed)
	a.plainRoutes()

	h := humachi.New(a.router, humaConfig(o.Version))
	h.UseMiddleware(a.authorize, a.boundBody, a.idempotent, a.unhashable)
	r := routes{api: a, huma: h}
	a.meetingRoutes(r)
	a.roomRoutes(r)
	a.rosterRoutes(r)
	a.participantRoutes(r)
	a.lobbyRoutes(r)
	a.breakoutRoutes(r)
	a.outcomeRoutes(r)
	a.undoRoutes(r)
	a.planRoutes(r)
	a.broadcastRoutes(r)
	a.audioRoutes(r)
	a.helpRoutes(r)
	a.attendanceRoutes(r)
	a.eraseRoutes(r)
	a.eventRoutes(r)
	a.callRoutes(r)
	a.legRoutes(r)
	a.traceRoutes(r)
	a.webhookRoutes(r)
	a.tokenRoutes(r)
	a.numberRoutes(r)

	finishSpec(h.OpenAPI())
	spec, err := json.Marshal(h.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("api: openapi document: %w", err)
	}
	a.spec = spec
	return a, nil
}

// ServeHTTP answers one request.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.router.ServeHTTP(w, r) }

// Routes returns the route table, for tests and documents.
func (a *API) Routes() chi.Routes { return a.router }

// Close ends the open event streams; their readers may resume elsewhere or
// later. It returns at once and may be called more than once.
func (a *API) Close() { a.close() }

// humaConfig sets huma up: JSON only and strict, problems in our form, and no
// pages of its own.
func humaConfig(version string) huma.Config {
	c := huma.DefaultConfig("Partyline", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": strictJSON, "json": strictJSON}
	c.RejectUnknownQueryParameters = true
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":   {Type: "http", Scheme: "bearer", Description: "An API key. An operation names the scope that the key needs; a key with the scope admin may do everything."},
		"token": {Type: "http", Scheme: "bearer", Description: "A meeting token, good within its meeting. audience: every token may use the operation, one of the audience for its own participant; speaker: only one of a speaker."},
	}
	c.Info.Description = "The control API of a phone bridge with breakout rooms."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Transformers = []huma.Transformer{func(_ huma.Context, _ string, v any) (any, error) {
		if m, ok := v.(*huma.ErrorModel); ok {
			return problemOfHuma(m), nil
		}
		return v, nil
	}}
	return c
}
