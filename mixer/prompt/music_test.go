package prompt_test

import (
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// TestMusic: it is soft, never silent for long, and nothing is to be heard where its end meets its beginning.
func TestMusic(t *testing.T) {
	t.Parallel()
	loop := prompt.Music()
	if n := len(loop); n < 20*prompt.Rate || n > 60*prompt.Rate {
		t.Errorf("it has %d samples", n)
	}
	if &loop[0] != &prompt.Music()[0] {
		t.Error("it is made more than once")
	}
	const sine = 3.01 // dB between dBov, of a square wave, and dBFS, of a sine
	if level := audiotest.RMS(loop) - sine; level < -30.5 || level > -29.5 {
		t.Errorf("it is at %.1f dBov", level)
	}
	for second := range slices.Chunk(loop, prompt.Rate) {
		if level := audiotest.RMS(second) - sine; level < -38 || level > -24 {
			t.Errorf("a second of it is at %.1f dBov", level)
		}
	}
	peak := max(slices.Max(loop), -slices.Min(loop))
	if peak > 8192 {
		t.Errorf("its peak is %d", peak)
	}
	seam := slices.Concat(loop[len(loop)-prompt.Rate/50:], loop[:prompt.Rate/500])
	inside, _ := audiotest.Roughest(loop[prompt.Rate : len(loop)-prompt.Rate])
	if rough, _ := audiotest.Roughest(seam); rough > inside {
		t.Errorf("its seam has a click of %d, the rest at most %d", rough, inside)
	}
}
