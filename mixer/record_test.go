package mixer_test

import (
	"testing"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/media"
)

// recorded takes the events of a leg and returns the only recording that ended.
func (p *phone) recorded(id uint64) int {
	p.w.t.Helper()
	n := -1
	for _, e := range p.events() {
		if e.Kind != media.Recorded {
			continue
		}
		if n >= 0 || e.Play != id {
			p.w.t.Errorf("recorded %+v", e)
		}
		n = e.Samples
	}
	if n < 0 {
		p.w.t.Fatalf("recording %d has not ended", id)
	}
	return n
}

// TestRecording keeps what one leg says, and the room does not hear it meanwhile, whatever ends it.
func TestRecording(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seconds int // room for
		end     func(w *world, m *mixer.Meeting)
		want    int // frames
	}{
		"stopped":       {60, func(w *world, _ *mixer.Meeting) { w.phones[0].leg.StopRecord(); w.run(1) }, 100},
		"full":          {1, func(*world, *mixer.Meeting) {}, 50},
		"another one":   {60, func(w *world, _ *mixer.Meeting) { w.phones[0].leg.Record(8, make([]int16, 160000)); w.run(1) }, 100},
		"the leg ends":  {60, func(w *world, _ *mixer.Meeting) { w.phones[0].leg.Close(); w.run(1) }, 100},
		"the room does": {60, func(w *world, m *mixer.Meeting) { m.Close(); w.run(2); w.phones[0].leg.StopRecord(); w.run(1) }, 102},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				for n := range 3 {
					w.phone(tone(n))
				}
				m := w.meeting(0, 0, 1)
				w.run(settle)
				w.hearing(".x.\nx..\n...\n")
				buf := make([]int16, c.seconds*rate)
				w.phones[0].leg.Record(7, buf)
				w.run(3)
				w.hearing(".x.\n...\n...\n")
				full := audiotest.Goertzel(audiotest.Tone(tone(1), loudness, rate, settle*frame, 0), rate, tone(1))
				if db := audiotest.Goertzel(w.phones[0].pcm(), rate, tone(1)) - full; db < -13 || db > -11 {
					t.Errorf("he hears the room at %.1f dB", db)
				}
				if w.phones[0].leg.Stats().Talking {
					t.Error("he is said to talk")
				}
				w.run(97 - settle)
				c.end(w, m)
				n := w.phones[0].recorded(7)
				if n < (c.want-1)*frame || n > (c.want+1)*frame {
					t.Errorf("%d frames, want %d", n/frame, c.want)
				}
				sound := buf[2*frame : n]
				if own, other := audiotest.Goertzel(sound, rate, tone(0)), audiotest.Goertzel(sound, rate, tone(1)); own < -15 || other > -40 {
					t.Errorf("his tone is at %.0f dB, the other at %.0f dB", own, other)
				}
			})
		})
	}
}

// TestHeardAgain: after a recording the room hears him as before.
func TestHeardAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		w.phone(tone(1))
		w.meeting(0, 0)
		w.run(settle)
		w.phones[0].leg.Record(1, make([]int16, rate/2))
		w.run(40)
		w.phones[0].recorded(1)
		w.phones[0].leg.StopRecord() // which has ended already
		w.hearing(".x\nx.\n")
		if ev := w.phones[0].events(); len(ev) > 0 {
			t.Errorf("events %+v", ev)
		}
	})
}

// TestNoKeysAreRecorded: in their place there is silence, and the time goes on.
func TestNoKeysAreRecorded(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(tone(0))
		w.meeting(0)
		w.run(settle)
		buf := make([]int16, 2*rate)
		p.leg.Record(1, buf)
		w.run(20)
		p.press(11, 3)
		w.run(10)
		p.leg.StopRecord()
		w.run(1)
		n := p.recorded(1) / frame
		silent := 0
		for i := 2; i < n; i++ {
			if audiotest.Goertzel(buf[i*frame:(i+1)*frame], rate, tone(0)) < -60 {
				silent++
			}
		}
		if n < 33 || n > 36 || silent < 4 || silent > 12 {
			t.Errorf("%d frames, %d of them silent", n, silent)
		}
	})
}
