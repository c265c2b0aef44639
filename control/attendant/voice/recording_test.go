package voice

import (
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestEveryTextIsRecorded compares the catalogues with the recordings, both ways, by name and by what is spoken in them.
func TestEveryTextIsRecorded(t *testing.T) {
	t.Parallel()
	for _, lang := range open(t, "").Languages() {
		lines, err := Script(builtIn, lang)
		if err != nil {
			t.Fatal(err)
		}
		texts := make(map[string]string, len(lines))
		for _, line := range lines {
			texts[string(line.ID)] = line.Text
		}
		files, err := fs.Glob(builtIn, lang+"/*.wav")
		if err != nil || len(files) != len(texts) {
			t.Errorf("%s: %d recordings of %d texts (%v)", lang, len(files), len(texts), err)
		}
		for _, file := range files {
			wav, err := fs.ReadFile(builtIn, file)
			if err != nil {
				t.Fatal(err)
			}
			id := strings.TrimSuffix(path.Base(file), ".wav")
			if text, ok := texts[id]; !ok || text != Info(wav, TextChunk) {
				t.Errorf("%s says %q, want %q: run control/attendant/voice/record", file, Info(wav, TextChunk), text)
			}
			delete(texts, id)
		}
		for id, text := range texts {
			t.Errorf("%s/%s (%q) has no recording: run control/attendant/voice/record", lang, id, text)
		}
	}
}

// TestEveryLanguageIsComplete: a language that is built in has every phrase of the English one, with all that it says.
func TestEveryLanguageIsComplete(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	for lang, tongue := range l.languages {
		for id, english := range l.english.catalogue.phrases {
			f := tongue.catalogue.phrases[id]
			if f == nil {
				t.Errorf("%s lacks the phrase %s", lang, id)
				continue
			}
			said := f.gaps()
			if f.plural() {
				said = append(said, gapNumber)
			}
			for _, gap := range english.gaps() {
				if !slices.Contains(said, gap) {
					t.Errorf("%s: %s does not say {%s}", lang, id, gap)
				}
			}
		}
	}
}

// TestRecordingsAreSane checks length against text, level, peaks and that nothing is cut off hard.
func TestRecordingsAreSane(t *testing.T) {
	t.Parallel()
	for lang, tongue := range open(t, "").languages {
		total := 0
		for id, pcm := range tongue.recordings {
			total += len(pcm)
			checkRecording(t, lang+"/"+string(id), tongue.pieces[id].text, pcm)
		}
		if total > 5<<20 {
			t.Errorf("the recordings of %s have %d bytes, want at most 5 MiB", lang, total)
		}
	}
}

func checkRecording(t *testing.T, name, text string, pcm []int16) {
	t.Helper()
	seconds := float64(len(pcm)) / Rate
	if least, most := 0.1+0.02*float64(len(text)), 0.6+0.1*float64(len(text)); seconds < least || seconds > most {
		t.Errorf("%s takes %.2f s, want %.2f to %.2f for %q", name, seconds, least, most, text)
	}
	if level := activeLevel(pcm); math.Abs(level+20) > 1 {
		t.Errorf("%s: speech level %.1f dBov, want about -20", name, level)
	}
	if dc := mean(pcm); math.Abs(dc) > 100 {
		t.Errorf("%s: offset %.0f", name, dc)
	}
	for _, edge := range [][]int16{pcm[:40], pcm[len(pcm)-40:]} {
		if peak := peak(edge); peak > 1500 {
			t.Errorf("%s begins or ends with a click of %d", name, peak)
		}
	}
	if peak(pcm) >= 32000 {
		t.Errorf("%s is clipped", name)
	}
}

// activeLevel is the level of the 20 ms frames that are within 25 dB of the loudest.
func activeLevel(pcm []int16) float64 {
	var powers []float64
	for frame := range slices.Chunk(pcm, 160) {
		sum := 0.0
		for _, v := range frame {
			sum += float64(v) * float64(v)
		}
		powers = append(powers, sum/float64(len(frame)))
	}
	floor, sum, n := slices.Max(powers)/316, 0.0, 0.0
	for _, p := range powers {
		if p > floor {
			sum += p
			n++
		}
	}
	return 10 * math.Log10(sum/n/(32768*32768))
}

func mean(pcm []int16) float64 {
	sum := 0
	for _, v := range pcm {
		sum += int(v)
	}
	return float64(sum) / float64(len(pcm))
}

func peak(pcm []int16) (p int) {
	for _, v := range pcm {
		p = max(p, int(v), -int(v))
	}
	return p
}
