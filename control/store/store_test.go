package store_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
	"partyline/control/store"
	"partyline/control/store/storetest"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Store {
		s := open(t, t.TempDir())
		t.Cleanup(func() { closeStore(t, s) })
		return s
	})
}

// The fake of other packages' tests is held to the same.
func TestFake(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Store { return controltest.NewStore() })
}

// fill writes a log of n records, and returns what is then read.
func fill(t *testing.T, dir string, n uint64) []control.Record {
	t.Helper()
	s := open(t, dir)
	defer closeStore(t, s)
	if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Records: storetest.Records("mtg_a", 1, n)}); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAudio(t.Context(), "mtg_a", "aud_1", []byte("beep")); err != nil {
		t.Fatal(err)
	}
	return readAll(t, s)
}

func readAll(t *testing.T, s *store.Store) []control.Record {
	t.Helper()
	list, err := s.ReadAll(t.Context(), 0, 0)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	return list
}

func TestReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := fill(t, dir, 10)
	s := open(t, dir)
	defer closeStore(t, s)
	if d := cmp.Diff(want, readAll(t, s)); d != "" {
		t.Errorf("-written +read after opening again:\n%s", d)
	}
}

func TestDirectoryIsLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "in use by another partyline (process ") {
		t.Errorf("a second Open answered %v", err)
	}
	closeStore(t, s)
	closeStore(t, open(t, dir))
}

func TestNobodyElseReadsIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state")
	s := open(t, dir)
	defer closeStore(t, s)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", e.Name(), info.Mode())
		}
	}
}

func TestRefusesDamage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		damage func(t *testing.T, dir string)
		want   string
	}{
		{"the log is something else", func(t *testing.T, dir string) {
			overwrite(t, filepath.Join(dir, "log.db"), 0, []byte("this is no database, and it is long enough to be seen as none"))
		}, "damaged"},
		{"a page of the log is overwritten", func(t *testing.T, dir string) {
			overwrite(t, filepath.Join(dir, "log.db"), 3*4096, make([]byte, 4096))
		}, "damaged"},
		{"the log is cut off", func(t *testing.T, dir string) {
			if err := os.Truncate(filepath.Join(dir, "log.db"), 3*4096); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"the log is missing", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "log.db")); err != nil {
				t.Fatal(err)
			}
		}, "is missing"},
		{"the blobs are something else", func(t *testing.T, dir string) {
			overwrite(t, filepath.Join(dir, "blobs.db"), 0, []byte("this is no database, and it is long enough to be seen as none"))
		}, "damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			fill(t, dir, 200)
			tt.damage(t, dir)
			s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
			if err == nil {
				closeStore(t, s)
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open answered %q, want %q in it", err, tt.want)
			}
		})
	}
}

func overwrite(t *testing.T, path string, at int64, data []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(data, at); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// A flipped bit inside a record leaves the database well-formed; reading it must say so.
func TestReadingFindsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fill(t, dir, 3)
	path := filepath.Join(dir, "log.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(data), `"locked":true`)
	if at < 0 {
		t.Fatal("the record is not found in the file")
	}
	overwrite(t, path, int64(at)+9, []byte("trUe"))
	s := open(t, dir)
	defer closeStore(t, s)
	if _, err := s.ReadAll(t.Context(), 0, 0); err == nil || !strings.Contains(err.Error(), "event 2 of meeting mtg_a is damaged") {
		t.Errorf("ReadAll answered %v", err)
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	dir, copied := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	want := fill(t, dir, 50)
	s := open(t, dir)
	defer closeStore(t, s)
	if err := s.Backup(t.Context(), copied); err != nil {
		t.Fatalf("Backup: %v", err)
	}
	if err := s.Backup(t.Context(), copied); err == nil {
		t.Error("a backup was overwritten")
	}
	b := open(t, copied)
	defer closeStore(t, b)
	if d := cmp.Diff(want, readAll(t, b)); d != "" {
		t.Errorf("-written +backed up:\n%s", d)
	}
	if audio, err := b.Audio(t.Context(), "mtg_a", "aud_1"); err != nil || string(audio) != "beep" {
		t.Errorf("the recording is %q, %v", audio, err)
	}
}

func TestExpiredOutcomesAreCleared(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer closeStore(t, s)
	now := time.Now()
	for i := range 120 { // more than are deleted at a time
		at := now
		if i >= 2 {
			at = now.Add(-control.OutcomeTTL - time.Minute)
		}
		o := &control.Outcome{Meeting: "mtg_a", Command: control.CommandID(fmt.Sprintf("cmd_%d", i)), Result: []byte("{}"), At: at}
		if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Outcomes(t.Context()); n != 2 || err != nil {
		t.Errorf("%d outcomes are left, %v, want 2", n, err)
	}
}

func TestAudioIsBounded(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer closeStore(t, s)
	err := s.PutAudio(t.Context(), "mtg_a", "aud_1", make([]byte, store.MaxAudioBytes+1))
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeTooLarge {
		t.Errorf("a recording that is too large was answered with %v", err)
	}
	for i := range control.MaxAudio {
		if err := s.PutAudio(t.Context(), "mtg_a", control.AudioID(rune('0'+i)), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	err = s.PutAudio(t.Context(), "mtg_a", "aud_more", []byte("x"))
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeLimit {
		t.Errorf("one recording too many was answered with %v", err)
	}
}

func BenchmarkAppend(b *testing.B) {
	storetest.BenchmarkAppend(b, func(b *testing.B) storetest.Store {
		s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir(), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = s.Close() })
		return s
	})
}

// A full disk refuses an append as a whole, and the store goes on when there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	defer closeStore(t, s)
	write := func(after uint64) error {
		return s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: after, Records: storetest.Records("mtg_a", after+1, after+200)})
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	if err := s.Fill(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := write(200); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("an append to a full disk answered %v", err)
	}
	if n := len(readAll(t, s)); n != 200 {
		t.Errorf("%d records are there, want 200", n)
	}
	if err := s.Fill(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := write(200); err != nil {
		t.Errorf("an append after the disk was full answered %v", err)
	}
}

// TestRelativeDirectory: the default state directory is a relative one.
func TestRelativeDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	closeStore(t, open(t, "./state"))
	closeStore(t, open(t, "state"))
	if _, err := os.Stat(filepath.Join("state", "log.db")); err != nil {
		t.Error(err)
	}
}
