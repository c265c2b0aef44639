package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/store"
	"partyline/control/store/storetest"
)

// secrets are what must not be found in any file.
var secrets = []string{"Lovelace", "+4930123987", "ada@example.org"}

// leftIn says which files of a directory have a secret in them.
func leftIn(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range secrets {
			if n := bytes.Count(data, []byte(secret)); n > 0 {
				left = append(left, fmt.Sprintf("%s has %q %d times", e.Name(), secret, n))
			}
		}
	}
	return left
}

// crowd fills a meeting with records of many sizes, of the person and of others, with kept answers and snapshots.
func crowd(t *testing.T, s *store.Store, meeting control.MeetingID) (last uint64) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	for last < 600 {
		var records []control.Record
		for range 1 + rnd.IntN(5) {
			r := storetest.Records(meeting, last+1, last+1)[0]
			who, name := "par_ada", secrets[0]
			if rnd.IntN(2) == 0 {
				who, name = "par_bob", "Bob"
			}
			r.Data = fmt.Appendf(nil, `{"participant":%q,"name":%q,"number":%q,"email":%q,"pad":%q}`,
				who, name, map[string]string{"par_ada": secrets[1]}[who], map[string]string{"par_ada": secrets[2]}[who], strings.Repeat("x", rnd.IntN(9000)))
			records = append(records, r)
			last++
		}
		a := &control.Append{Meeting: meeting, After: last - uint64(len(records)), Records: records}
		if rnd.IntN(3) == 0 {
			a.Outcome = &control.Outcome{Meeting: meeting, Command: control.CommandID(fmt.Sprintf("cmd_o%d", last)), Result: records[0].Data, Answer: records[0].Data, At: records[0].At}
		}
		if err := s.Append(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if rnd.IntN(10) == 0 {
			if err := s.SaveSnapshot(t.Context(), control.Snapshot{Meeting: meeting, Seq: last, Version: 1, Data: json.RawMessage(bytes.Repeat(records[0].Data, 3))}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return last
}

// TestNothingIsLeft: what was erased or forgotten is in no file of the state directory, free pages and WALs included.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(t *testing.T, s *store.Store, last uint64)
	}{
		{"somebody is erased", func(t *testing.T, s *store.Store, last uint64) {
			erase(t, s, last, control.Erasure{Who: []control.ParticipantID{"par_ada"}})
		}},
		{"the meeting is erased", func(t *testing.T, s *store.Store, last uint64) { erase(t, s, last, control.Erasure{}) }},
		{"the meeting is forgotten", func(t *testing.T, s *store.Store, _ uint64) {
			if err := s.Forget(t.Context(), "mtg_a"); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir)
			last := crowd(t, s, "mtg_a")
			if len(leftIn(t, dir)) == 0 {
				t.Fatal("the test finds nothing where there is something")
			}
			tt.do(t, s, last)
			if left := leftIn(t, dir); len(left) > 0 {
				t.Errorf("while it is open: %v", left)
			}
			closeStore(t, s)
			if left := leftIn(t, dir); len(left) > 0 {
				t.Errorf("after it was closed: %v", left)
			}
			closeStore(t, open(t, dir)) // sequences and checksums are right
		})
	}
}

func erase(t *testing.T, s *store.Store, last uint64, e control.Erasure) {
	t.Helper()
	if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: last, Records: storetest.Records("mtg_a", last+1, last+1), Erase: &e}); err != nil {
		t.Fatal(err)
	}
	if got := len(readAll(t, s)); uint64(got) != last+1 {
		t.Errorf("%d records are left of %d", got, last+1)
	}
}

// TestPurgeAfterACrash: what a crash cut off is done at the next start.
func TestPurgeAfterACrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	last := crowd(t, s, "mtg_a")
	for _, sql := range []string{ // as it is between the transaction of Forget and its end
		`UPDATE kept SET forgotten = 17`, `DELETE FROM meetings`, `INSERT INTO purges VALUES ('mtg_a', 0, 1, 1)`,
		fmt.Sprintf(`DELETE FROM events WHERE seq > %d`, last/2),
	} {
		if err := s.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	s = open(t, dir)
	defer closeStore(t, s)
	if n := len(readAll(t, s)); n != 0 {
		t.Errorf("%d records are left", n)
	}
	if left := leftIn(t, dir); len(left) > 0 {
		t.Error(left)
	}
}

// TestPurgeWaitsForReaders: a reader of the old state holds up the WAL alone, and it is emptied when he is done.
func TestPurgeWaitsForReaders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	defer closeStore(t, s)
	last := crowd(t, s, "mtg_a")
	done, err := s.HoldReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	erase(t, s, last, control.Erasure{Who: []control.ParticipantID{"par_ada"}})
	if err := done(); err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := leftIn(t, dir); len(left) > 0 {
		t.Error(left)
	}
}
