package dtmf_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/mixer/codec"
	"partyline/mixer/dtmf"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// TestTalkOff lets people talk: no key may be found in it. The recordings are those in the folders that PARTYLINE_SPEECH
// names, separated by colons; .ci/long has two hours of them. What no program is needed for is in cmd/internal/demo.
func TestTalkOff(t *testing.T) {
	folders := os.Getenv("PARTYLINE_SPEECH")
	if folders == "" {
		t.Skip("PARTYLINE_SPEECH names no folders with recordings")
	}
	for folder := range strings.SplitSeq(folders, ":") {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			var all talk
			walk := func(path string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() || filepath.Ext(path) != ".wav" {
					return err
				}
				pcm := readWAV(t, path)
				for _, speed := range []float64{0.9, 1, 1.1} {
					for _, law := range []media.Codec{media.PCMU, media.PCMA} {
						if keys := all.listen(faster(pcm, speed), law); keys != "" {
							t.Errorf("%s, at %v times its speed, %s: %q", path, speed, law, keys)
						}
					}
				}
				return nil
			}
			if err := filepath.WalkDir(folder, walk); err != nil {
				t.Fatal(err)
			}
			if all.frames == 0 {
				t.Fatal("there is no recording")
			}
			t.Log(all.String())
		})
	}
}

func readWAV(t *testing.T, path string) []int16 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	pcm, err := prompt.DecodeWAV(f, prompt.Limits{Seconds: 3600, Bytes: 1 << 30})
	if err != nil {
		t.Logf("%s: %v", path, err) // some of them are empty
	}
	return pcm
}

// faster plays a recording at another speed, and so at another pitch.
func faster(pcm []int16, speed float64) []int16 {
	if speed == 1 || len(pcm) == 0 {
		return pcm
	}
	out := make([]int16, int(float64(len(pcm)-1)/speed))
	for i := range out {
		at := float64(i) * speed
		n := int(at)
		a, b := float64(pcm[n]), float64(pcm[min(n+1, len(pcm)-1)])
		out[i] = int16(a + (b-a)*(at-float64(n)))
	}
	return out
}

// talk counts what a detector made of speech.
type talk struct {
	frames, muted, hits int
}

// listen says which keys are found in a recording.
func (a *talk) listen(pcm []int16, law media.Codec) string {
	var d dtmf.Detector
	var keys strings.Builder
	coded, frame := make([]byte, 160), make([]int16, 160)
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		codec.Encode(law, coded, pcm[:160])
		codec.Decode(law, frame, coded)
		if key, ok := d.Frame(frame, false); ok {
			keys.WriteByte(key)
		}
		a.frames++
		if d.Heard() {
			a.muted++
		}
	}
	a.hits += keys.Len()
	return keys.String()
}

func (a *talk) String() string {
	long := time.Duration(a.frames) * 20 * time.Millisecond
	return fmt.Sprintf("%v of speech: %d false keys (%.4f a minute), %d frames kept from others (%.3f a minute)",
		long.Round(time.Second), a.hits, float64(a.hits)/long.Minutes(), a.muted, float64(a.muted)/long.Minutes())
}
