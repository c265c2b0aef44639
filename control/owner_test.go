package control_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// bridge is a registry with a mixer that records and a log in memory.
type bridge struct {
	t     *testing.T
	store *controltest.Store
	mixer *controltest.Mixer
	reg   *control.Registry
}

// newBridge starts a registry on a log.
func newBridge(t *testing.T, store *controltest.Store, change func(*control.RegistryOptions)) *bridge {
	t.Helper()
	b := &bridge{t: t, store: store, mixer: controltest.NewMixer()}
	o := control.RegistryOptions{Store: store, Mixer: b.mixer, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if change != nil {
		change(&o)
	}
	var err error
	if b.reg, err = control.NewRegistry(o); err != nil {
		t.Fatal(err)
	}
	if err := b.reg.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bridge) stop() {
	b.t.Helper()
	if err := b.reg.Stop(context.WithoutCancel(b.t.Context())); err != nil {
		b.t.Error(err)
	}
}

func (b *bridge) create(rooms int) *control.Meeting {
	b.t.Helper()
	c := control.CreateMeeting{Title: "Test", Options: control.DefaultOptions()}
	for i := range rooms {
		c.Rooms = append(c.Rooms, control.NewRoom{ID: control.RoomID(fmt.Sprintf("room_%d", i+1))})
	}
	m, err := b.reg.Create(b.t.Context(), c, control.Meta{Actor: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func do(t *testing.T, m *control.Meeting, c control.Command) control.Result {
	t.Helper()
	r, err := m.Do(t.Context(), c, control.Meta{Actor: "test"})
	if err != nil {
		t.Fatalf("%T: %v", c, err)
	}
	return r
}

func refused(t *testing.T, m *control.Meeting, c control.Command, want control.Code) {
	t.Helper()
	_, err := m.Do(t.Context(), c, control.Meta{Actor: "test"})
	wantCode(t, err, want)
}

func wantCode(t *testing.T, err error, want control.Code) {
	t.Helper()
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != want {
		t.Errorf("answered %v, want %s", err, want)
	}
}

func call(t *testing.T, m *control.Meeting, name string) control.ParticipantID {
	t.Helper()
	r := do(t, m, control.Join{Participant: control.ParticipantID("par_" + name), Leg: control.LegID("leg_" + name), Kind: control.PhoneLeg, Number: name})
	return r.Value.(control.Joined).Participant
}

func read[T any](t *testing.T, m *control.Meeting, f func(*control.State) T) T {
	t.Helper()
	var v T
	if err := m.Read(t.Context(), func(s *control.State) { v = f(s) }); err != nil {
		t.Fatal(err)
	}
	return v
}

func breakouts(s *control.State) control.BreakoutsPhase { return s.Breakouts }

// replayed rebuilds a meeting from the log.
func replayed(t *testing.T, store *controltest.Store, id control.MeetingID) *control.State {
	t.Helper()
	records, err := store.Read(t.Context(), id, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := control.NewState()
	if err := control.Replay(s, records); err != nil {
		t.Fatal(err)
	}
	return s
}

func wantReplayed(t *testing.T, store *controltest.Store, m *control.Meeting) {
	t.Helper()
	want := replayed(t, store, m.ID())
	if err := m.Read(t.Context(), func(s *control.State) {
		if d := cmp.Diff(want, s, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("-rebuilt from the log +live:\n%s", d)
		}
	}); err != nil {
		t.Error(err)
	}
}

func TestJoinReachesTheMixer(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(2)
	call(t, m, "1")
	call(t, m, "2")
	gain, muted := 6, true
	do(t, m, control.ChangeParticipant{Participant: "par_2", GainDB: &gain, Muted: &muted})
	do(t, m, control.RaiseHand{Participant: "par_1", Up: true}) // nothing for the mixer
	want := []*control.Placement{
		{Gen: 1, Legs: []control.LegPlace{{Leg: "leg_1"}}},
		{Gen: 2, Legs: []control.LegPlace{{Leg: "leg_1"}, {Leg: "leg_2"}}},
		{Gen: 3, Legs: []control.LegPlace{{Leg: "leg_1"}, {Leg: "leg_2", Muted: true, GainDB: 6}}},
	}
	if d := cmp.Diff(want, b.mixer.Placements(m.ID())); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff([]control.LegID{"leg_1", "leg_2"}, b.mixer.Adopted(m.ID())); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	wantReplayed(t, b.store, m)
}

func TestTones(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(2)
	step := func(name string, c control.Command, want ...controltest.Play) {
		t.Helper()
		do(t, m, c)
		for i := range want {
			want[i].Meeting = m.ID()
		}
		if d := cmp.Diff(want, b.mixer.Plays(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
	}
	play := func(prompt string, rooms ...int) controltest.Play {
		return controltest.Play{Rooms: rooms, Sound: control.Sound{Prompt: prompt}}
	}
	join := func(n string) control.Join {
		return control.Join{Participant: control.ParticipantID("par_" + n), Leg: control.LegID("leg_" + n), Kind: control.PhoneLeg}
	}
	step("the first hears nothing", join("1"))
	step("the second is heard", join("2"), play("arrival", 0))
	step("the third too", join("3"), play("arrival", 0))
	step("a bulk move is silent", control.StartBreakouts{Distribution: "manual"})
	step("into an empty room", control.Move{Participants: ids("par_1"), Room: "room_2"}, play("departure", 0))
	step("a single move", control.Move{Participants: ids("par_2"), Room: "room_2"}, play("departure", 0), play("arrival", 2))
	step("going", control.LegGone{Leg: "leg_1"}, play("departure", 2))
	step("closing, which is told to each by himself", control.StopBreakouts{Countdown: time.Minute})
	off := control.DefaultOptions()
	off.AnnounceArrivals = "off"
	step("options", control.ChangeMeeting{Options: &off})
	step("no tone", join("4"))
}

func TestStartAndStopAreOneAppendAndOneGeneration(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(300)
	for i := range 600 {
		call(t, m, fmt.Sprintf("c%d", i))
	}
	for _, c := range []control.Command{control.StartBreakouts{}, control.StopBreakouts{}} {
		appends, places := len(b.store.Appends()), len(b.mixer.Placements(m.ID()))
		r := do(t, m, c)
		if n := len(b.store.Appends()) - appends; n != 1 || len(r.Events) != 1 {
			t.Errorf("%T: %d appends, %d events, want 1 and 1", c, n, len(r.Events))
		}
		if n := len(b.mixer.Placements(m.ID())) - places; n != 1 {
			t.Errorf("%T: %d generations, want 1", c, n)
		}
		o, err := b.store.CommandOutcome(t.Context(), m.ID(), r.Command)
		if err != nil || len(r.Value.(control.Outcomes)) != 600 || len(o.Result) == 0 {
			t.Errorf("%T: outcomes for %d people, stored: %v", c, len(r.Value.(control.Outcomes)), err)
		}
	}
}

func TestCountdown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		m := b.create(2)
		call(t, m, "1")
		do(t, m, control.StartBreakouts{Duration: time.Hour})
		time.Sleep(time.Hour - 11*time.Second)
		if got := read(t, m, breakouts); got != control.BreakoutsOpen {
			t.Errorf("breakouts are %s 11 s before the end", got)
		}
		time.Sleep(2 * time.Second)
		if got := read(t, m, breakouts); got != control.BreakoutsClosing {
			t.Errorf("breakouts are %s 9 s before the end", got)
		}
		time.Sleep(10 * time.Second)
		if got := read(t, m, breakouts); got != control.BreakoutsIdle {
			t.Errorf("breakouts are %s after the end", got)
		}
		if room := b.mixer.Room(m.ID(), "leg_1"); room != 0 {
			t.Errorf("the caller is in room %d", room)
		}
		wantReplayed(t, b.store, m)
	})
}

func TestTimersSurviveARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := controltest.NewStore()
		b := newBridge(t, store, nil)
		m := b.create(2)
		do(t, m, control.StartBreakouts{})
		do(t, m, control.StopBreakouts{Countdown: time.Minute})
		b.stop()
		time.Sleep(20 * time.Second)
		b = newBridge(t, store, nil)
		defer b.stop()
		m, err := b.reg.Meeting(m.ID())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(39 * time.Second)
		if got := read(t, m, breakouts); got != control.BreakoutsClosing {
			t.Errorf("breakouts are %s a second before", got)
		}
		time.Sleep(2 * time.Second)
		if got := read(t, m, breakouts); got != control.BreakoutsIdle {
			t.Errorf("breakouts are %s a second after", got)
		}
	})
}

func TestStoreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		m := b.create(2)
		call(t, m, "1")
		call(t, m, "2")
		do(t, m, control.StartBreakouts{})
		b.store.Fail(errors.New("disk full"))

		refused(t, m, control.LockMeeting{Locked: true}, control.CodeStore)
		if read(t, m, func(s *control.State) bool { return s.Locked }) {
			t.Error("a command that was refused had an effect")
		}
		if err := b.reg.Ready(); err == nil {
			t.Error("it is ready with the store down")
		}
		do(t, m, control.LegGone{Leg: "leg_2", Reason: "bye"}) // a fact holds
		refused(t, m, control.StopBreakouts{}, control.CodeStore)
		if room := b.mixer.Room(m.ID(), "leg_1"); room != 0 {
			t.Errorf("after a stop with the store down the caller is in room %d", room)
		}
		refused(t, m, control.StartBreakouts{}, control.CodeStore)
		time.Sleep(time.Minute)

		appends := len(b.store.Appends())
		b.store.Fail(nil)
		time.Sleep(6 * time.Second)
		if n := len(b.store.Appends()) - appends; n != 1 {
			t.Errorf("what was waiting was written by %d appends, want 1", n)
		}
		if err := b.reg.Ready(); err != nil {
			t.Errorf("it is not ready with the store back: %v", err)
		}
		wantReplayed(t, b.store, m)
		do(t, m, control.StartBreakouts{})
		wantReplayed(t, b.store, m)
	})
}

