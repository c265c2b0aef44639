package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// The codes that exist on HTTP only.
const (
	codeMalformed   control.Code = "malformed_request"
	codeNoRoute     control.Code = "no_such_route"
	codeMethod      control.Code = "method_not_allowed"
	codeMediaType   control.Code = "unsupported_media_type"
	codeTimeout     control.Code = "request_timeout"
	codeInternal    control.Code = "internal_error"
	codeNotReady    control.Code = "not_ready"
	codeUnsupported control.Code = "not_supported_yet"
)

// kind is what a code means on HTTP.
type kind struct {
	status int
	title  string
	retry  int    // seconds for Retry-After; 0: none
	hint   string // what to do where whoever refuses has nothing better to say
}

// kinds is the only map from codes to HTTP.
var kinds = map[control.Code]kind{
	control.CodeInvalid:      {http.StatusUnprocessableEntity, "A field is out of range or malformed", 0, "/openapi.json says what belongs there"},
	control.CodeNotFound:     {http.StatusNotFound, "There is no such thing", 0, "look it up in its list; what belongs to another meeting is not known here"},
	control.CodeWrongState:   {http.StatusConflict, "Not possible in the present state", 0, "read the present state, then decide anew"},
	control.CodeNameTaken:    {http.StatusConflict, "The name is taken", 0, "choose another name"},
	control.CodeCodeTaken:    {http.StatusConflict, "The code is taken", 0, "choose another code, or leave it out to have one made"},
	control.CodeLimit:        {http.StatusConflict, "A limit is reached", 0, "remove some first, or ask for fewer"},
	control.CodeLocked:       {http.StatusConflict, "Locked", 0, "unlock it first"},
	control.CodeRoomFull:     {http.StatusConflict, "The room is full", 0, "raise its capacity, or take another room"},
	control.CodeOnAir:        {http.StatusConflict, "Somebody is speaking to all rooms", 0, "wait until it is over, or end that broadcast"},
	control.CodeNotAllowed:   {http.StatusForbidden, "Not allowed", 0, "ask a speaker, or change the role or the option that forbids it"},
	control.CodeUnauthorized: {http.StatusUnauthorized, "No valid API key", 0, ""},
	control.CodeForbidden:    {http.StatusForbidden, "The credential does not reach that far", 0, "use a key that reaches that far"},
	control.CodePrecondition: {http.StatusPreconditionFailed, "The resource has changed", 0, ""},
	control.CodeIdempotency:  {http.StatusUnprocessableEntity, "The Idempotency-Key was used for another request", 0, ""},
	control.CodeRateLimited:  {http.StatusTooManyRequests, "Too many requests", 1, "wait as long as Retry-After says"},
	control.CodeTooLarge:     {http.StatusRequestEntityTooLarge, "The request is too large", 0, "send less at a time"},
	control.CodeStore:        {http.StatusServiceUnavailable, "The store is unavailable", 2, "nothing was changed; try again after Retry-After"},
	control.CodeOverloaded:   {http.StatusServiceUnavailable, "Overloaded", 1, "try again after Retry-After"},
	control.CodeShutdown:     {http.StatusServiceUnavailable, "Shutting down", 5, "try again after Retry-After"},

	codeMalformed:   {http.StatusBadRequest, "The request cannot be read", 0, "send one JSON object in UTF-8, as /openapi.json describes it"},
	codeNoRoute:     {http.StatusNotFound, "There is no such route", 0, "see /openapi.json"},
	codeMethod:      {http.StatusMethodNotAllowed, "The method is not allowed here", 0, "see /openapi.json"},
	codeMediaType:   {http.StatusUnsupportedMediaType, "The content type is not supported here", 0, ""},
	codeTimeout:     {http.StatusRequestTimeout, "The request took too long to arrive", 0, "send it faster, or less at a time"},
	codeInternal:    {http.StatusInternalServerError, "Internal error", 0, ""},
	codeNotReady:    {http.StatusServiceUnavailable, "Not ready", 2, "try again after Retry-After"},
	codeUnsupported: {http.StatusUnprocessableEntity, "Not supported yet", 0, ""},
}

// Problem is the body of every answer that is not a success (RFC 9457).
type Problem struct {
	Type   string `json:"type" example:"urn:partyline:problem:name_taken" doc:"URN of the problem, made of its code."`
	Title  string `json:"title" example:"The name is taken" doc:"What the code means; the same for every occurrence."`
	Status int    `json:"status" example:"409" doc:"HTTP status."`
	Detail string `json:"detail" example:"there is a room of that name already" doc:"What is wrong this time."`
	Code   string `json:"code" example:"name_taken" doc:"Stable and machine-readable."`

	Field   string       `json:"field,omitempty" example:"rooms[0].name" doc:"The field, parameter or header at fault."`
	Hint    string       `json:"hint,omitempty" example:"choose another name" doc:"What to do about it."`
	Errors  []FieldError `json:"errors,omitempty" doc:"The faults that were found, when there are several; the first 100."`
	Lines   []LineFault  `json:"lines,omitempty" doc:"Of a file: the lines that are wrong, the first 500."`
	Faults  int          `json:"lines_total,omitempty" example:"3" doc:"How many things are wrong in the file."`
	Current any          `json:"current,omitempty" doc:"With precondition_failed: the resource as it is now."`
	ETag    string       `json:"etag,omitempty" doc:"With precondition_failed: the ETag of current."`

	retry int // seconds for Retry-After; 0: what the code means
}

