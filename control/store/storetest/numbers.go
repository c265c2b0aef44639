package storetest

import (
	"errors"
	"testing"
	"time"

	"partyline/control"
)

func bound(number string, meeting control.MeetingID) control.Number {
	return control.Number{Number: number, Meeting: meeting, Language: "de", Label: "Grüße", Trunk: "carrier", CreatedAt: time.Unix(1_700_000_000, 5000).UTC()}
}

func mustPut(t *testing.T, s Store, n control.Number) {
	t.Helper()
	if err := s.PutNumber(t.Context(), n); err != nil {
		t.Fatalf("PutNumber: %v", err)
	}
}

// numbers: what was bound is read, and goes with its meeting.
func numbers(t *testing.T, s Store) {
	for _, id := range []control.MeetingID{"mtg_a", "mtg_b", "mtg_c"} {
		mustAppend(t, s, &control.Append{Meeting: id, Records: Records(id, 1, 1), Info: &control.MeetingInfo{ID: id, Phase: control.Open}})
	}
	a, b, c := bound("+4930", "mtg_a"), bound("sales", "mtg_b"), bound("100", "mtg_c")
	for _, n := range []control.Number{b, c, a} {
		mustPut(t, s, n)
	}
	diff(t, []control.Number{a, c, b}, must(s.Numbers(t.Context()))(t))
	changed := control.Number{Number: a.Number, Meeting: "mtg_b", CreatedAt: a.CreatedAt}
	mustPut(t, s, changed)
	diff(t, []control.Number{changed, c, b}, must(s.Numbers(t.Context()))(t))
	for range 2 {
		if err := s.DeleteNumber(t.Context(), "sales"); err != nil {
			t.Errorf("DeleteNumber: %v", err)
		}
	}
	mustAppend(t, s, &control.Append{Meeting: "mtg_b", After: 1, Records: Records("mtg_b", 2, 2), Info: &control.MeetingInfo{ID: "mtg_b", Phase: control.Deleted}})
	diff(t, []control.Number{c}, must(s.Numbers(t.Context()))(t))
	for _, meeting := range []control.MeetingID{"mtg_b", "mtg_none"} {
		if e, ok := errors.AsType[*control.Error](s.PutNumber(t.Context(), bound("200", meeting))); !ok || e.Code != control.CodeNotFound {
			t.Errorf("bound to %s: %v", meeting, e)
		}
	}
	if err := s.Forget(t.Context(), "mtg_c"); err != nil {
		t.Fatal(err)
	}
	diff(t, []control.Number(nil), must(s.Numbers(t.Context()))(t))
}