// The next command brings what is waiting with it, in one transaction.
func TestWaitingFactsGoFirst(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(2)
	call(t, m, "1")
	b.store.Fail(errors.New("disk full"))
	do(t, m, control.HoldLeg{Leg: "leg_1", Held: true})
	do(t, m, control.LegGone{Leg: "leg_1"})
	b.store.Fail(nil)
	do(t, m, control.LockMeeting{Locked: true})
	wantReplayed(t, b.store, m)
}

func TestAnotherWriterFencesTheMeeting(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(1)
	seq := read(t, m, func(s *control.State) uint64 { return s.Seq })
	typ, version, data, err := control.Marshal(control.MeetingLocked{Locked: true})
	if err != nil {
		t.Fatal(err)
	}
	foreign := control.Record{Meeting: m.ID(), Seq: seq + 1, At: time.Now().UTC(), Type: typ, Version: version, Data: data}
	if err := b.store.Append(t.Context(), &control.Append{Meeting: m.ID(), After: seq, Records: []control.Record{foreign}}); err != nil {
		t.Fatal(err)
	}
	refused(t, m, control.CreateRooms{Rooms: []control.NewRoom{{}}}, control.CodeStore)
	refused(t, m, control.CreateRooms{Rooms: []control.NewRoom{{}}}, control.CodeStore)
	again, err := b.reg.Meeting(m.ID())
	if err != nil {
		t.Fatal(err)
	}
	if !read(t, again, func(s *control.State) bool { return s.Locked }) {
		t.Error("the meeting was not loaded anew")
	}
	wantReplayed(t, b.store, again)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	store := controltest.NewStore()
	b := newBridge(t, store, nil)
	m := b.create(0)
	meta := control.Meta{Actor: "test", Key: "k1", Hash: "h1"}
	c := control.CreateRooms{Rooms: make([]control.NewRoom, 2)}
	first, err := m.Do(t.Context(), c, meta)
	if err != nil {
		t.Fatal(err)
	}
	check := func(m *control.Meeting) {
		t.Helper()
		again, err := m.Do(t.Context(), c, meta)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first.Value, again.Value); d != "" || !again.Replayed || again.Command != first.Command {
			t.Errorf("the second answer differs (replayed %v):\n%s", again.Replayed, d)
		}
		if n := read(t, m, func(s *control.State) int { return len(s.Rooms) }); n != 2 {
			t.Errorf("there are %d rooms, want 2", n)
		}
	}
	check(m)
	_, err = m.Do(t.Context(), c, control.Meta{Key: "k1", Hash: "another"})
	wantCode(t, err, control.CodeIdempotency)
	b.stop()
	b = newBridge(t, store, nil)
	defer b.stop()
	if m, err = b.reg.Meeting(m.ID()); err != nil {
		t.Fatal(err)
	}
	check(m)
}

