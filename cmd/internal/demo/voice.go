package demo

import (
	"math"
	"sync/atomic"
	"time"

	"partyline/cmd/internal/phone"
)

// The pilots lie above the band of the voices, which end below 2,600 Hz, and
// within that of a telephone.
const (
	pilotLowest  = 2800.0
	pilotSpacing = 42.0
)

// pilotWindow is long enough for the codec's noise, which goes with the voices,
// to fall 40 dB below a pilot in the 4 Hz around it. Tuned 2026-11: in 400 ms
// peaks of it reach -24 dB.
const pilotWindow = 960 * time.Millisecond

// A pilot is heard even where the attendant speaks to the listener and the room
// is 12 dB quieter for him.
const (
	pilotHeard  = -14.0
	pilotSilent = -20.0
)

// The levels of a voice and of its pilot, 30 dB below.
const (
	speechRMS      = 0.13 * 32768 // -17.7 dBFS
	pilotAmplitude = speechRMS * math.Sqrt2 / 31.6
)

// broadcastPilot is the number of the pilot under the broadcast.
const broadcastPilot = 12

func pilotHz(i int) float64 { return pilotLowest + pilotSpacing*float64(i) }

// voice is what a caller's telephone says: always the pilot, and speech when it is his turn.
type voice struct {
	pilot   phone.Source
	speech  []int16
	talking atomic.Bool

	// owned by the pacer
	at   int
	gain float64 // fades in and out so that a turn does not begin with a click
	one  []int16
}

func newVoice(r role, i int) *voice {
	return &voice{pilot: phone.Tone(pilotHz(i), pilotAmplitude), speech: synthesise(r, uint64(i)+1, speechSeconds*time.Second)}
}

// speechSeconds is how much of a voice is made; it is said again and again.
const speechSeconds = 6

// talk gives the caller his turn, or takes it.
func (v *voice) talk(on bool) { v.talking.Store(on) }

// fadeStep is the change of the gain per sample: 20 ms from nothing to all.
const fadeStep = 1.0 / 160

// Fill says the next samples.
func (v *voice) Fill(dst []int16) {
	if cap(v.one) < len(dst) {
		v.one = make([]int16, len(dst))
	}
	pilot := v.one[:len(dst)]
	v.pilot.Fill(pilot)
	step := -fadeStep
	if v.talking.Load() {
		step = fadeStep
	}
	for i := range dst {
		v.gain = max(0, min(1, v.gain+step))
		if v.gain == 0 {
			dst[i] = pilot[i]
			continue
		}
		dst[i] = clip(float64(pilot[i]) + v.gain*float64(v.speech[v.at]))
		v.at = (v.at + 1) % len(v.speech)
	}
}

func clip(x float64) int16 { return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(x)))) }
