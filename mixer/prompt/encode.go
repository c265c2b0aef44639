package prompt

import (
	"encoding/binary"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// EncodeWAV makes a WAV file of mu-law, as a telephone has it: half the size of linear PCM.
func EncodeWAV(pcm []int16) []byte {
	padded := len(pcm) + len(pcm)%2 // chunks have an even length
	b := make([]byte, 0, 58+padded)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(50+padded))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 18)
	for _, v := range []uint16{tagMuLaw, 1} { // one channel
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	for _, v := range []uint32{Rate, Rate} { // samples and bytes a second
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, v := range []uint16{1, 8, 0} { // bytes of a sample, its bits, no extension
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, "fact"...)
	b = binary.LittleEndian.AppendUint32(b, 4)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pcm)))
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(pcm)))
	b = b[:len(b)+padded]
	codec.Encode(media.PCMU, b[len(b)-padded:len(b)-padded+len(pcm)], pcm)
	return b
}
