package mixer_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/media"
)

// toneKeys are the tones of a telephone that keys in digits, each of so many milliseconds, with pauses between them.
func toneKeys(digits string, on, off int) (pcm []int16) {
	for _, d := range digits {
		i := strings.IndexRune("123456789*0#", d)
		row := audiotest.Tone([]float64{697, 770, 852, 941}[i/3], 7000, rate, on*8, 0)
		column := audiotest.Tone([]float64{1209, 1336, 1477}[i%3], 8000, rate, on*8, 0)
		for n := range row {
			pcm = append(pcm, row[n]+column[n])
		}
		pcm = append(pcm, make([]int16, off*8)...)
	}
	return pcm
}

// toneDigits are the keys that a leg has reported.
func (p *phone) toneDigits() string {
	var keys strings.Builder
	for _, e := range p.events() {
		if e.Kind == media.ToneDigit || e.Kind == media.Digit {
			keys.WriteByte(e.Digit)
		}
	}
	return keys.String()
}

// withoutEvents is a telephone that has no telephone-events.
func (w *world) withoutEvents(hz float64) *phone {
	p := w.phone(hz)
	p.spec.EventRecv, p.spec.EventSend = 0, 0
	p.leg.Update(p.spec)
	return p
}

// TestKeysInTheAudio: each key once, also of 40 ms and wherever in a frame it begins; others hear less than 40 ms of one.
func TestKeysInTheAudio(t *testing.T) {
	t.Parallel()
	const digits = "1234567890*#5500"
	for _, shift := range []int{0, 17, 40, 77, 120, 159} {
		inWorld(t, mixer.Options{}, func(w *world) {
			p, ear := w.withoutEvents(0), w.phone(0)
			w.meeting(0, 0)
			w.run(settle)
			ear.forget()
			p.say = append(make([]int16, shift), toneKeys(digits, 40, 60)...)
			w.run(len(digits)*5 + settle)
			if got := p.toneDigits(); got != digits {
				t.Errorf("shifted by %d samples: keys %q, want %q", shift, got, digits)
			}
			heard := 0
			for _, h := range ear.heard {
				if audiotest.RMS(h.pcm) > -60 {
					heard++
				}
			}
			if most := 2 * len(digits); heard > most {
				t.Errorf("shifted by %d samples: others hear %d frames of %d keys", shift, heard, len(digits))
			}
			p.say = toneKeys("7", 2000, 100)
			w.run(5)
			ear.forget()
			w.run(100)
			if l := audiotest.RMS(ear.pcm()); l > -80 {
				t.Errorf("others hear a key that is held, of %.1f dB", l)
			}
			if got := p.toneDigits(); got != "7" {
				t.Errorf("a key that is held is %q", got)
			}
		})
	}
}

// TestKeysInTheAudioWithLoss: a packet that is lost within a key, or in a pause, makes no other one of it.
func TestKeysInTheAudioWithLoss(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		r := rand.New(rand.NewPCG(5, 100))
		p := w.withoutEvents(0)
		w.meeting(0)
		w.run(settle)
		var digits strings.Builder
		for range 400 {
			digits.WriteByte("0123456789*#"[r.IntN(12)])
		}
		p.say = toneKeys(digits.String(), 100, 100)
		last := false
		var got strings.Builder
		for len(p.say) > 0 {
			p.mute = r.Float64() < 0.05 && !last // two in a row may take a whole pause away
			last = p.mute
			w.run(1)
			got.WriteString(p.toneDigits()) // the ring holds 48 keys
		}
		p.mute = false
		w.run(settle)
		got.WriteString(p.toneDigits())
		if got.String() != digits.String() {
			t.Errorf("keys  %q\nwant %q", got.String(), digits.String())
		}
	})
}

// TestTonesAreNoKeysWhereEventsAre: who has telephone-events may play what he likes, and who has agreed on them later too.
func TestTonesAreNoKeysWhereEventsAre(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, ear := w.phone(0), w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		hear := func(found string, heard bool) {
			t.Helper()
			ear.forget()
			p.say = toneKeys("1", 200, 200)
			w.run(settle)
			if got := p.toneDigits(); got != found {
				t.Errorf("keys %q, want %q", got, found)
			}
			if got := ear.heardEver(1209); got != heard {
				t.Errorf("others hear the tone: %t", got)
			}
		}
		hear("", true)
		p.spec.EventRecv = 0
		p.leg.Update(p.spec)
		w.run(settle)
		hear("1", false)
		p.spec.EventRecv = keyPT
		p.leg.Update(p.spec)
		w.run(settle)
		hear("", true)
	})
}

// TestSpeechAmongKeys: what is said before and after a key is heard.
func TestSpeechAmongKeys(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, ear := w.withoutEvents(500), w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		if !ear.hears(500) {
			t.Error("the voice is not heard before the key")
		}
		p.say = toneKeys("5", 80, 0)
		w.run(settle)
		ear.forget()
		w.run(settle)
		if !ear.hears(500) {
			t.Error("the voice is not heard after the key")
		}
		if got := p.toneDigits(); got != "5" {
			t.Errorf("keys %q", got)
		}
	})
}

// TestHeldKeysAreReported: that a key is held, and let go; of short ones nothing.
func TestHeldKeysAreReported(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.withoutEvents(0)
		w.meeting(0)
		w.run(settle)
		for _, tt := range []struct {
			ms   int
			want string
		}{{80, "key"}, {250, "key"}, {500, "key held up"}, {1500, "key held up"}} {
			p.say = toneKeys("5", tt.ms, 200)
			w.run(tt.ms/20 + settle)
			var got []string
			for _, e := range p.events() {
				switch e.Kind {
				case media.ToneDigit:
					got = append(got, "key")
				case media.KeyHeld:
					got = append(got, "held")
				case media.KeyUp:
					got = append(got, "up")
				default:
				}
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("a key of %d ms: %s, want %s", tt.ms, s, tt.want)
			}
		}
	})
}
