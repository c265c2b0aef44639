package phone

import (
	"fmt"
	"math"
	"testing"
	"time"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

func samplesOf(s Source, d time.Duration) []int16 {
	out := make([]int16, d*Rate/time.Second)
	for at := 0; at < len(out); at += 160 {
		s.Fill(out[at:min(at+160, len(out))])
	}
	return out
}

func TestToneLevel(t *testing.T) {
	t.Parallel()
	for _, hz := range []float64{300, 440, 1000.5, 3399} {
		for _, amplitude := range []float64{100, 8000, 32000} {
			s := Analyse(samplesOf(Tone(hz, amplitude), 300*time.Millisecond))
			if got, want := s.ToneDBFS(hz), AmplitudeDBFS(amplitude); math.Abs(got-want) > 0.1 {
				t.Errorf("%v Hz at %v: %.2f dB, want %.2f", hz, amplitude, got, want)
			}
			if got, want := s.LevelDBFS(), AmplitudeDBFS(amplitude)-3.01; math.Abs(got-want) > 0.2 {
				t.Errorf("level %v Hz at %v: %.2f dB, want %.2f", hz, amplitude, got, want)
			}
			if got := s.ToneDBFS(hz + 100); got > AmplitudeDBFS(amplitude)-50 {
				t.Errorf("%v Hz leaks %.1f dB into its neighbour", hz, got)
			}
		}
	}
	if got := Analyse(make([]int16, 800)).ToneDBFS(1000); got != silentDBFS {
		t.Errorf("silence has %.1f dB", got)
	}
}

// TestTonesAreToldApart mixes all tones but some as a conference does, in
// G.711 both ways, and finds exactly those that are there.
func TestTonesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 10, 60, 150, 300, MaxTones} {
		for _, c := range []media.Codec{media.PCMU, media.PCMA} {
			t.Run(fmt.Sprintf("%d tones codec %d", n, c), func(t *testing.T) {
				t.Parallel()
				toldApart(t, n, c)
			})
		}
	}
}

func toldApart(t *testing.T, n int, c media.Codec) {
	plan, err := Plan(n)
	if err != nil {
		t.Fatal(err)
	}
	amplitude := Loudness(n)
	sum := make([]int32, plan.Window*Rate/time.Second)
	for i, hz := range plan.Hz {
		if hz < lowestTone || hz > highestTone {
			t.Errorf("tone %d is %v Hz", i, hz)
		}
		if i%3 == 2 {
			continue
		}
		for j, v := range throughCodec(c, samplesOf(Tone(hz, amplitude), plan.Window)) {
			sum[j] += int32(v)
		}
	}
	mixed := make([]int16, len(sum))
	for j, v := range sum {
		mixed[j] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
	}
	m := Matrix{Window: plan.Window, Voices: make([]Voice, n)}
	for i, hz := range plan.Hz {
		m.Voices[i] = Voice{Hz: hz, Amplitude: amplitude}
	}
	all := m.Measure(0, throughCodec(c, mixed))
	if err := m.Compare(all, func(_, talker int) bool { return talker%3 != 2 }); err != nil {
		t.Error(err)
	}
	worst, least := -200.0, 200.0
	for _, h := range all {
		if h.Talker%3 == 2 {
			worst = max(worst, h.DB)
		} else {
			least = min(least, h.DB)
		}
	}
	if worst > silentDB-5 || least < heardDB+4 {
		t.Errorf("absent up to %.1f dB, present from %.1f dB: too near to the thresholds", worst, least)
	}
}

func throughCodec(c media.Codec, pcm []int16) []int16 {
	payload := make([]byte, len(pcm))
	codec.Encode(c, payload, pcm)
	out := make([]int16, len(pcm))
	codec.Decode(c, out, payload)
	return out
}

func TestPlanLimits(t *testing.T) {
	t.Parallel()
	for _, n := range []int{-1, 0, MaxTones + 1} {
		if _, err := Plan(n); err == nil {
			t.Errorf("%d tones were planned", n)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	if got := samplesOf(PCM([]int16{1, 2, 3}), time.Millisecond); got[2] != 3 || got[3] != 0 {
		t.Errorf("once: %v", got)
	}
	if got := samplesOf(Loop([]int16{1, 2, 3}), time.Millisecond); got[3] != 1 || got[7] != 2 {
		t.Errorf("loop: %v", got)
	}
	if got := samplesOf(Loop(nil), time.Millisecond); got[7] != 0 {
		t.Errorf("empty loop: %v", got)
	}
	if got := samplesOf(Mix(Loop([]int16{30000}), Loop([]int16{20000, -1}), Silence()), time.Millisecond); got[0] != math.MaxInt16 || got[1] != 29999 {
		t.Errorf("mix: %v", got)
	}
}
