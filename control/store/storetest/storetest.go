// Package storetest has the tests that every control.Store must pass.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
)

// Store is what is tested: the log, and the readers' side of it.
type Store interface {
	control.Store
	ReadAll(ctx context.Context, after uint64, limit int) ([]control.Record, error)
	LastPos(ctx context.Context) (uint64, error)
	HoldsBack(after uint64) bool
	Forgotten(ctx context.Context) (uint64, error)
	CommandOutcome(ctx context.Context, meeting control.MeetingID, id control.CommandID) (control.Outcome, error)
	PutAudio(ctx context.Context, meeting control.MeetingID, id control.AudioID, data []byte) error
	Audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]byte, error)
}

// Run tests the stores that open makes; each must be empty.
func Run(t *testing.T, open func(t *testing.T) Store) {
	tests := []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"what was appended is read", appendRead},
		{"pages", pages},
		{"a stale sequence is refused", conflict},
		{"a refused append writes nothing", nothing},
		{"one order over all meetings", order},
		{"concurrent writers of one meeting", race},
		{"listing", listing},
		{"outcomes", outcomes},
		{"an idempotency key counts once", keyOnce},
		{"snapshots", snapshots},
		{"recordings", recordings},
		{"names that nothing can have", noSuchNames},
		{"somebody is erased", erased},
		{"a meeting is erased", erasedWhole},
		{"an erasure that fails", eraseRefused},
		{"meetings that are over", over},
		{"a meeting is forgotten", forgotten},
		{"numbers", numbers},
		{"recorded names", recordedNames},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

// Records makes records numbered first to last.
func Records(meeting control.MeetingID, first, last uint64) []control.Record {
	var list []control.Record
	for seq := first; seq <= last; seq++ {
		list = append(list, control.Record{
			Meeting: meeting, Seq: seq, At: time.Unix(1_700_000_000, int64(seq)).UTC(), Actor: "key:test",
			Command: control.CommandID(fmt.Sprintf("cmd_%d", seq)), Type: "meeting.locked", Version: 1,
			Data: json.RawMessage(fmt.Sprintf(`{"locked":%v,"name":"Grüße \u2028 %d"}`, seq%2 == 0, seq)),
		})
	}
	return list
}

func mustAppend(t *testing.T, s Store, a *control.Append) {
	t.Helper()
	if err := s.Append(t.Context(), a); err != nil {
		t.Fatalf("Append: %v", err)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func diff(t *testing.T, want, got any, opts ...cmp.Option) {
	t.Helper()
	if d := cmp.Diff(want, got, append(opts, cmpopts.EquateEmpty())...); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// ReadAll reads what is after a Pos, once the store holds nothing back any more. Others may use the server that it is on.
func ReadAll(t *testing.T, s Store, after uint64, limit int) []control.Record {
	t.Helper()
	for began := time.Now(); ; {
		all := must(s.ReadAll(t.Context(), after, limit))(t)
		last := after
		if len(all) > 0 {
			last = all[len(all)-1].Pos
		}
		if limit > 0 && len(all) == limit || !s.HoldsBack(last) {
			return all
		}
		if time.Since(began) > patience {
			t.Fatalf("events after %d are held back for %v", last, patience)
		}
		runtime.Gosched()
	}
}

// patience is for a busy machine.
const patience = 30 * time.Second

func appendRead(t *testing.T, s Store) {
	records := Records("mtg_a", 1, 3)
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: records})
	got := must(s.Read(t.Context(), "mtg_a", 0, 0))(t)
	diff(t, records, got)
	for i, r := range got {
		if r.Pos == 0 || i > 0 && r.Pos <= got[i-1].Pos {
			t.Errorf("record %d has pos %d", i, r.Pos)
		}
	}
	diff(t, []control.Record(nil), must(s.Read(t.Context(), "mtg_b", 0, 0))(t))
}

func pages(t *testing.T, s Store) {
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 7)})
	var seqs []uint64
	for after := uint64(0); ; {
		page := must(s.Read(t.Context(), "mtg_a", after, 3))(t)
		if len(page) == 0 {
			break
		}
		for _, r := range page {
			after = r.Seq
			seqs = append(seqs, r.Seq)
		}
	}
	diff(t, []uint64{1, 2, 3, 4, 5, 6, 7}, seqs)
}

func conflict(t *testing.T, s Store) {
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 2)})
	for _, after := range []uint64{0, 1, 3} {
		err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: after, Records: Records("mtg_a", after+1, after+1)})
		if !errors.Is(err, control.ErrConflict) {
			t.Errorf("an append after %d answered %v, want ErrConflict", after, err)
		}
	}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 2, Records: Records("mtg_a", 3, 3)})
}

