package codec

import (
	"github.com/zaf/g711"

	"partyline/mixer/media"
)

// law is one of the two companding laws of G.711 as look-up tables. A law quantises to at most 14 bits, so the
// encoding table is indexed by the upper bits of the sample only and stays in the cache.
type law struct {
	shift   uint
	silence byte
	decode  [256]int16
	encode  []byte
}

// The laws. They are filled once, before main, and only read afterwards.
var (
	muLaw = newLaw(2, g711.EncodeUlawFrame, g711.DecodeUlawFrame)
	aLaw  = newLaw(4, g711.EncodeAlawFrame, g711.DecodeAlawFrame)
)

// newLaw builds the tables of a law that ignores the lowest shift bits of a sample.
func newLaw(shift uint, encode func(int16) uint8, decode func(uint8) int16) *law {
	l := &law{shift: shift, silence: encode(0), encode: make([]byte, 1<<(16-shift))}
	for i := range l.decode {
		l.decode[i] = decode(uint8(i))
	}
	for i := range l.encode {
		l.encode[i] = encode(int16(uint16(i) << shift))
	}
	return l
}

// lawOf returns the tables of a codec; what is not A-law is mu-law.
func lawOf(c media.Codec) *law {
	if c == media.PCMA {
		return aLaw
	}
	return muLaw
}

// Decode implements [Decoder].
func (l *law) Decode(dst []int16, payload []byte) int {
	n := min(len(dst), len(payload))
	dst = dst[:n]
	for i, octet := range payload[:n] {
		dst[i] = l.decode[octet]
	}
	return n
}

// Encode implements [Encoder].
func (l *law) Encode(dst []byte, pcm []int16) int {
	n := min(len(dst), len(pcm))
	dst, table, shift := dst[:n], l.encode, l.shift
	for i, sample := range pcm[:n] {
		dst[i] = table[uint16(sample)>>(shift&15)]
	}
	return n
}

// Silence implements [Encoder].
func (l *law) Silence() byte { return l.silence }
