package control_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

func TestRandomIsEven(t *testing.T) {
	t.Parallel()
	tests := []struct{ rooms, phones, web int }{{4, 12, 0}, {4, 10, 7}, {7, 3, 5}, {3, 0, 10}, {10, 33, 33}, {5, 1, 1}}
	for _, tt := range tests {
		for seed := range uint64(5) {
			sc := newScene(t, tt.rooms, nil)
			host := sc.web("host", control.Speaker)
			for i := range tt.phones {
				sc.call(fmt.Sprintf("p%d", i))
			}
			for i := range tt.web {
				sc.web(fmt.Sprintf("w%d", i), control.Audience)
			}
			events, _ := sc.do(control.StartBreakouts{Seed: seed})
			if types(events) != "breakouts.started" {
				t.Errorf("start made %q", types(events))
			}
			sc.wantAt(host, control.MainRoom)
			if n := len(sc.s.People(control.MainRoom)); n != 1 {
				t.Errorf("%+v: %d people are left in the main room", tt, n)
			}
			checkEven(t, sc.s, fmt.Sprintf("%+v seed %d", tt, seed))
		}
	}
}

// checkEven: the rooms differ by one person at most, and by one caller, and by one on the web.
func checkEven(t *testing.T, s *control.State, what string) {
	t.Helper()
	var all, phones, web []int
	for id := range s.Rooms {
		n := 0
		people := s.People(id)
		for _, p := range people {
			if p.OnPhone() {
				n++
			}
		}
		all, phones, web = append(all, len(people)), append(phones, n), append(web, len(people)-n)
	}
	for kind, counts := range map[string][]int{"people": all, "callers": phones, "on the web": web} {
		least, most := counts[0], counts[0]
		for _, n := range counts {
			least, most = min(least, n), max(most, n)
		}
		if most-least > 1 {
			t.Errorf("%s: rooms have %d to %d %s", what, least, most, kind)
		}
	}
}

func TestSeedDecides(t *testing.T) {
	t.Parallel()
	deal := func(seed uint64) map[control.ParticipantID]control.RoomID {
		sc := newScene(t, 5, nil)
		for i := range 40 {
			sc.call(fmt.Sprintf("p%d", i))
		}
		sc.do(control.StartBreakouts{Seed: seed})
		m := map[control.ParticipantID]control.RoomID{}
		for id := range sc.s.Participants {
			m[id] = sc.at(id)
		}
		return m
	}
	if d := cmp.Diff(deal(7), deal(7)); d != "" {
		t.Errorf("one seed, two deals:\n%s", d)
	}
	if cmp.Equal(deal(7), deal(8)) {
		t.Error("two seeds, one deal")
	}
}

func TestDistributions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                  string
		start                 control.StartBreakouts
		planned, free, planSp control.RoomID // where they end; "room" is any breakout room
		host                  control.RoomID
	}{
		{"default is the plan", control.StartBreakouts{}, "room_2", "room", "room_1", "main"},
		{"plan, the rest in main", control.StartBreakouts{Distribution: "plan", Unassigned: "main"}, "room_2", "main", "room_1", "main"},
		{"manual", control.StartBreakouts{Distribution: "manual"}, "room_2", "main", "room_1", "main"},
		{"manual, the rest at random", control.StartBreakouts{Distribution: "manual", Unassigned: "random"}, "room_2", "room", "room_1", "main"},
		{"random", control.StartBreakouts{Distribution: "random"}, "room", "room", "main", "main"},
		{"random with speakers", control.StartBreakouts{Distribution: "random", IncludeSpeakers: true}, "room", "room", "room", "room"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, nil)
			planned, free := sc.call("1"), sc.call("2")
			planSp, host := sc.web("sp", control.Speaker), sc.web("host", control.Speaker)
			sc.do(control.Assign{Participants: ids(planned), Room: "room_2"})
			sc.do(control.Assign{Participants: ids(planSp), Room: "room_1"})
			sc.do(tt.start)
			for id, want := range map[control.ParticipantID]control.RoomID{planned: tt.planned, free: tt.free, planSp: tt.planSp, host: tt.host} {
				if got := sc.at(id); got != want && (want != "room" || got == control.MainRoom) {
					t.Errorf("%s is in %q, want %q", id, got, want)
				}
			}
		})
	}
}

func TestCapacityAndLocksOfRandom(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3, nil)
	one, locked := 1, true
	sc.do(control.ChangeRoom{Room: "room_1", Capacity: &one})
	sc.do(control.ChangeRoom{Room: "room_2", Capacity: &one})
	sc.do(control.ChangeRoom{Room: "room_3", Locked: &locked})
	for i := range 4 {
		sc.call(fmt.Sprintf("p%d", i))
	}
	_, value := sc.do(control.StartBreakouts{})
	counts := map[string]int{}
	for _, o := range value.(control.Outcomes) {
		counts[o.Outcome]++
	}
	if d := cmp.Diff(map[string]int{control.OutcomeMoved: 2, control.OutcomeRoomFull: 2}, counts); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for room, want := range map[control.RoomID]int{"room_1": 1, "room_2": 1, "room_3": 0, control.MainRoom: 2} {
		if got := len(sc.s.People(room)); got != want {
			t.Errorf("%s has %d people, want %d", room, got, want)
		}
	}
}

