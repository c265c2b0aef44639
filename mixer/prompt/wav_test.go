package prompt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"

	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// wav is a file to be made. Zero values mean PCM of 16 bits, mono, 8 kHz.
type wav struct {
	tag, channels, rate, bits int
	extensible                bool
	before                    string // a chunk before the format
	claim                     int64  // of the data's size, if not the true one
	data                      []byte
}

func (w wav) bytes() []byte {
	orDefault := func(v, def int) int {
		if v == 0 {
			return def
		}
		return v
	}
	tag, channels, rate, bits := orDefault(w.tag, 1), orDefault(w.channels, 1), orDefault(w.rate, 8000), orDefault(w.bits, 16)
	format := binary.LittleEndian.AppendUint16(nil, uint16(tag))
	format = binary.LittleEndian.AppendUint16(format, uint16(channels))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate))
	format = binary.LittleEndian.AppendUint32(format, uint32(rate*channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(channels*bits/8))
	format = binary.LittleEndian.AppendUint16(format, uint16(bits))
	if w.extensible {
		binary.LittleEndian.PutUint16(format, 0xFFFE)
		format = append(format, 22, 0, 16, 0, 4, 0, 0, 0)
		format = binary.LittleEndian.AppendUint16(format, uint16(tag))
		format = append(format, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"...)
	}
	size := w.claim
	if size == 0 {
		size = int64(len(w.data))
	}
	body := []byte("WAVE" + w.before + "fmt ")
	body = append(binary.LittleEndian.AppendUint32(body, uint32(len(format))), format...)
	body = append(body, "data"...)
	body = append(binary.LittleEndian.AppendUint32(body, uint32(size)), w.data...)
	file := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)))
	return append(file, body...)
}

// little is pcm in little-endian octets, every sample as often as there are channels.
func little(pcm []int16, channels int) (data []byte) {
	for _, s := range pcm {
		for range channels {
			data = binary.LittleEndian.AppendUint16(data, uint16(s))
		}
	}
	return data
}

func encoded(c media.Codec, pcm []int16) []byte {
	data := make([]byte, len(pcm))
	codec.Encode(c, data, pcm)
	return data
}