// maxFieldErrors of one request are told: a list of ten thousand wrong ids is
// not answered with ten thousand faults.
const maxFieldErrors = 100

// FieldError is one of several faults of a request.
type FieldError struct {
	Field  string `json:"field" example:"rooms[0].name" doc:"The field, parameter or header at fault."`
	Detail string `json:"detail" example:"expected length <= 64" doc:"What is wrong with it."`
}

// LineFault is what is wrong with one line of a file.
type LineFault struct {
	Line   int    `json:"line" example:"7" doc:"The line of the file, from 1; of a cell with line breaks the one where its line begins."`
	Column string `json:"column,omitempty" example:"email" doc:"The column at fault; absent: the line as a whole."`
	Detail string `json:"detail" example:"is not an email address" doc:"What is wrong."`
	Hint   string `json:"hint" example:"write it as ada@example.org" doc:"What to do about it."`
}

// Error makes a problem an error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus tells huma the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders tells huma the headers that go with the problem.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if retry := cmp.Or(p.retry, kinds[control.Code(p.Code)].retry); retry > 0 {
		h.Set("Retry-After", strconv.Itoa(retry))
	}
	return h
}

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// newProblem makes the problem of a code.
func newProblem(code control.Code, format string, args ...any) *Problem {
	k, ok := kinds[code]
	if !ok {
		k = kinds[codeInternal]
	}
	return &Problem{
		Type:   "urn:partyline:problem:" + string(code),
		Title:  k.title,
		Status: k.status,
		Detail: fmt.Sprintf(format, args...),
		Code:   string(code),
		Hint:   k.hint,
	}
}

// with names the field at fault and says what to do, if there is more to say than the code does.
func (p *Problem) with(field, hint string) *Problem {
	p.Field, p.Hint = field, cmp.Or(hint, p.Hint)
	return p
}

// listing adds what is wrong line by line.
func (p *Problem) listing(faults control.Faults) *Problem {
	for _, f := range faults.List {
		p.Lines = append(p.Lines, LineFault{Line: f.Line, Column: f.Column, Detail: f.Message, Hint: f.Hint})
	}
	p.Faults = faults.Total
	return p
}

// problemOf turns any error into the problem that the client sees. An error
// of an unknown kind becomes an internal error that tells nothing.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if e, ok := errors.AsType[*control.Error](err); ok {
		return newProblem(e.Code, "%s", e.Message).with(e.Field, e.Hint).listing(e.Faults)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return newProblem(control.CodeOverloaded, "the request was given up before it was done")
	}
	return newProblem(codeInternal, "something went wrong here; the log has the reason")
}

// problemOfHuma turns an error of huma's own (a parameter or body that does
// not fit its schema) into a problem. It drops the echoed values.
func problemOfHuma(m *huma.ErrorModel) *Problem {
	p := newProblem(codeOfStatus(m.Status), "%s", m.Detail)
	for _, e := range m.Errors {
		if e != nil && len(p.Errors) < maxFieldErrors {
			p.Errors = append(p.Errors, FieldError{Field: fieldOf(e.Location, e.Message), Detail: e.Message})
		}
	}
	if len(p.Errors) > 0 {
		first := p.Errors[0]
		p.Field, p.Detail = first.Field, first.Detail
		if len(p.Errors) == 1 {
			p.Errors = nil
		}
	}
	return p
}

// codeOfStatus names the errors that huma makes by itself.
func codeOfStatus(status int) control.Code {
	switch status {
	case http.StatusUnprocessableEntity:
		return control.CodeInvalid
	case http.StatusBadRequest:
		return codeMalformed
	case http.StatusRequestEntityTooLarge:
		return control.CodeTooLarge
	case http.StatusUnsupportedMediaType:
		return codeMediaType
	case http.StatusRequestTimeout:
		return codeTimeout
	default:
		return codeInternal
	}
}

// fieldOf turns huma's location ("body.rooms[0].name", "path.meeting") into the
// name of the field. Of a field that is missing huma names the object around it.
func fieldOf(location, message string) string {
	if rest, ok := strings.CutPrefix(message, "expected required property "); ok {
		if missing, ok := strings.CutSuffix(rest, " to be present"); ok {
			location += "." + missing
		}
	}
	for _, prefix := range []string{"body.", "query.", "path.", "header."} {
		if field, ok := strings.CutPrefix(location, prefix); ok {
			return field
		}
	}
	return location
}
