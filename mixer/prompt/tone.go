package prompt

import (
	"math"
	"sync"
	"time"
)

// note is one note of a tone. Its peak is in sample values; 0 is a pause.
type note struct {
	hz   float64
	peak float64
	time time.Duration
}

// edge is how long a note takes to begin and to end, so that it does not click.
const edge = 10 * time.Millisecond

// The tones. They are made when they are first wanted.
var (
	arrival = melody(
		note{523.25, 2000, 90 * time.Millisecond},
		note{659.26, 2000, 140 * time.Millisecond})
	departure = melody(
		note{659.26, 2000, 90 * time.Millisecond},
		note{523.25, 2000, 140 * time.Millisecond})
	beep = melody(
		note{880, 4000, 200 * time.Millisecond})
	hurry = melody(
		note{740, 1500, 80 * time.Millisecond},
		note{0, 0, 80 * time.Millisecond},
		note{740, 1500, 80 * time.Millisecond})
	help = melody(
		note{587.33, 3000, 120 * time.Millisecond},
		note{0, 0, 60 * time.Millisecond},
		note{587.33, 3000, 120 * time.Millisecond},
		note{0, 0, 60 * time.Millisecond},
		note{783.99, 3000, 200 * time.Millisecond})
)

// Arrival is the soft rising tone of somebody who has come.
func Arrival() Source { return NewPCM(arrival()) }

// Departure is the soft falling tone of somebody who has gone.
func Departure() Source { return NewPCM(departure()) }

// Beep is the tone before somebody is to speak.
func Beep() Source { return NewPCM(beep()) }

// Hurry is the tone that tells who speaks that his time is nearly up.
func Hurry() Source { return NewPCM(hurry()) }

// Help is the tone of a help call.
func Help() Source { return NewPCM(help()) }

// melody returns the samples of notes, once.
func melody(notes ...note) func() []int16 {
	return sync.OnceValue(func() []int16 {
		var pcm []int16
		for _, n := range notes {
			pcm = n.append(pcm)
		}
		return pcm
	})
}

// append appends the samples of a note.
func (n note) append(pcm []int16) []int16 {
	length, fade := samples(n.time), float64(samples(edge))
	for i := range length {
		near := min(float64(i)+0.5, float64(length-i)-0.5)
		envelope := 1.0
		if near < fade {
			envelope = 0.5 - 0.5*math.Cos(math.Pi*near/fade)
		}
		pcm = append(pcm, int16(math.Round(n.peak*envelope*math.Sin(2*math.Pi*n.hz*float64(i)/Rate))))
	}
	return pcm
}

func samples(d time.Duration) int { return int(d * Rate / time.Second) }
