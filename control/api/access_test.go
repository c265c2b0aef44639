package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"partyline/control/access"
	"partyline/control/api"
)

// TestEveryRouteNeedsAKey walks the route table, so that no route can be added without one.
func TestEveryRouteNeedsAKey(t *testing.T) {
	b := serve(t, newStore(t))
	open := map[string]bool{"/healthz": true, "/readyz": true, "/openapi.json": true, "/metrics": true}
	param := regexp.MustCompile(`\{[^}]+\}`)
	routes := 0
	err := chi.Walk(b.api.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		routes++
		path := param.ReplaceAllString(route, "x")
		got := b.send(request{method: method, path: path, key: "-"})
		if open[route] {
			if got.status == http.StatusUnauthorized {
				t.Errorf("%s %s needs a key", method, route)
			}
			return nil
		}
		if !strings.HasPrefix(route, "/v1/") {
			t.Errorf("%s %s is outside /v1", method, route)
		}
		if got.status != http.StatusUnauthorized {
			t.Errorf("%s %s without a key: %d", method, route, got.status)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if routes < 40 {
		t.Errorf("only %d routes were walked", routes)
	}
}

func TestKeys(t *testing.T) {
	b := serve(t, newStore(t))
	tests := map[string]struct {
		key       string
		status    int
		challenge string
	}{
		"right":          {"Bearer " + secret, 200, ""},
		"lower case":     {"bearer " + secret, 200, ""},
		"second key":     {"Bearer another-key", 200, ""},
		"none":           {"-", 401, `Bearer realm="partyline"`},
		"wrong":          {"Bearer " + secret + "x", 401, `Bearer realm="partyline", error="invalid_token"`},
		"prefix of one":  {"Bearer " + secret[:5], 401, `Bearer realm="partyline", error="invalid_token"`},
		"empty token":    {"Bearer ", 401, `Bearer realm="partyline", error="invalid_token"`},
		"other scheme":   {"Basic " + secret, 401, `Bearer realm="partyline", error="invalid_token"`},
		"no scheme":      {secret, 401, `Bearer realm="partyline", error="invalid_token"`},
		"very long":      {"Bearer " + strings.Repeat("a", 20_000), 401, `Bearer realm="partyline", error="invalid_token"`},
		"trailing words": {"Bearer " + secret + " x", 401, `Bearer realm="partyline", error="invalid_token"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := b.send(request{method: "GET", path: "/v1/meetings", key: tt.key}).want(tt.status)
			if c := got.header.Get("WWW-Authenticate"); c != tt.challenge {
				t.Errorf("WWW-Authenticate %q, want %q", c, tt.challenge)
			}
			if tt.status == 401 {
				got.problem(401, "unauthorized", "Authorization")
			}
		})
	}
}

func TestTwoAuthorizationHeadersAreRefused(t *testing.T) {
	b := serve(t, newStore(t))
	req := b.request(t.Context(), request{method: "GET", path: "/v1/meetings"})
	req.Header.Add("Authorization", "Bearer another-key")
	res, err := b.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("status %d", res.StatusCode)
	}
}

// TestUnknownPathsTellNothing: without a key one cannot even learn which routes there are.
func TestUnknownPathsTellNothing(t *testing.T) {
	b := serve(t, newStore(t))
	for _, path := range []string{"/v1", "/v1/", "/v1/nothing", "/v1/meetings/", "/v1/../v1/meetings", "/%761/meetings"} {
		if got := b.send(request{method: "GET", path: path, key: "-"}); got.status != 401 && got.status != 404 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	b.get("/nothing").problem(404, "no_such_route", "")
	b.get("/v1/nothing").problem(404, "no_such_route", "")
}

func TestOptionsAreChecked(t *testing.T) {
	b := serve(t, newStore(t))
	full := func() api.Options {
		return api.Options{Registry: b.registry, Store: newStore(t), Keys: keyring(t, access.NewKey("a", "secret", access.Admin)),
			Signer: access.NewSigner(make([]byte, 32))}
	}
	tests := map[string]func(*api.Options){
		"no registry": func(o *api.Options) { o.Registry = nil },
		"no store":    func(o *api.Options) { o.Store = nil },
		"no keys":     func(o *api.Options) { o.Keys = nil },
		"no signer":   func(o *api.Options) { o.Signer = nil },
	}
	for name, spoil := range tests {
		o := full()
		spoil(&o)
		if _, err := api.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := api.New(full()); err != nil {
		t.Error(err)
	}
}

// TestReadersAreNoSpeakers: who may only read does not learn the code that would make a speaker of him.
func TestReadersAreNoSpeakers(t *testing.T) {
	const code = "271828182"
	b := serve(t, newStore(t), func(o *api.Options) {
		o.Keys = keyring(t, access.NewKey("test", secret, access.Admin), access.NewKey("reader", "a-reader-of-everything", access.MeetingsRead, access.EventsRead))
	})
	meeting := b.meeting(map[string]any{"title": "A", "speaker_code": code})
	b.send(request{method: "PATCH", path: meeting, body: map[string]any{"title": "B"}}).want(200)
	for _, path := range []string{"/v1/meetings", meeting} {
		got := b.send(request{method: "GET", path: path, key: "Bearer a-reader-of-everything"}).want(200)
		if strings.Contains(string(got.body), code) || got.header.Get("ETag") != "" {
			t.Errorf("%s tells a reader %s, ETag %q", path, got.body, got.header.Get("ETag"))
		}
		if all := b.get(path).want(200); !strings.Contains(string(all.body), code) {
			t.Errorf("%s does not tell an admin: %s", path, all.body)
		}
	}
	for _, path := range []string{"/v1/events?from=start", "/v1/events?from=snapshot", meeting + "/events?from=start", meeting + "/events?from=snapshot"} {
		s := b.followAs(path, "Bearer a-reader-of-everything")
		if e := s.next(); strings.Contains(e.data, code) || !strings.Contains(e.data, `"access_code"`) {
			t.Errorf("%s tells a reader %s", path, e.data)
		}
		s.close()
	}
}