func nothing(t *testing.T, s Store) {
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 1)})
	info := control.MeetingInfo{ID: "mtg_a", Title: "not written", Phase: control.Open}
	o := control.Outcome{Key: "k", Meeting: "mtg_a", Command: "cmd_x", Result: json.RawMessage(`1`), At: time.Now()}
	err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: 5, Records: Records("mtg_a", 6, 8), Info: &info, Outcome: &o})
	if err == nil {
		t.Fatal("a stale append was written")
	}
	if got := ReadAll(t, s, 0, 0); len(got) != 1 {
		t.Errorf("%d records are there, want 1", len(got))
	}
	if got := must(s.Meetings(t.Context(), control.MeetingQuery{}))(t); len(got) != 0 {
		t.Errorf("the listing has %v", got)
	}
	if _, err := s.Outcome(t.Context(), "k"); !errors.Is(err, control.ErrNoOutcome) {
		t.Errorf("Outcome answered %v, want ErrNoOutcome", err)
	}
}

func order(t *testing.T, s Store) {
	if pos := must(s.LastPos(t.Context()))(t); pos != 0 {
		t.Errorf("an empty log ends at pos %d", pos)
	}
	for seq := range uint64(3) {
		for _, id := range []control.MeetingID{"mtg_b", "mtg_a"} {
			mustAppend(t, s, &control.Append{Meeting: id, After: seq, Records: Records(id, seq+1, seq+1)})
		}
	}
	all := ReadAll(t, s, 0, 0)
	var got []string
	for _, r := range all {
		got = append(got, fmt.Sprintf("%s %d", r.Meeting, r.Seq))
	}
	diff(t, []string{"mtg_b 1", "mtg_a 1", "mtg_b 2", "mtg_a 2", "mtg_b 3", "mtg_a 3"}, got)
	diff(t, all[2:5], ReadAll(t, s, all[1].Pos, 3))
	if pos := must(s.LastPos(t.Context()))(t); pos != all[5].Pos {
		t.Errorf("the log ends at pos %d, want %d", pos, all[5].Pos)
	}
}

func race(t *testing.T, s Store) {
	const writers, each = 4, 10
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				list, err := s.Read(t.Context(), "mtg_a", 0, 0)
				if err != nil {
					t.Errorf("Read: %v", err)
					return
				}
				after := uint64(len(list))
				err = s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: after, Records: Records("mtg_a", after+1, after+1)})
				switch {
				case err == nil:
					done++
				case !errors.Is(err, control.ErrConflict):
					t.Errorf("Append: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
	diff(t, Records("mtg_a", 1, writers*each), must(s.Read(t.Context(), "mtg_a", 0, 0))(t), cmpopts.IgnoreFields(control.Record{}, "Pos"))
}

func listing(t *testing.T, s Store) {
	at := time.Unix(1_700_000_000, 5).UTC()
	infos := []control.MeetingInfo{
		{ID: "mtg_a", Title: "A", Phase: control.Open, AccessCode: "123456", SpeakerCode: "654321", CreatedAt: at},
		{ID: "mtg_b", Title: "B", Phase: control.Ended, AccessCode: "123457", CreatedAt: at},
		{ID: "mtg_c", Title: "C", Phase: control.Deleted, AccessCode: "123458", CreatedAt: at},
		{ID: "mtg_d", Title: "D", Phase: control.Open, AccessCode: "123459", CreatedAt: at},
	}
	for _, info := range infos {
		mustAppend(t, s, &control.Append{Meeting: info.ID, Records: Records(info.ID, 1, 1), Info: &info})
	}
	tests := []struct {
		name  string
		query control.MeetingQuery
		want  []control.MeetingInfo
	}{
		{"all but deleted", control.MeetingQuery{}, []control.MeetingInfo{infos[0], infos[1], infos[3]}},
		{"open", control.MeetingQuery{Phase: control.Open}, []control.MeetingInfo{infos[0], infos[3]}},
		{"page", control.MeetingQuery{After: "mtg_a", Limit: 1}, []control.MeetingInfo{infos[1]}},
		{"past the end", control.MeetingQuery{After: "mtg_d", Limit: 1}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { diff(t, tt.want, must(s.Meetings(t.Context(), tt.query))(t)) })
	}
	infos[0].Title, infos[0].Phase = "A2", control.Ended
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 1, Info: &infos[0]})
	diff(t, infos[:2], must(s.Meetings(t.Context(), control.MeetingQuery{Phase: control.Ended}))(t))
}

