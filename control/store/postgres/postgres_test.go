package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"partyline/control/store/postgres"
	"partyline/control/store/postgres/pgtest"
	"partyline/control/store/storetest"
)

func open(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

func closeStore(t testing.TB, s *postgres.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// fresh is a store in a database of its own.
func fresh(t testing.TB) *postgres.Store {
	t.Helper()
	s := open(t, pgtest.Database(t))
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	pgtest.Database(t) // skipped as a whole
	storetest.Run(t, func(t *testing.T) storetest.Store { return fresh(t) })
}

func TestWebhooks(t *testing.T) {
	t.Parallel()
	pgtest.Database(t)
	storetest.RunWebhooks(t, func(t *testing.T) storetest.WebhookStore { return fresh(t) })
}

const killURL = "PARTYLINE_TEST_KILL_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(killURL); url != "" {
		if err := writeUntilKilled(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func writeUntilKilled(url string) error {
	s, err := postgres.Open(context.Background(), postgres.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return storetest.WriteUntilKilled(s)
}

func TestKill(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	storetest.Kill(t, killURL+"="+url, func(t *testing.T) (storetest.Store, func()) {
		s := open(t, url)
		return s, func() { closeStore(t, s) }
	})
}

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, func(b *testing.B) storetest.Store { return fresh(b) })
}
