package api_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
	"partyline/control/store"
	"partyline/control/webhook"
)

// withWebhooks gives an API a running service that may send to this machine.
func withWebhooks(t testing.TB, s *store.Store) func(*api.Options) {
	return func(o *api.Options) {
		service, err := webhook.New(webhook.Options{
			Store: s, Log: s, Subscribe: func() (<-chan struct{}, func()) { return o.Registry.Subscribe("") }, Encode: api.EncodeEvent, Logger: o.Logger, MaxEndpoints: 5,
			Guard: webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := service.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := service.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		o.Webhooks = service
	}
}

// hook is a delivery that came.
type hook struct {
	header http.Header
	body   []byte
}

// hookReceiver notes what is sent to it.
func hookReceiver(t testing.TB) (url string, got <-chan hook) {
	t.Helper()
	all := make(chan hook, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			all <- hook{r.Header, body}
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	return server.URL, all
}

func TestWebhookLifecycle(t *testing.T) {
	s := newStore(t)
	b := serve(t, s, withWebhooks(t, s))
	m := b.meeting(nil)
	made := b.post("/v1/webhooks", map[string]any{"url": "https://example.com/hooks", "description": "mine", "meetings": []string{strings.TrimPrefix(m, "/v1/meetings/")}, "types": []string{"meeting.ended"}}).want(201)
	w := decode[api.WebhookWithSecret](made)
	path := "/v1/webhooks/" + string(w.ID)
	if made.header.Get("Location") != path || !strings.HasPrefix(w.Secret, "whsec_") || w.State != "active" || w.Behind != 0 || w.Position == 0 {
		t.Errorf("made: %s at %s", made.body, made.header.Get("Location"))
	}
	read := b.get(path).want(200)
	for _, a := range []answer{read, b.get("/v1/webhooks").want(200)} {
		if strings.Contains(string(a.body), "whsec_") {
			t.Errorf("the secret is shown again: %s", a.body)
		}
	}
	if got := decode[api.Webhook](read); got.Description != "mine" || len(got.Meetings) != 1 || len(got.Types) != 1 || len(got.Secrets) != 1 {
		t.Errorf("read: %s", read.body)
	}

	patch := func(etag string, body any) answer {
		return b.send(request{method: "PATCH", path: path, body: body, header: map[string]string{"If-Match": etag}})
	}
	changed := patch(read.header.Get("ETag"), map[string]any{"url": "https://example.org/", "types": []string{}}).want(200)
	if got := decode[api.Webhook](changed); got.URL != "https://example.org/" || len(got.Types) != 0 || len(got.Meetings) != 1 || got.Description != "mine" {
		t.Errorf("changed: %s", changed.body)
	}
	stale := patch(read.header.Get("ETag"), map[string]any{"description": "x"}).problem(412, "precondition_failed", "If-Match")
	if !strings.Contains(string(stale.Current), "example.org") {
		t.Errorf("current is %s", stale.Current)
	}

	rotated := decode[api.WebhookWithSecret](b.post(path+"/rotate", nil).want(200))
	if rotated.Secret == w.Secret || len(rotated.Secrets) != 2 || rotated.Secrets[0].ExpiresAt != nil || rotated.Secrets[1].ExpiresAt == nil {
		t.Errorf("rotated: %+v", rotated)
	}
	if at := decode[api.WebhookWithSecret](b.post(path+"/rotate", map[string]any{"overlap_s": 0}).want(200)); len(at.Secrets) != 1 {
		t.Errorf("rotated at once: %+v", at)
	}
	if got := decode[api.Webhook](b.post(path+"/resume", nil).want(200)); got.State != "active" {
		t.Errorf("resumed: %+v", got)
	}
	b.send(request{method: "DELETE", path: path, header: map[string]string{"If-Match": `"x"`}}).problem(412, "precondition_failed", "If-Match")
	b.send(request{method: "DELETE", path: path}).want(204)
	b.get(path).problem(404, "not_found", "webhook")
	b.send(request{method: "DELETE", path: path}).problem(404, "not_found", "webhook")
}

// What a webhook gets is byte for byte the data of the event stream, signed, in order; a replay sends it again.
func TestWebhookBodies(t *testing.T) {
	s := newStore(t)
	b := serve(t, s, withWebhooks(t, s))
	url, got := hookReceiver(t)
	m := b.meeting(map[string]any{"title": "Ü <b> & \u2028", "roster": []map[string]any{{"name": "Ada", "number": "+4930123417"}}})
	w := decode[api.WebhookWithSecret](b.post("/v1/webhooks", map[string]any{"url": url, "from": "start"}).want(201))
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(w.Secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	b.rooms(m, 3)
	b.post(m+"/lock", nil).want(200)
	stream := b.follow("/v1/events?from=start", "")
	const events = 4 // created, added, rooms, locked
	check := func(want message) {
		t.Helper()
		h := <-got
		if string(h.body) != want.data {
			t.Errorf("webhook and stream differ:\n%s\n%s", h.body, want.data)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(h.header.Get("webhook-id") + "." + h.header.Get("webhook-timestamp") + "." + string(h.body)))
		if sig := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.header.Get("webhook-signature") != sig {
			t.Errorf("signature %s, want %s", h.header.Get("webhook-signature"), sig)
		}
		if strings.Contains(string(h.body), "30123417") {
			t.Errorf("a number is not masked: %s", h.body)
		}
	}
	var all []message
	for range events {
		all = append(all, stream.next())
		check(all[len(all)-1])
	}
	path := "/v1/webhooks/" + string(w.ID)
	b.wait(path, func(a answer) bool { return decode[api.Webhook](a).Behind == 0 })
	b.post(path+"/replay", map[string]any{"meeting": strings.TrimPrefix(m, "/v1/meetings/"), "seq": 3}).want(200)
	check(all[2])
	check(all[3])
	b.wait(path, func(a answer) bool { return decode[api.Webhook](a).Behind == 0 })
	b.post(path+"/replay", map[string]any{"after": 0}).want(200)
	for _, want := range all {
		check(want)
	}
}

// A retry of a request gets the same answer, the secret too, and makes nothing twice; also after a restart.
func TestWebhookIdempotency(t *testing.T) {
	s := newStore(t)
	b := serve(t, s, withWebhooks(t, s))
	send := func(path, key string, body any) answer {
		t.Helper()
		return b.send(request{method: "POST", path: path, body: body, header: map[string]string{"Idempotency-Key": key}})
	}
	body := map[string]any{"url": "https://example.com/"}
	first := send("/v1/webhooks", "k", body).want(201)
	again := send("/v1/webhooks", "k", body).want(201)
	if string(again.body) != string(first.body) || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the retry got %s, not %s", again.body, first.body)
	}
	send("/v1/webhooks", "k", map[string]any{"url": "https://example.org/"}).problem(422, "idempotency_mismatch", "Idempotency-Key")
	path := first.header.Get("Location")
	rotated := send(path+"/rotate", "r", nil).want(200)
	b.stop()
	b = serve(t, s, withWebhooks(t, s))
	if again := send(path+"/rotate", "r", nil).want(200); string(again.body) != string(rotated.body) {
		t.Errorf("the retry got %s, not %s", again.body, rotated.body)
	}
	if page := decode[api.Page[api.Webhook]](b.get("/v1/webhooks").want(200)); len(page.Items) != 1 || len(page.Items[0].Secrets) != 2 {
		t.Errorf("there are %+v", page.Items)
	}
}

func TestWebhookBadInput(t *testing.T) {
	s := newStore(t)
	b := serve(t, s, withWebhooks(t, s))
	w := "/v1/webhooks/" + string(decode[api.WebhookWithSecret](b.post("/v1/webhooks", map[string]any{"url": "https://example.com/"}).want(201)).ID)
	before := string(b.get(w).want(200).body)
	for _, tt := range []struct {
		name, method, path string
		body               any
		status             int
		code, field        string
	}{
		{"no URL", "POST", "/v1/webhooks", map[string]any{}, 422, "invalid", "url"},
		{"not a URL", "POST", "/v1/webhooks", map[string]any{"url": "nonsense"}, 422, "invalid", "url"},
		{"an address inside", "POST", "/v1/webhooks", map[string]any{"url": "https://10.0.0.1/"}, 422, "invalid", "url"},
		{"metadata", "PATCH", w, map[string]any{"url": "http://169.254.169.254/latest"}, 422, "invalid", "url"},
		{"too long a URL", "POST", "/v1/webhooks", map[string]any{"url": "https://example.com/" + strings.Repeat("x", 2000)}, 422, "invalid", "url"},
		{"no such event", "POST", "/v1/webhooks", map[string]any{"url": "https://example.com/", "types": []string{"levels"}}, 422, "invalid", "types[0]"},
		{"no such meeting", "POST", "/v1/webhooks", map[string]any{"url": "https://example.com/", "meetings": []string{"mtg_x"}}, 404, "not_found", "meetings[0]"},
		{"change to no such meeting", "PATCH", w, map[string]any{"meetings": []string{"mtg_x"}}, 404, "not_found", "meetings[0]"},
		{"no such beginning", "POST", "/v1/webhooks", map[string]any{"url": "https://example.com/", "from": "yesterday"}, 422, "invalid", "from"},
		{"a secret of one's own", "POST", "/v1/webhooks", map[string]any{"url": "https://example.com/", "secret": "whsec_"}, 422, "invalid", "secret"},
		{"overlap too long", "POST", w + "/rotate", map[string]any{"overlap_s": 604801}, 422, "invalid", "overlap_s"},
		{"replay from nowhere", "POST", w + "/replay", map[string]any{}, 422, "invalid", "after"},
		{"replay from two places", "POST", w + "/replay", map[string]any{"after": 1, "meeting": "mtg_x", "seq": 1}, 422, "invalid", "after"},
		{"replay from the future", "POST", w + "/replay", map[string]any{"after": 99}, 422, "invalid", "after"},
		{"replay from an unknown event", "POST", w + "/replay", map[string]any{"meeting": "mtg_x", "seq": 1}, 404, "not_found", "seq"},
		{"replay without a body", "POST", w + "/replay", nil, 400, "malformed_request", ""},
		{"read an unknown one", "GET", "/v1/webhooks/whk_x", nil, 404, "not_found", "webhook"},
		{"change an unknown one", "PATCH", "/v1/webhooks/whk_x", map[string]any{}, 404, "not_found", "webhook"},
		{"resume an unknown one", "POST", "/v1/webhooks/whk_x/resume", nil, 404, "not_found", "webhook"},
	} {
		got := b.send(request{method: tt.method, path: tt.path, body: tt.body})
		t.Run(tt.name, func(t *testing.T) {
			got.t = t
			got.problem(tt.status, tt.code, tt.field)
		})
	}
	if after := string(b.get(w).want(200).body); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
	for range 4 {
		b.post("/v1/webhooks", map[string]any{"url": "https://example.com/"}).want(201)
	}
	b.post("/v1/webhooks", map[string]any{"url": "https://example.com/"}).problem(409, "limit_reached", "")
	without := serve(t, newStore(t))
	without.get("/v1/webhooks").problem(404, "not_found", "")
}

// TestWebhookShowsWhatIsHeldBack: a meeting that a receiver chokes on is visible, and goes on with resume.
func TestWebhookShowsWhatIsHeldBack(t *testing.T) {
	s := newStore(t)
	url, got := hookReceiver(t)
	first := serve(t, s)
	m := first.meeting(nil)
	first.stop()
	since := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	held := webhook.Held{Meeting: control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")), Seq: 1,
		Progress: webhook.Progress{LastStatus: 500, LastError: "it answered 500", Attempts: 61, FailingSince: since, ParkedAt: since.Add(24 * time.Hour)}}
	e := webhook.Endpoint{ID: "whk_held", Spec: webhook.Spec{URL: url}, CreatedAt: since,
		Secrets: []webhook.Secret{{Value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", CreatedAt: since}}, Progress: webhook.Progress{Position: 1, Held: []webhook.Held{held}}}
	if err := s.SaveWebhook(t.Context(), e, nil); err != nil {
		t.Fatal(err)
	}
	b := serve(t, s, withWebhooks(t, s))
	w := decode[api.Webhook](b.get("/v1/webhooks/whk_held").want(200))
	if len(w.Held) != 1 || w.State != "retrying" {
		t.Fatalf("%+v", w)
	}
	if h := w.Held[0]; h.Meeting != held.Meeting || h.Seq != 1 || h.LastStatus != 500 || h.Attempts != 61 || h.ParkedAt == nil || h.NextAttemptAt != nil {
		t.Errorf("%+v", h)
	}
	b.post("/v1/webhooks/whk_held/resume", nil).want(200)
	if body := string((<-got).body); !strings.Contains(body, `"type":"meeting.created"`) {
		t.Errorf("resumed with %s", body)
	}
	b.wait("/v1/webhooks/whk_held", func(a answer) bool {
		w := decode[api.Webhook](a)
		return w.State == "active" && len(w.Held) == 0
	})
}
