package mixer_test

import (
	"testing"
	"testing/synctest"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// TestAnnouncementThatGrows begins with what there is, waits in all rooms for the rest, and ends with it.
func TestAnnouncementThatGrows(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for range 3 {
			w.phone(0)
		}
		m, to := w.meeting(0, 1, 2), told{}
		w.run(settle)
		a, sound := message(&to), prompt.NewGrowing(10)
		tone := func(hz float64, ticks int) []int16 { return audiotest.Tone(hz, loudness, rate, ticks*frame, 0) }
		a.Open, a.Grows, a.Length = sound.Source, sound.Length, 0
		sound.Write(tone(firstHalf, halfTicks)[:halfTicks*frame-30]) // what there is need not be whole ticks
		m.Announce(a)
		w.run(settle)
		w.wantHeard("at first", "111")
		w.run(halfTicks)
		w.wantHeard("while it waits", "...")
		if to.begins != 1 || to.ends != 0 {
			t.Fatalf("while it waits: %+v", to)
		}
		w.place(m, 2, 7, 1, 1) // to a room that was empty
		w.run(settle)
		sound.Write(tone(secondHalf, halfTicks+1))
		w.run(settle)
		w.wantHeard("in the second half", "222")
		sound.End(nil)
		w.run(2 * halfTicks)
		w.wantHeard("after the end", "...")
		if to.ends != 1 || !to.whole || len(to.ended) != 4 {
			t.Errorf("ended %+v", to)
		}
	})
}

// TestAnnouncementThatGrowsNoMore ends although it was shorter than anybody thought, and can be stopped while it waits.
func TestAnnouncementThatGrowsNoMore(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(0)
		m, to := w.meeting(0), told{}
		w.run(settle)
		a, sound := message(&to), prompt.NewGrowing(10)
		a.Open, a.Grows = sound.Source, sound.Length
		m.Announce(a)
		w.run(settle)
		sound.End(nil)
		w.run(settle)
		synctest.Wait()
		if to.ends != 1 || !to.whole {
			t.Errorf("empty: %+v", to)
		}
		b, again := message(&to), prompt.NewGrowing(10)
		b.Open, b.Grows = again.Source, again.Length
		m.Announce(b)
		w.run(settle)
		m.Silence(b)
		w.run(settle)
		synctest.Wait()
		if to.ends != 2 || to.whole {
			t.Errorf("stopped: %+v", to)
		}
	})
}
