package control_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
	"partyline/control/store"
)

func TestCodes(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m, err := b.reg.Create(t.Context(), control.CreateMeeting{Title: "A", AccessCode: "111111", SpeakerCode: "222222"}, control.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]control.Role{"111111": control.Audience, "222222": control.Speaker} {
		if got, role, err := b.reg.ByCode(code); got != m || role != want || err != nil {
			t.Errorf("ByCode(%s) = %v, %s, %v", code, got, role, err)
		}
	}
	for _, code := range []string{"", "111112", "0111111"} {
		_, _, err := b.reg.ByCode(code)
		wantCode(t, err, control.CodeNotFound)
	}
	_, err = b.reg.Create(t.Context(), control.CreateMeeting{Title: "B", AccessCode: "222222"}, control.Meta{})
	wantCode(t, err, control.CodeCodeTaken)
	_, err = b.reg.Create(t.Context(), control.CreateMeeting{Title: "", AccessCode: "333333"}, control.Meta{})
	wantCode(t, err, control.CodeInvalid)
	if _, err = b.reg.Create(t.Context(), control.CreateMeeting{Title: "C", AccessCode: "333333"}, control.Meta{}); err != nil {
		t.Errorf("the code of a meeting that was refused is not free: %v", err)
	}
	drawn, err := b.reg.Create(t.Context(), control.CreateMeeting{Title: "D"}, control.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if code := read(t, drawn, func(s *control.State) string { return s.AccessCode }); len(code) != 9 {
		t.Errorf("the code %q was drawn", code)
	}
	do(t, m, control.EndMeeting{})
	_, _, err = b.reg.ByCode("111111")
	wantCode(t, err, control.CodeNotFound)
	if _, err = b.reg.Create(t.Context(), control.CreateMeeting{Title: "E", AccessCode: "111111"}, control.Meta{}); err != nil {
		t.Errorf("the code of a meeting that has ended is not free: %v", err)
	}
}

func TestOpenMeetingsAreBounded(t *testing.T) {
	t.Parallel()
	limit := func(o *control.RegistryOptions) { o.MaxOpen = 2 }
	b := newBridge(t, controltest.NewStore(), limit)
	create := func(b *bridge) (*control.Meeting, error) {
		return b.reg.Create(t.Context(), control.CreateMeeting{Title: "A"}, control.Meta{})
	}
	m, err := create(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.reg.Create(t.Context(), control.CreateMeeting{}, control.Meta{}); err == nil { // takes no place
		t.Error("a meeting without a title was made")
	}
	if _, err = create(b); err != nil {
		t.Fatal(err)
	}
	_, err = create(b)
	wantCode(t, err, control.CodeLimit)
	do(t, m, control.EndMeeting{})
	if _, err = create(b); err != nil {
		t.Errorf("the place of a meeting that has ended is not free: %v", err)
	}
	b.stop()
	again := newBridge(t, b.store, limit)
	defer again.stop()
	_, err = create(again)
	wantCode(t, err, control.CodeLimit)
}

func TestCreateWithTheStoreDown(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	b.store.Fail(errors.New("disk full"))
	_, err := b.reg.Create(t.Context(), control.CreateMeeting{Title: "A", AccessCode: "111111"}, control.Meta{})
	wantCode(t, err, control.CodeStore)
	b.store.Fail(nil)
	if err := b.reg.Ready(); err != nil {
		t.Errorf("not ready because of a meeting that was never made: %v", err)
	}
	if _, err = b.reg.Create(t.Context(), control.CreateMeeting{Title: "A", AccessCode: "111111"}, control.Meta{}); err != nil {
		t.Error(err)
	}
}

func TestEndedMeetings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		m := b.create(1)
		call(t, m, "1")
		do(t, m, control.EndMeeting{})
		refused(t, m, control.LockMeeting{Locked: true}, control.CodeWrongState)
		if r := b.mixer.Released(); len(r) != 0 {
			t.Error("the mixer was told to forget a meeting whose caller hears goodbye")
		}
		do(t, m, control.LegGone{Leg: "leg_1"})
		if d := cmp.Diff([]control.MeetingID{m.ID()}, b.mixer.Released()); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		time.Sleep(2 * time.Minute) // the owner has gone
		if phase := read(t, m, func(s *control.State) control.Phase { return s.Phase }); phase != control.Ended {
			t.Errorf("an old handle reads phase %q", phase)
		}
		refused(t, m, control.LockMeeting{Locked: true}, control.CodeWrongState)
		again, err := b.reg.Meeting(m.ID())
		if err != nil || again == m {
			t.Fatalf("it was not loaded again: %v", err)
		}
		if n := read(t, again, func(s *control.State) int { return len(s.Participants) }); n != 1 {
			t.Errorf("%d participants are known", n)
		}
		if list, err := b.reg.List(t.Context(), control.MeetingQuery{Limit: 10}); err != nil || len(list) != 1 || list[0].Phase != control.Ended {
			t.Errorf("the listing has %+v, %v", list, err)
		}
		if err := b.reg.Delete(t.Context(), m.ID(), control.Meta{}); err != nil {
			t.Fatal(err)
		}
		_, err = b.reg.Meeting(m.ID())
		wantCode(t, err, control.CodeNotFound)
		wantCode(t, b.reg.Delete(t.Context(), m.ID(), control.Meta{}), control.CodeNotFound)
		if list, err := b.reg.List(t.Context(), control.MeetingQuery{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("the listing has %+v, %v", list, err)
		}
		time.Sleep(2 * time.Minute)
		_, err = b.reg.Meeting(m.ID())
		wantCode(t, err, control.CodeNotFound)
		_, err = b.reg.Meeting("mtg_none")
		wantCode(t, err, control.CodeNotFound)
	})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	log := controltest.NewStore()
	b := newBridge(t, log, nil)
	m := b.create(2)
	b.mixer.Report = func(control.MeetingID, []int, control.Sound) control.PlayReport { return control.PlayReport{} }
	for i := range 5 {
		call(t, m, fmt.Sprintf("c%d", i))
	}
	do(t, m, control.AddParticipant{New: control.NewParticipant{ID: "par_web", Name: "Web", Web: true}})
	do(t, m, control.StartBreakouts{})
	code := read(t, m, func(s *control.State) string { return s.AccessCode })
	rooms := read(t, m, func(s *control.State) map[control.ParticipantID]control.RoomID {
		at := map[control.ParticipantID]control.RoomID{}
		for id, p := range s.Participants {
			at[id] = p.Location.Room
		}
		return at
	})
	b.stop()

	appends := len(log.Appends())
	b = newBridge(t, log, func(o *control.RegistryOptions) {
		o.KeepLeg = func(_ control.MeetingID, leg control.LegID) bool { return leg == "leg_c0" }
	})
	defer b.stop()
	if n := len(log.Appends()) - appends; n != 1 {
		t.Errorf("%d appends at the restart, want 1", n)
	}
	m, role, err := b.reg.ByCode(code)
	if err != nil || role != control.Audience {
		t.Fatal(err)
	}
	present := read(t, m, func(s *control.State) int {
		n := 0
		for _, p := range s.Participants {
			if p.Present() {
				n++
			}
		}
		return n
	})
	if present != 2 {
		t.Errorf("%d are present, want the kept caller and the web", present)
	}
	if d := cmp.Diff([]control.LegID{"leg_c0"}, b.mixer.Adopted(m.ID())); d != "" || len(b.mixer.Placements(m.ID())) == 0 {
		t.Errorf("kept legs: -want +got:\n%s", d)
	}
	do(t, m, control.Join{Leg: "leg_again", Kind: control.PhoneLeg, Number: "c3"})
	if got := read(t, m, func(s *control.State) control.RoomID { return s.Participants["par_c3"].Location.Room }); got != rooms["par_c3"] {
		t.Errorf("after the restart he returned to %q, was in %q", got, rooms["par_c3"])
	}
	wantReplayed(t, log, m)
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := controltest.NewStore()
		b := newBridge(t, log, nil)
		m := b.create(3)
		for i := range 700 {
			call(t, m, fmt.Sprintf("c%d", i))
		}
		synctest.Wait()
		snap, err := log.LoadSnapshot(t.Context(), m.ID())
		if err != nil || snap.Seq < 500 {
			t.Fatalf("a snapshot of %d, %v", snap.Seq, err)
		}
		b.stop()
		want := replayed(t, log, m.ID())
		tests := []struct {
			name string
			data string
			seq  uint64
		}{{"good", string(snap.Data), snap.Seq}, {"broken", "{", snap.Seq}, {"ahead of the log", string(snap.Data), 100_000}}
		for _, tt := range tests {
			snap.Data, snap.Seq = []byte(tt.data), tt.seq
			if err := log.SaveSnapshot(t.Context(), snap); err != nil {
				t.Fatal(err)
			}
			b := newBridge(t, log, func(o *control.RegistryOptions) {
				o.KeepLeg = func(control.MeetingID, control.LegID) bool { return true }
			})
			m, err := b.reg.Meeting(m.ID())
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Read(t.Context(), func(s *control.State) {
				if d := cmp.Diff(want, s, cmpopts.EquateEmpty()); d != "" {
					t.Errorf("%s: -log +loaded:\n%s", tt.name, d)
				}
			}); err != nil {
				t.Error(err)
			}
			b.stop()
		}
	})
}

