package speech

import (
	"math"
	"time"

	"partyline/mixer/prompt"
)

// What becomes of what an engine says: as loud as the recordings, and without silence around it. (Tuned 2026-11.)
const (
	wantedDBov = -20.0
	loudest    = 30000 // where the gain stops
	maxGain    = 4.0   // 12 dB, up or down

	step      = Rate / 100      // 10 ms
	silentRMS = 60              // less is silence: -55 dBov
	measured  = Rate * 8 / 10   // of sound that tells how loud a text is
	kept      = Rate * 30 / 1e3 // of the silence before it
)

// shaper writes what is said to a sound. The gain follows from the beginning of a text and is the same to its end.
type shaper struct {
	out   *prompt.Growing
	first func()  // called when something is written for the first time; nil: nobody wants to know
	rest  []int16 // less than a step, or what is waited for to know the gain
	gain  float64 // 0: not known
	began bool    // something was written
	quiet []int16 // silence that is written if something follows
	sound int     // samples written that are no silence
	full  bool
}

// add takes what an engine has said.
func (s *shaper) add(pcm []int16) {
	s.rest = append(s.rest, pcm...)
	if s.gain == 0 {
		if active(s.rest) < measured {
			return
		}
		s.gain = gainFor(s.rest)
	}
	s.drain()
}

// drain writes what is there in whole steps.
func (s *shaper) drain() {
	n := len(s.rest) / step * step
	for at := 0; at < n; at += step {
		s.step(s.rest[at : at+step])
	}
	s.rest = append(s.rest[:0], s.rest[n:]...)
}

func (s *shaper) step(pcm []int16) {
	for i, v := range pcm {
		pcm[i] = int16(min(max(math.Round(float64(v)*s.gain), math.MinInt16), math.MaxInt16))
	}
	if power(pcm) < silentRMS*silentRMS {
		if s.quiet = append(s.quiet, pcm...); !s.began && len(s.quiet) > kept {
			s.quiet = append(s.quiet[:0], s.quiet[len(s.quiet)-kept:]...)
		}
		return
	}
	s.write(s.quiet)
	s.quiet = s.quiet[:0]
	s.write(pcm)
	if s.sound += len(pcm); !s.began && s.first != nil {
		s.first()
	}
	s.began = true
}

// drop forgets what an engine has said and nobody has heard: it has failed.
func (s *shaper) drop() { s.rest = s.rest[:0] }

func (s *shaper) write(pcm []int16) {
	if !s.out.Write(pcm) {
		s.full = true
	}
}

// flush writes the end of what an engine has said. What is less than a step is hardly anything.
func (s *shaper) flush() {
	if s.gain == 0 && len(s.rest) > 0 {
		s.gain = gainFor(s.rest)
	}
	s.rest = append(s.rest, make([]int16, (step-len(s.rest)%step)%step)...)
	s.drain()
}

// pause ends a piece; another follows after so long. It says whether there is room for one.
func (s *shaper) pause(d time.Duration) bool {
	s.flush()
	s.quiet = append(s.quiet[:0], make([]int16, int(d*Rate/time.Second))...)
	return !s.full
}

// end ends the text. A little silence stays, so that it does not run into what follows.
func (s *shaper) end() {
	s.flush()
	if s.began {
		s.write(make([]int16, kept))
	}
}

func power(pcm []int16) float64 {
	sum := 0.0
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return sum / float64(max(len(pcm), 1))
}

// active counts the samples that are no silence.
func active(pcm []int16) (n int) {
	for at := 0; at+step <= len(pcm); at += step {
		if power(pcm[at:at+step]) >= silentRMS*silentRMS {
			n += step
		}
	}
	return n
}

// gainFor brings what is no pause in pcm to the wanted level: the steps within 25 dB of the loudest.
func gainFor(pcm []int16) float64 {
	loud, peak := 0.0, 0
	for at := 0; at+step <= len(pcm); at += step {
		loud = max(loud, power(pcm[at:at+step]))
	}
	sum, n := 0.0, 0
	for at := 0; at+step <= len(pcm); at += step {
		if p := power(pcm[at : at+step]); p > loud/316 {
			sum, n = sum+p, n+1
		}
	}
	for _, v := range pcm {
		peak = max(peak, int(v), -int(v))
	}
	if n == 0 || sum == 0 {
		return 1
	}
	gain := math.Pow(10, wantedDBov/20) * 32768 / math.Sqrt(sum/float64(n))
	return min(max(gain, 1/maxGain), maxGain, loudest/float64(peak))
}
