package api

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// routes registers operations.
type routes struct {
	api  *API
	huma huma.API
}

// op describes an operation; handle adds what all have in common.
func op(method, path, id, tag, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: path, OperationID: id, Tags: []string{tag}, Summary: summary}
}

// handle registers an operation, for those whom the grant names. Its errors become problems.
func handle[I, O any](r routes, g grant, o huma.Operation, f func(context.Context, *I) (*O, error)) {
	a := r.api
	g.check(o)
	a.grants[o.OperationID] = g
	o.Security = g.security()
	limit := a.limitOf(&o)
	o.Metadata = maps.Clone(o.Metadata)
	if o.Metadata == nil {
		o.Metadata = map[string]any{}
	}
	o.Metadata[bodyLimit], o.MaxBodyBytes = limit, limit+1 // boundBody has counted already
	if o.Method == http.MethodPost {
		o.Parameters = append(o.Parameters, idempotencyParam)
	}
	if o.Responses == nil {
		o.Responses = map[string]*huma.Response{}
	}
	o.Responses["default"] = problemResponse(r.huma)
	huma.Register(r.huma, o, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err == nil {
			return out, nil
		}
		p := problemOf(err)
		if p.Status >= http.StatusInternalServerError {
			a.opt.Logger.Warn("request failed", slog.String("operation", o.OperationID), slog.Any("err", err))
		}
		return nil, p
	})
}

// idempotencyParam documents the header that every POST honours.
var idempotencyParam = &huma.Param{
	Name: idempotencyHeader, In: "header", Example: "4f1c2a8e-start",
	Description: "Makes a retry safe: for 24 hours the same key with the same request gets the answer of the first success again, " +
		"with the header Idempotency-Replayed; with another request it gets idempotency_mismatch. Refused requests keep nothing.",
	Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxIdempotencyKey)},
}

// problemResponse documents the answer of whatever goes wrong.
func problemResponse(api huma.API) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return &huma.Response{
		Description: "A problem (RFC 9457). Its code says which.",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
}

// schemaName names a Go type in the OpenAPI document. The payloads of events
// are control's own types; a prefix keeps them apart from the resources.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[control.Options]() || !strings.HasSuffix(t.PkgPath(), "/control") {
		return name
	}
	return "Event" + name
}

// MeetingPath is the path of everything within a meeting.
type MeetingPath struct {
	Meeting control.MeetingID `path:"meeting" example:"mtg_abcdefghijklmnop" doc:"The meeting's id."`
}

// meeting finds the meeting of a request.
func (a *API) meeting(id control.MeetingID) (*control.Meeting, error) {
	return a.opt.Registry.Meeting(id)
}

// read runs f on the meeting's owner; an error of f is the answer.
func (a *API) read(ctx context.Context, id control.MeetingID, f func(*control.State) error) error {
	m, err := a.meeting(id)
	if err != nil {
		return err
	}
	var refused error
	if err := m.Read(ctx, func(s *control.State) { refused = f(s) }); err != nil {
		return err
	}
	return refused
}

// notFound names what there is not; that is also the name of its path parameter.
func notFound(what string) error {
	e := control.Errorf(control.CodeNotFound, "no such %s in this meeting", what)
	e.Field = what
	return e
}
