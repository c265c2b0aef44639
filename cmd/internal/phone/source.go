package phone

import (
	"math"
	"time"
)

// Rate is the sampling rate of a telephone.
const Rate = 8000

// Source is what a telephone says. The pacer calls it; it must not block.
type Source interface {
	// Fill writes the next len(dst) samples.
	Fill(dst []int16)
}

// SentObserver is a source that wants to know when its samples left. Sent is
// called after each packet, with the time of sending and the number of samples.
type SentObserver interface {
	Sent(at time.Duration, samples int)
}

// Silence says nothing; the telephone sends packets of silence.
func Silence() Source { return silence{} }

type silence struct{}

func (silence) Fill(dst []int16) { clear(dst) }

// Tone is an endless sine of hz with the given amplitude in sample values. Its
// phase grows with the square of hz (Schroeder's phases), so that many tones that
// begin together do not add up to a click.
func Tone(hz, amplitude float64) Source {
	_, turn := math.Modf(hz * hz / (2 * highestTone))
	return &tone{phase: 2 * math.Pi * turn, step: 2 * math.Pi * hz / Rate, amplitude: amplitude}
}

type tone struct{ phase, step, amplitude float64 }

// Fill turns a pointer by a fixed angle per sample, which is cheaper than a sine for each.
func (t *tone) Fill(dst []int16) {
	sin, cos := math.Sincos(t.phase)
	dSin, dCos := math.Sincos(t.step)
	for i := range dst {
		dst[i] = int16(math.Round(sin * t.amplitude))
		sin, cos = sin*dCos+cos*dSin, cos*dCos-sin*dSin
	}
	t.phase = math.Mod(t.phase+float64(len(dst))*t.step, 2*math.Pi)
}

// PCM says the samples once and is silent then.
func PCM(samples []int16) Source { return &pcm{samples: samples} }

// Loop says the samples again and again.
func Loop(samples []int16) Source { return &pcm{samples: samples, loop: true} }

type pcm struct {
	samples []int16
	at      int
	loop    bool
}

func (p *pcm) Fill(dst []int16) {
	for len(dst) > 0 {
		n := copy(dst, p.samples[p.at:])
		dst, p.at = dst[n:], p.at+n
		if p.at < len(p.samples) {
			continue
		}
		if !p.loop || len(p.samples) == 0 {
			clear(dst)
			return
		}
		p.at = 0
	}
}

// Mix says all sources at once.
func Mix(sources ...Source) Source { return &mix{sources: sources} }

type mix struct {
	sources []Source
	one     []int16
	sum     []int32
}

func (m *mix) Fill(dst []int16) {
	if cap(m.one) < len(dst) {
		m.one, m.sum = make([]int16, len(dst)), make([]int32, len(dst))
	}
	one, sum := m.one[:len(dst)], m.sum[:len(dst)]
	clear(sum)
	for _, s := range m.sources {
		s.Fill(one)
		for i, v := range one {
			sum[i] += int32(v)
		}
	}
	for i, v := range sum {
		dst[i] = int16(max(math.MinInt16, min(math.MaxInt16, v)))
	}
}

// Sent passes the news on.
func (m *mix) Sent(at time.Duration, samples int) {
	for _, s := range m.sources {
		if o, ok := s.(SentObserver); ok {
			o.Sent(at, samples)
		}
	}
}
