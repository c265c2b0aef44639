package webhook_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
	"partyline/control/webhook"
)

// choosy is a receiver in memory that does not take some events.
type choosy struct {
	mu      sync.Mutex
	refuse  map[string]int // by webhook-id: the status
	took    []string
	refused []string
}

func (c *choosy) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	id := r.Header.Get("webhook-id")
	if status := c.refuse[id]; status != 0 {
		c.refused = append(c.refused, id)
		return answer(status), nil
	}
	c.took = append(c.took, id)
	return answer(204), nil
}

func (c *choosy) set(id string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse[id] = status
}

// of lists what was taken of a meeting.
func (c *choosy) of(meeting string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, id := range c.took {
		if strings.HasPrefix(id, meeting+"-") {
			list = append(list, id)
		}
	}
	return list
}

// One event that a receiver does not take holds its meeting back, in order; the others go on.
func TestOneMeetingIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), &choosy{refuse: map[string]int{"mtg_a-2": 500}}
		s := start(t, m.options(t), wire)
		e := create(t, s, webhook.Spec{URL: "https://choosy.test/"})
		m.add(t, "mtg_a", 3)
		m.add(t, "mtg_b", 2)
		time.Sleep(time.Minute)
		m.add(t, "mtg_a", 1)
		m.add(t, "mtg_b", 1)
		time.Sleep(time.Second)
		if a, b := wire.of("mtg_a"), wire.of("mtg_b"); !slices.Equal(a, ids("mtg_a", 1, 1)) || !slices.Equal(b, ids("mtg_b", 1, 3)) {
			t.Errorf("taken are %v and %v", a, b)
		}
		p := get(t, s, e.ID).Progress
		if p.State() != webhook.Retrying || p.Attempts != 0 || p.Position != 7 || len(p.Held) != 1 ||
			p.Held[0].Meeting != "mtg_a" || p.Held[0].Seq != 2 || p.Held[0].Progress.LastStatus != 500 || p.Held[0].Progress.Attempts < 4 {
			t.Errorf("%+v", p)
		}

		// It outlives a restart, and ends in order once the receiver takes the event.
		stop(t, s)
		s = start(t, m.options(t), wire)
		wire.set("mtg_a-2", 0)
		time.Sleep(2 * time.Minute)
		if a := wire.of("mtg_a"); !slices.Equal(a, ids("mtg_a", 1, 4)) {
			t.Errorf("of the meeting held back %v were taken", a)
		}
		if p := get(t, s, e.ID).Progress; p.State() != webhook.Active || len(p.Held) != 0 {
			t.Errorf("afterwards %+v", p)
		}
		m.add(t, "mtg_a", 1)
		time.Sleep(time.Second)
		if a := wire.of("mtg_a"); !slices.Equal(a, ids("mtg_a", 1, 5)) {
			t.Errorf("then %v were taken", a)
		}
		stop(t, s)
	})
}

// After a day a meeting held back is tried no more, until the endpoint is resumed. Nothing is lost by it.
func TestHeldMeetingIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), &choosy{refuse: map[string]int{"mtg_a-1": 400}}
		s := start(t, m.options(t), wire)
		e := create(t, s, webhook.Spec{URL: "https://choosy.test/"})
		m.add(t, "mtg_a", 2)
		time.Sleep(webhook.GiveUpAfter + time.Hour)
		p := get(t, s, e.ID).Progress
		if len(p.Held) != 1 || p.Held[0].Progress.State() != webhook.Parked || !p.ParkedAt.IsZero() {
			t.Errorf("after a day: %+v", p)
		}
		tries := len(wire.refused)
		time.Sleep(time.Hour)
		if len(wire.refused) != tries || tries < 50 || tries > 80 {
			t.Errorf("%d attempts, then %d", tries, len(wire.refused))
		}
		wire.set("mtg_a-1", 0)
		if _, err := s.Resume(t.Context(), e.ID, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if a := wire.of("mtg_a"); !slices.Equal(a, ids("mtg_a", 1, 2)) {
			t.Errorf("after the resume %v were taken", a)
		}
		stop(t, s)
	})
}

// An endpoint that takes nothing holds back some meetings, and then waits as a whole.
func TestNotEverythingIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), &choosy{refuse: map[string]int{}}
		var all []string
		for i := range 20 {
			name := "mtg_" + string(rune('a'+i))
			all = append(all, name)
			wire.set(name+"-1", 500)
		}
		s := start(t, m.options(t), wire)
		e := create(t, s, webhook.Spec{URL: "https://choosy.test/"})
		for _, name := range all {
			m.add(t, control.MeetingID(name), 1)
		}
		time.Sleep(time.Hour)
		if p := get(t, s, e.ID).Progress; len(p.Held) != 16 || p.Attempts < 5 || p.Position != 16 {
			t.Errorf("%d are held back, %d attempts at what follows %d", len(p.Held), p.Attempts, p.Position)
		}
		for _, name := range all {
			wire.set(name+"-1", 0)
		}
		time.Sleep(time.Hour)
		if p := get(t, s, e.ID).Progress; len(wire.took) != 20 || p.State() != webhook.Active {
			t.Errorf("%d were taken at last: %+v", len(wire.took), p)
		}
		stop(t, s)
	})
}