func outcomes(t *testing.T, s Store) {
	at := time.Now().UTC().Round(0)
	fresh := control.Outcome{Key: "k1", Hash: "h", Meeting: "mtg_a", Command: "cmd_1", Result: json.RawMessage(`{"a":1}`), At: at}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 1), Outcome: &fresh})
	nokey := control.Outcome{Meeting: "mtg_a", Command: "cmd_2", Result: json.RawMessage(`[]`), At: at}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 1, Records: Records("mtg_a", 2, 2), Outcome: &nokey})
	old := control.Outcome{Key: "k3", Meeting: "mtg_a", Command: "cmd_3", Result: json.RawMessage(`3`), At: at.Add(-control.OutcomeTTL - time.Minute)}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 2, Outcome: &old})

	diff(t, fresh, must(s.Outcome(t.Context(), "k1"))(t))
	diff(t, fresh, must(s.CommandOutcome(t.Context(), "mtg_a", "cmd_1"))(t))
	diff(t, nokey, must(s.CommandOutcome(t.Context(), "mtg_a", "cmd_2"))(t))
	for _, key := range []string{"k3", "", "k"} {
		if _, err := s.Outcome(t.Context(), key); !errors.Is(err, control.ErrNoOutcome) {
			t.Errorf("Outcome(%q) answered %v, want ErrNoOutcome", key, err)
		}
	}
	if _, err := s.CommandOutcome(t.Context(), "mtg_b", "cmd_1"); !errors.Is(err, control.ErrNoOutcome) {
		t.Errorf("another meeting's outcome was answered with %v, want ErrNoOutcome", err)
	}
}

func keyOnce(t *testing.T, s Store) {
	o := control.Outcome{Key: "k", Meeting: "mtg_a", Command: "cmd_1", Result: json.RawMessage(`1`), At: time.Now()}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 1), Outcome: &o})
	again := o
	again.Command, again.Meeting = "cmd_2", "mtg_b"
	err := s.Append(t.Context(), &control.Append{Meeting: "mtg_b", Records: Records("mtg_b", 1, 1), Outcome: &again})
	if !errors.Is(err, control.ErrOutcomeExists) {
		t.Errorf("a used key was answered with %v, want ErrOutcomeExists", err)
	}
	if got := must(s.Read(t.Context(), "mtg_b", 0, 0))(t); len(got) != 0 {
		t.Errorf("%d records were written", len(got))
	}
	old := control.Outcome{Key: "k2", Meeting: "mtg_a", Command: "cmd_3", Result: json.RawMessage(`1`), At: time.Now().Add(-control.OutcomeTTL - time.Minute)}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 1, Outcome: &old})
	old.Command, old.At = "cmd_4", time.Now()
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 1, Outcome: &old})
}

func snapshots(t *testing.T, s Store) {
	if _, err := s.LoadSnapshot(t.Context(), "mtg_a"); !errors.Is(err, control.ErrNoSnapshot) {
		t.Fatalf("LoadSnapshot answered %v, want ErrNoSnapshot", err)
	}
	newest := control.Snapshot{Meeting: "mtg_a", Seq: 9, Version: 2, Data: json.RawMessage(`{"n":9}`)}
	for _, seq := range []uint64{3, 9, 5} {
		sn := newest
		sn.Seq = seq
		if seq != 9 {
			sn.Data = json.RawMessage(`{}`)
		}
		if err := s.SaveSnapshot(t.Context(), sn); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, newest, must(s.LoadSnapshot(t.Context(), "mtg_a"))(t))
}

// noSuchNames: what a client made up is not there, and no failure of the store.
func noSuchNames(t *testing.T, s Store) {
	for _, name := range []string{"mtg_\x00", "mtg_\xff", "\x00", "'; --"} {
		id := control.MeetingID(name)
		diff(t, []control.Record(nil), must(s.Read(t.Context(), id, 0, 0))(t))
		diff(t, []control.MeetingInfo(nil), must(s.Meetings(t.Context(), control.MeetingQuery{After: id}))(t))
		if _, err := s.LoadSnapshot(t.Context(), id); !errors.Is(err, control.ErrNoSnapshot) {
			t.Errorf("LoadSnapshot(%q) answered %v", name, err)
		}
		if _, err := s.Outcome(t.Context(), name); !errors.Is(err, control.ErrNoOutcome) {
			t.Errorf("Outcome(%q) answered %v", name, err)
		}
		if _, err := s.CommandOutcome(t.Context(), id, control.CommandID(name)); !errors.Is(err, control.ErrNoOutcome) {
			t.Errorf("CommandOutcome(%q) answered %v", name, err)
		}
		_, err := s.Audio(t.Context(), id, control.AudioID(name))
		if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeNotFound {
			t.Errorf("Audio(%q) answered %v", name, err)
		}
	}
}

func recordings(t *testing.T, s Store) {
	data := make([]byte, 100_000)
	for i := range data {
		data[i] = byte(i * 7)
	}
	if err := s.PutAudio(t.Context(), "mtg_a", "aud_1", data); err != nil {
		t.Fatal(err)
	}
	diff(t, data, must(s.Audio(t.Context(), "mtg_a", "aud_1"))(t))
	_, err := s.Audio(t.Context(), "mtg_a", "aud_2")
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeNotFound {
		t.Errorf("a recording that is not there was answered with %v", err)
	}
}
