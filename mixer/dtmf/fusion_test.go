package dtmf_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/mixer/dtmf"
)

// news is one report of a key.
type news struct {
	ms    int
	by    dtmf.Way
	digit byte
	held  int // ms
}

const (
	event = dtmf.ByEvent
	tone  = dtmf.ByTone
	info  = dtmf.ByInfo
)

func fuse(f *dtmf.Fusion, all []news) string {
	var digits strings.Builder
	start := time.Unix(1_800_000_000, 0)
	for _, n := range all {
		if f.Press(start.Add(time.Duration(n.ms)*time.Millisecond), n.by, n.digit, time.Duration(n.held)*time.Millisecond) {
			digits.WriteByte(n.digit)
		}
	}
	return digits.String()
}

func TestFusion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		news []news
		want string
	}{
		{"one way", []news{{0, info, '5', 0}}, "5"},
		{"the same key twice by one way", []news{{0, event, '5', 0}, {80, event, '5', 0}}, "55"},
		{"the same key four times by one way", []news{{0, info, '5', 0}, {40, info, '5', 0}, {80, info, '5', 0}, {120, info, '5', 0}}, "5555"},
		{"event, then INFO", []news{{0, event, '5', 0}, {100, info, '5', 0}}, "5"},
		{"INFO, then event", []news{{0, info, '5', 0}, {60, event, '5', 0}}, "5"},
		{"at the same time", []news{{0, info, '5', 0}, {0, event, '5', 0}}, "5"},
		{"INFO, then tone", []news{{0, info, '5', 0}, {150, tone, '5', 0}}, "5"},
		{"all three", []news{{0, event, '5', 0}, {60, tone, '5', 0}, {200, info, '5', 0}}, "5"},
		{"all three, other way round", []news{{0, info, '5', 0}, {60, tone, '5', 0}, {200, event, '5', 0}}, "5"},
		{"pressed twice, by two ways in turn", []news{{0, event, '5', 0}, {50, info, '5', 0}, {200, event, '5', 0}, {250, info, '5', 0}}, "55"},
		{"pressed twice, one way later", []news{{0, event, '5', 0}, {150, event, '5', 0}, {200, info, '5', 0}, {350, info, '5', 0}}, "55"},
		{"pressed twice, the ways change places", []news{{0, event, '5', 0}, {50, info, '5', 0}, {200, info, '5', 0}, {260, event, '5', 0}}, "55"},
		{"pressed three times, by three ways", []news{
			{0, event, '1', 0}, {30, tone, '1', 0}, {90, info, '1', 0}, {160, event, '1', 0}, {190, tone, '1', 0}, {250, info, '1', 0},
			{320, info, '1', 0}, {330, event, '1', 0}, {390, tone, '1', 0},
		}, "111"},
		{"a row, the INFOs late", []news{
			{0, event, '1', 0}, {100, event, '2', 0}, {200, info, '1', 0}, {210, event, '1', 0}, {300, info, '2', 0}, {410, info, '1', 0},
		}, "121"},
		{"by two ways, long after each other", []news{{0, event, '6', 0}, {900, info, '6', 0}}, "66"},
		{"different keys at once", []news{{0, event, '5', 0}, {10, info, '6', 0}}, "56"},
		{"what the events lost, the INFOs have", []news{
			{0, event, '1', 0}, {50, info, '1', 0}, {250, info, '2', 0}, {400, event, '3', 0}, {450, info, '3', 0},
		}, "123"},
		{"what the INFOs lost, the events have", []news{
			{0, event, '1', 0}, {50, info, '1', 0}, {250, event, '1', 0}, {400, event, '3', 0}, {450, info, '3', 0},
		}, "113"},
		{"an INFO that is sent once more", []news{{0, event, '1', 0}, {50, info, '1', 0}, {300, event, '1', 0}, {1850, info, '1', 0}}, "11"},
		{"an INFO at the end of a key that is held", []news{{0, event, '1', 0}, {3050, info, '1', 3000}}, "1"},
		{"an INFO that says it was held for an hour", []news{{0, event, '1', 0}, {20_000, info, '1', 3_600_000}}, "11"},
		{"a time below nothing", []news{{0, event, '1', 0}, {10, info, '1', -5000}}, "1"},
		{"the clock goes back", []news{{1000, event, '1', 0}, {900, info, '1', 0}, {2900, event, '1', 0}}, "11"},
		{"one way alone, then another", []news{
			{0, event, '*', 0}, {150, event, '6', 0}, {1000, info, '*', 0}, {1150, info, '6', 0}, {2200, tone, '*', 0}, {2350, tone, '6', 0},
		}, "*6*6*6"},
		{"twins are forgotten", []news{{0, event, '1', 0}, {50, info, '1', 0}, {40_000, event, '1', 0}, {41_000, info, '1', 0}}, "111"},
	} {
		if got := fuse(new(dtmf.Fusion), tt.news); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestFusionOfManyDigits: a row of digits, each reported by two or three ways that lag behind and lose some, comes out
// once and complete, as long as each way keeps its order and the first one loses none.
func TestFusionOfManyDigits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for range 200 {
		var all []news
		want := make([]byte, 60)
		lag := [3]int{r.IntN(40), 40 + r.IntN(100), 60 + r.IntN(100)}
		for i := range want {
			want[i] = "0123456789*#"[r.IntN(12)]
			if i > 0 && r.IntN(3) == 0 {
				want[i] = want[i-1]
			}
			for by, late := range lag {
				if by == 0 || r.IntN(20) > 0 {
					all = append(all, news{i*160 + late + r.IntN(30), dtmf.Way(by), want[i], 0})
				}
			}
		}
		slices.SortStableFunc(all, func(a, b news) int { return a.ms - b.ms })
		if got := fuse(new(dtmf.Fusion), all); got != string(want) {
			t.Fatalf("%q\nwant %q", got, want)
		}
	}
}

// TestFusionOfHeldKeys: the INFO comes when a key is let go that was down for long.
func TestFusionOfHeldKeys(t *testing.T) {
	t.Parallel()
	start := time.Unix(1_800_000_000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for _, way := range []dtmf.Way{event, tone} {
		var f dtmf.Fusion
		check := func(ms int, by dtmf.Way, digit byte, want bool) {
			t.Helper()
			if got := f.Press(at(ms), by, digit, 0); got != want {
				t.Errorf("%c by %d at %d ms: %t", digit, by, ms, got)
			}
		}
		check(0, way, '1', true)
		f.Hold()
		check(3000, info, '1', false) // while it is down
		f.Release(at(3050))
		check(3200, info, '1', true) // pressed again, by the other way: it had reported the first press

		check(10_000, way, '2', true)
		f.Hold()
		f.Release(at(13_000))
		check(13_150, info, '2', false) // after it was let go
		check(13_300, info, '2', true)
		check(13_350, way, '2', false)

		check(20_000, way, '3', true)
		f.Hold()
		f.Release(at(22_000))
		check(24_000, info, '3', true) // long after it was let go

		check(30_000, way, '3', true)
		f.Hold()
		check(31_000, way, '5', true) // so 3 was let go
		check(32_000, info, '3', true)

		check(60_000, way, '4', true)
		f.Hold() // and nobody says that it was let go
		check(71_000, info, '4', true)
	}
}
