package main

import (
	"encoding/binary"
	"math"
	"math/cmplx"
	"os"
	"path/filepath"
	"testing"
	"time"

	"partyline/cmd/internal/phone"
)

// wavFile is a mono file of 16-bit samples at 8 kHz.
func wavFile(pcm []int16) []byte {
	b := []byte("RIFF")
	b = binary.LittleEndian.AppendUint32(b, uint32(36+2*len(pcm)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, 1) // PCM
	b = binary.LittleEndian.AppendUint16(b, 1) // mono
	b = binary.LittleEndian.AppendUint32(b, phone.Rate)
	b = binary.LittleEndian.AppendUint32(b, 2*phone.Rate)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(pcm)))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

func writeWAV(t *testing.T, path string, pcm []int16) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, wavFile(pcm), 0o644))
}

// tone is d of a sine.
func tone(hz, amplitude float64, d time.Duration) []int16 {
	pcm := make([]int16, samplesIn(d))
	phone.Tone(hz, amplitude).Fill(pcm)
	return pcm
}

func samplesIn(d time.Duration) int { return int(d * phone.Rate / time.Second) }

// toneDB is how loud a tone is in sound, against one that was sent with that amplitude.
func toneDB(sound []int16, hz, amplitude float64) float64 {
	return phone.Analyse(sound).ToneDBFS(hz) - phone.AmplitudeDBFS(amplitude)
}

// bandDB is how loud several tones are together, in a stretch too short to tell them apart.
func bandDB(sound []int16, hz []float64) float64 {
	s := phone.Analyse(sound)
	power := 0.0
	for _, f := range hz {
		power += math.Pow(10, s.ToneDBFS(f)/10)
	}
	return 10 * math.Log10(power+1e-15)
}

// frames are the packets of a recording whose sound from a position on is still kept, each with its sound.
func frames(rec *phone.Recorder, from int64) (packets []phone.Packet, sound [][]int16) {
	for _, p := range rec.Log() {
		if p.Pos < from {
			continue
		}
		if pcm := rec.Range(p.Pos, p.Pos+int64(p.Samples)); pcm != nil {
			packets, sound = append(packets, p), append(sound, pcm)
		}
	}
	return packets, sound
}

// breaks are the packets in which a tone is not what it was in the one before: another level, or a jump of its phase.
func breaks(sound [][]int16, hz, amplitude float64) (at []int) {
	before := complex(0, 0)
	for i, frame := range sound {
		turned := math.Remainder(2*math.Pi*hz*float64(len(frame))/phone.Rate, 2*math.Pi)
		now := phasor(frame, hz) / complex(amplitude, 0)
		level, step := cmplx.Abs(now), 0.0
		if i > 0 {
			step = math.Remainder(cmplx.Phase(now)-cmplx.Phase(before)-turned, 2*math.Pi)
		}
		if level < 0.8 || level > 1.25 || math.Abs(step) > 0.3 {
			at = append(at, i)
		}
		before = now
	}
	return at
}

// phasor is the amplitude and the phase of a tone.
func phasor(sound []int16, hz float64) complex128 {
	sum, weight := complex(0, 0), 0.0
	for i, s := range sound {
		w := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(len(sound)))
		sum += complex(w*float64(s), 0) * cmplx.Exp(complex(0, -2*math.Pi*hz*float64(i)/phone.Rate))
		weight += w
	}
	return sum * complex(2/weight, 0)
}
