package prompt

import "math"

// What is speech, and how much of the silence around it stays. Tuned November 2026.
const (
	trimStep   = Rate / 100      // 10 ms
	trimLevel  = -45             // dBFS: softer is silence
	trimLeast  = 6               // steps of sound: less is a click
	trimBefore = Rate * 15 / 100 // samples
	trimAfter  = Rate * 25 / 100
)

// Trim returns what is between the silence at the beginning and at the end of a recording, with a little of both. Nothing is
// left of one in which nobody speaks.
func Trim(pcm []int16) []int16 {
	threshold := math.Pow(10, trimLevel/10.0) * 32768 * 32768 * trimStep
	first, last, loud := 0, 0, 0
	for at := 0; at+trimStep <= len(pcm); at += trimStep {
		energy := 0.0
		for _, s := range pcm[at : at+trimStep] {
			energy += float64(s) * float64(s)
		}
		if energy < threshold {
			continue
		}
		if loud == 0 {
			first = at
		}
		last = at + trimStep
		loud++
	}
	if loud < trimLeast {
		return nil
	}
	return pcm[max(0, first-trimBefore):min(len(pcm), last+trimAfter)]
}
