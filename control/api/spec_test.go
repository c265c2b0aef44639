package api_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"partyline/control"
)

type operation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Tags        []string
	Security    []map[string][]string
	Parameters  []struct{ Name, In, Description string }
	Responses   map[string]struct{ Description string }
}

type document struct {
	OpenAPI    string
	Paths      map[string]map[string]operation
	Components struct {
		Schemas map[string]struct {
			Description string
			Properties  map[string]json.RawMessage
			OneOf       []struct {
				Ref string `json:"$ref"`
			}
		}
	}
}

func spec(t *testing.T) (document, []byte, *bridge) {
	t.Helper()
	b := serve(t, newStore(t))
	got := b.send(request{method: "GET", path: "/openapi.json", key: "-"}).want(200)
	return decode[document](got), got.body, b
}

// TestSpecHasNoForeignWords: what huma adds to JSON Schema for itself, linters refuse.
func TestSpecHasNoForeignWords(t *testing.T) {
	_, body, b := spec(t)
	if strings.Contains(string(body), "patternDescription") {
		t.Error("the document has patternDescription")
	}
	got := b.post("/v1/meetings", map[string]any{"title": "A", "access_code": "12"}).problem(422, "invalid", "access_code")
	if !strings.Contains(got.Detail, "6 to 12 digits") {
		t.Errorf("refused with %q", got.Detail)
	}
}

// TestSpecIsComplete: every route is in the document, with all that a reader needs.
func TestSpecIsComplete(t *testing.T) {
	doc, _, b := spec(t)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("openapi %q", doc.OpenAPI)
	}
	ids := map[string]bool{}
	err := chi.Walk(b.api.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if !strings.HasPrefix(route, "/v1/") {
			return nil
		}
		op, ok := doc.Paths[route][strings.ToLower(method)]
		if !ok {
			t.Errorf("%s %s is not documented", method, route)
			return nil
		}
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 || len(op.Security) == 0 {
			t.Errorf("%s %s: %+v", method, route, op)
		}
		ids[op.OperationID] = true
		if _, ok := op.Responses["default"]; !ok {
			t.Errorf("%s %s: no problem documented", method, route)
		}
		keyed := false
		for _, p := range op.Parameters {
			keyed = keyed || p.Name == "Idempotency-Key"
			if p.Description == "" {
				t.Errorf("%s %s: parameter %s has no description", method, route, p.Name)
			}
		}
		if keyed != (method == http.MethodPost) {
			t.Errorf("%s %s: Idempotency-Key documented: %v", method, route, keyed)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSpecReferencesResolve(t *testing.T) {
	doc, raw, _ := spec(t)
	for _, ref := range regexp.MustCompile(`#/components/schemas/([A-Za-z0-9._-]+)"`).FindAllSubmatch(raw, -1) {
		if _, ok := doc.Components.Schemas[string(ref[1])]; !ok {
			t.Errorf("%s does not resolve", ref[1])
		}
	}
	if strings.Contains(string(raw), "ErrorModel") {
		t.Error("huma's own error model is documented")
	}
}

// TestEventsAreDocumented: every event of the vocabulary has a schema and says what it means.
func TestEventsAreDocumented(t *testing.T) {
	doc, _, _ := spec(t)
	found := map[string]bool{}
	for _, one := range doc.Components.Schemas["AnyEvent"].OneOf {
		s := doc.Components.Schemas[strings.TrimPrefix(one.Ref, "#/components/schemas/")]
		var typ struct{ Enum []string }
		if err := json.Unmarshal(s.Properties["type"], &typ); err != nil || len(typ.Enum) != 1 {
			t.Fatalf("%s: %v %v", one.Ref, err, typ)
		}
		found[typ.Enum[0]] = true
		if !strings.HasSuffix(s.Description, ".") || s.Properties["data"] == nil {
			t.Errorf("%s: %+v", one.Ref, s)
		}
	}
	for name := range control.EventTypes() {
		if !found[name] {
			t.Errorf("%s is not documented", name)
		}
	}
}

// TestResourcesAreDescribed: every field of our own schemas has a description.
func TestResourcesAreDescribed(t *testing.T) {
	doc, _, _ := spec(t)
	for name, s := range doc.Components.Schemas {
		if strings.HasPrefix(name, "Event") { // payloads are control's, described as a whole
			continue
		}
		for field, raw := range s.Properties {
			var p struct{ Description string }
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			payload := field == "data" && strings.HasPrefix(name, "On")
			if p.Description == "" && !payload {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
	}
}
