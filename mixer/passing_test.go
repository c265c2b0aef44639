package mixer_test

import (
	"testing"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// TestTonesWaitForEachOther: sounds in passing come one after the other, a few of them, and a message ends them all.
func TestTonesWaitForEachOther(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		m := w.meeting(0)
		w.run(settle)
		tones := []float64{700, 1000, 1300, 1600, 1900, 2200}
		const long = 30 // frames
		play := func(hz float64, duck bool) int {
			began := make(chan int, 1)
			m.Play(nil, func() prompt.Source { return prompt.NewPCM(audiotest.Tone(hz, loudness, rate, long*frame, 0)) }, duck,
				func(s []mixer.RoomStart) { began <- len(s) })
			w.run(1)
			return <-began
		}
		p.forget()
		for i, hz := range tones {
			if got, want := play(hz, false), 1; i > 3 && got != 0 || i <= 3 && got != want {
				t.Errorf("tone %d is taken in %d rooms", i, got)
			}
		}
		w.run(5 * long)
		for i, hz := range tones {
			if heard := p.heardEver(hz); heard != (i <= 3) {
				t.Errorf("tone %d is heard: %t", i, heard)
			}
		}
		for i := range 4 { // whole, and one at a time
			at := len(p.heard) - 5*long - len(tones) + i*long + long/2 + 3
			for k, hz := range tones[:4] {
				if heard := audiotest.Goertzel(p.heard[at].pcm, rate, hz) > -30; heard != (i == k) {
					t.Errorf("in the middle of tone %d, tone %d is heard: %t", i, k, heard)
				}
			}
		}

		p.forget()
		play(tones[0], false)
		play(tones[1], false)
		play(tones[2], true) // a message
		w.run(3 * long)
		if p.heardEver(tones[1]) || !p.heardEver(tones[2]) {
			t.Errorf("what waited is heard after the message: %t, the message: %t", p.heardEver(tones[1]), p.heardEver(tones[2]))
		}
	})
}
