package prompt_test

import (
	"math"
	"slices"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// drain plays a source to its end, n samples at a time.
func drain(t *testing.T, src prompt.Source, n int) (pcm []int16) {
	t.Helper()
	dst := make([]int16, n)
	for range 10_000 {
		k := src.Next(dst)
		pcm = append(pcm, dst[:k]...)
		if k < n {
			return pcm
		}
	}
	t.Fatal("the source does not end")
	return nil
}

func TestPCM(t *testing.T) {
	t.Parallel()
	pcm := []int16{1, 2, 3, 4, 5, 6, 7}
	for _, n := range []int{1, 2, 7, 8, 160} {
		src := prompt.NewPCM(pcm)
		if got := drain(t, src, n); !slices.Equal(got, pcm) {
			t.Errorf("%d at a time: %v", n, got)
		}
		if k := src.Next(make([]int16, n)); k != 0 {
			t.Errorf("%d samples after the end", k)
		}
	}
}

func TestSequence(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 4, 160} {
		src := prompt.Sequence(
			prompt.NewPCM(nil), prompt.NewPCM([]int16{1, 2, 3}), prompt.Gap(2), prompt.Gap(-1), prompt.NewPCM([]int16{4}), prompt.Gap(0))
		if got, want := drain(t, src, n), []int16{1, 2, 3, 0, 0, 4}; !slices.Equal(got, want) {
			t.Errorf("%d at a time: %v, want %v", n, got, want)
		}
	}
	if got := drain(t, prompt.Sequence(), 5); len(got) != 0 {
		t.Errorf("nothing is %v", got)
	}
}

func TestGapIsSilent(t *testing.T) {
	t.Parallel()
	dst := []int16{9, 9, 9}
	if n := prompt.Gap(2).Next(dst); n != 2 || !slices.Equal(dst, []int16{0, 0, 9}) {
		t.Errorf("%d samples, %v", n, dst)
	}
}

// TestTones: each is short, soft, of the right frequencies, and begins and ends without a click.
func TestTones(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		open func() prompt.Source
		hz   []float64
	}{
		{"arrival", prompt.Arrival, []float64{523.25, 659.26}},
		{"departure", prompt.Departure, []float64{523.25, 659.26}},
		{"beep", prompt.Beep, []float64{880}},
		{"help", prompt.Help, []float64{587.33, 783.99}},
	} {
		pcm := drain(t, tt.open(), 160)
		if ms := len(pcm) / 8; ms < 150 || ms > 700 {
			t.Errorf("%s: %d ms", tt.name, ms)
		}
		for _, hz := range tt.hz {
			if level := audiotest.Goertzel(pcm, prompt.Rate, hz); level < -45 || level > -12 {
				t.Errorf("%s: %.1f dBFS at %v Hz", tt.name, level, hz)
			}
		}
		quiet := make([]int16, 10)
		if value, at := audiotest.Roughest(slices.Concat(quiet, pcm, quiet)); float64(value) > 4000*4*math.Pow(math.Sin(math.Pi*880/8000), 2)+200 {
			t.Errorf("%s: a click of %d at sample %d", tt.name, value, at)
		}
		if !slices.Equal(drain(t, tt.open(), 7), pcm) {
			t.Errorf("%s: differs the second time", tt.name)
		}
	}
}

func TestSourcesAllocateNothing(t *testing.T) {
	src := prompt.Sequence(prompt.NewPCM(make([]int16, 10_000)), prompt.Gap(1000), prompt.NewPCM(make([]int16, 100_000)))
	var dst [160]int16
	if n := testing.AllocsPerRun(200, func() { src.Next(dst[:]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
