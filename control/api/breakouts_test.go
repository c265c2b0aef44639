package api_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"partyline/control/api"
)

func TestExtendAndShuffleOverHTTP(t *testing.T) {
	b := serve(t, newStore(t))
	m, people, rooms := b.crowd(4, 2)
	b.post(m+"/breakouts/extend", map[string]any{"duration_s": 60}).problem(409, "wrong_state", "")
	started := decode[bulk](b.post(m+"/breakouts/start", map[string]any{"duration_s": 600}).want(200))
	got := decode[bulk](b.post(m+"/breakouts/extend", map[string]any{"duration_s": 60}).want(200))
	if more := got.Breakouts.EndsAt.Sub(*started.Breakouts.EndsAt); more != time.Minute {
		t.Errorf("extended by %v", more)
	}
	closing := decode[bulk](b.post(m+"/breakouts/stop", map[string]any{"countdown_s": 300}).want(200))
	got = decode[bulk](b.post(m+"/breakouts/extend", map[string]any{"duration_s": 60}).want(200))
	if got.Breakouts.State != "open" || got.Breakouts.ClosesAt != nil || got.Breakouts.EndsAt.Sub(*closing.Breakouts.ClosesAt) != time.Minute {
		t.Errorf("extended a countdown to %v: %+v", closing.Breakouts.ClosesAt, got.Breakouts)
	}
	for _, body := range []any{map[string]any{"duration_s": 0}, map[string]any{"duration_s": 86401}, map[string]any{}, map[string]any{"duration_s": 86400}} {
		b.post(m+"/breakouts/extend", body).problem(422, "invalid", "duration_s")
	}
	first := decode[bulk](b.post(m+"/breakouts/shuffle", map[string]any{"seed": 11}).want(200))
	again := decode[bulk](b.post(m+"/breakouts/shuffle", map[string]any{"seed": 11}).want(200))
	for i, o := range again.Outcomes {
		if o.Room != first.Outcomes[i].Room {
			t.Errorf("one seed, two deals: %v and %v", first.Outcomes[i], o)
		}
	}
	b.post(m+"/breakouts/shuffle", map[string]any{"seed": -1}).problem(422, "invalid", "seed")
	for _, room := range rooms {
		b.send(request{method: "PATCH", path: fmt.Sprintf("%s/rooms/%s", m, room), body: map[string]any{"locked": true}}).want(200)
	}
	b.post(m+"/breakouts/shuffle", nil).problem(409, "locked", "")
	// An admin's move overrides the lock, and a speaker hears without being heard.
	b.post(m+"/move", map[string]any{"participants": people[:1], "room": rooms[0], "listen_only": true}).want(200)
	p := decode[api.Participant](b.get(fmt.Sprintf("%s/participants/%s", m, people[0])).want(200))
	if !p.ListenOnly || !p.Muted || p.Location.Room != rooms[0] {
		t.Errorf("listens in: %+v", p)
	}
}

func TestCapacityOverHTTP(t *testing.T) {
	b := serve(t, newStore(t))
	m, people, rooms := b.crowd(3, 2)
	host := b.person(m, "Host", "speaker")
	room := fmt.Sprintf("%s/rooms/%s", m, rooms[0])
	b.send(request{method: "PATCH", path: room, body: map[string]any{"capacity": 1}}).want(200)
	b.post(m+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	moved := decode[bulk](b.post(m+"/move", map[string]any{"participants": people, "room": rooms[0]}).want(200))
	if moved.Counts["moved"] != 1 || moved.Counts["room_full"] != 2 {
		t.Errorf("three into a room for one: %v", moved.Counts)
	}
	b.post(fmt.Sprintf("%s/participants/%s/move", m, people[1]), map[string]any{"room": rooms[0]}).problem(409, "room_full", "room")
	b.post(fmt.Sprintf("%s/participants/%s/move", m, host), map[string]any{"room": rooms[0]}).want(200)
	belongs := decode[bulk](b.post(m+"/assignments", map[string]any{"participants": people[1:], "room": rooms[0]}).want(200))
	if belongs.Counts["room_full"] != 2 {
		t.Errorf("assigned to a full room: %v", belongs.Counts)
	}
	if got := decode[api.Room](b.get(room)); got.Participants != 2 || got.Assigned != 2 {
		t.Errorf("%d are in the room, %d belong to it", got.Participants, got.Assigned)
	}
}

func TestWarningsOption(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	if got := decode[api.Meeting](b.get(m)).Options.WarningsS; !slices.Equal(got, []int{60, 10}) {
		t.Errorf("by default %v", got)
	}
	set := func(list any) answer {
		return b.send(request{method: "PATCH", path: m, body: map[string]any{"options": map[string]any{"warnings_s": list}}})
	}
	for _, list := range []any{[]int{0}, []int{3601}, []int{-5}, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, []int{5, 5}, []string{"a"}, 60} {
		if got := set(list); got.status != 422 || decode[problem](got).Code != "invalid" {
			t.Errorf("%v: %d %s", list, got.status, got.body)
		}
	}
	if got := decode[api.Meeting](set([]int{30, 300, 5}).want(200)).Options.WarningsS; !slices.Equal(got, []int{300, 30, 5}) {
		t.Errorf("set to %v", got)
	}
	if got := decode[api.Meeting](set([]int{}).want(200)).Options.WarningsS; len(got) != 0 {
		t.Errorf("set to none: %v", got)
	}
}
