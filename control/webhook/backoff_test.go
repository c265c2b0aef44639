package webhook_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control/webhook"
)

// attempts notes when requests came, by host.
type attempts struct {
	mu     sync.Mutex
	at     map[string][]time.Time
	status map[string]int
}

func (a *attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.at[r.URL.Host] = append(a.at[r.URL.Host], time.Now())
	if a.status[r.URL.Host] == 0 {
		return nil, errors.New("nobody there")
	}
	return answer(a.status[r.URL.Host]), nil
}

func (a *attempts) of(host string) []time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.at[host]
}

func (a *attempts) set(host string, status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status[host] = status
}

func newAttempts() *attempts {
	return &attempts{at: map[string][]time.Time{}, status: map[string]int{}}
}

// An endpoint that is dead for a day is tried less and less often, then parked; it holds up nobody, and loses nothing.
func TestParkedAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), newAttempts()
		s := start(t, m.options(t), wire)
		wire.set("good.test", 200)
		dead := create(t, s, webhook.Spec{URL: "https://dead.test/"})
		good := create(t, s, webhook.Spec{URL: "https://good.test/"})
		began := time.Now()
		m.add(t, "mtg_a", 1)
		time.Sleep(time.Second)
		m.add(t, "mtg_a", 2)
		time.Sleep(time.Minute)
		if n := len(wire.of("good.test")); n != 3 {
			t.Errorf("the good endpoint got %d events, want 3", n)
		}
		if e := get(t, s, dead.ID); e.Progress.State() != webhook.Retrying || e.Progress.LastError != "nobody there" || e.Progress.NextAttempt.IsZero() {
			t.Errorf("the dead endpoint after a minute: %+v", e.Progress)
		}
		time.Sleep(webhook.GiveUpAfter)

		tries := wire.of("dead.test")
		want := 2 * time.Second
		for i, at := range tries[1 : len(tries)-1] {
			gap := at.Sub(tries[i])
			if gap < want*3/4 || gap > want*5/4+time.Millisecond {
				t.Errorf("attempt %d came after %s, want about %s", i+2, gap, want)
			}
			want = min(2*want, webhook.MaxRetry)
		}
		if last := tries[len(tries)-1].Sub(tries[0]); last != webhook.GiveUpAfter {
			t.Errorf("the last attempt was %s after the first, want %s", last, webhook.GiveUpAfter)
		}
		if len(tries) < 50 || len(tries) > 80 {
			t.Errorf("%d attempts in a day", len(tries))
		}
		e := get(t, s, dead.ID)
		if e.Progress.State() != webhook.Parked || e.Progress.Attempts != len(tries) || e.Progress.Position != 0 {
			t.Errorf("the dead endpoint after a day: %+v", e.Progress)
		}
		if p := get(t, s, good.ID).Progress; p.State() != webhook.Active || p.Position != 3 || p.DeliveredAt.Sub(began) > 2*time.Second {
			t.Errorf("the good endpoint: %+v", p)
		}

		// A parked endpoint stays parked over new events and restarts, until it is resumed.
		stop(t, s)
		s = start(t, m.options(t), wire)
		wire.set("dead.test", 204)
		m.add(t, "mtg_a", 1)
		time.Sleep(time.Hour)
		if n := len(wire.of("dead.test")); n != len(tries) {
			t.Errorf("a parked endpoint was tried")
		}
		if _, err := s.Resume(t.Context(), dead.ID, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := len(wire.of("dead.test")) - len(tries); n != 4 {
			t.Errorf("%d events came after the resume, want 4", n)
		}
		if p := get(t, s, dead.ID).Progress; p.State() != webhook.Active || p.Position != 4 || p.LastError != "" {
			t.Errorf("resumed: %+v", p)
		}
		stop(t, s)
	})
}

// The day of failures and the back-off go on over restarts.
func TestBackoffOutlivesRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), newAttempts()
		s := start(t, m.options(t), wire)
		e := create(t, s, webhook.Spec{URL: "https://dead.test/"})
		m.add(t, "mtg_a", 1)
		for range 6 {
			time.Sleep(4 * time.Hour)
			before := len(wire.of("dead.test"))
			stop(t, s)
			s = start(t, m.options(t), wire)
			time.Sleep(time.Second)
			if after := len(wire.of("dead.test")); after > before+1 {
				t.Errorf("a restart made %d attempts", after-before)
			}
		}
		time.Sleep(time.Minute)
		tries := wire.of("dead.test")
		if p := get(t, s, e.ID).Progress; p.State() != webhook.Parked || !p.ParkedAt.Equal(tries[len(tries)-1]) {
			t.Errorf("after a day with restarts: %+v", p)
		}
		if len(tries) > 80 {
			t.Errorf("%d attempts", len(tries))
		}
		stop(t, s)
	})
}

