package voice

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// wav makes a file.
func wav(tag, channels uint16, rate uint32, bits uint16, data []byte) []byte {
	b := []byte("RIFF....WAVEfmt ")
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, tag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*uint32(channels)*uint32(bits)/8)
	b = binary.LittleEndian.AppendUint16(b, channels*bits/8)
	b = binary.LittleEndian.AppendUint16(b, bits)
	b = append(b, "LIST\x03\x00\x00\x00abc\x00"...) // an odd chunk and its padding
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(b, data...)
}

func TestDecodeWAV(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want []int16
		err  string
	}{
		"PCM":           {wav(wavPCM, 1, Rate, 16, []byte{0, 1, 255, 255}), []int16{256, -1}, ""},
		"mu-law":        {wav(wavULaw, 1, Rate, 8, []byte{0xFF, 0x00}), []int16{0, -32124}, ""},
		"A-law":         {wav(wavALaw, 1, Rate, 8, []byte{0xD5, 0x55}), []int16{8, -8}, ""},
		"8-bit PCM":     {wav(wavPCM, 1, Rate, 8, []byte{0}), nil, "8-bit samples of format 1"},
		"16 kHz":        {wav(wavPCM, 1, 16000, 16, []byte{0, 0}), nil, "must be mono at 8000 Hz"},
		"cut off":       {wav(wavPCM, 1, Rate, 16, make([]byte, 100))[:80], nil, "cut off"},
		"no data":       {wav(wavPCM, 1, Rate, 16, nil)[:40], nil, "has no samples"},
		"empty":         {nil, nil, "not a WAV file"},
		"data first":    {append([]byte("RIFF....WAVEdata"), 2, 0, 0, 0, 0, 0), nil, "0 channels"},
		"short format":  {append([]byte("RIFF....WAVEfmt "), 2, 0, 0, 0, 0, 0), nil, "too short"},
		"half a sample": {wav(wavPCM, 1, Rate, 16, []byte{1, 0, 9}), []int16{1}, ""},
	} {
		got, err := decodeWAV(c.file)
		switch {
		case c.err == "" && (err != nil || !slices.Equal(got, c.want)):
			t.Errorf("%s: %v (%v), want %v", name, got, err, c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
	}
}

func TestInfo(t *testing.T) {
	t.Parallel()
	file := []byte("RIFF....WAVELIST....INFOICMT\x03\x00\x00\x00Hi\x00\x00IART\x02\x00\x00\x00me")
	for chunk, want := range map[string]string{TextChunk: "Hi", VoiceChunk: "me", "INAM": ""} {
		if got := Info(file, chunk); got != want {
			t.Errorf("%s is %q, want %q", chunk, got, want)
		}
	}
	for i := range file {
		_ = Info(file[:i], VoiceChunk) // which is cut off
	}
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(wav(wavULaw, 1, Rate, 8, []byte{1, 2, 3}))
	f.Add(wav(wavPCM, 1, Rate, 16, []byte{1, 2, 3, 4}))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Info(b, TextChunk)
		if pcm, err := decodeWAV(b); err == nil && len(pcm) > len(b) {
			t.Errorf("%d samples from %d bytes", len(pcm), len(b))
		}
	})
}
