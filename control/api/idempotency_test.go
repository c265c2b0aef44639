package api_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// keyed sends a POST with an Idempotency-Key.
func (b *bridge) keyed(path, key string, body any) answer {
	b.t.Helper()
	return b.send(request{method: "POST", path: path, body: body, header: map[string]string{"Idempotency-Key": key}})
}

func TestRetriesGetTheSameAnswer(t *testing.T) {
	dir := t.TempDir()
	log := openStore(t, dir)
	b := serve(t, log)
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "Blue"}, {"name": "Red"}}})
	person := b.person(m, "Ada", "speaker")
	tests := []struct {
		path string
		body any
	}{
		{"/v1/meetings", map[string]any{"title": "Second", "access_code": "123456"}},
		{m + "/rooms", map[string]any{"count": 3}},
		{m + "/participants", map[string]any{"name": "Bob", "number": "+4930123417"}},
		{m + "/breakouts/start", map[string]any{"distribution": "random", "include_speakers": true}},
		{m + "/participants/" + string(person) + "/move", map[string]any{"room": "main"}},
		{m + "/move", map[string]any{"room": "main", "participants": []any{person}}}, // changes nothing: kept all the same
		{m + "/help-requests", map[string]any{"participant": person}},
		{m + "/breakouts/stop", map[string]any{"countdown_s": 0}},
		{m + "/breakouts/reset", nil},
		{m + "/mute-all", nil},
		{m + "/release", nil},
		{m + "/lock", nil},
		{m + "/unlock", nil},
		{m + "/unlock", nil}, // nothing to do
		{m + "/broadcasts", map[string]any{"prompt": "closing_soon"}},
	}
	var first []answer
	for i, tt := range tests {
		got := b.keyed(tt.path, fmt.Sprint("key-", i), tt.body)
		if got.status/100 != 2 {
			t.Fatalf("%s: %d %s", tt.path, got.status, got.body)
		}
		first = append(first, got)
	}
	replay := func(b *bridge) {
		t.Helper()
		before := b.snapshot(m)
		for i, tt := range tests {
			got := b.keyed(tt.path, fmt.Sprint("key-", i), tt.body)
			if got.status != first[i].status || strings.TrimSpace(string(got.body)) != strings.TrimSpace(string(first[i].body)) {
				t.Errorf("%s: first %d %s, then %d %s", tt.path, first[i].status, first[i].body, got.status, got.body)
			}
			if got.header.Get("Location") != first[i].header.Get("Location") || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: headers %v, want %v", tt.path, got.header, first[i].header)
			}
			if got.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("%s: not marked as replayed", tt.path)
			}
		}
		if after := b.snapshot(m); after != before {
			t.Errorf("a replay changed something:\n%s\n%s", before, after)
		}
	}
	replay(b)
	b.stop()
	replay(serve(t, log)) // the answers outlive the process
}

func TestKeyOfAnotherRequest(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.keyed(m+"/rooms", "k", map[string]any{"name": "Blue"}).want(201)
	b.keyed(m+"/rooms", "k", map[string]any{"name": "Red"}).problem(422, "idempotency_mismatch", "Idempotency-Key")
	b.keyed(m+"/lock", "k", nil).problem(422, "idempotency_mismatch", "Idempotency-Key")
	b.keyed("/v1/meetings", "k", map[string]any{"title": "x"}).problem(422, "idempotency_mismatch", "Idempotency-Key")
	// Another API key has keys of its own.
	got := b.send(request{method: "POST", path: m + "/rooms", body: map[string]any{"name": "Red"}, key: "Bearer another-key",
		header: map[string]string{"Idempotency-Key": "k"}})
	got.want(201)
}

func TestRefusalsKeepNothing(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.keyed(m+"/breakouts/stop", "k", nil).problem(409, "wrong_state", "")
	b.post(m+"/rooms", nil).want(201)
	b.post(m+"/breakouts/start", nil).want(200)
	b.keyed(m+"/breakouts/stop", "k", nil).want(200)
}

func TestMalformedKeys(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	for _, key := range []string{"", strings.Repeat("k", 256), "käse", "a\tb"} {
		b.keyed(m+"/rooms", key, nil).problem(422, "invalid", "Idempotency-Key")
	}
	b.keyed(m+"/rooms", strings.Repeat("k", 255), nil).want(201)
}

// TestRetriesAtTheSameTime: of many equal requests one is done.
func TestRetriesAtTheSameTime(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	var all sync.WaitGroup
	bodies := make([]string, 8)
	for i := range bodies {
		all.Go(func() { bodies[i] = string(b.keyed(m+"/rooms", "same", map[string]any{"count": 2}).body) })
	}
	all.Wait()
	for _, body := range bodies {
		if body != bodies[0] {
			t.Errorf("answers differ: %s / %s", body, bodies[0])
		}
	}
	if rooms := decode[api.Page[api.Room]](b.get(m + "/rooms")); len(rooms.Items) != 2 {
		t.Errorf("%d rooms were made", len(rooms.Items))
	}
}

// forgetful loses the answer to an append that was written, as a crash would.
type forgetful struct {
	backend
	once sync.Once
}

func (f *forgetful) Append(ctx context.Context, a *control.Append) error {
	err := f.backend.Append(ctx, a)
	if a.Outcome != nil && a.Outcome.Key != "" {
		f.once.Do(func() { err = errors.Join(err, errors.New("power cut")) })
	}
	return err
}

// TestAnswerIsInTheTransaction: what was written but never answered is answered by the retry, not done again.
func TestAnswerIsInTheTransaction(t *testing.T) {
	dir := t.TempDir()
	log := openStore(t, dir)
	b := serve(t, &forgetful{backend: log})
	m := b.meeting(nil)
	b.keyed(m+"/rooms", "k", map[string]any{"count": 2}).problem(503, "store_unavailable", "")
	b.stop()
	b = serve(t, log)
	made := decode[api.RoomsCreated](b.keyed(m+"/rooms", "k", map[string]any{"count": 2}).want(201))
	rooms := decode[api.Page[api.Room]](b.get(m + "/rooms").want(200))
	if len(rooms.Items) != 2 || len(made.Items) != 2 || rooms.Items[0].ID != made.Items[0].ID {
		t.Errorf("made %+v, there are %+v", made.Items, rooms.Items)
	}
}