// A wall clock that was set back makes nobody wait for it to catch up.
func TestClockSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), newAttempts()
		wire.set("good.test", 200)
		m.add(t, "mtg_a", 1)
		next := time.Now().Add(365 * 24 * time.Hour)
		m.hooks["whk_a"] = webhook.Endpoint{ID: "whk_a", Spec: webhook.Spec{URL: "https://good.test/"},
			Progress: webhook.Progress{Attempts: 5, FailingSince: next, NextAttempt: next}}
		s := start(t, m.options(t), wire)
		time.Sleep(time.Second)
		if p := get(t, s, "whk_a").Progress; p.State() != webhook.Active || p.Position != 1 {
			t.Errorf("%+v", p)
		}
		stop(t, s)
	})
}

// A receiver may ask for more time, within bounds, and one that is gone is parked at once.
func TestWhatReceiversAskFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		var tries []time.Time
		s := start(t, m.options(t), roundTrip(func(*http.Request) (*http.Response, error) {
			tries = append(tries, time.Now())
			res := answer(503)
			switch len(tries) {
			case 1:
				res.Header.Set("Retry-After", "120")
			case 2:
				res.Header.Set("Retry-After", time.Now().Add(100*time.Hour).UTC().Format(http.TimeFormat))
			case 3:
				res.Header.Set("Retry-After", "soon")
			case 4:
				res.StatusCode = 410
			}
			return res, nil
		}))
		e := create(t, s, webhook.Spec{URL: "https://busy.test/"})
		m.add(t, "mtg_a", 1)
		time.Sleep(2 * time.Hour)
		p := get(t, s, e.ID).Progress
		if len(tries) != 4 || p.State() != webhook.Parked || p.LastStatus != 410 {
			t.Fatalf("%d attempts, %+v", len(tries), p)
		}
		for i, want := range []time.Duration{2 * time.Minute, time.Hour} {
			if gap := tries[i+1].Sub(tries[i]); gap != want {
				t.Errorf("attempt %d came after %s, want %s", i+2, gap, want)
			}
		}
		stop(t, s)
	})
}

// While the store takes nothing, deliveries go on; what could not be kept is kept later.
func TestStoreDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, wire := newMemory(), newAttempts()
		wire.set("good.test", 200)
		s := start(t, m.options(t), wire)
		e := create(t, s, webhook.Spec{URL: "https://good.test/"})
		m.breaks(errors.New("disk full"))
		m.add(t, "mtg_a", 3)
		time.Sleep(time.Minute)
		if n := len(wire.of("good.test")); n != 3 {
			t.Errorf("%d events came, want 3", n)
		}
		if _, err := s.Rotate(t.Context(), e.ID, 0, nil); err == nil {
			t.Error("a secret was changed that is not kept")
		}
		if got := get(t, s, e.ID); got.Secrets[0] != e.Secrets[0] || got.Progress.Position != 3 {
			t.Errorf("after a refused change: %+v", got)
		}
		m.breaks(nil)
		time.Sleep(time.Second)
		if list, _ := m.Webhooks(t.Context()); list[0].Progress.Position != 3 {
			t.Errorf("kept is %+v", list[0].Progress)
		}
		stop(t, s)
	})
}

// Many deliveries cost few transactions.
func TestProgressIsGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		s := start(t, m.options(t), roundTrip(func(*http.Request) (*http.Response, error) {
			time.Sleep(10 * time.Millisecond)
			return answer(200), nil
		}))
		for range 10 {
			create(t, s, webhook.Spec{URL: "https://good.test/"})
		}
		m.add(t, "mtg_a", 100)
		time.Sleep(10 * time.Second)
		stop(t, s)
		if m.saves > 9 {
			t.Errorf("%d transactions for 1,000 deliveries in a second", m.saves)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "7": 7 * time.Second, "99999999999": time.Hour, "3601": time.Hour, "x": 0,
		"Mon, 23 Nov 2026 09:00:30 GMT": 30 * time.Second, "Mon, 23 Nov 2026 08:00:30 GMT": 0,
	} {
		if got := webhook.RetryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
