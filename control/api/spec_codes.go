package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// codeDoc says what a client should do about a code, and shows a problem of it.
type codeDoc struct{ do, detail, field, hint string }

// codeDocs is for the codes of kinds, all of them.
var codeDocs = map[control.Code]codeDoc{
	control.CodeInvalid:      {"Mend the field; sending it again as it is does not help.", "expected length <= 64", "name", ""},
	control.CodeNotFound:     {"Look at the list: it may have been deleted, or be another meeting's.", "no such room in this meeting", "room", ""},
	control.CodeWrongState:   {"Read the meeting and decide anew.", "the breakouts are open", "", "stop them first"},
	control.CodeNameTaken:    {"Choose another name; names that differ by case alone are the same.", "a room named \"Blue\" exists", "name", "names differ by more than case"},
	control.CodeCodeTaken:    {"Choose another code, or none: then one is drawn.", "another meeting uses this code", "access_code", ""},
	control.CodeLimit:        {"Ask for fewer, or delete some first.", "a meeting has at most 300 rooms: 298 exist, 4 more were asked for", "", ""},
	control.CodeLocked:       {"Unlock it first.", "the room is locked", "", ""},
	control.CodeRoomFull:     {"Choose another room, or raise its capacity.", "the room is full", "", ""},
	control.CodeOnAir:        {"Wait until the live broadcast is over, or end it.", "somebody is speaking to all rooms", "", ""},
	control.CodeNotAllowed:   {"Set the option that forbids it, or have a speaker do it.", "breakouts are off in this meeting", "", ""},
	control.CodeUnauthorized: {"Send the header Authorization: Bearer KEY, with a key that is valid.", "this needs a valid API key", "Authorization", "send the header Authorization: Bearer KEY"},
	control.CodeForbidden:    {"Use a key that reaches this far.", "this key may not do that", "Authorization", "use a key with the scope that the operation names"},
	control.CodePrecondition: {"Look at current, decide anew, and send its etag.", "the resource has changed since", "If-Match", "look at current, then try again with its etag"},
	control.CodeIdempotency:  {"Use a new key for a new request.", "this Idempotency-Key came with another request before", "Idempotency-Key", "use a new key for a new request"},
	control.CodeRateLimited:  {"Wait as Retry-After says.", "too many requests", "", "wait as Retry-After says"},
	control.CodeTooLarge:     {"Send less at a time.", "the body is larger than 1048576 bytes", "", ""},
	control.CodeStore:        {"Wait as Retry-After says and send it again, with the same Idempotency-Key. Nothing was changed.", "the store does not answer", "", ""},
	control.CodeOverloaded:   {"Wait as Retry-After says and send it again, with the same Idempotency-Key.", "too many event streams", "", "close some, or try again in a second"},
	control.CodeShutdown:     {"Send it again to the instance that takes over.", "the bridge is shutting down", "", ""},

	codeMalformed:   {"Send JSON in UTF-8 that is whole, with each name once.", "the JSON ends too early", "", ""},
	codeNoRoute:     {"Look at the paths of this document.", "there is no such route", "", "see /openapi.json"},
	codeMethod:      {"Use one of the methods in the header Allow.", "this route takes GET, PATCH, DELETE", "", ""},
	codeMediaType:   {"Send the content type that the operation names.", "the content type is not supported here", "Content-Type", "send application/json"},
	codeTimeout:     {"Send it again, faster.", "the body did not arrive within 10s", "", ""},
	codeInternal:    {"Send it again once; then tell the operator, whose log has the reason.", "something went wrong here; the log has the reason", "", ""},
	codeNotReady:    {"Wait.", "the store does not answer", "", ""},
	codeUnsupported: {"Do without it.", "this server takes no recordings", "", ""},
}

// codes are all codes, in order.
func codes() []control.Code { return slices.Sorted(maps.Keys(kinds)) }

// addCodes makes the codes a schema of their own, which says what each means.
func addCodes(schemas map[string]*huma.Schema) {
	s := &huma.Schema{Type: huma.TypeString, Examples: []any{string(control.CodeNameTaken)}}
	about, means := strings.Builder{}, map[string]string{}
	about.WriteString("Stable and machine-readable reason of a problem.\n\n| code | status | meaning | what to do |\n|---|---|---|---|\n")
	for _, code := range codes() {
		s.Enum = append(s.Enum, string(code))
		means[string(code)] = kinds[code].title + "."
		fmt.Fprintf(&about, "| `%s` | %d | %s. | %s |\n", code, kinds[code].status, kinds[code].title, codeDocs[code].do)
	}
	s.Description = about.String()
	s.Extensions = map[string]any{"x-enumDescriptions": means}
	schemas["ProblemCode"] = s
	problem := schemas["Problem"]
	problem.Properties["code"] = &huma.Schema{Ref: "#/components/schemas/ProblemCode", Description: problem.Properties["code"].Description}
}

// exampleProblem shows a problem of a code.
func exampleProblem(code control.Code) map[string]any {
	doc, k := codeDocs[code], kinds[code]
	p := map[string]any{"type": "urn:partyline:problem:" + string(code), "title": k.title, "status": k.status, "detail": doc.detail, "code": string(code)}
	if doc.field != "" {
		p["field"] = doc.field
	}
	if doc.hint != "" {
		p["hint"] = doc.hint
	}
	return p
}
