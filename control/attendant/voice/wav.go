package voice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zaf/g711"
)

// maxRecording bounds a recording, in samples: 30 s.
const maxRecording = 30 * Rate

// WAV format tags (RFC 2361).
const (
	wavPCM  = 1
	wavALaw = 6
	wavULaw = 7
)

// format is the part of a WAV's "fmt " chunk that matters.
type format struct {
	tag, channels uint16
	rate          uint32
	bits          uint16
}

// decodeWAV reads a mono recording at [Rate]: 16-bit PCM, mu-law or A-law.
func decodeWAV(b []byte) ([]int16, error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, errors.New("not a WAV file")
	}
	var f format
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), uint64(binary.LittleEndian.Uint32(b[4:8]))
		b = b[8:]
		if size > uint64(len(b)) {
			return nil, fmt.Errorf("chunk %q of %d bytes is cut off", id, size)
		}
		chunk := b[:size]
		switch id {
		case "fmt ":
			if size < 16 {
				return nil, errors.New("format chunk is too short")
			}
			f = format{
				tag: binary.LittleEndian.Uint16(chunk), channels: binary.LittleEndian.Uint16(chunk[2:]),
				rate: binary.LittleEndian.Uint32(chunk[4:]), bits: binary.LittleEndian.Uint16(chunk[14:]),
			}
		case "data":
			return f.samples(chunk)
		}
		b = b[min(size+size%2, uint64(len(b))):] // chunks are padded to an even length
	}
	return nil, errors.New("has no samples")
}

func (f format) samples(data []byte) ([]int16, error) {
	if f.channels != 1 || f.rate != Rate {
		return nil, fmt.Errorf("has %d channels at %d Hz; must be mono at %d Hz", f.channels, f.rate, Rate)
	}
	if len(data)*8/max(int(f.bits), 1) > maxRecording {
		return nil, fmt.Errorf("is longer than %d s", maxRecording/Rate)
	}
	switch {
	case f.tag == wavPCM && f.bits == 16:
		pcm := make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(data[2*i:]))
		}
		return pcm, nil
	case f.tag == wavULaw && f.bits == 8:
		return expand(data, g711.DecodeUlawFrame), nil
	case f.tag == wavALaw && f.bits == 8:
		return expand(data, g711.DecodeAlawFrame), nil
	}
	return nil, fmt.Errorf("has %d-bit samples of format %d; must be 16-bit PCM, mu-law or A-law", f.bits, f.tag)
}

func expand(data []byte, decode func(uint8) int16) []int16 {
	pcm := make([]int16, len(data))
	for i, b := range data {
		pcm[i] = decode(b)
	}
	return pcm
}

// The chunks of a recording that say what is spoken in it, and by which voice.
const (
	TextChunk  = "ICMT"
	VoiceChunk = "IART"
)

// maxInfo bounds where the information about a recording is looked for, which stands before its samples.
const maxInfo = 8 * maxText

// Info returns what a recording of ours says about itself, or "".
func Info(wav []byte, chunk string) string {
	_, info, found := bytes.Cut(wav[:min(len(wav), maxInfo)], []byte("LIST"))
	if !found || len(info) < 8 || string(info[4:8]) != "INFO" {
		return ""
	}
	for info = info[8:]; len(info) >= 8; {
		id, size := string(info[:4]), uint64(binary.LittleEndian.Uint32(info[4:]))
		if size > uint64(len(info)-8) {
			return ""
		}
		if id == chunk {
			text, _, _ := bytes.Cut(info[8:8+size], []byte{0})
			return string(text)
		}
		info = info[min(8+size+size%2, uint64(len(info))):]
	}
	return ""
}
