package prompt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// Errors of [DecodeWAV]. What it returns wraps one of them and says more.
var (
	ErrFormat  = errors.New("not a WAV file that can be played")
	ErrTooLong = errors.New("recording too long")
)

// Limits bound what [DecodeWAV] takes.
type Limits struct {
	Bytes   int64 // of the file; 0: 32 MiB
	Seconds int   // of sound; 0: 300
}

// The format tags of WAV files.
const (
	tagPCM        = 1
	tagALaw       = 6
	tagMuLaw      = 7
	tagExtensible = 0xFFFE
)

// wavRates are the sampling rates that can be converted.
var wavRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}

// unknownSize is what a program says at least that writes to a pipe, and so cannot know how much will come: next to 2 or
// 4 GiB. Or it says 0.
const unknownSize = math.MaxInt32 - 0xFFFF

// wavFormat is the format chunk.
type wavFormat struct {
	tag, channels, bits int
	rate                int
}

// DecodeWAV reads a WAV file (linear PCM of 16, 24 or 32 bits, mu-law or A-law; mono or stereo; 8 to 48 kHz) and
// returns it in mono at 8 kHz. It reads no more than the limits allow.
func DecodeWAV(r io.Reader, limits Limits) (pcm []int16, err error) {
	if limits.Bytes <= 0 {
		limits.Bytes = 32 << 20
	}
	if limits.Seconds <= 0 {
		limits.Seconds = 300
	}
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read WAV file: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLong, limits.Bytes)
	}
	format, sound, err := parseWAV(data)
	if err != nil {
		return nil, err
	}
	frames := len(sound) / (format.channels * format.bits / 8)
	if frames == 0 {
		return nil, fmt.Errorf("%w: there is no sound in it", ErrFormat)
	}
	if frames > limits.Seconds*format.rate {
		return nil, fmt.Errorf("%w: more than %d seconds", ErrTooLong, limits.Seconds)
	}
	return resample(mono(format, sound, frames), format.rate), nil
}

// parseWAV finds the format and the sound. Chunks of other kinds are passed over.
func parseWAV(data []byte) (format wavFormat, sound []byte, err error) {
	if len(data) < 12 || string(data[:4]) != "RIFF" || string(data[8:12]) != "WAVE" {
		return format, nil, fmt.Errorf("%w: it does not begin with RIFF and WAVE", ErrFormat)
	}
	known := false
	for rest := data[12:]; len(rest) >= 8; {
		id, size := string(rest[:4]), int64(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		body := rest[:min(size, int64(len(rest)))]
		switch id {
		case "fmt ":
			if format, err = parseFormat(body); err != nil {
				return format, nil, err
			}
			known = true
		case "data":
			if !known {
				return format, nil, fmt.Errorf("%w: the sound comes before its format", ErrFormat)
			}
			if size == 0 || size >= unknownSize {
				body = rest
			} else if int64(len(body)) < size {
				return format, nil, fmt.Errorf("%w: it is cut short (%d of %d bytes of sound)", ErrFormat, len(body), size)
			}
			return format, body, nil
		}
		rest = rest[min(size+size%2, int64(len(rest))):]
	}
	return format, nil, fmt.Errorf("%w: there is no sound in it", ErrFormat)
}

// parseFormat reads a format chunk.
func parseFormat(body []byte) (f wavFormat, err error) {
	if len(body) < 16 {
		return f, fmt.Errorf("%w: its format chunk is too short", ErrFormat)
	}
	f = wavFormat{
		tag:      int(binary.LittleEndian.Uint16(body)),
		channels: int(binary.LittleEndian.Uint16(body[2:])),
		rate:     int(binary.LittleEndian.Uint32(body[4:])),
		bits:     int(binary.LittleEndian.Uint16(body[14:])),
	}
	if f.tag == tagExtensible && len(body) >= 26 {
		f.tag = int(binary.LittleEndian.Uint16(body[24:]))
	}
	return f, f.validate()
}

// validate says whether this can be decoded.
func (f wavFormat) validate() error {
	bits := map[int][]int{tagPCM: {16, 24, 32}, tagMuLaw: {8}, tagALaw: {8}}[f.tag]
	switch {
	case !slices.Contains(bits, f.bits):
		return fmt.Errorf("%w: %s of %d bits, but only PCM of 16, 24 or 32 bits, mu-law and A-law", ErrFormat, tagName(f.tag), f.bits)
	case f.channels != 1 && f.channels != 2:
		return fmt.Errorf("%w: %d channels, but only mono and stereo", ErrFormat, f.channels)
	case !slices.Contains(wavRates, f.rate):
		return fmt.Errorf("%w: %d samples a second, but only one of %v", ErrFormat, f.rate, wavRates)
	}
	return nil
}

func tagName(tag int) string {
	switch tag {
	case tagPCM:
		return "PCM"
	case tagMuLaw:
		return "mu-law"
	case tagALaw:
		return "A-law"
	}
	return fmt.Sprintf("format %d", tag)
}

// mono decodes the sound and takes the mean of its channels.
func mono(f wavFormat, sound []byte, frames int) []int16 {
	all := make([]int16, frames*f.channels)
	switch f.tag {
	case tagMuLaw:
		codec.Decode(media.PCMU, all, sound)
	case tagALaw:
		codec.Decode(media.PCMA, all, sound)
	default:
		width := f.bits / 8
		for i := range all { // of longer samples the upper 16 bits
			all[i] = int16(binary.LittleEndian.Uint16(sound[(i+1)*width-2:]))
		}
	}
	if f.channels == 1 {
		return all
	}
	for i := range frames {
		all[i] = int16((int(all[2*i]) + int(all[2*i+1])) >> 1)
	}
	return all[:frames]
}
