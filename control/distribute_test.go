package control_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"partyline/control"
)

// TestDealsAreFair: whatever the shape of the meeting, nobody is dealt into a room while another one, that is not full and
// not locked, has two people fewer; no capacity is exceeded; and nobody is left over while there is place.
func TestDealsAreFair(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		sc := newScene(t, 1+rnd.IntN(6), nil)
		for _, id := range sc.s.RoomOrder {
			capacity, locked := max(0, rnd.IntN(9)-4), rnd.IntN(6) == 0
			sc.do(control.ChangeRoom{Room: id, Capacity: &capacity, Locked: &locked})
		}
		for i := range rnd.IntN(25) {
			id := sc.call(fmt.Sprintf("p%d", i))
			if rnd.IntN(4) == 0 {
				sc.do(control.Assign{Participants: ids(id), Room: sc.s.RoomOrder[rnd.IntN(len(sc.s.RoomOrder))]})
			}
		}
		for i := range rnd.IntN(25) {
			sc.web(fmt.Sprintf("w%d", i), control.Audience)
		}
		assigned := map[control.ParticipantID]bool{}
		for id, p := range sc.s.Participants {
			assigned[id] = p.Assignment != ""
		}
		sc.do(control.StartBreakouts{Distribution: control.ByPlan, Seed: seed + 1})
		checkFair(t, sc.s, assigned, fmt.Sprintf("seed %d", seed))
	}
}

func checkFair(t *testing.T, s *control.State, assigned map[control.ParticipantID]bool, what string) {
	t.Helper()
	places := false // is there any for one more
	for _, least := range s.Rooms {
		n := len(s.People(least.ID))
		if least.Capacity > 0 && n > least.Capacity {
			t.Errorf("%s: room %s has %d people, takes %d", what, least.Name, n, least.Capacity)
		}
		if least.Locked || least.Capacity > 0 && n >= least.Capacity {
			continue
		}
		places = true
		for _, most := range s.Rooms {
			people, dealt := s.People(most.ID), 0
			for _, p := range people {
				if !assigned[p.ID] {
					dealt++
				}
			}
			if dealt > 0 && len(people) > n+1 {
				t.Errorf("%s: %d were dealt into %s, which has %d, and %s has %d", what, dealt, most.Name, len(people), least.Name, n)
			}
			if dealt > 0 && most.Locked {
				t.Errorf("%s: %d were dealt into the locked room %s", what, dealt, most.Name)
			}
		}
	}
	for _, p := range s.People(control.MainRoom) {
		if places && !assigned[p.ID] {
			t.Errorf("%s: %s is left over, and there is place", what, p.ID)
		}
	}
}

// TestCallersAreSpreadAroundThoseWhoAreSeated: no room is of callers only, though one is taken by the web already.
func TestCallersAreSpreadAroundThoseWhoAreSeated(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		sc := newScene(t, 2, nil)
		var seated []control.ParticipantID
		for i := range 3 {
			seated = append(seated, sc.web(fmt.Sprintf("s%d", i), control.Audience))
		}
		sc.do(control.Assign{Participants: seated, Room: "room_1"})
		for i := range 4 {
			sc.call(fmt.Sprintf("p%d", i))
			sc.web(fmt.Sprintf("w%d", i), control.Audience)
		}
		sc.do(control.StartBreakouts{Seed: seed + 1})
		for id := range sc.s.Rooms {
			phones := 0
			for _, p := range sc.s.People(id) {
				if p.OnPhone() {
					phones++
				}
			}
			if phones != 2 {
				t.Errorf("seed %d: %s has %d of 4 callers", seed, id, phones)
			}
		}
	}
}

func TestShuffle(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3, nil)
	host := sc.web("host", control.Speaker)
	for i := range 7 {
		sc.call(fmt.Sprintf("p%d", i))
		sc.web(fmt.Sprintf("w%d", i), control.Audience)
	}
	sc.wantEvents(control.ShuffleBreakouts{Seed: 4}, "breakouts.shuffled")
	sc.do(control.StartBreakouts{})
	checkEven(t, sc.s, "the plan of a shuffle")
	plan := map[control.ParticipantID]control.RoomID{}
	for id := range sc.s.Participants {
		plan[id] = sc.at(id)
	}
	sc.wantEvents(control.ShuffleBreakouts{Seed: 5}, "breakouts.shuffled")
	checkEven(t, sc.s, "a shuffle of open breakouts")
	sc.wantAt(host, control.MainRoom)
	sc.do(control.ShuffleBreakouts{Seed: 4})
	for id, room := range plan {
		sc.wantAt(id, room) // one seed, one deal
	}
	sc.do(control.ShuffleBreakouts{Seed: 6, IncludeSpeakers: true})
	if sc.at(host) == control.MainRoom {
		t.Error("the speaker was not dealt")
	}
	locked := true
	for _, id := range sc.s.RoomOrder {
		sc.do(control.ChangeRoom{Room: id, Locked: &locked})
	}
	sc.refused(control.ShuffleBreakouts{}, control.CodeLocked)
	sc.do(control.StopBreakouts{Countdown: 60e9})
	sc.refused(control.ShuffleBreakouts{}, control.CodeWrongState)
	newScene(t, 0, nil).refused(control.ShuffleBreakouts{}, control.CodeWrongState)
}