// TestFormats: a second of a 440 Hz tone is a second of a 440 Hz tone, at the same level, whatever the file.
func TestFormats(t *testing.T) {
	t.Parallel()
	tone := func(rate int) []int16 { return audiotest.Tone(440, 10000, rate, rate, 0) }
	for _, tt := range []struct {
		name string
		file wav
	}{
		{"8 kHz", wav{data: little(tone(8000), 1)}},
		{"16 kHz", wav{rate: 16000, data: little(tone(16000), 1)}},
		{"24 kHz", wav{rate: 24000, data: little(tone(24000), 1)}},
		{"32 kHz", wav{rate: 32000, data: little(tone(32000), 1)}},
		{"44.1 kHz", wav{rate: 44100, data: little(tone(44100), 1)}},
		{"48 kHz", wav{rate: 48000, data: little(tone(48000), 1)}},
		{"24 bits", wav{bits: 24, data: widened(tone(8000), 1)}},
		{"32 bits", wav{bits: 32, data: widened(tone(8000), 2)}},
		{"stereo", wav{channels: 2, data: little(tone(8000), 2)}},
		{"stereo at 44.1 kHz", wav{channels: 2, rate: 44100, data: little(tone(44100), 2)}},
		{"mu-law", wav{tag: 7, bits: 8, data: encoded(media.PCMU, tone(8000))}},
		{"A-law", wav{tag: 6, bits: 8, data: encoded(media.PCMA, tone(8000))}},
		{"extensible", wav{extensible: true, data: little(tone(8000), 1)}},
		{"with other chunks", wav{before: "LIST\x03\x00\x00\x00abc\x00", data: little(tone(8000), 1)}},
		{"written to a pipe", wav{claim: 0xFFFFFFFF, data: little(tone(8000), 1)}},
		{"written to a pipe by another program", wav{claim: 0x7FFFFFFF - 36, data: little(tone(8000), 1)}},
		{"half a sample at the end", wav{data: append(little(tone(8000), 1), 7)}},
	} {
		pcm, err := prompt.DecodeWAV(bytes.NewReader(tt.file.bytes()), prompt.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if len(pcm) != 8000 {
			t.Errorf("%s: %d samples", tt.name, len(pcm))
			continue
		}
		want := 20 * math.Log10(10000.0/32767)
		if level := audiotest.Goertzel(pcm, 8000, 440); math.Abs(level-want) > 0.1 {
			t.Errorf("%s: %.2f dBFS, want %.2f", tt.name, level, want)
		}
		if all := audiotest.RMS(pcm[200:7800]); math.Abs(all-want) > 0.15 {
			t.Errorf("%s: %.2f dBFS in all, want %.2f", tt.name, all, want)
		}
	}
}

// TestResampling keeps what a telephone carries and leaves nothing of what it does not.
func TestResampling(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{16000, 24000, 32000, 44100, 48000} {
		for _, tt := range []struct{ hz, alias, from, to float64 }{
			{300, 300, -0.2, 0.2}, {1000, 1000, -0.2, 0.2}, {3300, 3300, -0.5, 0.2},
			{4200, 3800, -200, -50}, {5000, 3000, -200, -60}, {7500, 500, -200, -60},
		} {
			file := wav{rate: rate, data: little(audiotest.Tone(tt.hz, 20000, rate, rate, 0), 1)}
			pcm, err := prompt.DecodeWAV(bytes.NewReader(file.bytes()), prompt.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			level := audiotest.Goertzel(pcm[400:7600], 8000, tt.alias) - 20*math.Log10(20000.0/32767)
			if level < tt.from || level > tt.to {
				t.Errorf("%d Hz: %v Hz comes out as %v Hz at %.1f dB, want %v to %v", rate, tt.hz, tt.alias, level, tt.from, tt.to)
			}
		}
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	good := wav{data: make([]byte, 1000)}.bytes()
	for _, tt := range []struct {
		name   string
		file   []byte
		limits prompt.Limits
		err    error
		says   string
	}{
		{name: "nothing", err: prompt.ErrFormat, says: "RIFF"},
		{name: "text", file: []byte("this is not a recording at all"), err: prompt.ErrFormat, says: "RIFF"},
		{name: "only a header", file: good[:12], err: prompt.ErrFormat, says: "no sound"},
		{name: "no sound", file: wav{}.bytes(), err: prompt.ErrFormat, says: "no sound"},
		{name: "cut short", file: good[:500], err: prompt.ErrFormat, says: "cut short"},
		{name: "short format", file: []byte("RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00\x01\x00"), err: prompt.ErrFormat, says: "too short"},
		{name: "sound before format", file: []byte("RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00\x01\x00"), err: prompt.ErrFormat, says: "before its format"},
		{name: "8 bits", file: wav{bits: 8, data: make([]byte, 100)}.bytes(), err: prompt.ErrFormat, says: "PCM of 8 bits"},
		{name: "12 bits", file: wav{bits: 12, data: make([]byte, 99)}.bytes(), err: prompt.ErrFormat, says: "PCM of 12 bits"},
		{name: "MP3", file: wav{tag: 0x55, data: make([]byte, 100)}.bytes(), err: prompt.ErrFormat, says: "format 85"},
		{name: "no channels", file: wav{channels: 65536, data: make([]byte, 100)}.bytes(), err: prompt.ErrFormat, says: "0 channels"},
		{name: "six channels", file: wav{channels: 6, data: make([]byte, 120)}.bytes(), err: prompt.ErrFormat, says: "6 channels"},
		{name: "22000 Hz", file: wav{rate: 22000, data: make([]byte, 100)}.bytes(), err: prompt.ErrFormat, says: "22000"},
		{name: "too large", file: good, limits: prompt.Limits{Bytes: 999}, err: prompt.ErrTooLong, says: "999 bytes"},
		{name: "too long", file: wav{data: make([]byte, 16002)}.bytes(), limits: prompt.Limits{Seconds: 1}, err: prompt.ErrTooLong, says: "1 seconds"},
	} {
		pcm, err := prompt.DecodeWAV(bytes.NewReader(tt.file), tt.limits)
		if !errors.Is(err, tt.err) || !strings.Contains(err.Error(), tt.says) || pcm != nil {
			t.Errorf("%s: %d samples, %v; want %v with %q", tt.name, len(pcm), err, tt.err, tt.says)
		}
	}
}

// TestReadsNoMoreThanAllowed: an endless upload ends.
func TestReadsNoMoreThanAllowed(t *testing.T) {
	t.Parallel()
	endless := io.MultiReader(bytes.NewReader(wav{}.bytes()), zeros{})
	if _, err := prompt.DecodeWAV(endless, prompt.Limits{Bytes: 100_000}); !errors.Is(err, prompt.ErrTooLong) {
		t.Errorf("%v", err)
	}
	broken := iotest.ErrReader(io.ErrUnexpectedEOF)
	if _, err := prompt.DecodeWAV(broken, prompt.Limits{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// FuzzDecodeWAV: no file makes it panic, or gives more sound than the limit.
func FuzzDecodeWAV(f *testing.F) {
	pcm := audiotest.Tone(440, 10000, 8000, 80, 0)
	for _, w := range []wav{
		{data: little(pcm, 1)},
		{rate: 44100, channels: 2, data: little(pcm, 2)},
		{tag: 7, bits: 8, rate: 48000, data: encoded(media.PCMU, pcm)},
		{extensible: true, claim: 0xFFFFFFFF, before: "LIST\x01\x00\x00\x00a\x00", data: little(pcm, 1)},
	} {
		f.Add(w.bytes())
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, err := prompt.DecodeWAV(bytes.NewReader(file), prompt.Limits{Bytes: 1 << 16, Seconds: 1})
		if err == nil && len(pcm) > 8000 {
			t.Errorf("%d samples", len(pcm))
		}
		if err != nil && pcm != nil {
			t.Errorf("an error and %d samples", len(pcm))
		}
	})
}

// widened writes samples with that many bytes more at their lower end.
func widened(pcm []int16, more int) []byte {
	var b []byte
	for _, s := range pcm {
		b = append(b, bytes.Repeat([]byte{0x5a}, more)...)
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}
