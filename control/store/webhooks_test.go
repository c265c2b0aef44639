package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/store/storetest"
	"partyline/control/webhook"
)

func TestWebhooks(t *testing.T) {
	t.Parallel()
	storetest.RunWebhooks(t, func(t *testing.T) storetest.WebhookStore {
		s := open(t, t.TempDir())
		t.Cleanup(func() { closeStore(t, s) })
		return s
	})
}

func TestWebhooksReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	want := storetest.Webhook("whk_a", 7)
	if err := s.SaveWebhook(t.Context(), want, nil); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = open(t, dir)
	defer closeStore(t, s)
	list, err := s.Webhooks(t.Context())
	if d := cmp.Diff([]webhook.Endpoint{want}, list); err != nil || d != "" {
		t.Errorf("%v, -saved +read after opening again:\n%s", err, d)
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
		if err := s.SaveWebhook(t.Context(), storetest.Webhook("whk_a", 5), nil); err != nil {
			t.Errorf("no webhook can be kept: %v", err)
		}
		closeStore(t, s)
	}
}
