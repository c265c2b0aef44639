package store_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/store"
	"partyline/control/store/storetest"
	"partyline/control/webhook"
)

func endpoint(id webhook.ID, position uint64) webhook.Endpoint {
	at := time.Unix(1_700_000_000, 5).UTC()
	return webhook.Endpoint{
		ID: id, CreatedAt: at,
		Spec:    webhook.Spec{URL: "https://example.com/" + string(id), Description: "d", Meetings: []control.MeetingID{"mtg_a"}, Types: []string{"meeting.locked"}},
		Secrets: []webhook.Secret{{Value: "whsec_bmV3", CreatedAt: at}, {Value: "whsec_b2xk", CreatedAt: at, ExpiresAt: at.Add(time.Hour)}},
		Progress: webhook.Progress{Position: position, LastStatus: 500, LastError: "it answered 500", Attempts: 3,
			FailingSince: at, NextAttempt: at.Add(time.Minute), DeliveredAt: at.Add(-time.Minute)},
	}
}

func webhooks(t *testing.T, s *store.Store) []webhook.Endpoint {
	t.Helper()
	list, err := s.Webhooks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func save(t *testing.T, s *store.Store, e webhook.Endpoint, o *control.Outcome) {
	t.Helper()
	if err := s.SaveWebhook(t.Context(), e, o); err != nil {
		t.Fatal(err)
	}
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	a, b := endpoint("whk_a", 7), endpoint("whk_b", 0)
	o := control.Outcome{Key: "k", Hash: "h", Command: "cmd_1", Result: []byte(`null`), Answer: []byte(`{}`), At: time.Now().UTC().Round(0)}
	save(t, s, b, nil)
	save(t, s, a, &o)
	if got, err := s.Outcome(t.Context(), "k"); err != nil || cmp.Diff(o, got) != "" {
		t.Errorf("the outcome is %+v, %v", got, err)
	}

	// A key that was used before changes nothing.
	changed, again := a, o
	changed.Spec.URL, again.Command = "https://example.com/other", "cmd_2"
	if err := s.SaveWebhook(t.Context(), changed, &again); !errors.Is(err, control.ErrOutcomeExists) {
		t.Errorf("a second outcome of one key was answered with %v", err)
	}
	if d := cmp.Diff([]webhook.Endpoint{a, b}, webhooks(t, s)); d != "" {
		t.Errorf("-saved +read:\n%s", d)
	}

	// Progress is kept of what is there only.
	b.Progress = webhook.Progress{Position: 9, LastStatus: 204, DeliveredAt: a.CreatedAt}
	if err := s.SaveWebhookProgress(t.Context(), map[webhook.ID]webhook.Progress{"whk_b": b.Progress, "whk_gone": {Position: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteWebhook(t.Context(), "whk_a"); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = open(t, dir)
	defer closeStore(t, s)
	if d := cmp.Diff([]webhook.Endpoint{b}, webhooks(t, s)); d != "" {
		t.Errorf("-saved +read after opening again:\n%s", d)
	}
}

// A state directory of the first schema is brought up to date, and nothing in it is lost.
func TestUpgradeFromSchema1(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dump, err := os.ReadFile("testdata/schema1.sql")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), string(dump)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is nothing to do
		s := open(t, dir)
		if d := cmp.Diff(storetest.Records("mtg_a", 1, 5), readAll(t, s), cmpopts.IgnoreFields(control.Record{}, "Pos")); d != "" {
			t.Errorf("-written +read after the upgrade:\n%s", d)
		}
		infos, err := s.Meetings(t.Context(), control.MeetingQuery{})
		if err != nil || len(infos) != 1 || infos[0].Title != "Spring workshop" {
			t.Errorf("the listing is %v, %v", infos, err)
		}
		save(t, s, endpoint("whk_a", 5), nil)
		if list := webhooks(t, s); len(list) != 1 {
			t.Errorf("%d webhooks are there, want 1", len(list))
		}
		closeStore(t, s)
	}
}
