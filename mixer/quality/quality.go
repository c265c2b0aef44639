// Package quality says how good a call is, from what the network does to it: the E-model of ITU-T G.107 (06/2015) with
// its default values, and the equipment impairments of ITU-T G.113 Appendix I. It is pure.
package quality

import (
	"math"
	"time"
)

// Codec is how much of the quality a codec takes by itself, and how it stands loss (G.113 Appendix I).
type Codec struct {
	Ie  float64 // equipment impairment
	Bpl float64 // robustness against loss
}

// G711 is G.711 at a receiver that conceals losses (as G.711 Appendix I does), G711Plain at one that plays silence.
var (
	G711      = Codec{Ie: 0, Bpl: 25.1}
	G711Plain = Codec{Ie: 0, Bpl: 4.3}
)

// Path is one direction of a call.
type Path struct {
	Codec Codec
	Loss  float64       // share of packets that were not there when they were to be played, 0 to 1
	Burst float64       // how much longer losses are than if they were random (BurstR); below 1: random
	Delay time.Duration // from mouth to ear; the echo is taken to come back after twice that
}

// The ratings, of G.109: below Poor nearly all users are dissatisfied, from Good on few.
const (
	Poor = 60
	Good = 80
)

// The default values of G.107 table 2 that are left in the formulas, and what follows from them alone.
const (
	telr = 65.0  // talker echo loudness rating
	wepl = 110.0 // weighted echo path loss
	ro   = 94.77 // signal to noise, with an SLR of 8 dB and a noise of -61.18 dBm0p
	is   = 1.42  // what happens at the same time as the voice: loudness, side tone, quantizing
)

// R is the rating of a path, 0 to 93.2 (G.107 §7.1).
func R(p Path) float64 {
	return min(max(ro-is-delayed(max(p.Delay, 0))-lossy(p), 0), 100)
}

// lossy is Ie-eff (G.107 §7.5).
func lossy(p Path) float64 {
	ppl := 100 * min(max(p.Loss, 0), 1)
	if ppl == 0 {
		return p.Codec.Ie
	}
	return p.Codec.Ie + (95-p.Codec.Ie)*ppl/(ppl/max(p.Burst, 1)+p.Codec.Bpl)
}

// delayed is Id: the echo that the talker hears, the one that the listener hears, and the delay itself (G.107 §7.4).
func delayed(d time.Duration) float64 {
	t := d.Seconds() * 1000
	terv := telr - 40*math.Log10((1+t/10)/(1+t/150)) + 6*math.Exp(-0.3*t*t)
	re := 80 + 2.5*(terv-14)
	const roe = -1.5 * (-61.18 - 2)
	talker := (root((roe-re)/2, 100) - 1) * (1 - math.Exp(-t))
	listener := root((ro-10.5*(wepl+7)*math.Pow(2*t+1, -0.25))/2, 169)
	return talker + listener + late(t)
}

func root(half, plus float64) float64 { return half + math.Sqrt(half*half+plus) }

// late is Idd, for delays over 100 ms.
func late(t float64) float64 {
	if t <= 100 {
		return 0
	}
	x := math.Log2(t / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1./6) - 3*math.Pow(1+math.Pow(x/3, 6), 1./6) + 2)
}

// MOS is the mean opinion that belongs to a rating, 1 to 4.5 (G.107 Annex B).
func MOS(r float64) float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	return max(1, 1+0.035*r+r*(r-60)*(100-r)*7e-6)
}
