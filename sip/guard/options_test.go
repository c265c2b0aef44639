package guard

import (
	"math"
	"net/netip"
	"testing"
)

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		o    Options
		ok   bool
	}{
		{"zero", Options{}, true},
		{"largest message", Options{Limits: Limits{Message: maxMessage}}, true},
		{"too large a message", Options{Limits: Limits{Message: maxMessage + 1}}, false},
		{"too many fields", Options{Limits: Limits{Headers: maxFields + 1}}, false},
		{"negative", Options{Limits: Limits{Body: -1}}, false},
		{"no burst", Options{Rates: Rates{Source: Rate{PerSecond: 1}}}, false},
		{"negative time", Options{Limits: Limits{Idle: -1}}, false},
		{"negative ban", Options{Rates: Rates{Ban: -1}}, false},
		{"no rate", Options{Rates: Rates{Source: Rate{PerSecond: math.NaN(), Burst: 1}}}, false},
		{"negative rate", Options{Rates: Rates{Refusals: Rate{PerSecond: -1, Burst: 1}}}, false},
	} {
		if err := c.o.Validate(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestSourceTableIsBounded(t *testing.T) {
	t.Parallel()
	s := newSources(generous)
	for i := range 300_000 {
		s.admit(sourceNumber(i).Addr(), int64(i+1))
	}
	if len(s.sets) != sourceSets {
		t.Error("grown")
	}
}

// TestBanSurvivesFlood: sources that come and go push out one another, not a
// ban.
func TestBanSurvivesFlood(t *testing.T) {
	t.Parallel()
	s := newSources(Rates{}.withDefaults())
	bad := netip.MustParseAddr("192.0.2.1")
	for range 17 {
		s.admit(bad, 1)
	}
	for i := range 300_000 {
		s.admit(sourceNumber(i).Addr(), 2)
	}
	if !s.isBanned(bad, 3) {
		t.Error("forgotten")
	}
}

func TestPendingIsBounded(t *testing.T) {
	t.Parallel()
	p := newPending(100)
	for i := range uint64(200_000) {
		p.add(i, 1, 1)
	}
	if !p.known(199_999, 2) || p.known(199_999, 101) || p.known(0, 2) {
		t.Error("kept the wrong ones")
	}
	p.add(7, 50, 200)
	for range 5 {
		p.add(7, 60, 200)
	}
	for i := range 4 {
		size, ok := p.spend(7, 250)
		if ok != (i < 3) || ok && size != 60 {
			t.Errorf("spent %d: %d %v", i, size, ok)
		}
	}
}
