package bridge

import "math"

// Tuned constants of the levels, in dBov and ticks.
const (
	silence   = -127
	gateBelow = -60 // a port below this for as long as linger contributes nothing
	linger    = 25  // 500 ms

	overNoise  = 12 // talking is so much above the noise,
	talkLowest = -50
	talkHigh   = -30 // but within these
	talkAfter  = 2   // a click is not talking
	noiseStart = -70
	noiseRise  = 0.01 // half a dB a second,
	noiseSteep = 0.1  // but 5 dB a second for a sound as steady as no voice is: within steady from tick to tick
	steady     = 2
	noiseFall  = 0.2
	noiseMax   = -42
)

// detector measures a voice and finds out who talks.
type detector struct {
	level   int // minus silence, so that the zero value is silent
	noise   float64
	above   int // ticks in a row
	hang    int // ticks until talking ends
	loud    int // ticks until the gate closes
	talking bool
}

// dBov is the level of the last frame.
func (d *detector) dBov() int { return d.level + silence }

// open says whether the voice is to be heard.
func (d *detector) open() bool { return d.loud > 0 }

// update measures one frame, nil for none, and says whether the gate has just opened.
func (d *detector) update(frame []int16) (opened bool) {
	level := levelDBov(frame)
	d.listen(level, d.dBov())
	d.level = level - silence
	d.talk(level)
	if level < gateBelow {
		d.loud = max(d.loud-1, 0)
		return false
	}
	opened = d.loud == 0
	d.loud = linger
	return opened
}

// listen follows the noise: fast down, slowly up.
func (d *detector) listen(level, before int) {
	if d.noise == 0 {
		d.noise = noiseStart
	}
	change := level - before
	switch l := float64(level); {
	case level == silence: // no noise either
	case l < d.noise:
		d.noise += (l - d.noise) * noiseFall
	case change >= -steady && change <= steady:
		d.noise = min(d.noise+noiseSteep, noiseMax)
	default:
		d.noise = min(d.noise+noiseRise, noiseMax)
	}
}

// talk decides whether somebody talks, by the level above the noise.
func (d *detector) talk(level int) {
	threshold := min(max(d.noise+overNoise, talkLowest), talkHigh)
	if float64(level) <= threshold {
		d.above = 0
		d.hang = max(d.hang-1, 0)
		d.talking = d.talking && d.hang > 0
		return
	}
	if d.above++; d.above >= talkAfter {
		d.talking, d.hang = true, linger
	}
}

// levelDBov is the level of a frame against the loudest square wave: a full-scale sine is -3.
func levelDBov(frame []int16) int {
	var energy int64
	for _, s := range frame {
		energy += int64(s) * int64(s)
	}
	if energy == 0 {
		return silence
	}
	db := 10 * math.Log10(float64(energy)/float64(len(frame))/(32768*32768))
	return min(max(int(math.Round(db)), silence), 0)
}
