package storetest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
)

// joined makes the record of somebody who has joined.
func joined(meeting control.MeetingID, seq uint64, who, name string) control.Record {
	r := Records(meeting, seq, seq)[0]
	r.Type = control.ParticipantJoined{}.Type()
	r.Data = json.RawMessage(`{"participant":"` + who + `","name":"` + name + `","number":"+49301234567","role":"audience"}`)
	return r
}

// house has two meetings with the same two people in each, their kept answers, snapshots and recordings.
func house(t *testing.T, s Store) {
	for _, id := range []control.MeetingID{"mtg_a", "mtg_b"} {
		info := control.MeetingInfo{ID: id, Title: "Talk", Phase: control.Ended}
		o := control.Outcome{Key: "key of " + string(id), Hash: "h", Meeting: id, Command: control.CommandID("cmd_" + id), At: time.Now().UTC().Round(0),
			Result: json.RawMessage(`{"id":"par_1","name":"Ada"}`), Answer: json.RawMessage(`{"body":{"id":"par_1","name":"Ada"}}`)}
		mustAppend(t, s, &control.Append{Meeting: id, Records: []control.Record{joined(id, 1, "par_1", "Ada"), joined(id, 2, "par_2", "Bob")}, Info: &info, Outcome: &o})
		if err := s.SaveSnapshot(t.Context(), control.Snapshot{Meeting: id, Seq: 2, Version: 1, Data: json.RawMessage(`{"name":"Ada"}`)}); err != nil {
			t.Fatal(err)
		}
		if err := s.PutAudio(t.Context(), id, control.AudioID("aud_"+id), []byte("voice")); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, s Store, id control.MeetingID) []control.Record {
	t.Helper()
	return must(s.Read(t.Context(), id, 0, 0))(t)
}

func erased(t *testing.T, s Store) {
	house(t, s)
	before, other := read(t, s, "mtg_a"), read(t, s, "mtg_b")
	last := joined("mtg_a", 3, "par_1", "Ada again")
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 2, Records: []control.Record{last}, Erase: &control.Erasure{Who: []control.ParticipantID{"par_1"}}})
	got := read(t, s, "mtg_a")
	diff(t, append(before, last), got, cmpopts.IgnoreFields(control.Record{}, "Data", "Pos"))
	for i, want := range []string{`{"name":"Erased","participant":"par_1","role":"audience"}`, string(before[1].Data), `{"name":"Erased","participant":"par_1","role":"audience"}`} {
		if string(got[i].Data) != want || i < 2 && got[i].Pos != before[i].Pos {
			t.Errorf("record %d is %s at pos %d, want %s", i+1, got[i].Data, got[i].Pos, want)
		}
	}
	diff(t, other, read(t, s, "mtg_b"))
	o := must(s.Outcome(t.Context(), "key of mtg_a"))(t)
	if string(o.Result) != `{"id":"par_1","name":"Erased"}` || string(o.Answer) != `{"body":{"id":"par_1","name":"Erased"}}` {
		t.Errorf("what is kept of a command is %s, %s", o.Result, o.Answer)
	}
	if o := must(s.Outcome(t.Context(), "key of mtg_b"))(t); !strings.Contains(string(o.Answer), "Ada") {
		t.Errorf("another meeting's answer is %s", o.Answer)
	}
	stale(t, s)
	diff(t, []byte("voice"), must(s.Audio(t.Context(), "mtg_a", "aud_mtg_a"))(t))
}

// stale: a snapshot of the time before is not kept, not even when it comes late; a later one is.
func stale(t *testing.T, s Store) {
	t.Helper()
	late := control.Snapshot{Meeting: "mtg_a", Seq: 2, Version: 1, Data: json.RawMessage(`{"name":"Ada"}`)}
	if err := s.SaveSnapshot(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if sn, err := s.LoadSnapshot(t.Context(), "mtg_a"); err == nil && (sn.Version != 0 || strings.Contains(string(sn.Data), "Ada")) {
		t.Errorf("a snapshot is left: %+v", sn)
	}
	late.Seq = 4
	if err := s.SaveSnapshot(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	diff(t, late, must(s.LoadSnapshot(t.Context(), "mtg_a"))(t))
}

func erasedWhole(t *testing.T, s Store) {
	house(t, s)
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 2, Records: Records("mtg_a", 3, 3), Erase: &control.Erasure{}})
	for _, r := range read(t, s, "mtg_a")[:2] {
		if strings.Contains(string(r.Data), "Ada") || strings.Contains(string(r.Data), "Bob") {
			t.Errorf("record %d is %s", r.Seq, r.Data)
		}
	}
	if _, err := s.Audio(t.Context(), "mtg_a", "aud_mtg_a"); err == nil {
		t.Error("the recording is left")
	}
	diff(t, []byte("voice"), must(s.Audio(t.Context(), "mtg_b", "aud_mtg_b"))(t))
}

