package codec_test

import (
	"testing"

	"github.com/zaf/g711"

	"partyline/mixer/codec"
	"partyline/mixer/media"
)

var laws = []struct {
	name    string
	codec   media.Codec
	silence byte
	encode  func(int16) uint8
	decode  func(uint8) int16
}{
	{"PCMU", media.PCMU, 0xFF, g711.EncodeUlawFrame, g711.DecodeUlawFrame},
	{"PCMA", media.PCMA, 0xD5, g711.EncodeAlawFrame, g711.DecodeAlawFrame},
}

// TestTables compares every sample and every octet with what the tables were made from.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, law := range laws {
		pcm, octets := make([]int16, 1<<16), make([]byte, 1<<16)
		for i := range pcm {
			pcm[i] = int16(uint16(i))
		}
		if n := codec.Encode(law.codec, octets, pcm); n != len(pcm) {
			t.Fatalf("%s: %d octets", law.name, n)
		}
		for i, s := range pcm {
			if want := law.encode(s); octets[i] != want {
				t.Fatalf("%s: %d is encoded as %#x, want %#x", law.name, s, octets[i], want)
			}
		}
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		if n := codec.Decode(law.codec, pcm, all); n != 256 {
			t.Fatalf("%s: %d samples", law.name, n)
		}
		for i := range all {
			if want := law.decode(byte(i)); pcm[i] != want {
				t.Fatalf("%s: %#x is decoded as %d, want %d", law.name, i, pcm[i], want)
			}
		}
	}
}

// TestKnownValues are from G.711's own tables, scaled to 16 bits.
func TestKnownValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		codec media.Codec
		octet byte
		pcm   int16
	}{
		{media.PCMU, 0x80, 32124}, {media.PCMU, 0x00, -32124}, {media.PCMU, 0xFF, 0}, {media.PCMU, 0xFE, 8},
		{media.PCMA, 0xAA, 32256}, {media.PCMA, 0x2A, -32256}, {media.PCMA, 0xD5, 8}, {media.PCMA, 0x55, -8},
	} {
		var pcm [1]int16
		codec.Decode(tt.codec, pcm[:], []byte{tt.octet})
		if pcm[0] != tt.pcm {
			t.Errorf("codec %d: %#x is %d, want %d", tt.codec, tt.octet, pcm[0], tt.pcm)
		}
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	for _, law := range laws {
		if got := codec.Silence(law.codec); got != law.silence {
			t.Errorf("%s: %#x, want %#x", law.name, got, law.silence)
		}
		if got := codec.NewEncoder(law.codec).Silence(); got != law.silence {
			t.Errorf("%s: %#x, want %#x", law.name, got, law.silence)
		}
	}
}

// TestLengths: the shorter side counts.
func TestLengths(t *testing.T) {
	t.Parallel()
	for _, law := range laws {
		d, e := codec.NewDecoder(law.codec), codec.NewEncoder(law.codec)
		for _, tt := range [][3]int{{0, 0, 0}, {0, 5, 0}, {5, 0, 0}, {3, 5, 3}, {5, 3, 3}} {
			if n := d.Decode(make([]int16, tt[0]), make([]byte, tt[1])); n != tt[2] {
				t.Errorf("%s: %d octets to %d samples: %d", law.name, tt[1], tt[0], n)
			}
			if n := e.Encode(make([]byte, tt[0]), make([]int16, tt[1])); n != tt[2] {
				t.Errorf("%s: %d samples to %d octets: %d", law.name, tt[1], tt[0], n)
			}
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	pcm, octets := make([]int16, 160), make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		codec.Decode(media.PCMU, pcm, octets)
	}
}

func BenchmarkEncode(b *testing.B) {
	pcm, octets := make([]int16, 160), make([]byte, 160)
	b.ReportAllocs()
	for b.Loop() {
		codec.Encode(media.PCMU, octets, pcm)
	}
}
