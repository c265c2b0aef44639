package voice

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var testSounds = map[Phrase][]int16{Arrival: {1, 2, 3}}

// plainly is the library without an operator's folder, opened once.
var plainly = sync.OnceValues(func() (*Library, error) { return Open("", testSounds) })

func open(t testing.TB, dir string) *Library {
	t.Helper()
	l, err := plainly()
	if dir != "" {
		l, err = Open(dir, testSounds)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// pcmOf puts the parts together.
func pcmOf(l *Library, lang string, phrases ...Phrase) ([]int16, error) {
	parts, err := l.Parts(lang, phrases...)
	return joined(parts), err
}

func TestParts(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	recorded := l.languages[English].recordings
	sentence, err := pcmOf(l, English, Phrase("now_in_room").Room(7, ""))
	if err != nil {
		t.Fatal(err)
	}
	pause := silence[:samples(pauseSentence)]
	if !slices.Equal(sentence, slices.Concat(recorded["now_in_room.1"], recorded["room.numbered.1"], recorded["n7"], pause)) {
		t.Error("a sentence is not its parts")
	}
	goodbye, err := pcmOf(l, "xx", "goodbye")
	if err != nil || !slices.Equal(goodbye, slices.Concat(recorded["goodbye"], pause)) {
		t.Errorf("an unknown language: %d samples (%v)", len(goodbye), err)
	}
	if tone, err := pcmOf(l, English, Arrival); err != nil || !slices.Equal(tone, []int16{1, 2, 3}) {
		t.Errorf("a sound: %v %v", tone, err)
	}
	if tone, err := pcmOf(l, English, Departure); err != nil || len(tone) != 0 {
		t.Errorf("a sound that is not there: %v %v", tone, err)
	}
	if said, err := pcmOf(l, English, "nonsense", "goodbye"); err == nil || !slices.Equal(said, goodbye) {
		t.Errorf("nonsense (%v) and %d samples", err, len(said))
	}
}

func TestHas(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	for _, p := range []Phrase{"goodbye", Arrival, Number(3), Phrase("now_in_room").Room(3, "Blue"), Phrase("time_left").Time(time.Minute)} {
		if !l.Has(p) {
			t.Errorf("%s cannot be said", p)
		}
	}
	for _, p := range []Phrase{
		"", "nonsense", "now_in_room", "now_in_room?room=x", "time_left?time=-1", "n7", "number", "number?n=x", "number?n=-1",
		"number?n=1000000", "number?n=99999999999999999999", "number?%zz", "others", "to_mute", "to_mute?keys=A", "to_mute?keys=",
	} {
		if l.Has(p) {
			t.Errorf("%s can be said", p)
		}
	}
}

// TestGapParts has what somebody else has to make sound of.
func TestGapParts(t *testing.T) {
	t.Parallel()
	l := open(t, "")
	r := l.languages[English].recordings
	room7 := slices.Concat(r["room.numbered.1"], r["n7"])
	for name, c := range map[string]struct {
		phrase Phrase
		want   Part
	}{
		"a room by name":                    {Phrase("asks_for_help").Room(7, "Blue"), Part{Text: "Blue", PCM: room7}},
		"the main room":                     {Phrase("asks_for_help").Room(0, ""), Part{PCM: r["room.main"]}},
		"a room whose name is its number":   {Phrase("asks_for_help").Room(7, "Room 7"), Part{PCM: r["room.numbered.1"]}},
		"a room with the name of another's": {Phrase("asks_for_help").Room(7, "Room 8"), Part{Text: "Room 8", PCM: room7}},
	} {
		parts, err := l.Parts(English, c.phrase)
		if err != nil || len(parts) == 0 || parts[0].Text != c.want.Text || parts[0].Audio != c.want.Audio || !slices.Equal(parts[0].PCM, c.want.PCM) {
			t.Errorf("%s: %d parts (%v)", name, len(parts), err)
		}
	}
}

func TestOperatorsFolder(t *testing.T) {
	t.Parallel()
	mine := wav(1, 1, Rate, 16, []byte{1, 0, 2, 0})
	l := open(t, folder(t, "en/n7.wav", string(mine)))
	if pcm, err := pcmOf(l, English, Number(107)); err != nil || !slices.Equal(pcm[len(pcm)-2:], []int16{1, 2}) {
		t.Errorf("the operator's recording is not used: %v", err)
	}
	l = open(t, folder(t, "en-GB/n7.wav", string(mine)))
	if pcm, err := pcmOf(l, "en-GB", Number(7)); err != nil || len(pcm) != 2 {
		t.Errorf("the operator's language is not used: %v", err)
	}
	if pcm, err := pcmOf(l, "en-GB", Number(8)); err != nil || len(pcm) < 1000 {
		t.Errorf("what it is a kind of does not stand in: %v", err)
	}
	for name, c := range map[string]struct{ file, content, want string }{
		"an unknown phrase":     {"en/n7000.wav", string(mine), `en: n7000.wav: the catalogue has no text "n7000"`},
		"no WAV":                {"en/n7.wav", "hello", "not a WAV file"},
		"stereo":                {"en/n7.wav", string(wav(1, 2, Rate, 16, make([]byte, 8))), "must be mono at 8000 Hz"},
		"too long":              {"en/n7.wav", string(wav(wavULaw, 1, Rate, 8, make([]byte, 31*Rate))), "longer than 30 s"},
		"too large":             {"en/n7.wav", string(make([]byte, 5*maxRecording)), "too large"},
		"no language":           {"Deutsch/n7.wav", string(mine), "no language tag"},
		"no catalogue":          {"fr/n7.wav", string(mine), "numbers: whole is 0"},
		"too large a catalogue": {"en/catalogue.yaml", strings.Repeat("# x\n", maxCatalogue), "larger than"},
		"no YAML":               {"en/catalogue.yaml", "phrases: [", "catalogue.yaml"},
		"an unknown field":      {"en/catalogue.yaml", "phrase: {goodbye: x}", `unknown field "phrase"`},
	} {
		if _, err := Open(folder(t, c.file, c.content), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "nowhere"), nil); err == nil {
		t.Error("a folder that is not there is opened")
	}
}

// TestOperatorsTexts: a text without recordings is spoken, and English where that cannot be done.
func TestOperatorsTexts(t *testing.T) {
	t.Parallel()
	builtIn := open(t, "")
	l := open(t, folder(t, "en/catalogue.yaml", "phrases: {now_in_room: 'Off you go to {room}!'}"))
	english, err := pcmOf(builtIn, English, Phrase("now_in_room").Room(7, ""))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := l.Parts(English, Phrase("now_in_room").Room(7, ""))
	if err != nil || len(parts) != 1 || parts[0].Text != "Off you go to room seven!" || !slices.Equal(parts[0].PCM, english) {
		t.Errorf("%d parts (%v)", len(parts), err)
	}
	goodbye, err := l.Parts(English, "goodbye")
	if err != nil || goodbye[0].Text != "" {
		t.Errorf("another phrase is not as it was: %v %v", goodbye[0].Text, err)
	}
}

// folder makes a folder with one file.
func folder(t testing.TB, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPhrase(t *testing.T) {
	t.Parallel()
	p := Phrase("in_room").Room(5, "Blue & co").N(3)
	if p != "in_room?room=5&room_name=Blue+%26+co&n=3" || p.ID() != "in_room" || p.gaps().Get(gapRoomName) != "Blue & co" {
		t.Errorf("%q: id %q, gaps %v", p, p.ID(), p.gaps())
	}
	if got := Phrase("time_left").Time(89600 * time.Millisecond); got != "time_left?time=90" {
		t.Errorf("a time: %q", got)
	}
}
