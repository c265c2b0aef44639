package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"

	"partyline/control/store"
	"partyline/control/store/storetest"
)

const killDir = "PARTYLINE_TEST_KILL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := writeUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func writeUntilKilled(dir string) error {
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	return storetest.WriteUntilKilled(s)
}

func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storetest.Kill(t, killDir+"="+dir, func(t *testing.T) (storetest.Store, func()) {
		s := open(t, dir)
		return s, func() { closeStore(t, s) }
	})
}
