package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// refusals are the codes that an operation can answer with besides those that follow from its form (see refusalsOf). A
// test holds every problem that any test is answered with against the document.
var refusals = map[string][]control.Code{
	"create-meeting":     {control.CodeCodeTaken, control.CodeNameTaken, control.CodeLimit},
	"change-meeting":     {control.CodeCodeTaken},
	"open-meeting":       {control.CodeCodeTaken, control.CodeLimit},
	"create-rooms":       {control.CodeNameTaken, control.CodeLimit},
	"change-room":        {control.CodeNameTaken},
	"import-rooms":       {control.CodeNameTaken, control.CodeLimit},
	"add-participant":    {control.CodeLimit},
	"change-participant": {control.CodeNotAllowed},
	"issue-token":        {control.CodeNotAllowed, control.CodeLimit},
	"assign-participant": {control.CodeNotAllowed},
	"move-participant":   {control.CodeNotAllowed, control.CodeRoomFull},
	"move-participants":  {control.CodeNotAllowed, control.CodeRoomFull},
	"shuffle-breakouts":  {control.CodeNotAllowed, control.CodeLocked},
	"start-breakouts":    {control.CodeNotAllowed},
	"accept-help":        {control.CodeNotAllowed},
	"decline-help":       {control.CodeNotAllowed},
	"give-floor":         {control.CodeNotAllowed},
	"send-broadcast":     {control.CodeNotAllowed, control.CodeLimit},
	"upload-audio":       {control.CodeLimit, codeUnsupported},
	"call-out":           {control.CodeNotAllowed, control.CodeLimit},
	"put-number":         {control.CodeLimit},
	"create-webhook":     {control.CodeLimit, control.CodeNotFound},
	"change-webhook":     {control.CodeNotFound},
	"trace-call":         {control.CodeNotFound},
	"list-webhooks":      {control.CodeNotFound},
}

// refusalsOf are all codes that an operation can answer with.
func refusalsOf(o *huma.Operation) []control.Code {
	all := []control.Code{control.CodeInvalid, control.CodeUnauthorized, control.CodeForbidden, control.CodeRateLimited, codeInternal,
		control.CodeStore, control.CodeOverloaded, control.CodeShutdown}
	if strings.Contains(o.Path, "{") {
		all = append(all, control.CodeNotFound)
	}
	if o.RequestBody != nil {
		all = append(all, codeMalformed, codeTimeout, codeMediaType, control.CodeTooLarge)
	}
	if o.Method == http.MethodPost {
		all = append(all, control.CodeIdempotency)
	}
	if o.Method != http.MethodGet && strings.HasPrefix(o.Path, "/v1/meetings/{") {
		all = append(all, control.CodeWrongState)
	}
	if slices.ContainsFunc(o.Parameters, func(p *huma.Param) bool { return p.Name == "If-Match" }) {
		all = append(all, control.CodePrecondition)
	}
	all = append(all, refusals[o.OperationID]...)
	slices.Sort(all)
	return slices.Compact(all)
}

// documentRefusals says, for each status, with which codes an operation can answer.
func documentRefusals(spec *huma.OpenAPI, o *huma.Operation) {
	byStatus := map[int][]control.Code{}
	for _, code := range refusalsOf(o) {
		byStatus[kinds[code].status] = append(byStatus[kinds[code].status], code)
	}
	for status, list := range byStatus {
		o.Responses[strconv.Itoa(status)] = &huma.Response{Ref: "#/components/responses/" + refusalComponent(spec, status, list)}
	}
}

// refusalComponent makes, once, the answer that many operations share, and returns its name.
func refusalComponent(spec *huma.OpenAPI, status int, list []control.Code) string {
	words := make([]string, len(list))
	for i, code := range list {
		words[i] = string(code)
	}
	name := strings.Join(words, "-or-")
	if spec.Components.Responses == nil {
		spec.Components.Responses, spec.Components.Examples = map[string]*huma.Response{}, map[string]*huma.Example{}
	}
	if spec.Components.Responses[name] == nil {
		spec.Components.Responses[name] = refusalResponse(spec, status, list)
	}
	return name
}

func refusalResponse(spec *huma.OpenAPI, status int, list []control.Code) *huma.Response {
	only := &huma.Schema{Type: huma.TypeString, Description: "Which of them it is."}
	media := &huma.MediaType{Examples: map[string]*huma.Example{}, Schema: &huma.Schema{
		Description: "A problem with one of these codes.",
		AllOf: []*huma.Schema{{Ref: "#/components/schemas/Problem"},
			{Type: huma.TypeObject, Required: []string{"code"}, Properties: map[string]*huma.Schema{"code": only}}},
	}}
	var text []string
	for _, code := range list {
		only.Enum = append(only.Enum, string(code))
		text = append(text, "`"+string(code)+"`: "+kinds[code].title+".")
		name := "problem-" + string(code)
		spec.Components.Examples[name] = &huma.Example{Summary: kinds[code].title, Value: exampleProblem(code)}
		media.Examples[string(code)] = &huma.Example{Ref: "#/components/examples/" + name}
	}
	r := &huma.Response{Description: strings.Join(text, " "), Content: map[string]*huma.MediaType{"application/problem+json": media}}
	if slices.ContainsFunc(list, func(c control.Code) bool { return kinds[c].retry > 0 }) {
		r.Headers = map[string]*huma.Param{"Retry-After": {Description: "After how many seconds to try again.", Schema: &huma.Schema{Type: huma.TypeInteger}, Example: kinds[list[0]].retry}}
	}
	if status == http.StatusUnauthorized {
		r.Headers = map[string]*huma.Param{"WWW-Authenticate": {Description: "The scheme: Bearer (RFC 6750).", Schema: &huma.Schema{Type: huma.TypeString}, Example: `Bearer realm="partyline"`}}
	}
	return r
}
