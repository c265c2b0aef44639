// Package codec turns payloads into samples and back, and fills in what was lost on the way. It keeps tables that
// are never written after the program has started; a [Concealer] belongs to one stream and is not safe for
// concurrent use. Nothing here allocates.
package codec

import "partyline/mixer/media"

// Decoder turns payloads of one stream into samples.
type Decoder interface {
	// Decode writes the samples of payload to dst and says how many there were. What does not fit is dropped.
	Decode(dst []int16, payload []byte) int
}

// Encoder turns the samples of one stream into payloads.
type Encoder interface {
	// Encode writes the payload for pcm to dst and says how many octets it has. What does not fit is dropped.
	Encode(dst []byte, pcm []int16) int
	// Silence is the octet that means no sound.
	Silence() byte
}

// NewDecoder returns the decoder of c. G.711 has no state, so every stream gets the same one.
func NewDecoder(c media.Codec) Decoder { return lawOf(c) }

// NewEncoder returns the encoder of c. G.711 has no state, so every stream gets the same one.
func NewEncoder(c media.Codec) Encoder { return lawOf(c) }

// Decode writes the samples of payload to dst and says how many there were. What does not fit is dropped.
func Decode(c media.Codec, dst []int16, payload []byte) int { return lawOf(c).Decode(dst, payload) }

// Encode writes the payload for pcm to dst and says how many octets it has. What does not fit is dropped.
func Encode(c media.Codec, dst []byte, pcm []int16) int { return lawOf(c).Encode(dst, pcm) }

// Silence is the octet that means no sound: 0xFF in mu-law, 0xD5 in A-law.
func Silence(c media.Codec) byte { return lawOf(c).silence }
