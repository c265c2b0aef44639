package main

import (
	"log/slog"
	"testing"

	"partyline/control"
	"partyline/mixer"
)

func newWire(t *testing.T) (*mediaWire, *mixer.Engine) {
	t.Helper()
	engine, err := mixer.New(mixer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return newMediaWire(engine, nil, slog.New(slog.DiscardHandler)), engine
}

// TestNothingIsPlayedIntoAMeetingThatIsOver: a recording that was read from the store meanwhile does not bring it back.
func TestNothingIsPlayedIntoAMeetingThatIsOver(t *testing.T) {
	w, engine := newWire(t)
	w.Place("mtg_1", &control.Placement{Gen: 1})
	w.Release("mtg_1")
	told := 0
	report := func(r control.PlayReport) {
		told++
		if r.Err != nil || len(r.Rooms) > 0 {
			t.Errorf("reported %+v", r)
		}
	}
	b := &broadcast{play: control.Play{Broadcast: "bct_1", Began: report, Ended: report}}
	w.onAir["bct_1"] = b
	b.sound.pcm = make([]int16, 8000)
	w.announce("mtg_1", b, false, nil)
	if told != 2 || len(w.onAir) > 0 {
		t.Errorf("reported %d times", told)
	}
	for i, l := range engine.Load() {
		if l.Meetings != 0 {
			t.Errorf("shard %d has %d meetings", i, l.Meetings)
		}
	}
}

// TestAnOldPlacementDoesNotReplaceANewerOne: while calls are taken up again the last placement is repeated.
func TestAnOldPlacementDoesNotReplaceANewerOne(t *testing.T) {
	w, _ := newWire(t)
	for _, gen := range []uint64{5, 6, 5} {
		w.Place("mtg_1", &control.Placement{Gen: gen})
	}
	if gen, _ := w.meeting("mtg_1").Published(); gen != 6 {
		t.Errorf("generation %d is wanted", gen)
	}
}
