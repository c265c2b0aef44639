package main

import (
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/phone"
)

// The tests below judge the judges: a test that listens is worth as much as its ears.

func packetsOf(sound []int16) (packets [][]int16) { return slices.Collect(slices.Chunk(sound, 160)) }

func TestBreaksOfAToneAreNoticed(t *testing.T) {
	t.Parallel()
	whole := tone(1000, 3000, time.Second)
	later := func(samples int) []int16 { return slices.Concat(whole[:4000], whole[4000+samples:]) }
	gap := slices.Clone(whole)
	clear(gap[4000:4160])
	soft := slices.Clone(whole)
	for i := range soft[4000:] {
		soft[4000+i] /= 2
	}
	for name, c := range map[string]struct {
		sound []int16
		want  bool
	}{
		"whole":             {whole, false},
		"20 ms are missing": {gap, true},
		"a jump of 1 ms":    {later(8), false}, // a whole turn
		"a jump of 0.3 ms":  {later(2), true},
		"softer":            {soft, true},
	} {
		sound := slices.Clone(c.sound)
		phone.Mix(phone.PCM(c.sound), phone.Tone(600, 3000)).Fill(sound) // somebody else is heard too
		if got := breaks(packetsOf(sound), 1000, 3000); (len(got) > 0) != c.want {
			t.Errorf("%s: breaks at %d", name, got)
		}
	}
}

func TestMixturesOfRoomsAreNoticed(t *testing.T) {
	t.Parallel()
	old, next := []float64{420, 470, 520}, []float64{2010, 2060, 2110}
	sing := func(hz []float64, d time.Duration) []int16 {
		sound := make([]int16, samplesIn(d))
		phone.Mix(phone.Tone(hz[0], 800), phone.Tone(hz[1], 800), phone.Tone(hz[2], 800)).Fill(sound)
		return sound
	}
	both := sing(old, 20*time.Millisecond)
	for i, s := range sing(next, 20*time.Millisecond) {
		both[i] += s
	}
	was, is, nothing := sing(old, 400*time.Millisecond), sing(next, 400*time.Millisecond), make([]int16, 160)
	for name, c := range map[string]struct {
		sound []int16
		ok    bool
	}{
		"one after the other":      {slices.Concat(was, is), true},
		"a pause between":          {slices.Concat(was, nothing, is), true},
		"a packet of both":         {slices.Concat(was, both, is), false},
		"an old packet afterwards": {slices.Concat(was, is[:160], was[:160], is), false},
		"an old packet much later": {slices.Concat(was, is, was[:160]), false},
		"never":                    {was, false},
	} {
		if err := oneAfterTheOther(packetsOf(c.sound), old, next); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