// eraseRefused: what cannot be rewritten leaves everything as it was, and the event unwritten.
func eraseRefused(t *testing.T, s Store) {
	house(t, s)
	broken := Records("mtg_a", 3, 3)
	broken[0].Data = json.RawMessage(`{"participant":"par_1"`)
	before := read(t, s, "mtg_a")
	if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: 2, Records: broken, Erase: &control.Erasure{Who: []control.ParticipantID{"par_1"}}}); err == nil {
		t.Fatal("it was written")
	}
	diff(t, before, read(t, s, "mtg_a"))
}

func over(t *testing.T, s Store) {
	for i, phase := range []control.Phase{control.Open, control.Ended, control.Deleted, control.Ended} {
		id := control.MeetingID("mtg_" + string(rune('a'+i)))
		r := Records(id, 1, 1)
		r[0].At = time.Unix(int64(1000+i), 0)
		mustAppend(t, s, &control.Append{Meeting: id, Records: r, Info: &control.MeetingInfo{ID: id, Phase: phase}})
	}
	list := func(since int64, limit int) []control.MeetingID {
		return must(s.Over(t.Context(), time.Unix(since, 0), limit))(t)
	}
	diff(t, []control.MeetingID{"mtg_b", "mtg_c", "mtg_d"}, list(2000, 0))
	diff(t, []control.MeetingID{"mtg_b", "mtg_c"}, list(1003, 0)) // the fourth is as old, not older
	diff(t, []control.MeetingID{"mtg_b"}, list(2000, 1))
	diff(t, []control.MeetingID{}, list(1001, 0))
}

func forgotten(t *testing.T, s Store) {
	house(t, s)
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 2, Records: Records("mtg_a", 3, 400)})
	kept, last := read(t, s, "mtg_b"), read(t, s, "mtg_a")[399].Pos
	for range 2 { // the second time there is nothing to do
		if err := s.Forget(t.Context(), "mtg_a"); err != nil {
			t.Fatal(err)
		}
	}
	diff(t, []control.Record{}, read(t, s, "mtg_a"))
	diff(t, kept, read(t, s, "mtg_b"))
	diff(t, kept, ReadAll(t, s, 0, 0))
	if at, end := must(s.Forgotten(t.Context()))(t), must(s.LastPos(t.Context()))(t); at != last || end != last {
		t.Errorf("all up to %d may be missing and the log ends at %d, want %d", at, end, last)
	}
	if _, err := s.Outcome(t.Context(), "key of mtg_a"); !errors.Is(err, control.ErrNoOutcome) {
		t.Errorf("its outcome was answered with %v", err)
	}
	if _, err := s.LoadSnapshot(t.Context(), "mtg_a"); !errors.Is(err, control.ErrNoSnapshot) {
		t.Errorf("its snapshot was answered with %v", err)
	}
	if _, err := s.Audio(t.Context(), "mtg_a", "aud_mtg_a"); err == nil {
		t.Error("its recording is left")
	}
	for _, phase := range []control.Phase{"", control.Ended, control.Deleted} {
		for _, info := range must(s.Meetings(t.Context(), control.MeetingQuery{Phase: phase}))(t) {
			if info.ID == "mtg_a" {
				t.Errorf("it is listed: %+v", info)
			}
		}
	}
	mustAppend(t, s, &control.Append{Meeting: "mtg_b", After: 2, Records: Records("mtg_b", 3, 3)})
	if r := read(t, s, "mtg_b")[2]; r.Pos <= last {
		t.Errorf("pos %d was given a second time", r.Pos)
	}
}
