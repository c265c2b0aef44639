package bridge_test

import (
	"math"
	"math/rand/v2"
	"testing"
)

// voice is a voice: a buzz of 120 Hz that comes and goes four times a second, as syllables do.
func voice(peak float64, ticks int) []int16 {
	pcm := make([]int16, ticks*frame)
	for i := range pcm {
		at := float64(i) / 8000
		syllable := math.Pow(math.Sin(math.Pi*4*at), 2)
		buzz := 0.0
		for k := 1; k < 12; k++ {
			buzz += math.Sin(2*math.Pi*120*float64(k)*at) / float64(k)
		}
		pcm[i] = int16(peak * syllable * buzz / 2)
	}
	return pcm
}

// hiss is noise whose level goes up and down by some dB, once a second.
func hiss(peak, swing float64, ticks int) []int16 {
	random := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, ticks*frame)
	for i := range pcm {
		gain := math.Pow(10, swing/2*math.Sin(2*math.Pi*float64(i)/8000)/20)
		pcm[i] = int16(peak * gain * (2*random.Float64() - 1))
	}
	return pcm
}

func TestUnheard(t *testing.T) {
	t.Parallel()
	bursts := append(append(hiss(8000, 0, 100), make([]int16, 10*frame)...), hiss(8000, 0, 100)...)
	for _, tt := range []struct {
		name     string
		pcm      []int16
		muted    bool
		prompted bool // something is said to him meanwhile
		away     bool // he is being recorded
		from, to int  // ticks within which it has to be noticed; 0: never
	}{
		{"a voice", voice(8000, 200), true, false, false, 40, 75},
		{"a quiet voice", voice(1000, 200), true, false, false, 40, 75},
		{"a voice that is heard", voice(8000, 200), false, false, false, 0, 0},
		{"one word", voice(8000, 25), true, false, false, 0, 0},
		{"noise", hiss(3000, 0, 3000), true, false, false, 0, 0},
		{"loud noise", hiss(20000, 0, 3000), true, false, false, 0, 0},
		{"noise that goes up and down", hiss(8000, 8, 3000), true, false, false, 0, 0},
		{"noise in bursts", bursts, true, false, false, 0, 0},
		{"a tone", tone(400, 8000, 500), true, false, false, 0, 0},
		{"silence", make([]int16, 500*frame), true, false, false, 0, 0},
		{"a voice that is recorded", voice(8000, 200), true, false, true, 0, 0},
		{"the echo of what is said to him", voice(8000, 200), true, true, false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRoom(2)
			e := r.ears[0]
			e.SetMuted(tt.muted)
			e.SetAway(tt.away)
			first := 0
			for i := range len(tt.pcm) / frame {
				if tt.prompted && !e.Playing() {
					e.Play(record(make([]int16, 50*frame)), true)
				}
				e.says = tt.pcm[i*frame : (i+1)*frame]
				r.ticks(1)
				if e.Unheard() && first == 0 {
					first = i + 1
				}
			}
			if first < tt.from || first > tt.to {
				t.Errorf("noticed in tick %d, want %d to %d", first, tt.from, tt.to)
			}
		})
	}
}
