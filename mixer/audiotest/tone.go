// Package audiotest makes and recognises test tones. It is pure. Comparing with recorded results is in
// partyline/mixer/audiotest/golden, which only tests may import.
package audiotest

import "math"

// Quiet is what [Goertzel] says of a frequency that is not there.
const Quiet = -200

// Tone returns n samples of a sine with the given peak, up to 32767. phase0 is the number of the first sample: a tone
// in portions is continuous if each begins with the number where the last one ended.
func Tone(hz, amplitude float64, rate, n, phase0 int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		phase := math.Mod(hz*float64(phase0+i)/float64(rate), 1)
		pcm[i] = int16(math.Round(min(amplitude, 32767) * math.Sin(2*math.Pi*phase)))
	}
	return pcm
}

// Goertzel is the level of one frequency in pcm, in dBFS: a full-scale sine of that frequency is 0. A Hann window keeps
// neighbouring frequencies out; those nearer than 2/duration are not told apart.
func Goertzel(pcm []int16, rate int, hz float64) (dBFS float64) {
	n := float64(len(pcm))
	coefficient := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var s1, s2, weights float64
	for i, s := range pcm {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/n)
		weights += w
		s1, s2 = w*float64(s)/32767+coefficient*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - coefficient*s1*s2
	amplitude := 2 * math.Sqrt(max(power, 0)) / max(weights, 1)
	if amplitude < 1e-10 {
		return Quiet
	}
	return 20 * math.Log10(amplitude)
}

// RMS is the level of all of pcm, in dBFS: a full-scale sine is 0.
func RMS(pcm []int16) (dBFS float64) {
	var energy float64
	for _, s := range pcm {
		energy += float64(s) * float64(s)
	}
	if energy == 0 {
		return Quiet
	}
	return 10*math.Log10(energy/float64(len(pcm))/(32767*32767)) + 10*math.Log10(2)
}

// Roughest is the largest second difference in pcm, and where it is: a click stands out of what a tone of the given
// frequency and amplitude can have, which is about 4·sin²(π·hz/rate) times its amplitude.
func Roughest(pcm []int16) (value, at int) {
	for i := 2; i < len(pcm); i++ {
		d := int(pcm[i]) - 2*int(pcm[i-1]) + int(pcm[i-2])
		if d = max(d, -d); d > value {
			value, at = d, i
		}
	}
	return value, at
}
