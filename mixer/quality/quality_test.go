package quality_test

import (
	"math"
	"testing"
	"time"

	"partyline/mixer/quality"
)

// TestMOS is G.107 table B.1.
func TestMOS(t *testing.T) {
	t.Parallel()
	for r, want := range map[float64]float64{
		-5: 1, 0: 1, 50: 2.58, 60: 3.10, 70: 3.60, 80: 4.03, 90: 4.34, 93.2: 4.41, 100: 4.5, 120: 4.5,
	} {
		if got := quality.MOS(r); math.Abs(got-want) > 0.01 {
			t.Errorf("R %.1f: MOS %.3f, want %.2f", r, got, want)
		}
	}
}

// TestR: the rating of all default values is G.107's 93.2; those of loss follow from its Ie-eff and the Bpl of G.113;
// those of delay are the planning values for G.711 of TIA TSB-116, which are rounded.
func TestR(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		path quality.Path
		want float64
		by   float64
	}{
		{"the defaults", quality.Path{Codec: quality.G711}, 93.2, 0.05},
		{"1 % lost", quality.Path{Codec: quality.G711, Loss: 0.01}, 93.2 - 3.64, 0.05},
		{"5 % lost", quality.Path{Codec: quality.G711, Loss: 0.05}, 93.2 - 15.78, 0.05},
		{"10 % lost", quality.Path{Codec: quality.G711, Loss: 0.1}, 93.2 - 27.07, 0.05},
		{"1 % lost and not concealed", quality.Path{Codec: quality.G711Plain, Loss: 0.01}, 93.2 - 17.92, 0.05},
		{"5 % lost in bursts", quality.Path{Codec: quality.G711, Loss: 0.05, Burst: 2}, 93.2 - 17.21, 0.05},
		{"all lost", quality.Path{Codec: quality.G711, Loss: 1}, 93.2 - 75.94, 0.05},
		{"more than all lost", quality.Path{Codec: quality.G711, Loss: 7}, 93.2 - 75.94, 0.05},
		{"less than nothing lost", quality.Path{Codec: quality.G711, Loss: -1, Delay: -time.Second}, 93.2, 0.05},
		{"50 ms", quality.Path{Codec: quality.G711, Delay: 50 * time.Millisecond}, 93, 1.5},
		{"100 ms", quality.Path{Codec: quality.G711, Delay: 100 * time.Millisecond}, 92, 1.5},
		{"150 ms", quality.Path{Codec: quality.G711, Delay: 150 * time.Millisecond}, 90, 1.5},
		{"200 ms", quality.Path{Codec: quality.G711, Delay: 200 * time.Millisecond}, 87, 1.5},
		{"250 ms", quality.Path{Codec: quality.G711, Delay: 250 * time.Millisecond}, 80, 1.5},
		{"300 ms", quality.Path{Codec: quality.G711, Delay: 300 * time.Millisecond}, 74, 1.5},
		{"400 ms", quality.Path{Codec: quality.G711, Delay: 400 * time.Millisecond}, 63, 1.5},
	} {
		if got := quality.R(tt.path); math.Abs(got-tt.want) > tt.by {
			t.Errorf("%s: R %.2f, want %.2f", tt.name, got, tt.want)
		}
	}
}

// TestWorseIsNeverBetter: more loss and more delay never raise the rating, and it stays within its bounds.
func TestWorseIsNeverBetter(t *testing.T) {
	t.Parallel()
	for loss := range 101 {
		last := 101.0
		for ms := range 200 {
			p := quality.Path{Codec: quality.G711, Loss: float64(loss) / 100, Delay: time.Duration(ms) * 20 * time.Millisecond}
			r := quality.R(p)
			if r > last+0.01 || r < 0 || math.IsNaN(r) {
				t.Fatalf("%+v: R %.3f after %.3f", p, r, last)
			}
			last = r
			p.Loss += 0.01
			if worse := quality.R(p); worse > r {
				t.Fatalf("%+v: R %.3f with less loss %.3f", p, worse, r)
			}
		}
	}
}
