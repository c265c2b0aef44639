// Package ear recognises prompts in what a telephone has heard, by their samples: it takes the sound alone, no log and no
// knowledge of what was meant to be said.
package ear

import (
	"cmp"
	"math"
	"slices"
)

// Prompt is a sound that can be recognised, at 8 kHz.
type Prompt struct {
	Name string
	PCM  []int16
}

// Heard is a prompt that was recognised.
type Heard struct {
	Name     string
	From, To int  // samples of the recording
	fits     int  // samples that are alike
	Whole    bool // it was heard to its end, or nearly: a frame that came too late may be missing there
}

// Ear knows a number of prompts. It is immutable.
type Ear struct{ known []known }

// known is a prompt without the silence around it.
type known struct {
	name    string
	pcm     []int16
	anchor  int     // where it first is loud for long enough to be found
	sample  []int16 // what the first look compares, from there
	power   float64 // of sample
	weak    float64 // power of a sample in a part that says nothing: less than a tenth of the average
	telling int     // samples in the other parts
}

// Chosen November 2026 against the built-in recordings through G.711, alone and above talk that is 12 dB softer.
const (
	quiet    = 150  // below it a sample is silence
	window   = 160  // samples: the step of the search
	frame    = 160  // samples of a packet
	glance   = 160  // samples of the first look
	look     = 480  // samples of the second
	judged   = 320  // samples that are compared at a time
	maybe    = 0.5  // correlation of a look
	sure     = 0.88 // of all that was heard
	leastLen = 2000 // samples that have to fit; a prompt that is cut off sooner cannot be told from others
)

// New makes an ear. Prompts that are nothing but silence, and those that sound like an earlier one, are left out.
func New(prompts []Prompt) *Ear {
	e := &Ear{}
	for _, p := range prompts {
		first := slices.IndexFunc(p.PCM, func(s int16) bool { return s > 2*quiet || s < -2*quiet }) // faint beginnings drown in talk
		if first < 0 {
			continue
		}
		last := len(p.PCM)
		for !loud(p.PCM[last-1]) {
			last--
		}
		pcm := p.PCM[first:last]
		if slices.ContainsFunc(e.known, func(k known) bool { return slices.Equal(k.pcm, pcm) }) {
			continue
		}
		e.known = append(e.known, knownBy(p.Name, pcm))
		if len(pcm) > 2*leastLen { // who has missed its beginning knows it by the rest
			e.known = append(e.known, knownBy(p.Name, pcm[len(pcm)/3:]))
		}
	}
	return e
}

func knownBy(name string, pcm []int16) known {
	k := known{name: name, pcm: pcm}
	mean := power(pcm) / float64(len(pcm))
	k.weak = mean / 10
	for k.anchor+look+window < min(len(pcm), reach) && power(pcm[k.anchor:k.anchor+glance]) < mean/4*glance {
		k.anchor += window / 2
	}
	for part := range slices.Chunk(pcm, judged) {
		if power(part) >= k.weak*float64(len(part)) {
			k.telling += len(part)
		}
	}
	k.sample = pcm[k.anchor:min(k.anchor+glance, len(pcm))]
	k.power = power(k.sample)
	return k
}

func loud(s int16) bool { return s > quiet || s < -quiet }

// Listen returns the prompts in a recording, in order. Unknown are the samples that are loud and belong to none.
func (e *Ear) Listen(sound []int16) (heard []Heard, unknown int) {
	for at := 0; at < len(sound); {
		if !slices.ContainsFunc(sound[at:min(at+window, len(sound))], loud) {
			at += window
			continue
		}
		if h, ok := e.recognise(sound, at); ok {
			h = e.better(sound, at, h)
			heard = append(heard, h)
			at = h.To
			continue
		}
		unknown += window
		at += window
	}
	return heard, unknown
}

// better looks whether a prompt that begins a little later fits longer than one that seems to be cut off: the faint
// beginning of a prompt may be taken for another one's.
func (e *Ear) better(sound []int16, at int, h Heard) Heard {
	for range 4 {
		if h.Whole {
			return h
		}
		at += window
		if next, ok := e.recognise(sound, at); ok && next.fits > h.fits {
			h = next
		}
	}
	return h
}

