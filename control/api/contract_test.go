package api_test

import (
	"bytes"
	"mime"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the OpenAPI document as a reader of it who trusts nothing else: every answer and every event that any test
// of this package gets is held against it.
type contract struct {
	doc map[string]any

	mu       sync.Mutex
	compiler *jsonschema.Compiler          // guarded by mu
	schemas  map[string]*jsonschema.Schema // guarded by mu; by pointer into the document
}

var (
	theContract  *contract
	readContract sync.Once
)

// contractOf reads the document, once for all tests: it is the same of every bridge.
func contractOf(t testing.TB, b http.Handler) *contract {
	t.Helper()
	readContract.Do(func() {
		w := httptest.NewRecorder()
		b.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", nil))
		doc, err := jsonschema.UnmarshalJSON(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft2020)
		c.AssertFormat()
		if err := c.AddResource("openapi.json", doc); err != nil {
			t.Fatal(err)
		}
		theContract = &contract{doc: doc.(map[string]any), compiler: c, schemas: map[string]*jsonschema.Schema{}}
	})
	if theContract == nil {
		t.Fatal("the document could not be read")
	}
	return theContract
}

// at finds a place in the document; references are followed. nil: there is none.
func (c *contract) at(path ...string) any {
	var v any = c.doc
	for _, name := range path {
		v = c.resolve(v)
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return c.resolve(v)
}

func (c *contract) resolve(v any) any {
	if m, ok := v.(map[string]any); ok {
		if ref, ok := m["$ref"].(string); ok {
			return c.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return v
}

// pointer is where something is, with references followed on the way to it.
func (c *contract) pointer(path ...string) string {
	out, v := "#", any(c.doc)
	for _, name := range path {
		if ref, ok := v.(map[string]any)["$ref"].(string); ok {
			out, v = ref, c.resolve(v)
		}
		out += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", " ", "%20").Replace(name)
		v = v.(map[string]any)[name]
	}
	return out
}

// fits says whether a JSON value is what the schema at a pointer describes.
func (c *contract) fits(t testing.TB, pointer string, body []byte) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Errorf("%s: %v: %.300s", pointer, err, body)
		return
	}
	if err := c.schema(t, pointer).Validate(value); err != nil {
		t.Errorf("not as documented: %v\n%.600s", err, body)
	}
}

func (c *contract) schema(t testing.TB, pointer string) *jsonschema.Schema {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.schemas[pointer] == nil {
		s, err := c.compiler.Compile("openapi.json" + pointer)
		if err != nil {
			t.Fatalf("%s: %v", pointer, err)
		}
		c.schemas[pointer] = s
	}
	return c.schemas[pointer]
}

// route finds the path of the document that a request's path is of; the more literal one goes first.
func (c *contract) route(path string) (found string) {
	path, _, _ = strings.Cut(path, "?")
	have, best := strings.Split(path, "/"), -1
	for route := range c.doc["paths"].(map[string]any) {
		want, literal := strings.Split(route, "/"), 0
		if len(want) != len(have) {
			continue
		}
		for i := range want {
			switch {
			case want[i] == have[i]:
				literal++
			case !strings.HasPrefix(want[i], "{") || have[i] == "":
				literal = -len(want)
			}
		}
		if literal > best {
			found, best = route, literal
		}
	}
	return found
}

// answered holds an answer against the document.
func (c *contract) answered(t testing.TB, method, path string, status int, header http.Header, body []byte) {
	t.Helper()
	route := c.route(path)
	place := []string{"paths", route, strings.ToLower(method), "responses", strconv.Itoa(status)}
	operation, _ := c.at(place[:3]...).(map[string]any)
	if operation == nil { // no route or no such method: no operation answers
		return
	}
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if (status == http.StatusNoContent || status == http.StatusNotModified) && len(body) == 0 {
		media, err = "", nil
	}
	switch {
	case err != nil:
		t.Errorf("%s %s: %v", method, path, err)
	case c.at(place...) == nil:
		t.Errorf("%s %s answers %d, which is not documented (see spec_refusals.go): %s", method, route, status, body)
	case media == "":
	case c.at(append(place, "content", media)...) == nil:
		t.Errorf("%s %s answers %d as %s, which is not documented", method, route, status, media)
	case strings.HasSuffix(media, "json"):
		c.fits(t, c.pointer(append(place, "content", media, "schema")...), body)
	}
}

// streamed holds a message of a stream against the document.
func (c *contract) streamed(t testing.TB, m message) {
	t.Helper()
	schema := "AnyEvent"
	if m.event == "snapshot" || m.event == "reset" {
		if schema = "Snapshot"; strings.HasPrefix(m.data, `{"meetings":`) {
			schema = "Overview"
		}
	}
	c.fits(t, "#/components/schemas/"+schema, []byte(m.data))
}
