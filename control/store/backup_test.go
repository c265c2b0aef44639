package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/store"
	"partyline/control/store/storetest"
)

// TestBackupOfARunningStore: while it is written to, from beside it, as another process does; and back.
func TestBackupOfARunningStore(t *testing.T) {
	t.Parallel()
	dir, copied, back := t.TempDir(), filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "back")
	before := fill(t, dir, 50)
	if err := os.WriteFile(filepath.Join(dir, "api-key"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	defer closeStore(t, s)
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() { // the test waits for it
		after := uint64(50)
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: after, Records: storetest.Records("mtg_a", after+1, after+1)}); err != nil {
				done <- err
				return
			}
			after++
		}
	}()
	err := store.BackupOf(t.Context(), dir, copied)
	close(stop)
	if writing := <-done; err != nil || writing != nil {
		t.Fatalf("backup: %v, writing: %v", err, writing)
	}
	if err := store.BackupOf(t.Context(), dir, copied); err == nil {
		t.Error("a backup was overwritten")
	}
	if err := store.Restore(t.Context(), copied, back); err != nil {
		t.Fatal(err)
	}
	if err := store.Restore(t.Context(), copied, back); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second restore answered %v", err)
	}
	b := open(t, back)
	defer closeStore(t, b)
	got := readAll(t, b)
	if len(got) < 50 || cmp.Diff(before, got[:50]) != "" || cmp.Diff(readAll(t, s)[:len(got)], got) != "" {
		t.Errorf("%d records came back", len(got))
	}
	if key, err := os.ReadFile(filepath.Join(back, "api-key")); err != nil || string(key) != "secret\n" {
		t.Errorf("the key is %q, %v", key, err)
	}
	if audio, err := b.Audio(t.Context(), "mtg_a", "aud_1"); err != nil || string(audio) != "beep" {
		t.Errorf("the recording is %q, %v", audio, err)
	}
}

func TestRestoreRefusesDamage(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	fill(t, dir, 3)
	if err := store.BackupOf(t.Context(), dir, copied); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(copied, "log.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, int64(strings.Index(string(data), `"locked":true`))+9, []byte("trUe"))
	to := filepath.Join(t.TempDir(), "to")
	if err := store.Restore(t.Context(), copied, to); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged backup was answered with %v", err)
	}
	if _, err := os.Stat(to); err == nil {
		t.Error("something was restored of it")
	}
	if err := store.Restore(t.Context(), t.TempDir(), to); err == nil || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("an empty directory was answered with %v", err)
	}
}
