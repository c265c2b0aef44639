package load

import (
	"math"
	"sync/atomic"
	"time"

	"partyline/cmd/internal/phone"
)

// A chirp sweeps through the band while it swells and fades. Whatever else is
// to be heard, it stands out of a matched filter at one sample.
const (
	chirpLength    = 320 // samples: 40 ms
	chirpAmplitude = 6000
	chirpFrom      = 500.0
	chirpTo        = 3000.0
)

var chirp = newChirp()

func newChirp() []float64 {
	c := make([]float64, chirpLength)
	rise := (chirpTo - chirpFrom) / chirpLength / phone.Rate
	for i := range c {
		t := float64(i)
		shape := 0.5 - 0.5*math.Cos(2*math.Pi*(t+0.5)/chirpLength)
		c[i] = shape * math.Sin(2*math.Pi*(chirpFrom/phone.Rate*t+rise*t*t/2))
	}
	return c
}

// chirped is a chirp on its way: who sent it, and when its first sample left.
type chirped struct {
	caller int
	sent   time.Duration
}

// prober is the source of a caller's chirps: one each interval until it is off.
type prober struct {
	caller   int
	interval int64 // samples
	off      atomic.Bool
	sent     chan<- chirped

	// owned by the pacer
	at   int64 // samples so far
	next int64 // the sample at which the next chirp begins
}

func newProber(caller int, interval time.Duration, offset time.Duration, sent chan<- chirped) *prober {
	return &prober{caller: caller, interval: samples(interval), next: samples(offset), sent: sent}
}

func samples(d time.Duration) int64 { return int64(d * phone.Rate / time.Second) }

// Fill writes the part of the chirp that is due.
func (p *prober) Fill(dst []int16) {
	clear(dst)
	if p.off.Load() {
		return
	}
	for i := range dst {
		if k := p.at + int64(i) - p.next; k >= 0 && k < chirpLength {
			dst[i] = int16(chirpAmplitude * chirp[k])
		}
	}
	p.at += int64(len(dst))
}

// Sent reports a chirp when its first sample has left, and plans the next when its last one has.
func (p *prober) Sent(at time.Duration, n int) {
	if p.off.Load() {
		return
	}
	first := p.at - int64(n)
	if p.next >= first && p.next < p.at {
		select {
		case p.sent <- chirped{p.caller, at + time.Duration(p.next-first)*time.Second/phone.Rate}:
		default: // the delays are worked out too slowly: this one is left out
		}
	}
	if p.at >= p.next+chirpLength {
		p.next += p.interval
	}
}

// find is where in the sound the chirp begins, and how much of the sound's
// loudest sample it explains: 1 is a chirp as loud as it was sent.
func find(sound []int16) (at int, strength float64) {
	energy := 0.0
	for _, v := range chirp {
		energy += v * v
	}
	best := 0.0
	for lag := 0; lag+chirpLength <= len(sound); lag++ {
		sum := 0.0
		for i, c := range chirp {
			sum += c * float64(sound[lag+i])
		}
		if sum > best {
			best, at = sum, lag
		}
	}
	return at, best / energy / chirpAmplitude
}
