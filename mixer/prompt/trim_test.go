package prompt_test

import (
	"bytes"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// TestTrim cuts the silence around what was said.
func TestTrim(t *testing.T) {
	t.Parallel()
	second := prompt.Rate
	sound := func(level float64, n int) []int16 { return audiotest.Tone(500, level, prompt.Rate, n, 0) }
	quiet := func(n int) []int16 { return sound(60, n) } // -55 dBFS, as a line hums
	for name, c := range map[string]struct {
		pcm  []int16
		want int // ms
	}{
		"nothing at all":  {nil, 0},
		"silence":         {make([]int16, 5*second), 0},
		"hum":             {quiet(3 * second), 0},
		"a click":         {slices.Concat(make([]int16, second), sound(9000, 200), make([]int16, second)), 0},
		"words":           {slices.Concat(quiet(2*second), sound(3000, second), quiet(2*second)), 1400},
		"a soft voice":    {slices.Concat(quiet(second), sound(400, second), quiet(second)), 1400},
		"two with a gap":  {slices.Concat(quiet(second), sound(3000, second), quiet(second), sound(3000, second)), 3150},
		"from the start":  {slices.Concat(sound(3000, second), quiet(100)), 1012},
		"shorter than ms": {sound(9000, 40), 0},
	} {
		if got := len(prompt.Trim(c.pcm)) * 1000 / second; got < c.want-12 || got > c.want+12 {
			t.Errorf("%s: %d ms are left, want %d", name, got, c.want)
		}
	}
}

// TestEncodeWAV writes what DecodeWAV reads, to the bit where the samples came by telephone.
func TestEncodeWAV(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 999, 8000} {
		pcm := audiotest.Tone(700, 9000, prompt.Rate, n, 0)
		once, err := prompt.DecodeWAV(bytes.NewReader(prompt.EncodeWAV(pcm)), prompt.Limits{Seconds: 2})
		if n == 0 {
			if err == nil && len(once) > 0 {
				t.Errorf("of nothing %d samples are read", len(once))
			}
			continue
		}
		if err != nil || len(once) != n {
			t.Fatalf("%d samples: %d are read, %v", n, len(once), err)
		}
		for i := range pcm {
			if d := int(pcm[i]) - int(once[i]); d > 520 || d < -520 {
				t.Fatalf("sample %d is %d, was %d", i, once[i], pcm[i])
			}
		}
		twice, err := prompt.DecodeWAV(bytes.NewReader(prompt.EncodeWAV(once)), prompt.Limits{Seconds: 2})
		if err != nil || !slices.Equal(once, twice) {
			t.Errorf("%d samples: the second time they are others, %v", n, err)
		}
	}
}
