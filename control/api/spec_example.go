package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// missingExample stands in an example where a field has none; a test finds it.
const missingExample = "…"

// exampleTime is when the examples of the document happen.
const exampleTime = "2026-11-23T09:00:00Z"

// exampler makes examples out of those of the fields.
type exampler struct{ schemas map[string]*huma.Schema }

// operation gives an operation's request and answers the examples they lack.
func (x exampler) operation(o *huma.Operation) {
	if o.RequestBody != nil {
		for _, m := range o.RequestBody.Content {
			x.media(m, requestExamples[o.OperationID])
		}
	}
	for status, r := range o.Responses {
		for _, m := range r.Content {
			if status[0] == '2' {
				x.media(m, answerExamples[o.OperationID])
			}
			x.media(m, nil)
		}
	}
}

func (x exampler) media(m *huma.MediaType, given any) {
	switch {
	case m.Example != nil || m.Examples != nil || m.Schema == nil:
	case given != nil:
		m.Example = given
	default:
		m.Example = x.of(m.Schema)
	}
}

// parameter is an example of a parameter that has none.
func (x exampler) parameter(p *huma.Param) any {
	if doc := docOfField("", p.Name); doc.example != nil {
		return doc.example
	}
	return x.of(p.Schema)
}

// of makes an example: fields that may be absent are left out unless they have an example of their own.
func (x exampler) of(s *huma.Schema) any {
	s = x.deref(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return x.of(s.OneOf[0])
	}
	switch s.Type {
	case huma.TypeObject:
		return x.object(s)
	case huma.TypeArray:
		return []any{x.of(s.Items)}
	case huma.TypeBoolean:
		return false
	case huma.TypeInteger, huma.TypeNumber:
		return lowest(s)
	}
	switch s.Format {
	case "date-time":
		return exampleTime
	case "binary":
		return "RIFF…WAVE…"
	}
	return missingExample
}

func lowest(s *huma.Schema) any {
	if s.Minimum != nil {
		return *s.Minimum
	}
	return 0
}

func (x exampler) object(s *huma.Schema) any {
	out := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		if slices.Contains(s.Required, name) || x.told(p, 0) {
			out[name] = x.of(p)
		}
	}
	return out
}

// told says whether a field that may be absent belongs into an example.
func (x exampler) told(s *huma.Schema, depth int) bool {
	s = x.deref(s)
	if len(s.Examples) > 0 || depth > 3 {
		return len(s.Examples) > 0
	}
	if s.Items != nil {
		return x.told(s.Items, depth+1)
	}
	for _, p := range s.Properties {
		if x.told(p, depth+1) {
			return true
		}
	}
	return false
}

// deref follows a reference; what the reference itself gives as an example goes first.
func (x exampler) deref(s *huma.Schema) *huma.Schema {
	if s.Ref == "" || len(s.Examples) > 0 {
		return s
	}
	return x.schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
}

// object is what examples are written with.
type object = map[string]any

// requestExamples are those that fields cannot make: where one field excludes another, or says more with it.
var requestExamples = map[string]any{
	"create-meeting": object{
		"title": "Spring workshop", "starts_at": "2030-01-02T09:00:00Z", "ends_at": "2030-01-02T10:00:00Z", "speaker_code": "730118264", "options": object{"free_movement": true},
		"rooms":  []any{object{"name": "Blue"}, object{"name": "Green", "capacity": 8}},
		"roster": []any{object{"name": "Ada Lovelace", "email": "ada@example.org", "role": "speaker"}, object{"name": "Bob", "room_name": "Blue"}},
	},
	"change-meeting":     object{"title": "Summer workshop", "options": object{"phone_breakouts": true, "return_countdown_s": 10}},
	"open-meeting":       object{"starts_at": "2030-01-09T09:00:00Z", "ends_at": "2030-01-09T10:00:00Z"},
	"create-rooms":       object{"count": 4},
	"change-room":        object{"name": "Green", "locked": true},
	"change-participant": object{"name": "Ada Lovelace", "role": "speaker", "muted": false},
	"start-breakouts":    object{"distribution": "random", "duration_s": 900},
	"send-broadcast":     object{"prompt": "five_minutes_left"},
	"call-out":           object{"to": "+4930123417", "name": "Ada Lovelace"},
	"change-webhook":     object{"types": []any{"breakouts.started", "breakouts.stopped"}},
	"replay-webhook":     object{"meeting": "mtg_abcdefghijklmnop", "seq": 17},
	"lock-meeting":       object{}, "admit-participant": object{}, "deny-participant": object{}, "admit-all": object{}, "unlock-meeting": object{}, "end-meeting": object{}, "mute-all": object{}, "give-floor": object{}, "release": object{},
	"reset-breakouts": object{}, "resume-webhook": object{},
}

// answerExamples are those of answers that fields cannot make.
var answerExamples = map[string]any{"create-webhook": freshWebhook, "rotate-webhook-secret": freshWebhook}

var freshWebhook = object{
	"id": "whk_abcdefghijklmnop", "url": "https://example.com/hooks", "description": "Attendance service", "meetings": []any{}, "types": []any{},
	"created_at": exampleTime, "secrets": []any{object{"created_at": exampleTime}}, "state": "active", "held": []any{}, "position": 4711, "behind": 0,
	"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
