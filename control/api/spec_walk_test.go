package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

type anyMap = map[string]any

// eachOperation gives f every operation of the document, with its method and path.
func eachOperation(c *contract, f func(name string, o anyMap)) {
	for path, item := range c.doc["paths"].(anyMap) {
		for method, o := range item.(anyMap) {
			f(strings.ToUpper(method)+" "+path, o.(anyMap))
		}
	}
}

func readDocument(t *testing.T) (*contract, *bridge) {
	t.Helper()
	b := serve(t, newStore(t))
	return contractOf(t, b.api), b
}

func said(v any) bool { s, _ := v.(string); return strings.TrimSpace(s) != "" && s != "…" }

// TestOperationsAreDocumented: no operation or parameter without a description, none without an example.
func TestOperationsAreDocumented(t *testing.T) {
	c, _ := readDocument(t)
	eachOperation(c, func(name string, o anyMap) {
		if !said(o["summary"]) || !said(o["description"]) {
			t.Errorf("%s has no summary or description (see spec_operations.go)", name)
		}
		params, _ := o["parameters"].([]any)
		for _, p := range params {
			p := c.resolve(p).(anyMap)
			if !said(p["description"]) || p["example"] == nil {
				t.Errorf("%s: parameter %s has no description or example (see spec_fields.go)", name, p["name"])
			}
		}
		if body, ok := o["requestBody"].(anyMap); ok {
			if !strings.Contains(body["description"].(string), "At most ") || o["x-max-body-bytes"] == nil {
				t.Errorf("%s: how large the body may be is not said", name)
			}
			c.documented(t, name+" request", body["content"])
		}
		for status, r := range o["responses"].(anyMap) {
			r := c.resolve(r).(anyMap)
			if !said(r["description"]) {
				t.Errorf("%s: answer %s has no description", name, status)
			}
			if r["content"] == nil && status != "204" && status != "304" {
				t.Errorf("%s: answer %s has no content", name, status)
			}
			c.documented(t, name+" "+status, r["content"])
			headers, _ := r["headers"].(anyMap)
			for header, h := range headers {
				if !said(h.(anyMap)["description"]) {
					t.Errorf("%s: header %s of answer %s has no description", name, header, status)
				}
			}
		}
	})
	for _, tag := range c.doc["tags"].([]any) {
		if !said(tag.(anyMap)["description"]) {
			t.Errorf("tag %s has no description (see tagDocs)", tag.(anyMap)["name"])
		}
	}
}

// documented checks that every content has an example, and that the example is what the schema says.
func (c *contract) documented(t *testing.T, name string, content any) {
	t.Helper()
	media, _ := content.(anyMap)
	for kind, m := range media {
		m := m.(anyMap)
		examples := []any{}
		if m["example"] != nil {
			examples = append(examples, m["example"])
		}
		named, _ := m["examples"].(anyMap)
		for _, e := range named {
			examples = append(examples, c.resolve(e).(anyMap)["value"])
		}
		if len(examples) == 0 {
			t.Errorf("%s: %s has no example", name, kind)
		}
		for _, e := range examples {
			c.exampleFits(t, name, m["schema"], e)
		}
	}
}

// exampleFits compiles a schema where it stands: it is put into a document of its own beside the components.
func (c *contract) exampleFits(t *testing.T, name string, schema, example any) {
	t.Helper()
	raw, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	pointer := "#/$inline/" + strings.ReplaceAll(jsonPointerName(string(raw)), "/", "_")
	c.mu.Lock()
	if c.doc["$inline"] == nil {
		c.doc["$inline"] = anyMap{}
	}
	c.doc["$inline"].(anyMap)[strings.TrimPrefix(pointer, "#/$inline/")] = schema
	c.mu.Unlock()
	body, err := json.Marshal(example)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), `"…"`) {
		t.Errorf("%s: a field has no example (see spec_fields.go): %s", name, body)
	}
	before := t.Failed()
	c.fits(t, pointer, body)
	if t.Failed() && !before {
		t.Errorf("… which is the example of %s", name)
	}
}

// jsonPointerName is a name that needs no escaping, the same for the same schema.
func jsonPointerName(s string) string {
	return regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(s, "-")
}

// TestSchemasAreDocumented: no schema and no field without a description.
func TestSchemasAreDocumented(t *testing.T) {
	c, _ := readDocument(t)
	for name, s := range c.at("components", "schemas").(anyMap) {
		s := s.(anyMap)
		if !said(s["description"]) {
			t.Errorf("schema %s has no description (see spec_schemas.go)", name)
		}
		fields, _ := s["properties"].(anyMap)
		for field, p := range fields {
			examples, _ := p.(anyMap)["examples"].([]any)
			for _, e := range examples {
				c.exampleFits(t, name+"."+field, p, e)
			}
			if !said(p.(anyMap)["description"]) {
				t.Errorf("%s.%s has no description (by a tag, or in spec_fields.go)", name, field)
			}
		}
	}
}

