package main

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"partyline/control"
)

// shelf is an audioStore.
type shelf struct {
	err  error
	kept map[control.AudioID][]byte
}

func (s *shelf) Audio(_ context.Context, _ control.MeetingID, id control.AudioID) ([]byte, error) {
	return s.kept[id], s.err
}

func (s *shelf) PutAudio(_ context.Context, _ control.MeetingID, id control.AudioID, data []byte) error {
	if s.err == nil {
		s.kept[id] = data
	}
	return s.err
}

// TestTakesAreBounded: callers cannot fill the memory by speaking, and what has gone makes room.
func TestTakesAreBounded(t *testing.T) {
	w, engine := newWire(t)
	for _, id := range []control.LegID{"leg_1", "leg_2"} {
		leg, err := engine.Open(netip.MustParseAddr("127.0.0.1"))
		must(t, err)
		t.Cleanup(leg.Close)
		w.keep(id, leg)
	}
	const most = maxTakes * time.Second / soundRate
	record := func(id control.LegID, length time.Duration, want bool) {
		t.Helper()
		if got := w.Record(id, 1, length); got != want {
			t.Errorf("%s records %v: %t", id, length, got)
		}
	}
	record("leg_0", time.Second, false)
	record("leg_1", most-time.Minute, true)
	record("leg_2", 2*time.Minute, false)
	record("leg_2", time.Minute, true)
	record("leg_2", time.Minute, true) // in place of the one before
	w.Discard("leg_1")
	w.Discard("leg_1")
	record("leg_2", most, true)
	w.forget("leg_2")
	if w.takes.samples != 0 || len(w.takes.of) != 0 {
		t.Errorf("%d samples of %d takes are left", w.takes.samples, len(w.takes.of))
	}
}

// TestTakeIsStored as it was said: without the silence around it and the click of the key.
func TestTakeIsStored(t *testing.T) {
	w, _ := newWire(t)
	store := &shelf{kept: map[control.AudioID][]byte{}}
	w.sounds = &sounds{store: store}
	stored := func() (a control.Audio, err error) {
		w.Store("leg_1", "mtg_1", "aud_1", func(made control.Audio, e error) { a, err = made, e })
		w.wait()
		return a, err
	}
	if _, err := stored(); err == nil {
		t.Error("nothing is stored")
	}
	said := w.takes.add("leg_1", 10*soundRate)
	copy(said.buf[soundRate:], tone(700, 6000, 2*time.Second))
	copy(said.buf[4*soundRate-400:], tone(1900, 9000, 40*time.Millisecond)) // of the key
	if d := w.Trim("leg_1", 4*soundRate, true); d < 2300*time.Millisecond || d > 2500*time.Millisecond {
		t.Errorf("%v are left", d)
	}
	a, err := stored()
	must(t, err)
	pcm, err := w.sounds.audio(t.Context(), "mtg_1", "aud_1")
	must(t, err)
	if a.ID != "aud_1" || a.Bytes != len(store.kept["aud_1"]) || a.DurationMS != len(pcm)/8 || toneDB(pcm[1600:16000], 700, 6000) < -1 || toneDB(pcm, 1900, 9000) > -30 {
		t.Errorf("stored %+v", a)
	}
	var refusal *control.Error
	store.err = errors.New("disk full")
	if _, err := stored(); !errors.As(err, &refusal) || refusal.Code != control.CodeStore {
		t.Errorf("disk full: %v", err)
	}
	store.err = control.Errorf(control.CodeLimit, "too many")
	if _, err := stored(); !errors.As(err, &refusal) || refusal.Code != control.CodeLimit {
		t.Errorf("too many: %v", err)
	}
	if d := w.Trim("leg_1", soundRate, false); d != 0 {
		t.Errorf("of silence %v are left", d)
	}
}
