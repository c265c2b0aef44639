package prompt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"testing/iotest"

	"partyline/mixer/prompt"
)

// wavOf is a mono file of 16-bit samples; the header says that there are size bytes of them.
func wavOf(rate int, pcm []int16, size uint32) []byte {
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), 36+size)
	b = append(b, "WAVELIST\x03\x00\x00\x00abc\x00fmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*rate))
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, size)
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func sine(rate, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*700*float64(i)/float64(rate)))
	}
	return pcm
}

// TestCopyWAV: however it comes, it is what DecodeWAV makes of the whole.
func TestCopyWAV(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 11025, 16000, 22050, 24000, 44100, 48000} {
		pcm := sine(rate, rate/2+7)
		whole := wavOf(rate, pcm, uint32(2*len(pcm)))
		want, err := prompt.DecodeWAV(bytes.NewReader(whole), prompt.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{
			"at once":     bytes.NewReader(whole),
			"by bytes":    iotest.OneByteReader(bytes.NewReader(whole)),
			"by halves":   iotest.HalfReader(bytes.NewReader(whole)),
			"size 0":      bytes.NewReader(wavOf(rate, pcm, 0)),
			"size 2 GiB":  bytes.NewReader(wavOf(rate, pcm, 0x7ffff000)),
			"size 4 GiB":  bytes.NewReader(wavOf(rate, pcm, math.MaxUint32)),
			"with a tail": bytes.NewReader(append(slices.Clone(whole), "LIST\x00\x00\x00\x00"...)),
		} {
			var got []int16
			if err := prompt.CopyWAV(r, 10, func(p []int16) { got = append(got, p...) }); err != nil {
				t.Errorf("%d Hz, %s: %v", rate, name, err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d Hz, %s: %d samples, want %d", rate, name, len(got), len(want))
			}
		}
		var got []int16
		if err := prompt.CopyPCM(bytes.NewReader(whole[len(whole)-2*len(pcm):]), rate, 10, func(p []int16) { got = append(got, p...) }); err != nil || !slices.Equal(got, want) {
			t.Errorf("%d Hz without a header: %d samples, %v", rate, len(got), err)
		}
	}
}

func TestCopyWAVRefuses(t *testing.T) {
	t.Parallel()
	good := wavOf(8000, sine(8000, 8000), 16000)
	long := append(append([]byte("RIFF\x00\x00\x00\x00WAVEjunk"), 0xff, 0xff, 0, 0), make([]byte, 70000)...)
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		r    io.Reader
		want error
	}{
		"empty":        {bytes.NewReader(nil), prompt.ErrFormat},
		"text":         {bytes.NewReader([]byte("<html>no sound here</html>")), prompt.ErrFormat},
		"cut header":   {bytes.NewReader(good[:30]), prompt.ErrFormat},
		"cut sound":    {bytes.NewReader(good[:len(good)-2]), prompt.ErrFormat},
		"only junk":    {bytes.NewReader(long), prompt.ErrFormat},
		"huge chunk":   {bytes.NewReader([]byte("RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\xff")), prompt.ErrFormat},
		"no format":    {bytes.NewReader([]byte("RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd")), prompt.ErrFormat},
		"strange rate": {bytes.NewReader(wavOf(12345, []int16{1}, 2)), prompt.ErrFormat},
		"too long":     {bytes.NewReader(wavOf(8000, sine(8000, 17000), 0)), prompt.ErrTooLong},
		"fails":        {io.MultiReader(bytes.NewReader(good[:5000]), iotest.ErrReader(broken)), broken},
	} {
		n := 0
		if err := prompt.CopyWAV(c.r, 2, func(p []int16) { n += len(p) }); !errors.Is(err, c.want) || n > 16000 {
			t.Errorf("%s: %v, %d samples", name, err, n)
		}
	}
	if err := prompt.CopyPCM(bytes.NewReader(good), 12345, 2, func([]int16) {}); !errors.Is(err, prompt.ErrFormat) {
		t.Errorf("PCM of a strange rate: %v", err)
	}
}