func TestCallersStayWithoutPhoneBreakouts(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, func(o *control.Options) { o.PhoneBreakouts = false })
	caller, web := sc.call("1"), sc.web("w", control.Audience)
	sc.do(control.Assign{Participants: ids(caller), Room: "room_1"})
	_, value := sc.do(control.StartBreakouts{})
	sc.wantAt(caller, control.MainRoom)
	if sc.at(web) == control.MainRoom {
		t.Error("the web participant stayed in the main room")
	}
	want := control.PersonOutcome{Participant: caller, Outcome: control.OutcomeNoPhone, Room: control.MainRoom}
	if d := cmp.Diff(want, value.(control.Outcomes)[1]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.refused(control.Move{Participants: ids(caller), Room: "room_1"}, control.CodeNotAllowed)
	sc.wantAt(sc.call("late"), control.MainRoom)
}

func TestPhoneBreakoutsOffFetchesCallers(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	caller, web := sc.call("1"), sc.web("w", control.Audience)
	sc.do(control.StartBreakouts{})
	sc.do(control.AskHelp{ID: "help_1", Participant: caller})
	o := sc.s.Options
	o.PhoneBreakouts = false
	sc.wantEvents(control.ChangeMeeting{Options: &o}, "meeting.changed participants.moved")
	sc.wantAt(caller, control.MainRoom)
	sc.wantAt(web, "room_1")
	o.Breakouts = false
	sc.refused(control.ChangeMeeting{Options: &o}, control.CodeWrongState)
}

func TestStopWithCountdown(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	caller := sc.call("1")
	sc.refused(control.StopBreakouts{}, control.CodeWrongState)
	sc.do(control.StartBreakouts{})
	sc.refused(control.StartBreakouts{}, control.CodeWrongState)
	sc.wantEvents(control.StopBreakouts{Countdown: control.DefaultCountdown}, "breakouts.closing")
	if want := sc.now.Add(10 * time.Second); !sc.s.ClosesAt.Equal(want) || !sc.s.NextDue().Equal(want) {
		t.Errorf("it closes at %v, due at %v, want %v", sc.s.ClosesAt, sc.s.NextDue(), want)
	}
	sc.wantEvents(control.StopBreakouts{Countdown: time.Minute}, "")
	sc.wantEvents(control.StopBreakouts{Countdown: 5 * time.Second}, "breakouts.closing")
	sc.wantEvents(control.Due{}, "")
	sc.refused(control.Move{Participants: ids(caller), Room: "room_1"}, control.CodeWrongState)
	sc.now = sc.now.Add(5 * time.Second)
	sc.wantEvents(control.Due{}, "breakouts.stopped")
	sc.wantAt(caller, control.MainRoom)
	sc.refused(control.StopBreakouts{}, control.CodeWrongState)
	sc.wantEvents(control.Due{}, "")
}

func TestSecondStopAtOnce(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	caller := sc.call("1")
	sc.do(control.StartBreakouts{})
	sc.do(control.StopBreakouts{Countdown: time.Minute})
	sc.wantEvents(control.StopBreakouts{}, "breakouts.stopped")
	sc.wantAt(caller, control.MainRoom)
}

func TestDuration(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	sc.call("1")
	ends := sc.now.Add(time.Minute)
	sc.do(control.StartBreakouts{Duration: time.Minute})
	if want := ends.Add(-10 * time.Second); !sc.s.NextDue().Equal(want) {
		t.Errorf("due at %v, want %v", sc.s.NextDue(), want)
	}
	sc.now = ends.Add(-10 * time.Second)
	sc.wantEvents(control.Due{}, "breakouts.warned")
	sc.wantEvents(control.Due{}, "breakouts.closing")
	if !sc.s.ClosesAt.Equal(ends) {
		t.Errorf("closes at %v, want %v", sc.s.ClosesAt, ends)
	}
	sc.now = ends
	sc.wantEvents(control.Due{}, "breakouts.stopped")
}

func TestStopIsNeverAfterTheDuration(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	ends := sc.now.Add(30 * time.Second)
	sc.do(control.StartBreakouts{Duration: 30 * time.Second})
	sc.wantEvents(control.StopBreakouts{Countdown: time.Minute}, "breakouts.closing")
	if !sc.s.ClosesAt.Equal(ends) {
		t.Errorf("closes at %v, want %v", sc.s.ClosesAt, ends)
	}
}

func TestDurationPassedWhileAway(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	sc.call("1")
	sc.do(control.StartBreakouts{Duration: time.Minute})
	sc.now = sc.now.Add(time.Hour)
	sc.wantEvents(control.Due{}, "breakouts.stopped")
}

func TestReset(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	caller := sc.call("1")
	sc.do(control.StartBreakouts{})
	sc.do(control.AskHelp{ID: "help_1", Participant: caller})
	sc.wantEvents(control.ResetBreakouts{}, "breakouts.reset help.ended")
	sc.wantAt(caller, control.MainRoom)
	if p := sc.s.Participants[caller]; p.Assignment != "" || sc.s.Breakouts != control.BreakoutsOpen {
		t.Errorf("assignment %q, breakouts %s", p.Assignment, sc.s.Breakouts)
	}
	sc.wantEvents(control.ResetBreakouts{}, "")
}
