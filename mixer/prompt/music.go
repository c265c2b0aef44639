package prompt

import (
	"math"
	"sync"
)

// The music for those who wait: slow chords, and above them single notes like those of a music box. It is made here, so
// that nobody has a right in it.
const (
	musicLevel = -30 // dBov, of all of it
	barSamples = 4 * Rate
)

// bars are the chords, as MIDI notes: C, Am, F, G, Em, Am, Dm, G, each with the four notes that are plucked above it.
var bars = []struct{ chord, plucked []int }{
	{[]int{48, 55, 64}, []int{72, 76, 79, 76}},
	{[]int{45, 52, 60}, []int{72, 76, 81, 76}},
	{[]int{41, 53, 60}, []int{69, 72, 77, 72}},
	{[]int{43, 55, 59}, []int{71, 74, 79, 74}},
	{[]int{40, 52, 59}, []int{71, 76, 79, 76}},
	{[]int{45, 52, 60}, []int{72, 76, 81, 79}},
	{[]int{38, 53, 57}, []int{69, 74, 77, 74}},
	{[]int{43, 55, 59}, []int{71, 74, 79, 71}},
}

// Music is half a minute that goes on with its beginning. It is made when it is first wanted, and not to be changed.
var Music = sync.OnceValue(func() []int16 {
	loop := make([]float64, len(bars)*barSamples)
	for i, bar := range bars {
		at := i * barSamples
		for _, key := range bar.chord {
			swell(loop, at, hertz(key), 0.5)
		}
		for beat, key := range bar.plucked {
			pluck(loop, at+beat*barSamples/4, hertz(key), 1)
		}
	}
	return level(loop, musicLevel)
})

func hertz(key int) float64 { return 440 * math.Pow(2, float64(key-69)/12) }

// swell adds a note that comes and goes over two bars, so that one chord flows into the next.
func swell(loop []float64, at int, hz, gain float64) {
	n := 2 * barSamples
	add(loop, at-barSamples/2, n, hz, func(i int) float64 {
		s := math.Sin(math.Pi * float64(i) / float64(n))
		return gain * s * s
	})
}

// pluck adds a note that begins at once, but not so fast that it clicks, and dies away.
func pluck(loop []float64, at int, hz, gain float64) {
	const attack, half = Rate / 100, Rate * 0.35
	n := 2 * barSamples
	add(loop, at, n, hz, func(i int) float64 {
		end := min(float64(n-i)/Rate, 1) // nothing is cut off
		return gain * end * min(float64(i)/attack, 1) * math.Exp2(-float64(i)/half)
	})
}

// add adds n samples of a note with two soft overtones. What is before the beginning of the loop or after its end belongs
// to its other end: therefore the loop has no seam.
func add(loop []float64, at, n int, hz float64, envelope func(i int) float64) {
	for k, part := range []float64{1, 0.2, 0.05} {
		step := 2 * math.Pi * hz * float64(k+1) / Rate
		twice, s1, s2 := 2*math.Cos(step), 0.0, -math.Sin(step)
		for i := range n {
			loop[((at+i)%len(loop)+len(loop))%len(loop)] += part * envelope(i) * s1
			s1, s2 = twice*s1-s2, s1
		}
	}
}

// level makes samples of a level, in dBov.
func level(loop []float64, dBov float64) []int16 {
	energy := 0.0
	for _, s := range loop {
		energy += s * s
	}
	gain := 32768 * math.Pow(10, dBov/20) / math.Sqrt(energy/float64(len(loop)))
	pcm := make([]int16, len(loop))
	for i, s := range loop {
		pcm[i] = int16(math.Round(min(max(gain*s, -32768), 32767)))
	}
	return pcm
}
