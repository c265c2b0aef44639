package bridge_test

import (
	"math"
	"slices"
	"testing"
)

// TestListenVolume: one ear hears the room louder or softer, and nobody else notices; back at 0 dB it is the shared frame.
func TestListenVolume(t *testing.T) {
	t.Parallel()
	for _, db := range []int{-6, 6, 12} {
		r := newRoom(3)
		r.ears[0].says = tone(1300, 1000, 400)
		r.ticks(20)
		r.ears[1].SetListenDB(db)
		r.ticks(40)
		for i, want := range []float64{1: dBFS(1000) + float64(db), 2: dBFS(1000)} {
			if got, _ := levels(r.ears[max(i, 1)], 25, 1300, 400); i > 0 && math.Abs(got-want) > 0.1 {
				t.Errorf("%+d dB: number %d hears %.1f dBFS, want %.1f", db, i, got, want)
			}
		}
		if r.ears[1].shared != 19 || r.ears[2].shared != 59 { // the first frame fades in
			t.Errorf("%+d dB: shared frames: %d and %d", db, r.ears[1].shared, r.ears[2].shared)
		}
		r.ears[1].SetListenDB(0)
		r.ticks(20)
		a, b := r.ears[1].heard[70*frame:], r.ears[2].heard[70*frame:]
		if !slices.Equal(a, b) || r.ears[1].shared < 35 {
			t.Errorf("%+d dB: after it the shared frame is not taken up: %d times", db, r.ears[1].shared)
		}
	}
}

// TestListenVolumeIsLimited: however loud it is set, the ear hears no more than the ceiling, and no step in between.
func TestListenVolumeIsLimited(t *testing.T) {
	t.Parallel()
	r := newRoom(2)
	r.ears[0].says = tone(400, 25000, 200)
	r.ticks(20)
	r.ears[1].SetListenDB(20)
	r.ticks(20)
	last := int16(0)
	for i, s := range r.ears[1].heard[15*frame:] {
		if int(s) > ceiling || int(s) < -ceiling {
			t.Fatalf("sample %d is %d", i, s)
		}
		if d := int(s) - int(last); i > 0 && (d > 25000 || d < -25000) {
			t.Fatalf("a step of %d at %d", d, i)
		}
		last = s
	}
}

// TestListenVolumeStays over a move, and is heard in prompts too.
func TestListenVolumeStays(t *testing.T) {
	t.Parallel()
	r, other := newRoom(1), newRoom(1)
	e := r.ears[0]
	e.SetListenDB(6)
	r.ticks(5)
	r.remove(e)
	other.add(e)
	other.ears[0].says = tone(1300, 1000, 100)
	other.ticks(20)
	e.Play(record(tone(900, 1000, 60)), false)
	other.ticks(30)
	voice, prompt := levels(e, 30, 1300, 900)
	if want := dBFS(1000) + 6; math.Abs(voice-want) > 0.2 || math.Abs(prompt-want) > 0.2 {
		t.Errorf("voice at %.1f dBFS, prompt at %.1f, want %.1f", voice, prompt, want)
	}
}
