package bridge_test

import (
	"fmt"
	"testing"

	"partyline/mixer/audiotest"
	"partyline/mixer/bridge"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// BenchmarkMix is one tick of a room in which three talk and all others send silence: everything is decoded, mixed,
// and encoded, once for those who share a frame and once for each who does not.
func BenchmarkMix(b *testing.B) {
	for _, c := range []struct {
		name  string
		codec media.Codec
	}{{"PCMU", media.PCMU}, {"PCMA", media.PCMA}} {
		for _, legs := range []int{3, 10, 100, 300} {
			b.Run(fmt.Sprintf("codec=%s/legs=%d", c.name, legs), func(b *testing.B) {
				benchmarkMix(b, c.codec, legs)
			})
		}
	}
}

func benchmarkMix(b *testing.B, c media.Codec, legs int) {
	room := bridge.New(rate)
	ports, pcm := make([]bridge.Port, legs), make([][frame]int16, legs)
	voice, rest := make([]byte, frame), make([]byte, frame)
	codec.Encode(c, voice, audiotest.Tone(400, 12000, rate, frame, 0))
	codec.Encode(c, rest, make([]int16, frame))
	for i := range ports {
		room.Join(&ports[i])
	}
	var out [frame]int16
	var encoded [frame]byte
	b.ReportAllocs()
	for b.Loop() {
		for i := range ports {
			payload := rest
			if i < 3 {
				payload = voice
			}
			codec.Decode(c, pcm[i][:], payload)
			ports[i].Put(pcm[i][:])
		}
		room.Mix()
		shared, _ := room.Shared()
		codec.Encode(c, encoded[:], shared)
		for i := range ports {
			if !ports[i].Out(out[:]) {
				codec.Encode(c, encoded[:], out[:])
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(legs), "ns/leg")
}