// TestCodesAreDocumented: every code has its status, meaning, what to do and an example; every operation lists its own.
func TestCodesAreDocumented(t *testing.T) {
	c, _ := readDocument(t)
	code := c.at("components", "schemas", "ProblemCode").(anyMap)
	examples := c.at("components", "examples").(anyMap)
	unused := map[string]bool{"no_such_route": true, "method_not_allowed": true, "not_ready": true, "room_full": true, "locked": true, "on_air": true} // of the keypad, or of no operation under /v1
	for _, v := range code["enum"].([]any) {
		name := v.(string)
		if !strings.Contains(code["description"].(string), "`"+name+"`") || strings.Contains(code["description"].(string), ".. |") {
			t.Errorf("%s is not described", name)
		}
		example, _ := examples["problem-"+name].(anyMap)
		if example == nil {
			if !unused[name] {
				t.Errorf("%s: no operation can answer with it", name)
			}
			continue
		}
		value, err := json.Marshal(example["value"])
		if err != nil || !said(example["value"].(anyMap)["detail"]) {
			t.Errorf("%s has no example (see codeDocs): %v", name, err)
		}
		c.fits(t, "#/components/schemas/Problem", value)
	}
	for row := range strings.SplitSeq(code["description"].(string), "\n") {
		if strings.HasPrefix(row, "| `") && strings.HasSuffix(row, "|  |") {
			t.Errorf("it is not said what to do (see codeDocs): %s", row)
		}
	}
	eachOperation(c, func(name string, o anyMap) {
		answers := o["responses"].(anyMap)
		for _, status := range []string{"401", "403", "422", "429", "500", "503", "default"} {
			if answers[status] == nil {
				t.Errorf("%s: %s is not documented", name, status)
			}
		}
	})
}

// TestVocabularyIsDocumented: every event has a schema that is its own, prose in three parts, and an example that fits.
func TestVocabularyIsDocumented(t *testing.T) {
	c, _ := readDocument(t)
	mapping := c.at("components", "schemas", "AnyEvent", "discriminator", "mapping").(anyMap)
	if want := slices.Sorted(maps.Keys(control.EventTypes())); !slices.Equal(want, slices.Sorted(maps.Keys(mapping))) {
		t.Errorf("the union has %v, control has %v", mapping, want)
	}
	prose := regexp.MustCompile(`^[A-Z].*[.:;,].* Sent: [a-z].*\. To do: [a-z].*\.$`)
	for name, ref := range mapping {
		s := c.resolve(anyMap{"$ref": ref}).(anyMap)
		if !prose.MatchString(s["description"].(string)) {
			t.Errorf("%s is not told as what happened, when it is sent and what to do (see eventDocs, eventUses): %s", name, s["description"])
		}
		examples, _ := s["examples"].([]any)
		if len(examples) != 1 {
			t.Errorf("%s has %d examples", name, len(examples))
			continue
		}
		raw, err := json.Marshal(examples[0])
		if err != nil || examples[0].(anyMap)["type"] != name {
			t.Errorf("%s: %v %s", name, err, raw)
		}
		if strings.Contains(string(raw), `"…"`) {
			t.Errorf("%s: a field has no example (see spec_fields.go): %s", name, raw)
		}
		c.fits(t, ref.(string), raw)
		c.fits(t, "#/components/schemas/AnyEvent", raw)
	}
}

// TestWebhooksAreDocumented: what a receiver gets is in the document, with the headers that it verifies.
func TestWebhooksAreDocumented(t *testing.T) {
	c, _ := readDocument(t)
	post := c.at("webhooks", "event", "post").(anyMap)
	if ref := c.at("webhooks", "event", "post", "requestBody", "content", "application/json").(anyMap)["schema"].(anyMap)["$ref"]; ref != "#/components/schemas/AnyEvent" {
		t.Errorf("the body is %v", ref)
	}
	c.documented(t, "webhook", post["requestBody"].(anyMap)["content"])
	var headers []string
	for _, p := range post["parameters"].([]any) {
		headers = append(headers, p.(anyMap)["name"].(string))
	}
	if want := []string{"webhook-id", "webhook-timestamp", "webhook-signature"}; !slices.Equal(headers, want) {
		t.Errorf("headers %v", headers)
	}
}

// TestRequestExamplesAreTaken sends what the document shows: it may name things that there are not, but its form is good.
func TestRequestExamplesAreTaken(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.HasPrompt = nil })
	c := contractOf(t, b.api)
	params := regexp.MustCompile(`\{\w+\}`)
	eachOperation(c, func(name string, o anyMap) {
		method, path, _ := strings.Cut(name, " ")
		if o["requestBody"] == nil || o["operationId"] == "end-meeting" {
			return
		}
		m := strings.TrimPrefix(b.meeting(nil), "/v1/meetings/") // of its own, for what others left would be in the way
		path = params.ReplaceAllString(strings.Replace(path, "{meeting}", m, 1), "unknown")
		for kind, content := range o["requestBody"].(anyMap)["content"].(anyMap) {
			body := content.(anyMap)["example"]
			got := b.send(request{method: method, path: path, body: body, contentType: kind})
			if got.status >= 400 && got.status != http.StatusNotFound && got.status != http.StatusConflict && got.status != http.StatusForbidden {
				t.Errorf("%s does not take its own example %v: %d %s", name, body, got.status, got.body)
			}
		}
	})
}
