package control_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
)

// TestOpenedAgain: a meeting whose owner has gone is held again, lives on, and is released by the mixer each time it ends.
func TestOpenedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer func() { b.stop() }()
		id := b.create(1).ID()
		for _, linger := range []time.Duration{2 * time.Minute, time.Second} { // its owner has gone, or has not yet
			m, err := b.reg.Meeting(id)
			if err != nil {
				t.Fatal(err)
			}
			do(t, m, control.EndMeeting{})
			time.Sleep(linger)
			if m, err = b.reg.Meeting(id); err != nil {
				t.Fatal(err)
			}
			do(t, m, control.OpenMeeting{})
			time.Sleep(5 * time.Minute)
			call(t, m, "1") // the same handle: nobody has retired it
			do(t, m, control.LegGone{Leg: "leg_1"})
		}
		if d := cmp.Diff([]control.MeetingID{id, id}, b.mixer.Released()); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		b.stop()
		b = newBridge(t, b.store, nil)
		m, err := b.reg.Meeting(id)
		if err != nil {
			t.Fatal(err)
		}
		if n := read(t, m, (*control.State).HoldingNumber); n != 3 {
			t.Errorf("after a restart it is holding %d", n)
		}
		code := read(t, m, func(s *control.State) string { return s.AccessCode })
		if found, _, err := b.reg.ByCode(code); err != nil || found != m {
			t.Errorf("by its code: %v, %v", found, err)
		}
	})
}

// TestEndsByItself: at its time a meeting ends, also while the store is down, and the log has it when the store is back.
func TestEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		m := b.create(1)
		code := read(t, m, func(s *control.State) string { return s.AccessCode })
		do(t, m, control.ChangeMeeting{EndsAt: new(time.Now().Add(time.Hour))})
		call(t, m, "1")
		b.store.Fail(errors.New("disk full"))
		time.Sleep(time.Hour + time.Second)
		if phase := read(t, m, func(s *control.State) control.Phase { return s.Phase }); phase != control.Ended {
			t.Errorf("it is %s", phase)
		}
		_, _, err := b.reg.ByCode(code)
		wantCode(t, err, control.CodeNotFound)
		b.store.Fail(nil)
		time.Sleep(10 * time.Second) // the store is tried again
		list, err := b.reg.List(t.Context(), control.MeetingQuery{Phase: control.Ended})
		if err != nil || len(list) != 1 {
			t.Errorf("the listing has %+v, %v", list, err)
		}
		records, err := b.store.Read(t.Context(), m.ID(), 0, 0)
		if err != nil || records[len(records)-1].Type != "meeting.ended" || records[len(records)-1].Actor != control.System {
			t.Errorf("%+v, %v", records, err)
		}
		do(t, m, control.LegGone{Leg: "leg_1"})
		time.Sleep(2 * time.Minute)
		if again, err := b.reg.Meeting(m.ID()); err != nil || again == m {
			t.Errorf("its owner has not gone: %v", err)
		}
	})
}
