package voice

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func open(t *testing.T, dir string) *Library {
	t.Helper()
	l, err := Open(dir, map[Phrase][]int16{Arrival: {1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestEveryPhraseIsRecorded compares the catalogue with the recordings, both ways.
func TestEveryPhraseIsRecorded(t *testing.T) {
	t.Parallel()
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(builtIn, "en/*")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []Phrase
	for _, file := range files {
		recorded = append(recorded, Phrase(strings.TrimSuffix(filepath.Base(file), ".wav")))
	}
	for _, id := range c.ids() {
		if !slices.Contains(recorded, id) {
			t.Errorf("%s has no recording: run control/attendant/voice/record", id)
		}
	}
	for _, id := range recorded {
		if _, ok := c.Phrases[id]; !ok {
			t.Errorf("recording %s is of no phrase", id)
		}
	}
}

// TestRecordingsAreSane checks length against text, level, peaks and that nothing is cut off hard.
func TestRecordingsAreSane(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	total := 0
	for id, pcm := range l.recordings[English] {
		total += len(pcm)
		text := l.catalogue.Phrases[id]
		seconds := float64(len(pcm)) / Rate
		if least, most := 0.12+0.02*float64(len(text)), 0.6+0.1*float64(len(text)); seconds < least || seconds > most {
			t.Errorf("%s takes %.2f s, want %.2f to %.2f for %q", id, seconds, least, most, text)
		}
		if level := activeLevel(pcm); math.Abs(level+20) > 1 {
			t.Errorf("%s: speech level %.1f dBov, want about -20", id, level)
		}
		if dc := mean(pcm); math.Abs(dc) > 100 {
			t.Errorf("%s: offset %.0f", id, dc)
		}
		for _, edge := range [][]int16{pcm[:40], pcm[len(pcm)-40:]} {
			if peak := peak(edge); peak > 1500 {
				t.Errorf("%s begins or ends with a click of %d", id, peak)
			}
		}
		if peak(pcm) >= 32000 {
			t.Errorf("%s is clipped", id)
		}
	}
	if total > 2<<20 {
		t.Errorf("the recordings have %d bytes, want at most 2 MiB", total)
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

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		0: "n0", 1: "n1", 13: "n13", 20: "n20", 21: "n20 n1", 30: "n30", 99: "n90 n9", 100: "n1 hundred",
		101: "n1 hundred n1", 115: "n1 hundred n15", 250: "n2 hundred n50", 300: "n3 hundred", 999: "n9 hundred n90 n9",
		1000: "n1 thousand", 1500: "n1 thousand n5 hundred", 21_013: "n20 n1 thousand n13", -4: "n0",
		MaxNumber: "n9 hundred n90 n9 thousand n9 hundred n90 n9", MaxNumber + 5: "n9 hundred n90 n9 thousand n9 hundred n90 n9",
	} {
		n2, ok := Number(n).number()
		if !ok {
			t.Fatalf("%q is no number", Number(n))
		}
		var got []string
		for _, part := range numberParts(n2) {
			got = append(got, string(part))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d is said %q, want %q", n, got, want)
		}
	}
	for _, p := range []Phrase{"n7", "number", "number?n=x", "number?n=-1", "number?n=1000000", "number?n=99999999999999999999", "number?%zz"} {
		if n, ok := p.number(); ok {
			t.Errorf("%q is the number %d", p, n)
		}
	}
}

// TestAllNumbersCanBeSaid says every number that a room or a count of a meeting may have.
func TestAllNumbersCanBeSaid(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	for n := range 1501 {
		pcm, err := pcmOf(l, English, Number(n))
		if err != nil {
			t.Fatal(err)
		}
		if len(pcm) < Rate/5 {
			t.Errorf("%d takes %d samples", n, len(pcm))
		}
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	sentence, err := pcmOf(l, English, "now_in_room", Number(7))
	if err != nil {
		t.Fatal(err)
	}
	begin, seven := l.recordings[English]["now_in_room"], l.recordings[English]["n7"]
	if !slices.Equal(sentence, slices.Concat(begin, seven)) {
		t.Error("a sentence is not its parts")
	}
	goodbye, err := pcmOf(l, "xx", "goodbye")
	if err != nil || !slices.Equal(goodbye, l.recordings[English]["goodbye"]) {
		t.Errorf("an unknown language: %d samples (%v)", len(goodbye), err)
	}
	pause := goodbye[len(goodbye)-samples(pauseSentence):]
	if slices.ContainsFunc(pause, func(s int16) bool { return s != 0 }) {
		t.Error("no pause after a sentence")
	}
	if tone, err := pcmOf(l, English, Arrival); err != nil || !slices.Equal(tone, []int16{1, 2, 3}) {
		t.Errorf("a sound: %v %v", tone, err)
	}
	if tone, err := pcmOf(l, English, Departure); err != nil || len(tone) != 0 {
		t.Errorf("a sound that is not there: %v %v", tone, err)
	}
	if _, err := pcmOf(l, English, "nonsense"); err == nil {
		t.Error("nonsense can be said")
	}
	if l.Has("nonsense") || !l.Has("goodbye") || !l.Has(Arrival) || !l.Has(Number(3)) {
		t.Error("Has is wrong")
	}
}

func TestOperatorsFolder(t *testing.T) {
	t.Parallel()
	write := func(t *testing.T, name string, content []byte) string {
		t.Helper()
		dir := t.TempDir()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	mine := wav(1, 1, Rate, 16, []byte{1, 0, 2, 0})
	l := open(t, write(t, "en/n7.wav", mine))
	if pcm, err := pcmOf(l, English, Number(27)); err != nil || !slices.Equal(pcm[len(pcm)-2:], []int16{1, 2}) {
		t.Errorf("the operator's recording is not used: %v", err)
	}
	l = open(t, write(t, "de/n7.wav", mine))
	if pcm, err := pcmOf(l, "de", Number(7)); err != nil || len(pcm) != 2 {
		t.Errorf("the operator's language is not used: %v", err)
	}
	if pcm, err := pcmOf(l, "de", Number(8)); err != nil || len(pcm) < 1000 {
		t.Errorf("English does not stand in: %v", err)
	}
	for name, c := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"an unknown phrase": {"en/n7000.wav", mine, `no phrase "n7000"`},
		"no WAV":            {"en/n7.wav", []byte("hello"), "not a WAV file"},
		"stereo":            {"en/n7.wav", wav(1, 2, Rate, 16, make([]byte, 8)), "must be mono at 8000 Hz"},
		"too long":          {"en/n7.wav", wav(wavULaw, 1, Rate, 8, make([]byte, 31*Rate)), "longer than 30 s"},
		"too large":         {"en/n7.wav", make([]byte, 5*maxRecording), "too large"},
	} {
		if _, err := Open(write(t, c.file, c.content), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere"), nil); err == nil {
		t.Error("a folder that is not there is opened")
	}
}

// TestPauses keeps fragments together and sentences apart.
func TestPauses(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	for id, want := range map[Phrase]time.Duration{"n7": 0, "in_room": 0, "goodbye": pauseSentence, "time_left": pauseClause} {
		if got := l.catalogue.pause(id); got != samples(want) {
			t.Errorf("%s is followed by %d samples of silence, want %s", id, got, want)
		}
	}
}

// pcmOf puts the parts together.
func pcmOf(l *Library, lang string, phrases ...Phrase) ([]int16, error) {
	parts, err := l.Parts(lang, phrases...)
	var pcm []int16
	for _, part := range parts {
		pcm = append(pcm, part.PCM...)
	}
	return pcm, err
}

func TestGaps(t *testing.T) {
	t.Parallel()
	p := Phrase("in_room").Room(5, "Blue & co").N(3)
	if p != "in_room?room=5&room_name=Blue+%26+co&n=3" || p.ID() != "in_room" || p.gaps().Get(gapRoomName) != "Blue & co" {
		t.Errorf("%q: id %q, gaps %v", p, p.ID(), p.gaps())
	}
	if got := Phrase("time_left").Time(89600 * time.Millisecond); got != "time_left?time=90" {
		t.Errorf("a time: %q", got)
	}
}
