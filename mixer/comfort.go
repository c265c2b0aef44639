package mixer

import (
	"math"

	"partyline/mixer/jitter"
	"partyline/mixer/media"
)

// loudestNoise is the loudest comfort noise that is made, in -dBov: what is louder comforts nobody.
const loudestNoise = 20

// comfort is the noise that a far end asks for in place of its pauses (RFC 3389). Owned by the shard. Its spectrum, which
// the far end may describe, is flat.
type comfort struct {
	on     bool
	ending bool   // audio has come: the noise ends where that begins to be played
	seq    uint16 // of the packet that asked for it
	peak   int32
	dice   uint32
}

// ask takes a packet of comfort noise. Its number is no lost one, and what it says holds until audio comes.
func (r *receiver) ask(h *media.Header, payload []byte) {
	r.buf.Skip(h.Seq)
	if r.noise.on && int16(h.Seq-r.noise.seq) < 0 {
		return
	}
	level := max(int(payload[0]&0x7f), loudestNoise)
	peak := 32768 * math.Sqrt(3) * math.Pow(10, -float64(level)/20) // evenly spread samples: RMS times the root of 3
	r.noise = comfort{on: true, seq: h.Seq, peak: int32(math.Round(peak)), dice: r.noise.dice | 1}
}

// audioCame notes a packet of audio.
func (c *comfort) audioCame(seq uint16) {
	if c.on && int16(seq-c.seq) > 0 {
		c.ending = true
	}
}

// fill adds the noise to a frame in which nothing is said; false: there is none.
func (c *comfort) fill(kind jitter.Kind, frame []int16) bool {
	if kind != jitter.Silence {
		c.on = c.on && !c.ending
		return false
	}
	if !c.on || c.peak == 0 {
		return false
	}
	for i := range frame {
		c.dice = c.dice*1664525 + 1013904223 // of Numerical Recipes: its upper bits are noise enough
		v := int32(frame[i]) + int32(int64(int32(c.dice))*int64(c.peak)>>31)
		frame[i] = int16(min(max(v, math.MinInt16), math.MaxInt16))
	}
	return true
}
