package dtmf_test

import (
	"math/rand/v2"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/dtmf"
	"partyline/mixer/media"
)

// benchFrames are 2 s of what a detector may have to listen to.
func benchFrames() map[string][][]int16 {
	r := rand.New(rand.NewPCG(3, 3))
	voice := &signal{pcm: make([]float64, 16000)}
	for i, v := range audiotest.Tone(700, 8000, 8000, 16000, 0) {
		voice.pcm[i] = float64(v)
	}
	return map[string][][]int16{
		"silence": new(signal).pause(2000).frames(media.PCMU),
		"noise":   new(signal).pause(2000).noise(r, -20).frames(media.PCMU),
		"a tone":  voice.frames(media.PCMU),
		"a key":   new(signal).key(at('5', 2000)).frames(media.PCMU),
	}
}

// BenchmarkDetector is one frame of 20 ms of one leg.
func BenchmarkDetector(b *testing.B) {
	for name, frames := range benchFrames() {
		b.Run("sound="+name, func(b *testing.B) {
			b.ReportAllocs()
			var d dtmf.Detector
			n := 0
			for b.Loop() {
				d.Frame(frames[n%len(frames)], false)
				n++
			}
		})
	}
}

func TestDetectorAllocatesNothing(t *testing.T) {
	var d dtmf.Detector
	for name, frames := range benchFrames() {
		if n := testing.AllocsPerRun(10, func() {
			for i, f := range frames {
				d.Frame(f, i%7 == 0)
				d.Silence()
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
