package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"partyline/config"
)

// The whole bridge sends what happens in it, and after a restart goes on where it was.
func TestWebhooks(t *testing.T) {
	got := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil {
			got <- string(body)
		}
	}))
	defer receiver.Close()
	cfg := config.Default()
	any4 := netip.MustParseAddrPort("127.0.0.1:0")
	cfg.SIP.Listen = config.Listeners{{Network: "udp", Addr: any4}}
	cfg.HTTP.Listen = config.AddrPort{AddrPort: any4}
	cfg.HTTP.APIKeys = config.APIKeys{{Secret: "test-key-0123456789"}}
	cfg.StateDir = t.TempDir()
	cfg.Webhooks.AllowPrivate = true

	post := func(app *App, path, body string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+app.Key())
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if answer, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusCreated {
			t.Fatalf("%s: %s %s %v", path, res.Status, answer, err)
		}
	}
	for round, title := range []string{"first", "second"} {
		app, err := New(t.Context(), cfg, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Fatal(err)
		}
		if err := app.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			post(app, "/v1/webhooks", `{"url":"`+receiver.URL+`"}`)
		}
		post(app, "/v1/meetings", `{"title":"`+title+`"}`)
		if body := <-got; !strings.Contains(body, `"type":"meeting.created"`) || !strings.Contains(body, `"title":"`+title+`"`) {
			t.Errorf("round %d: %s", round, body)
		}
		if err := app.Stop(context.Background()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
	if len(got) != 0 {
		t.Errorf("delivered again: %s", <-got)
	}
}
