package storetest

import (
	"bytes"
	"testing"

	"partyline/control"
)

// recordedNames: they are kept beside the other recordings, and deleted with an append.
func recordedNames(t *testing.T, s Store) {
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", Records: Records("mtg_a", 1, 1), Info: &control.MeetingInfo{ID: "mtg_a", Phase: control.Open}})
	wav := bytes.Repeat([]byte("Ada"), 100)
	put := func(id control.AudioID) {
		t.Helper()
		if err := s.PutAudio(t.Context(), "mtg_a", id, wav); err != nil {
			t.Fatalf("PutAudio: %v", err)
		}
	}
	has := func(id control.AudioID, want bool) {
		t.Helper()
		data, err := s.Audio(t.Context(), "mtg_a", id)
		if (err == nil) != want || want && !bytes.Equal(data, wav) {
			t.Errorf("%s: %d bytes, %v", id, len(data), err)
		}
	}
	for _, id := range []control.AudioID{"nam_a", "nam_b", "nam_c", "aud_a"} {
		put(id)
	}
	mustAppend(t, s, &control.Append{Meeting: "mtg_a", After: 1, Records: Records("mtg_a", 2, 2), Drop: []control.AudioID{"nam_a", "nam_b", "nam_none"}})
	has("nam_a", false)
	has("nam_b", false)
	has("nam_c", true)
	has("aud_a", true)
	stale := &control.Append{Meeting: "mtg_a", After: 1, Records: Records("mtg_a", 2, 2), Drop: []control.AudioID{"nam_c"}}
	if err := s.Append(t.Context(), stale); err == nil {
		t.Error("a stale append was written")
	}
	has("nam_c", true)
	for range control.MaxAudio - 1 { // the names take no room from the others
		put(control.NewID[control.AudioID]("aud_"))
	}
	put("nam_d")
	if err := s.PutAudio(t.Context(), "mtg_a", "aud_full", wav); err == nil {
		t.Error("one recording too many was stored")
	}
	if err := s.Forget(t.Context(), "mtg_a"); err != nil {
		t.Fatal(err)
	}
	has("nam_d", false)
}