// recognise finds the prompt that begins in the window at a place: of all that fit, the one that fits longest.
func (e *Ear) recognise(sound []int16, at int) (best Heard, ok bool) {
	first := max(at-window/2, 0)
	powers := powersOf(sound[first:], at+window-first+reach)
	for i := range e.known {
		k := &e.known[i]
		from, fits := k.find(sound, first, at+window, powers)
		if !fits {
			continue
		}
		h := k.follow(sound, from)
		if h.fits < min(leastLen, k.telling*2/3) {
			continue
		}
		if !ok || cmp.Or(cmp.Compare(h.fits, best.fits), boolOrder(h.Whole, best.Whole)) > 0 {
			best, ok = h, true
		}
	}
	return best, ok
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// reach is how far after the beginning of a prompt its anchor may be.
const reach = 8000

// powersOf is the power of what the first look compares, from each of the first n samples on.
func powersOf(sound []int16, n int) []float64 {
	powers := make([]float64, 0, n)
	sum := power(sound[:min(glance, len(sound))])
	for i := 0; i < n && i+glance < len(sound); i++ {
		powers = append(powers, sum)
		in, out := float64(sound[i+glance]), float64(sound[i])
		sum += in*in - out*out
	}
	return powers
}

// find aligns the beginning of the prompt with the sound, to the sample: it begins from first on and before end.
func (k *known) find(sound []int16, first, end int, powers []float64) (from int, ok bool) {
	anchor := k.pcm[k.anchor:min(k.anchor+look, len(k.pcm))]
	best := maybe
	for start := first; start < end; start++ {
		at := start + k.anchor
		if at-first >= len(powers) || at+len(anchor) > len(sound) {
			break
		}
		if d := dot(k.sample, sound[at:]); d < 0 || float64(d)*float64(d) < maybe*maybe*k.power*powers[at-first] {
			continue
		}
		if c := correlation(anchor, sound[at:]); c > best {
			best, from, ok = c, start, true
		}
	}
	return from, ok
}

// follow says how much of the prompt the sound has from a place on. A part that is missing is passed over where the prompt
// goes on after it, as it should or later: packets were lost, or the bridge was held up.
func (k *known) follow(sound []int16, from int) Heard {
	h := Heard{Name: k.name, From: from, To: from}
	reached, strikes := 0, 0
	for n := 0; n < len(k.pcm) && from+n < len(sound); {
		end := min(n+judged, len(k.pcm), len(sound)-from)
		part := k.pcm[n:end]
		switch {
		case power(part) < k.weak*float64(len(part)): // a pause: anything may be heard in it
		case correlation(part, sound[from+n:]) >= sure:
			h.fits += end - n
			strikes, reached, h.To = 0, end, from+end
		default:
			strikes++
		}
		n = end
		if strikes == 2 {
			skip, late, ok := k.goesOn(sound, from, n)
			if !ok {
				break
			}
			strikes, n, from = 0, n+skip, from+late
		}
	}
	rest := k.pcm[reached:]
	if power(rest) < k.weak*float64(len(rest)+1) && from+len(k.pcm) <= len(sound) {
		reached, h.To = len(k.pcm), from+len(k.pcm) // what is left is its fading away
	}
	h.Whole = reached >= len(k.pcm)*4/5
	return h
}

// mostLost is for how long a prompt may be gone in its middle.
const mostLost = 4000

// goesOn looks whether the prompt goes on after a gap: how much of it is missing, and how much later it comes.
func (k *known) goesOn(sound []int16, from, n int) (skip, late int, ok bool) {
	for ; skip <= mostLost && n+skip+2*judged <= len(k.pcm); skip += judged {
		part := k.pcm[n+skip : n+skip+2*judged] // twice as much as usual: a chance likeness is not enough
		if power(part) < k.weak*float64(len(part)) {
			continue
		}
		for late = 0; late <= mostLost && from+late+n+skip+2*judged <= len(sound); late += frame {
			if correlation(part, sound[from+late+n+skip:]) >= sure {
				return skip, late, true
			}
		}
	}
	return 0, 0, false
}

func dot(a, b []int16) (sum int64) {
	b = b[:len(a)]
	for i, x := range a {
		sum += int64(x) * int64(b[i])
	}
	return sum
}

// correlation is how alike two sounds of one length are whatever their level: 1 is the same.
func correlation(a, b []int16) float64 {
	var ab, aa, bb int64
	b = b[:len(a)]
	for i, x := range a {
		y := int64(b[i])
		ab += int64(x) * y
		aa += int64(x) * int64(x)
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return float64(ab) / math.Sqrt(float64(aa)*float64(bb))
}

func power(a []int16) (p float64) {
	for _, x := range a {
		p += float64(x) * float64(x)
	}
	return p
}