func TestDamagedLogIsRefused(t *testing.T) {
	t.Parallel()
	log := controltest.NewStore()
	b := newBridge(t, log, nil)
	m := b.create(0)
	b.stop()
	bad := control.Record{Meeting: m.ID(), Seq: 2, At: time.Now(), Type: "meeting.exploded", Version: 1, Data: []byte(`{}`)}
	if err := log.Append(t.Context(), &control.Append{Meeting: m.ID(), After: 1, Records: []control.Record{bad}}); err != nil {
		t.Fatal(err)
	}
	reg, err := control.NewRegistry(control.RegistryOptions{Store: log, Mixer: controltest.NewMixer(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := reg.Start(t.Context()); err == nil {
		t.Error("it started with a log that it cannot read")
	}
	if err := reg.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestSubscribe(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	wake, cancel := b.reg.Subscribe("")
	m := b.create(0)
	<-wake
	one, done := b.reg.Subscribe(m.ID())
	defer done()
	do(t, b.create(0), control.LockMeeting{Locked: true})
	<-wake
	select {
	case <-one:
		t.Error("woken by another meeting")
	default:
	}
	do(t, m, control.LockMeeting{Locked: true})
	<-wake
	<-one
	cancel()
	do(t, m, control.LockMeeting{})
	select {
	case <-wake:
		t.Error("woken after the end")
	default:
	}
}

func TestAfterStop(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	m := b.create(0)
	b.stop()
	refused(t, m, control.LockMeeting{}, control.CodeShutdown)
	if title := read(t, m, func(s *control.State) string { return s.Title }); title != "Test" {
		t.Errorf("the title is %q", title)
	}
	_, err := b.reg.Create(t.Context(), control.CreateMeeting{Title: "A"}, control.Meta{})
	wantCode(t, err, control.CodeShutdown)
}

// The whole of it on the real store: what was acknowledged is there after a restart.
func TestOnSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	start := func() (*store.Store, *control.Registry) {
		s, err := store.Open(t.Context(), store.Options{Dir: dir, Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		reg, err := control.NewRegistry(control.RegistryOptions{Store: s, Mixer: controltest.NewMixer(), Logger: logger})
		if err != nil {
			t.Fatal(err)
		}
		if err := reg.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s, reg
	}
	stop := func(s *store.Store, reg *control.Registry) {
		if err := errors.Join(reg.Stop(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
	s, reg := start()
	m, err := reg.Create(t.Context(), control.CreateMeeting{Title: "Zürich", Options: control.DefaultOptions(), Rooms: make([]control.NewRoom, 10)}, control.Meta{Actor: "key:test"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		do(t, m, control.AddParticipant{New: control.NewParticipant{Name: fmt.Sprintf("P%d", i), Web: true}})
	}
	r, err := m.Do(t.Context(), control.StartBreakouts{Duration: time.Hour}, control.Meta{Actor: "key:test", Key: "k", Hash: "h"})
	if err != nil {
		t.Fatal(err)
	}
	var want *control.State
	if err := m.Read(t.Context(), func(s *control.State) { want = s }); err != nil {
		t.Fatal(err)
	}
	stop(s, reg) // nothing changes the state any more
	s, reg = start()
	defer stop(s, reg)
	if m, err = reg.Meeting(m.ID()); err != nil {
		t.Fatal(err)
	}
	if err := m.Read(t.Context(), func(got *control.State) {
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("-before +after the restart:\n%s", d)
		}
	}); err != nil {
		t.Error(err)
	}
	o, err := s.CommandOutcome(t.Context(), m.ID(), r.Command)
	if err != nil || o.Key != "k" {
		t.Errorf("the outcome is %+v, %v", o, err)
	}
}
