package attendant

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"partyline/control"
)

var noon = time.Unix(1_800_000_000, 0)

func TestGuessesOfOneSource(t *testing.T) {
	t.Parallel()
	g := newGuesses(DefaultGuessLimits())
	now := noon
	for range 6 {
		if !g.allowed("a", now) {
			t.Fatal("one of the free codes is refused")
		}
		g.wrong("a", now)
	}
	for i, lock := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute} {
		if !g.allowed("a", now) {
			t.Fatalf("wrong code %d is refused", 7+i)
		}
		g.wrong("a", now)
		if g.allowed("a", now.Add(lock-time.Second)) || !g.locked("a", now.Add(lock-time.Second)) {
			t.Errorf("wrong code %d does not lock for %s", 7+i, lock)
		}
		now = now.Add(lock)
	}
	if !g.allowed("b", now) {
		t.Error("another source has to wait too")
	}
	g.right("a", now)
	g.wrong("a", now)
	if g.allowed("a", now.Add(7*time.Minute)) {
		t.Error("a right code forgives the wrong ones")
	}
	if now = now.Add(25 * time.Hour); !g.allowed("a", now) {
		t.Error("still locked after a day")
	}
	g.wrong("a", now)
	if !g.allowed("a", now) {
		t.Error("yesterday's wrong codes still count")
	}
}

// TestGuessesOfAMillionSources is an attack of a day from sources that are never seen twice.
func TestGuessesOfAMillionSources(t *testing.T) {
	t.Parallel()
	g := newGuesses(DefaultGuessLimits())
	now, tried := noon, 0
	for i := range 1_000_000 {
		now = now.Add(24 * time.Hour / 1_000_000)
		source := fmt.Sprint(i)
		if !g.allowed(source, now) {
			continue
		}
		g.wrong(source, now)
		tried++
	}
	if tried > 10_000 {
		t.Errorf("%d codes could be tried in a day: more than 1 in 100,000 of those of 9 digits", tried)
	}
	if tried < 5_000 {
		t.Errorf("only %d codes could be tried in a day", tried)
	}
	if n := len(g.sources); n > DefaultGuessLimits().Sources || n != g.age.Len() {
		t.Errorf("%d sources are remembered", n)
	}
}

func TestKnownSourcesComeInDuringAnAttack(t *testing.T) {
	t.Parallel()
	g := newGuesses(DefaultGuessLimits())
	g.right("friend", noon)
	for i := range 1000 {
		if source := fmt.Sprint(i); g.allowed(source, noon) {
			g.wrong(source, noon)
		}
	}
	if g.allowed("stranger", noon) {
		t.Error("a stranger may still guess")
	}
	if !g.allowed("friend", noon) {
		t.Error("who knows a code is kept out")
	}
}

func TestGuessSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, addr string
		trusted    bool
		want       string
	}{
		{"4930123", "192.0.2.1:5060", true, "192.0.2.1 4930123"},
		{"", "192.0.2.1:5060", true, "192.0.2.1"},
		{"4930123", "192.0.2.1:5060", false, "192.0.2.1"},
		{"4930123", "[::ffff:192.0.2.1]:5060", false, "192.0.2.1"},
		{"4930123", "[2001:db8:1:2:3:4:5:6]:5060", false, "2001:db8:1:2::/64"},
	} {
		call := control.Call{From: c.from, Source: netip.MustParseAddrPort(c.addr), Trusted: c.trusted}
		if got := guessSource(call); got != c.want {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
}
