package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/config"
	"partyline/control/store"
)

// TestBackupsByThemselves: a bridge copies its state while it runs; what was acknowledged before is in the copy.
func TestBackupsByThemselves(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "copies")
	must(t, os.MkdirAll(dir, 0o700))
	yesterday := time.Now().Add(-24 * time.Hour).UTC().Format(backupName)
	for _, name := range []string{"mine", yesterday, yesterday + ".partial"} {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o700))
	}
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) {
		cfg.Backup = config.Backup{Dir: dir, Every: config.Duration{Duration: time.Hour}, Keep: 1}
	}})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	await(t, "the copy of the start", func() error {
		if at := time.Unix(b.app.backups.last.Load(), 0); time.Since(at) > time.Hour {
			return errors.New("the last copy is of " + at.String())
		}
		return nil
	})
	must(t, b.app.backups.once(soon(t), time.Now().Add(time.Minute)))
	copies, err := b.app.backups.copies()
	if err != nil || len(copies) != 1 || copies[0] == yesterday {
		t.Fatalf("copies: %v, %v", copies, err)
	}
	for name, want := range map[string]bool{"mine": true, yesterday: false, yesterday + ".partial": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s is there: %t", name, err == nil)
		}
	}
	restored := filepath.Join(t.TempDir(), "state")
	must(t, store.Restore(soon(t), filepath.Join(dir, copies[0]), restored))
	again := newBridge(t, bridgeOptions{stateDir: restored})
	var got struct{ ID string }
	must(t, again.api.Do(soon(t), "GET", "/v1/meetings/"+m.ID, nil, &got))
	if got.ID != m.ID {
		t.Errorf("the copy has meeting %q", got.ID)
	}
}

// TestABackupThatFails leaves the copies that there are.
func TestABackupThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := &backups{cfg: config.Backup{Dir: dir, Keep: 1}, of: filepath.Join(dir, "nothing"), log: slog.New(slog.DiscardHandler)}
	old := time.Now().Add(-time.Hour).UTC().Format(backupName)
	must(t, os.Mkdir(filepath.Join(dir, old), 0o700))
	if err := b.once(soon(t), time.Now()); err == nil {
		t.Error("a state directory that is not there was backed up")
	}
	if copies, err := b.copies(); err != nil || len(copies) != 1 || copies[0] != old {
		t.Errorf("copies: %v, %v", copies, err)
	}
}