func TestCreateTwiceUnderOneKey(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "123456789"} {
		b := newBridge(t, controltest.NewStore(), nil)
		defer b.stop()
		c := control.CreateMeeting{Title: "Once", AccessCode: code}
		meta := control.Meta{Key: "k", Hash: "h"}
		first, err := b.reg.Create(t.Context(), c, meta)
		if err != nil {
			t.Fatal(err)
		}
		second, err := b.reg.Create(t.Context(), c, meta)
		if err != nil || first != second {
			t.Errorf("code %q: the second is %v, %v", code, second, err)
		}
		if list, err := b.reg.List(t.Context(), control.MeetingQuery{}); err != nil || len(list) != 1 {
			t.Errorf("code %q: %d meetings, %v", code, len(list), err)
		}
	}
}

func TestFollowers(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(2)
	type seen struct {
		Leg   control.LegID
		Event string
		Room  control.RoomID
	}
	var got []seen // appended to by the owner goroutine
	follow := func(leg control.LegID) func(control.Event, string, time.Time, *control.State) {
		return func(ev control.Event, by string, _ time.Time, s *control.State) {
			if wanted := map[string]string{"breakouts.started": "test"}; wanted[ev.Type()] != "" && wanted[ev.Type()] != by {
				t.Errorf("%s is by %q", ev.Type(), by)
			}
			got = append(got, seen{leg, ev.Type(), s.ByLeg(leg).Location.Room})
		}
	}
	done := make(chan struct{})
	m.Submit(control.Join{Participant: "par_1", Leg: "leg_1", Kind: control.PhoneLeg}, control.Meta{}, func(any, error) {
		m.Follow("leg_1", follow("leg_1"))
		close(done)
	})
	m.Submit(control.Join{Participant: "par_2", Leg: "leg_2", Kind: control.PhoneLeg}, control.Meta{}, nil)
	<-done
	m.Follow("leg_2", follow("leg_2"))
	m.Follow("leg_2", follow("leg_2")) // replaces it
	do(t, m, control.StartBreakouts{Distribution: "plan", Seed: 1})
	m.Unfollow("leg_2")
	do(t, m, control.StopBreakouts{})
	got = read(t, m, func(*control.State) []seen { return slices.Clone(got) })
	if got[0] != (seen{"leg_1", "participant.joined", "main"}) && got[0].Event != "breakouts.started" {
		t.Errorf("the first to be seen was %+v", got[0])
	}
	var started, stopped int
	for _, s := range got {
		switch s.Event {
		case "breakouts.started":
			started++
			if s.Room == control.MainRoom {
				t.Errorf("%s saw the start before it was applied", s.Leg)
			}
		case "breakouts.stopped":
			stopped++
		}
	}
	if started != 2 || stopped != 1 {
		t.Errorf("%d saw the start, %d the stop, want 2 and 1", started, stopped)
	}
}

func TestLegLimit(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), func(o *control.RegistryOptions) { o.MaxLegs = 1 })
	defer b.stop()
	m := b.create(0)
	call(t, m, "1")
	refused(t, m, control.Join{Leg: "leg_2", Kind: control.PhoneLeg}, control.CodeLimit)
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(0)
	busy, release := make(chan struct{}), make(chan struct{})
	go func() { // ends when released
		_ = m.Read(context.WithoutCancel(t.Context()), func(*control.State) { close(busy); <-release })
	}()
	<-busy
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Do(ctx, control.LockMeeting{Locked: true}, control.Meta{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a command that was given up answered %v", err)
	}
	n := 0
	for range 5000 {
		m.Submit(control.LockMeeting{}, control.Meta{}, func(_ any, err error) {
			if e, ok := errors.AsType[*control.Error](err); ok && e.Code == control.CodeOverloaded {
				n++
			}
		})
	}
	if n < 900 {
		t.Errorf("%d of 5000 commands were refused while the owner was busy", n)
	}
	close(release)
	do(t, m, control.LegGone{Leg: "leg_none"}) // a fact is never refused, and comes after them all
	if read(t, m, func(s *control.State) bool { return s.Locked }) {
		t.Error("a command that was given up was done")
	}
}
