package phone

import "math"

// fullScale is the amplitude of the loudest sine, 0 dBFS.
const fullScale = 32768

// Spectrum is a stretch of sound made ready for measuring tones in it.
type Spectrum struct {
	windowed []float64
	gain     float64 // from a bin's magnitude to an amplitude
	energy   float64 // mean square of the samples, full scale 1
}

// Analyse applies a Hann window, whose skirts fall off fast enough for a quiet
// tone beside a loud one: two tones can be told apart if they are 4/d apart, d
// being the length in seconds.
func Analyse(samples []int16) Spectrum {
	s := Spectrum{windowed: make([]float64, len(samples))}
	sum := 0.0
	step := 2 * math.Pi / float64(len(samples))
	for i, v := range samples {
		w := 0.5 - 0.5*math.Cos((float64(i)+0.5)*step)
		x := float64(v) / fullScale
		s.windowed[i] = x * w
		s.energy += x * x
		sum += w
	}
	s.gain = 2 / sum
	s.energy /= float64(len(samples))
	return s
}

// silentDBFS is what is said of no signal at all.
const silentDBFS = -150.0

// ToneDBFS is the level of the tone of hz; a sine of full amplitude has 0.
func (s Spectrum) ToneDBFS(hz float64) float64 { return decibels(s.amplitude(hz)) }

// LevelDBFS is the level of everything; a sine of full amplitude has -3.
func (s Spectrum) LevelDBFS() float64 { return decibels(math.Sqrt(s.energy)) }

// amplitude is Goertzel's recurrence.
func (s Spectrum) amplitude(hz float64) float64 {
	w := 2 * math.Pi * hz / Rate
	k := 2 * math.Cos(w)
	var s1, s2 float64
	for _, x := range s.windowed {
		s1, s2 = x+k*s1-s2, s1
	}
	power := s1*s1 + s2*s2 - k*s1*s2
	return math.Sqrt(max(0, power)) * s.gain
}

func decibels(amplitude float64) float64 {
	if amplitude <= 0 {
		return silentDBFS
	}
	return max(silentDBFS, 20*math.Log10(amplitude))
}

// AmplitudeDBFS is the level of a sine of that amplitude in sample values.
func AmplitudeDBFS(amplitude float64) float64 { return decibels(amplitude / fullScale) }
