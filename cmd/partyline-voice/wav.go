package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

const headerSize = 44

// readWAV reads what Piper writes: a header of 44 bytes and mono samples of 16 bits.
func readWAV(r io.Reader) (pcm []int16, rate int, err error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, 0, err
	}
	rate = int(binary.LittleEndian.Uint32(h[24:]))
	channels, bits, size := binary.LittleEndian.Uint16(h[22:]), binary.LittleEndian.Uint16(h[34:]), int(binary.LittleEndian.Uint32(h[40:]))
	if string(h[:4]) != "RIFF" || string(h[36:40]) != "data" || channels != 1 || bits != 16 || rate < 8000 || rate > 48000 || size > maxPieceSeconds*2*rate {
		return nil, 0, fmt.Errorf("sound in an unexpected form: % x", h)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, 0, err
	}
	pcm = make([]int16, size/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm, rate, nil
}

// endless stands for a size that is not known yet.
const endless = math.MaxUint32

// header is a WAV header for so many bytes of sound.
func header(rate int, size uint32) []byte {
	whole := uint32(endless)
	if size != endless {
		whole = size + headerSize - 8
	}
	h := append(make([]byte, 0, headerSize), "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, whole)
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1) // PCM
	h = binary.LittleEndian.AppendUint16(h, 1) // mono
	h = binary.LittleEndian.AppendUint32(h, uint32(rate))
	h = binary.LittleEndian.AppendUint32(h, uint32(2*rate))
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	return binary.LittleEndian.AppendUint32(h, size)
}

func littleEndian(pcm []int16) []byte {
	b := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}
