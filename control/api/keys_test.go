package api_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
)

// TestKeyBoundToMeetings: others do not exist for it, and what is about all meetings is not for it.
func TestKeyBoundToMeetings(t *testing.T) {
	store, file := newStore(t), access.KeyFileIn(t.TempDir())
	ring, err := access.NewKeyring(access.KeyringOptions{Fixed: []access.Key{access.NewKey("test", secret, access.Admin)}, File: file})
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, store, func(o *api.Options) { o.Keys = ring })
	mine, other := b.meeting(map[string]any{"title": "Mine"}), b.meeting(map[string]any{"title": "Other"})
	bound := access.NewKey("bound", "bound-secret", access.Admin)
	bound.Meetings = []control.MeetingID{control.MeetingID(strings.TrimPrefix(mine, "/v1/meetings/"))}
	if err := file.Add(bound); err != nil {
		t.Fatal(err)
	}
	with := func(method, path string) answer {
		t.Helper()
		return b.answers(request{method: method, path: path, key: "Bearer bound-secret"})
	}
	with("GET", mine).want(200)
	with("GET", mine+"/events").want(200)
	unknown := with("GET", "/v1/meetings/mtg_aaaaaaaaaaaaaaaa")
	for _, r := range operations(t, b) {
		switch {
		case strings.Contains(r.path, "{meeting}"):
			got := with(r.method, pathParam.ReplaceAllString(strings.Replace(r.path, "/v1/meetings/{meeting}", other, 1), "x"))
			if got.status != 404 || string(got.body) != string(unknown.body) {
				t.Errorf("%s of another meeting: %d %s", r.id, got.status, got.body)
			}
		case r.id != "list-meetings":
			p := with(r.method, pathParam.ReplaceAllString(r.path, "x")).problem(403, "forbidden", "Authorization")
			if !strings.Contains(p.Detail, "bound to meetings") {
				t.Errorf("%s: %s", r.id, p.Detail)
			}
		}
	}
	list := decode[api.Page[api.MeetingSummary]](with("GET", "/v1/meetings?limit=1").want(200))
	if len(list.Items) != 1 || list.Items[0].Title != "Mine" || list.NextCursor != "" {
		t.Errorf("listed %+v", list)
	}
	if got := decode[api.Page[api.MeetingSummary]](b.get("/v1/meetings")); len(got.Items) != 2 {
		t.Errorf("the other key lists %+v", got)
	}
}

func TestExpiredKey(t *testing.T) {
	old := access.NewKey("old", "old-secret", access.Admin)
	old.ExpiresAt = time.Now().Add(-time.Second)
	b := serve(t, newStore(t), func(o *api.Options) { o.Keys = keyring(t, old) })
	got := b.send(request{method: "GET", path: "/v1/meetings", key: "Bearer old-secret"})
	p := got.problem(401, "unauthorized", "Authorization")
	if c := got.header.Get("WWW-Authenticate"); c != `Bearer realm="partyline", error="invalid_token"` || p.Hint == "" || !strings.Contains(p.Detail, "expired") {
		t.Errorf("%q, %+v", c, p)
	}
}

// TestStreamsEndWithTheirKey: whoever may no longer read is cut within seconds, and told why when he comes back.
func TestStreamsEndWithTheirKey(t *testing.T) {
	file := access.KeyFileIn(t.TempDir())
	ring, err := access.NewKeyring(access.KeyringOptions{Fixed: []access.Key{access.NewKey("test", secret, access.Admin)}, File: file})
	if err != nil {
		t.Fatal(err)
	}
	b := serve(t, newStore(t), func(o *api.Options) { o.Keys = ring })
	brief := access.NewKey("brief", "brief-secret", access.EventsRead)
	brief.ExpiresAt = time.Now().Add(2 * time.Second)
	for _, k := range []access.Key{access.NewKey("revoked", "revoked-secret", access.EventsRead), brief} {
		if err := file.Add(k); err != nil {
			t.Fatal(err)
		}
	}
	revoked, expired, lasting := b.allEvents("Bearer revoked-secret"), b.allEvents("Bearer brief-secret"), b.allEvents("Bearer "+secret)
	if err := file.Remove("revoked"); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]io.ReadCloser{"revoked": revoked, "expired": expired} {
		began := time.Now()
		if _, err := io.Copy(io.Discard, body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%s: cut after %s", name, took)
		}
	}
	b.send(request{method: "GET", path: "/v1/events", key: "Bearer revoked-secret"}).problem(401, "unauthorized", "Authorization")
	if _, err := bufio.NewReader(lasting).ReadString('\n'); err != nil {
		t.Errorf("a stream whose key holds was cut: %v", err)
	}
}

// allEvents opens the stream of all events.
func (b *bridge) allEvents(key string) io.ReadCloser {
	b.t.Helper()
	res, err := b.server.Client().Do(b.request(b.t.Context(), request{method: "GET", path: "/v1/events", key: key}))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("status %d", res.StatusCode)
	}
	return res.Body
}
