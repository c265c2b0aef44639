// Package golden compares audio with what was recorded as right in testdata. "go test -update" records it anew. Only
// tests import it.
package golden

import (
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "record the golden files anew")

// rate of the recordings.
const rate = 8000

// Check compares pcm with testdata/NAME.golden, sample by sample. What differs is left as a WAV file in the test's
// artifact directory.
func Check(t *testing.T, name string, pcm []int16) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	got := encode(pcm)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -update records it)", err)
	}
	if slices.Equal(got, want) {
		return
	}
	wav := filepath.Join(t.ArtifactDir(), name+".wav")
	if err := os.WriteFile(wav, append(header(len(got)), got...), 0o644); err != nil {
		t.Error(err)
	}
	t.Errorf("%s differs from sample %d on; what came out is in %s", path, firstDifference(got, want)/2, wav)
}

func encode(pcm []int16) []byte {
	data := make([]byte, 0, 2*len(pcm))
	for _, s := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(s))
	}
	return data
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// header is that of a WAV file of 16-bit mono samples.
func header(octets int) []byte {
	h := []byte("RIFF")
	h = binary.LittleEndian.AppendUint32(h, uint32(36+octets))
	h = append(h, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	h = binary.LittleEndian.AppendUint32(h, rate)
	h = binary.LittleEndian.AppendUint32(h, 2*rate)
	h = append(h, "\x02\x00\x10\x00data"...)
	return binary.LittleEndian.AppendUint32(h, uint32(octets))
}
