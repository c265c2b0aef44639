package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/zaf/g711"

	"partyline/control/attendant/voice"
)

// decodeWAV reads what an engine made: 16-bit mono at any rate. A length that is not known yet when a stream begins stands
// for all that comes.
func decodeWAV(b []byte) (pcm []int16, rate int, err error) {
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, errors.New("the engine made no WAV")
	}
	for b = b[12:]; len(b) >= 8; {
		id, size := string(b[:4]), int(min(uint64(binary.LittleEndian.Uint32(b[4:])), uint64(len(b)-8)))
		chunk := b[8 : 8+size]
		switch {
		case id == "fmt " && size >= 16:
			tag, channels, bits := binary.LittleEndian.Uint16(chunk), binary.LittleEndian.Uint16(chunk[2:]), binary.LittleEndian.Uint16(chunk[14:])
			if tag != 1 || channels != 1 || bits != 16 {
				return nil, 0, fmt.Errorf("the engine made format %d with %d channels of %d bits", tag, channels, bits)
			}
			rate = int(binary.LittleEndian.Uint32(chunk[4:]))
			if rate < voice.Rate || rate > 48_000 {
				return nil, 0, fmt.Errorf("the engine made %d samples a second", rate)
			}
		case id == "data" && rate > 0:
			pcm = make([]int16, size/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(chunk[2*i:]))
			}
			return pcm, rate, nil
		}
		b = b[min(8+size+size%2, len(b)):]
	}
	return nil, 0, errors.New("the engine's WAV has no samples")
}

// encodeWAV makes a mono mu-law file (RFC 2361, format 7) that says what is spoken in it, and by which voice.
func encodeWAV(pcm []int16, text, speaker string) []byte {
	format := binary.LittleEndian.AppendUint16(nil, 7)
	format = binary.LittleEndian.AppendUint16(format, 1) // channel
	format = binary.LittleEndian.AppendUint32(format, voice.Rate)
	format = binary.LittleEndian.AppendUint32(format, voice.Rate) // bytes a second
	format = binary.LittleEndian.AppendUint16(format, 1)          // bytes a sample
	format = binary.LittleEndian.AppendUint16(format, 8)          // bits a sample
	format = binary.LittleEndian.AppendUint16(format, 0)          // nothing more
	data := make([]byte, len(pcm))
	for i, v := range pcm {
		data[i] = g711.EncodeUlawFrame(v)
	}
	body := []byte("WAVE")
	body = appendChunk(body, "fmt ", format)
	body = appendChunk(body, "fact", binary.LittleEndian.AppendUint32(nil, uint32(len(pcm))))
	info := appendChunk([]byte("INFO"), voice.TextChunk, append([]byte(text), 0))
	body = appendChunk(body, "LIST", appendChunk(info, voice.VoiceChunk, append([]byte(speaker), 0)))
	body = appendChunk(body, "data", data)
	return appendChunk(nil, "RIFF", body)
}

func appendChunk(b []byte, id string, content []byte) []byte {
	b = append(b, id...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(content)))
	b = append(b, content...)
	if len(content)%2 == 1 {
		b = append(b, 0)
	}
	return b
}
