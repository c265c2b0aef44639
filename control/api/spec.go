package api

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// finishSpec makes the document whole: what huma cannot know is added, and what it puts there and we never send is taken
// out. It runs once all operations are registered and changes nothing that requests are checked against.
func finishSpec(spec *huma.OpenAPI) {
	schemas := spec.Components.Schemas.Map()
	for _, name := range []string{"ErrorModel", "ErrorDetail", "Event"} { // of Event the forms are documented one by one
		delete(schemas, name)
	}
	for name, s := range schemas {
		finishSchema(name, s)
	}
	addCodes(schemas)
	x := exampler{schemas}
	exampleEvents(schemas, x)
	for _, o := range operations(spec) {
		finishOperation(spec, o, x)
	}
	addWebhook(spec)
	spec.Tags = tags(spec)
}

// finishSchema describes what its Go type does not.
func finishSchema(name string, s *huma.Schema) {
	if s.Description == "" {
		s.Description = schemaDocs[name]
	}
	for field, p := range s.Properties {
		p.PatternDescription = "" // huma's own: it is in the messages already, and OpenAPI knows no such word
		doc := docOfField(name, field)
		if p.Description == "" {
			p.Description = doc.text
		}
		_, listed := doc.example.([]any)
		if len(p.Examples) == 0 && p.Ref == "" && doc.example != nil && listed == (p.Type == huma.TypeArray) {
			p.Examples = []any{doc.example}
		}
	}
}

// operations are those of the document, in order of their ids.
func operations(spec *huma.OpenAPI) []*huma.Operation {
	var all []*huma.Operation
	for _, path := range spec.Paths {
		for _, o := range []*huma.Operation{path.Get, path.Put, path.Post, path.Patch, path.Delete} {
			if o != nil {
				all = append(all, o)
			}
		}
	}
	slices.SortFunc(all, func(a, b *huma.Operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return all
}

func finishOperation(spec *huma.OpenAPI, o *huma.Operation, x exampler) {
	if o.Description == "" {
		o.Description = operationDocs[o.OperationID]
	}
	for _, p := range o.Parameters {
		if p.Name == "If-None-Match" {
			o.Responses["304"] = &huma.Response{Description: "It is still as it was when it had that ETag. There is no body."}
		}
		if p.Example == nil && p.Schema != nil {
			p.Example = x.parameter(p)
		}
	}
	if limit, ok := o.Metadata[bodyLimit].(int64); ok && o.RequestBody != nil {
		o.RequestBody.Description = strings.TrimSpace(o.RequestBody.Description + " At most " + size(limit) + ".")
		o.Extensions = map[string]any{"x-max-body-bytes": limit}
	}
	for _, r := range o.Responses {
		for _, h := range r.Headers {
			h.Description = cmp.Or(h.Description, h.Schema.Description)
		}
	}
	x.operation(o)
	documentRefusals(spec, o)
}

func size(bytes int64) string {
	if bytes >= 1<<20 && bytes%(1<<20) == 0 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes, 10) + " bytes"
}

// tags describes the groups of operations that there are.
func tags(spec *huma.OpenAPI) []*huma.Tag {
	used := map[string]bool{}
	for _, o := range operations(spec) {
		for _, t := range o.Tags {
			used[t] = true
		}
	}
	var all []*huma.Tag
	for _, name := range slices.Sorted(maps.Keys(used)) {
		all = append(all, &huma.Tag{Name: name, Description: tagDocs[name]})
	}
	return all
}

// tagDocs says what a group of operations is about. A test keeps it complete.
var tagDocs = map[string]string{
	"attendance":    "Who was where and when, out of the durable log.",
	"breakouts":     "Open and close the breakouts: everybody moves in one step.",
	"broadcasts":    "Messages played into rooms.",
	"calls":         "The bridge calls people into a meeting, whom the operator allows it to.",
	"events":        "Everything that happens, as server-sent events. The same events are sent by webhooks.",
	"tokens":        "Access to one meeting for a page or a person, for a while.",
	"help requests": "A room calls for the speakers.",
	"legs":          "The media connections of this bridge, whatever meeting they are in.",
	"meetings":      "A meeting has a main room, breakout rooms, a roster, options and an access code.",
	"participants":  "The people of a meeting, by telephone, on the web, in a browser, or expected.",
	"numbers":       "Telephone numbers and SIP addresses that lead to a meeting without an access code. For keys that are bound to no meeting.",
	"rooms":         "The breakout rooms of a meeting, and the plan of who belongs where.",
	"webhooks":      "Have events sent to a URL, signed by Standard Webhooks.",
}
