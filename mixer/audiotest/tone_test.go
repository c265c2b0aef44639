package audiotest

import (
	"math"
	"testing"
)

func TestGoertzelFindsTheLevelOfATone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ hz, amplitude float64 }{
		{400, 1}, {400, 0.1}, {1000, 0.5}, {3400, 0.01}, {317.5, 0.2},
	} {
		pcm := Tone(tt.hz, 32767*tt.amplitude, 8000, 4000, 123)
		want := 20 * math.Log10(tt.amplitude)
		if got := Goertzel(pcm, 8000, tt.hz); math.Abs(got-want) > 0.1 {
			t.Errorf("%v Hz at %v: %.2f dBFS, want %.2f", tt.hz, tt.amplitude, got, want)
		}
		if got := RMS(pcm); math.Abs(got-want) > 0.1 {
			t.Errorf("%v Hz at %v: RMS %.2f dBFS, want %.2f", tt.hz, tt.amplitude, got, want)
		}
		if got := Goertzel(pcm, 8000, tt.hz+50); got > want-60 {
			t.Errorf("%v Hz leaks into its neighbour: %.2f dBFS", tt.hz, got)
		}
	}
}

func TestGoertzelOfSilence(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 160} {
		if got := Goertzel(make([]int16, n), 8000, 1000); got != Quiet {
			t.Errorf("%d samples of silence: %v", n, got)
		}
		if got := RMS(make([]int16, n)); got != Quiet {
			t.Errorf("%d samples of silence: RMS %v", n, got)
		}
	}
}

func TestToneInPortionsIsContinuous(t *testing.T) {
	t.Parallel()
	whole := Tone(441, 20000, 8000, 1000, 0)
	parts := append(Tone(441, 20000, 8000, 333, 0), Tone(441, 20000, 8000, 667, 333)...)
	for i := range whole {
		if whole[i] != parts[i] {
			t.Fatalf("sample %d: %d, want %d", i, parts[i], whole[i])
		}
	}
}

func TestRoughestFindsAClick(t *testing.T) {
	t.Parallel()
	pcm := Tone(400, 16000, 8000, 1000, 0)
	if value, _ := Roughest(pcm); value > 1700 {
		t.Errorf("a pure tone is rough: %d", value)
	}
	pcm[500] += 4000
	if value, at := Roughest(pcm); value < 6000 || at < 500 || at > 502 {
		t.Errorf("the click is %d at %d", value, at)
	}
}
