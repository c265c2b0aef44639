package bridge_test

import (
	"math"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
	e := r.ears[0]
	for _, tt := range []struct {
		peak float64
		want int
	}{{32767, -3}, {10362, -13}, {3277, -23}, {327.67, -43}, {32.767, -63}} {
		e.says = tone(400, tt.peak, 1)
		r.ticks(1)
		if got := e.LevelDBov(); got < tt.want-1 || got > tt.want+1 {
			t.Errorf("a sine of %v has %d dBov, want %d", tt.peak, got, tt.want)
		}
	}
	e.says = slices.Repeat([]int16{-32768}, frame)
	r.ticks(1)
	if got := e.LevelDBov(); got != 0 {
		t.Errorf("the loudest frame has %d dBov", got)
	}
	e.says = make([]int16, frame)
	r.ticks(1)
	if got := e.LevelDBov(); got != -127 {
		t.Errorf("silence has %d dBov", got)
	}
	r.ticks(1)
	if got := r.ears[1].LevelDBov(); got != -127 {
		t.Errorf("nothing has %d dBov", got)
	}
}

func TestTalking(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		noise      int // amplitude of the noise that is always there
		peak       float64
		ticks      int // how long the voice lasts
		talks      bool
		mustEndBy  int // ticks after the voice
		mustHoldTo int
	}{
		{"a voice", 0, 8000, 50, true, 26, 20},
		{"a quiet voice", 0, 200, 50, true, 26, 20},
		{"a click", 0, 8000, 1, false, 0, 0},
		{"a voice above noise", 150, 3000, 50, true, 26, 20},
		{"noise alone", 300, 0, 50, false, 0, 0},
	} {
		r := newRoom(2)
		e := r.ears[0]
		say := func(peak float64, ticks int) (talked, all int) {
			e.says = tone(400, peak, ticks)
			for i, s := range noise(1, tt.noise, ticks) {
				e.says[i] += s
			}
			for range ticks {
				r.ticks(1)
				if e.Talking() {
					talked++
				}
			}
			return talked, ticks
		}
		say(0, 500)
		if e.Talking() {
			t.Errorf("%s: talks before it has begun", tt.name)
		}
		if talked, all := say(tt.peak, tt.ticks); tt.talks != (talked >= all-1 && talked > 0) {
			t.Errorf("%s: talks in %d of %d ticks", tt.name, talked, all)
		}
		if talked, _ := say(0, 50); tt.talks && (talked > tt.mustEndBy || talked < tt.mustHoldTo) {
			t.Errorf("%s: talks for %d ticks afterwards", tt.name, talked)
		}
	}
}

// TestGate: half a second below -60 dBov is not heard any more; the first loud frame is, from its first sample on.
func TestGate(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
	e, other := r.ears[0], r.ears[1]
	hum := tone(400, 25, 200) // -65 dBov
	word := noise(1, 8000, 10)
	e.says = slices.Concat(word, hum[:100*frame], word)
	r.ticks(121)
	at := func(tick int) []int16 { return other.heard[tick*frame+lookAhead : (tick+1)*frame+lookAhead] }
	if !slices.Equal(at(12), hum[2*frame:3*frame]) {
		t.Error("the gate closes too early")
	}
	if slices.ContainsFunc(at(50), func(s int16) bool { return s != 0 }) {
		t.Error("the gate does not close")
	}
	if !slices.Equal(other.heard[110*frame+lookAhead:120*frame+lookAhead], word) {
		t.Error("the gate cuts the beginning of a word")
	}
	if value, at := audiotest.Roughest(other.heard[12*frame : 100*frame]); value > 60 {
		t.Errorf("closing the gate clicks: %d at tick %d", value, at/frame)
	}
}

// TestVoiceThatBreaksOff: a leg whose packets end in the middle of a wave does not click.
func TestVoiceThatBreaksOff(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
	r.ears[0].says = tone(413, 8000, 20)
	r.ticks(40)
	if value, at := audiotest.Roughest(r.ears[1].heard[2*frame:]); value > 2500 {
		t.Errorf("a click of %d at tick %d", value, 2+at/frame)
	}
	if math.Abs(float64(r.ears[1].heard[30*frame])) > 0 {
		t.Error("something is left of the voice")
	}
}
