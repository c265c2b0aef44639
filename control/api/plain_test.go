package api_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

func TestHealth(t *testing.T) {
	var broken error
	b := serve(t, newStore(t), func(o *api.Options) {
		o.Ready = func() error { return broken }
		o.Version = "1.2.3"
		o.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	if got := b.send(request{method: "GET", path: "/healthz", key: "-"}).want(200); !strings.Contains(string(got.body), `"1.2.3"`) {
		t.Errorf("healthz: %s", got.body)
	}
	b.send(request{method: "GET", path: "/readyz", key: "-"}).want(200)
	b.send(request{method: "HEAD", path: "/readyz", key: "-"}).want(200)
	broken = errors.New("the disk is full")
	got := b.send(request{method: "GET", path: "/readyz", key: "-"})
	if p := got.problem(503, "not_ready", ""); p.Detail != "the disk is full" || got.header.Get("Retry-After") == "" {
		t.Errorf("readyz: %s, Retry-After %q", got.body, got.header.Get("Retry-After"))
	}
	b.send(request{method: "GET", path: "/metrics", key: "-"}).want(http.StatusTeapot)
}

func TestMethodNotAllowed(t *testing.T) {
	b := serve(t, newStore(t))
	got := b.send(request{method: "PUT", path: "/v1/meetings/mtg_x"})
	got.problem(405, "method_not_allowed", "")
	if allow := got.header.Get("Allow"); allow != "GET, PATCH, DELETE" {
		t.Errorf("Allow %q", allow)
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) {
		o.Legs = func() []api.LegInfo { panic("secret detail") }
	})
	got := b.get("/v1/legs")
	got.problem(500, "internal_error", "")
	if strings.Contains(string(got.body), "secret") {
		t.Errorf("the panic is told: %s", got.body)
	}
	b.get("/healthz").want(200)
}

func TestHeaders(t *testing.T) {
	b := serve(t, newStore(t))
	for _, path := range []string{"/healthz", "/v1/meetings", "/v1/nothing"} {
		h := b.get(path).header
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestServerIsBounded(t *testing.T) {
	s := api.NewServer(http.NotFoundHandler())
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a wait has no bound: %+v", s)
	}
}

func TestLegs(t *testing.T) {
	var hung control.LegID
	b := serve(t, newStore(t), func(o *api.Options) {
		o.Legs = func() []api.LegInfo {
			return []api.LegInfo{
				{ID: "leg_b", Kind: control.PhoneLeg, Number: "+4930123417", State: "confirmed", Codec: "PCMU"},
				{ID: "leg_a", Kind: control.PhoneLeg, State: "early", Meeting: "mtg_x", Quality: &api.LegQuality{In: &api.WayQuality{LossPercent: 1.5, MOS: 4.1}}},
			}
		}
		o.HangUp = func(id control.LegID) bool { hung = id; return id == "leg_a" }
	})
	page := decode[api.Page[api.LegState]](b.get("/v1/legs?limit=1").want(200))
	if len(page.Items) != 1 || page.Items[0].ID != "leg_a" || page.NextCursor == "" {
		t.Fatalf("first page: %+v", page)
	}
	if q := page.Items[0].Quality; q == nil || q.In == nil || q.In.LossPercent != 1.5 || q.Out != nil || q.RoundTripMS != nil {
		t.Errorf("its quality is %+v", q)
	}
	page = decode[api.Page[api.LegState]](b.get("/v1/legs?cursor=" + page.NextCursor).want(200))
	if len(page.Items) != 1 || page.Items[0].ID != "leg_b" || page.NextCursor != "" {
		t.Fatalf("second page: %+v", page)
	}
	if n := page.Items[0].Number; strings.Contains(n, "0123") {
		t.Errorf("number %q is not masked", n)
	}
	b.send(request{method: "DELETE", path: "/v1/legs/leg_a"}).want(204)
	if hung != "leg_a" {
		t.Errorf("hung up %q", hung)
	}
	b.send(request{method: "DELETE", path: "/v1/legs/leg_c"}).problem(404, "not_found", "")
}
