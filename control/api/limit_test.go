package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"testing"

	"partyline/control/access"
	"partyline/control/api"
)

// TestRateOfAKey: who asks too often is told when to come back, and others are not kept up.
func TestRateOfAKey(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Rates.Key = 1 })
	refused := 0
	for range 14 {
		got := b.get("/v1/meetings")
		if got.status == http.StatusOK {
			continue
		}
		refused++
		got.problem(429, "rate_limited", "Authorization")
		if s, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || s < 1 || s > 2 {
			t.Errorf("Retry-After %q", got.header.Get("Retry-After"))
		}
	}
	if refused == 0 || refused > 4 {
		t.Errorf("%d of 14 requests at once were refused, 4 are too many", refused)
	}
	b.send(request{method: "GET", path: "/v1/meetings", key: "Bearer another-key"}).want(200)
}

// TestGuessingIsSlowedDown: a source of wrong credentials has to wait, longer each time, while right ones go on.
func TestGuessingIsSlowedDown(t *testing.T) {
	b := serve(t, newStore(t))
	for i := range 100 {
		b.send(request{method: "GET", path: "/v1/meetings", key: fmt.Sprint("Bearer wrong-", i)}).problem(401, "unauthorized", "Authorization")
	}
	got := b.send(request{method: "GET", path: "/v1/meetings", key: "Bearer wrong"})
	got.problem(429, "rate_limited", "Authorization")
	if got.header.Get("Retry-After") != "1" || got.header.Get("WWW-Authenticate") != "" {
		t.Errorf("%v", got.header)
	}
	b.get("/v1/meetings").want(200)
	b.send(request{method: "GET", path: "/v1/meetings", key: "-"}).problem(401, "unauthorized", "Authorization")
}

func TestOrigins(t *testing.T) {
	const page, other = "https://meet.example.org", "https://evil.example"
	ask := func(b *bridge, method, origin string, header map[string]string) answer {
		h := map[string]string{"Origin": origin}
		maps.Copy(h, header)
		key := ""
		if method == "OPTIONS" {
			key = "-"
		}
		return b.send(request{method: method, path: "/v1/meetings", key: key, header: h})
	}
	preflight := map[string]string{"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}

	off := serve(t, newStore(t))
	for _, got := range []answer{ask(off, "GET", page, nil), ask(off, "OPTIONS", page, preflight)} {
		if got.header.Get("Access-Control-Allow-Origin") != "" || got.status == http.StatusNoContent {
			t.Errorf("off: %d %v", got.status, got.header)
		}
	}

	on := serve(t, newStore(t), func(o *api.Options) {
		o.Origins = []string{page}
		o.Keys = keyring(t, access.NewKey("test", secret, access.Admin))
	})
	got := ask(on, "OPTIONS", page, preflight).want(http.StatusNoContent)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": page, "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
		"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID",
		"Access-Control-Max-Age":       "600", "Access-Control-Allow-Credentials": "",
	} {
		if v := got.header.Get(name); v != want {
			t.Errorf("preflight: %s %q, want %q", name, v, want)
		}
	}
	got = ask(on, "GET", page, nil).want(200)
	if got.header.Get("Access-Control-Allow-Origin") != page || got.header.Get("Access-Control-Expose-Headers") == "" || got.header.Get("Vary") != "Origin" {
		t.Errorf("%v", got.header)
	}
	for _, origin := range []string{other, "null", page + ".evil.example", "http://meet.example.org", "https://meet.example.org:8443"} {
		for _, got := range []answer{ask(on, "GET", origin, nil), ask(on, "OPTIONS", origin, preflight)} {
			if got.header.Get("Access-Control-Allow-Origin") != "" || got.status == http.StatusNoContent {
				t.Errorf("%s: %d %v", origin, got.status, got.header)
			}
		}
	}
	// A page can read why it was refused.
	wrong := on.send(request{method: "GET", path: "/v1/meetings", key: "-", header: map[string]string{"Origin": page}})
	wrong.problem(401, "unauthorized", "Authorization")
	if wrong.header.Get("Access-Control-Allow-Origin") != page {
		t.Errorf("%v", wrong.header)
	}
}
