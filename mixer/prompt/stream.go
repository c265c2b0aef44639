package prompt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxPreamble bounds what may come before the sound of a WAV file that is read as it comes.
const maxPreamble = 64 << 10

// CopyWAV reads a WAV file as it comes, of the kinds that [DecodeWAV] takes, and gives what it has got in mono at 8 kHz to
// emit, piece by piece. It reads no more than so many seconds of sound.
func CopyWAV(r io.Reader, seconds int, emit func([]int16)) error {
	format, size, err := readPreamble(r)
	if err != nil {
		return err
	}
	known := size != 0 && size < unknownSize
	if known {
		r = io.LimitReader(r, size)
	}
	got, err := copySound(r, format, seconds, emit)
	switch {
	case err != nil:
		return err
	case known && got < size:
		return fmt.Errorf("%w: it is cut short (%d of %d bytes of sound)", ErrFormat, got, size)
	}
	return nil
}

// CopyPCM does the same with mono samples of 16 bits, little endian, that have no header.
func CopyPCM(r io.Reader, rate, seconds int, emit func([]int16)) error {
	f := wavFormat{tag: tagPCM, channels: 1, bits: 16, rate: rate}
	if err := f.validate(); err != nil {
		return err
	}
	_, err := copySound(r, f, seconds, emit)
	return err
}

// readPreamble reads up to the sound.
func readPreamble(r io.Reader) (format wavFormat, size int64, err error) {
	var riff [12]byte
	if _, err := io.ReadFull(r, riff[:]); err != nil {
		return format, 0, cutShort(err)
	}
	if string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return format, 0, fmt.Errorf("%w: it does not begin with RIFF and WAVE", ErrFormat)
	}
	known, left := false, int64(maxPreamble)
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return format, 0, cutShort(err)
		}
		id, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		switch {
		case id == "data" && !known:
			return format, 0, fmt.Errorf("%w: the sound comes before its format", ErrFormat)
		case id == "data":
			return format, size, nil
		}
		if left -= 8 + size + size%2; left < 0 {
			return format, 0, fmt.Errorf("%w: there is no sound in its first %d bytes", ErrFormat, maxPreamble)
		}
		body := make([]byte, size+size%2)
		if _, err := io.ReadFull(r, body); err != nil {
			return format, 0, cutShort(err)
		}
		if id == "fmt " {
			if format, err = parseFormat(body[:size]); err != nil {
				return format, 0, err
			}
			known = true
		}
	}
}

// cutShort is the error of a reader; that nothing more comes is one of the file.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends before its sound", ErrFormat)
	}
	return err
}

// copySound decodes what comes and says how many bytes that were.
func copySound(r io.Reader, f wavFormat, seconds int, emit func([]int16)) (got int64, err error) {
	width := f.channels * f.bits / 8
	most := int64(seconds) * int64(f.rate) * int64(width)
	convert := newConverter(f.rate)
	buf, have := make([]byte, 2048*width), 0
	for {
		n, err := r.Read(buf[have:])
		have, got = have+n, got+int64(n)
		if got > most {
			return got, fmt.Errorf("%w: more than %d seconds", ErrTooLong, seconds)
		}
		if frames := have / width; frames > 0 {
			put(emit, convert.push(mono(f, buf[:frames*width], frames)))
			have = copy(buf, buf[frames*width:have])
		}
		if errors.Is(err, io.EOF) {
			put(emit, convert.end())
			return got, nil
		}
		if err != nil {
			return got, err
		}
	}
}

func put(emit func([]int16), pcm []int16) {
	if len(pcm) > 0 {
		emit(pcm)
	}
}

// converter is a resampler, or nothing where the rate is right already.
type converter interface {
	push(pcm []int16) []int16
	end() []int16
}

func newConverter(rate int) converter {
	if rate == Rate {
		return same{}
	}
	return newResampler(rate)
}

type same struct{}

func (same) push(pcm []int16) []int16 { return pcm }
func (same) end() []int16             { return nil }
