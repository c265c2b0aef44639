package mixer_test

import (
	"math"
	"testing"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/media"
)

// noise sends comfort noise in place of a frame, and says nothing more until it talks again.
func (p *phone) noise(level ...byte) {
	h := p.head
	h.PayloadType = media.NoisePayload
	p.raw(packet(h, level), p.leg.LocalAddr())
	p.head.Seq++
}

// pause lets frames pass in which the phone sends nothing, not even numbers.
func (p *phone) pause(frames int) {
	for range frames {
		seq := p.head.Seq
		p.mute = true
		p.w.run(1)
		p.mute, p.head.Seq = false, seq
	}
	p.head.Marker = true
}

// TestComfortNoise: who listens hears the noise that a far end asks for in place of its pauses, as loud as it says, until
// it talks again; and no pause counts as a loss.
func TestComfortNoise(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		talker, ear := w.phone(tone(0)), w.phone(0)
		talker.spec.Noise = true
		talker.leg.Update(talker.spec)
		w.meeting(0, 0)
		w.run(100)
		for _, level := range []byte{40, 55, 3} {
			talker.noise(level, 7, 7) // with a spectrum that is not looked at
			talker.pause(10)
			ear.forget()
			talker.pause(100)
			want := -float64(max(level, 20))
			const sine = 3.01 // RMS is of a full sine, dBov of a full square
			if got := audiotest.RMS(ear.pcm()) - sine; math.Abs(got-want) > 2 {
				t.Errorf("asked for -%d dBov, %.1f is heard, want %.0f", level, got, want)
			}
			w.run(10)
			ear.forget()
			w.run(50)
			if !ear.hears(tone(0)) {
				t.Error("the talker is not heard after the pause")
			}
		}
		if s := talker.leg.Stats(); s.Lost != 0 || s.Late != 0 || s.WrongPayload != 0 || s.Invalid != 0 || s.Concealed > 4 {
			t.Errorf("a pause counts as a loss: %+v", s)
		}
		talker.mute = true
		ear.forget()
		w.run(100)
		if l := audiotest.RMS(ear.pcm()[50*frame:]); l > -70 {
			t.Errorf("noise that was ended goes on with %.1f dBov", l)
		}
	})
}

// TestComfortNoiseThatWasNotAgreedOn is dropped.
func TestComfortNoiseThatWasNotAgreedOn(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		talker, ear := w.phone(0), w.phone(0)
		w.meeting(0, 0)
		w.run(50)
		talker.noise(30)
		talker.pause(10)
		ear.forget()
		talker.pause(50)
		if s := talker.leg.Stats(); s.WrongPayload != 1 || audiotest.RMS(ear.pcm()) > -70 {
			t.Errorf("%.1f dBov are heard, %+v", audiotest.RMS(ear.pcm()), s)
		}
	})
}
