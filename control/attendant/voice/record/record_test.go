package main

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"partyline/control/attendant/voice"
)

// tone is speech for tests: so many milliseconds of 500 Hz.
func tone(ms, rate int, amplitude float64) []int16 {
	pcm := make([]int16, ms*rate/1000)
	for i := range pcm {
		pcm[i] = int16(amplitude * math.Sin(2*math.Pi*500*float64(i)/float64(rate)))
	}
	return pcm
}

func TestFinish(t *testing.T) {
	t.Parallel()
	for _, rate := range []int{8000, 16000, 22050, 32000} {
		said := slices.Concat(make([]int16, rate), tone(500, rate, 9000), make([]int16, rate/3))
		pcm, err := finish(speechIn(said, rate))
		if err != nil {
			t.Fatal(err)
		}
		if ms := len(pcm) / 8; ms < 530 || ms > 560 {
			t.Errorf("%d Hz: %d ms are left of 500", rate, ms)
		}
		sum := 0.0
		for _, v := range pcm[800 : len(pcm)-800] {
			sum += float64(v) * float64(v)
		}
		if level := 10 * math.Log10(sum/float64(len(pcm)-1600)/(32768*32768)); math.Abs(level+20) > 0.5 {
			t.Errorf("%d Hz: %.1f dBov", rate, level)
		}
		if pcm[0] != 0 || pcm[len(pcm)-1] != 0 {
			t.Errorf("%d Hz: it begins with %d and ends with %d", rate, pcm[0], pcm[len(pcm)-1])
		}
	}
	for name, said := range map[string][]int16{"nothing": nil, "silence": make([]int16, 8000), "a click": {0, 30000, 0}} {
		if _, err := finish(speechIn(said, 8000)); err == nil {
			t.Errorf("%s is a recording", name)
		}
	}
}

func TestCutAtPause(t *testing.T) {
	t.Parallel()
	ms := func(n int) []int16 { return make([]int16, 8*n) }
	both := speechIn(slices.Concat(tone(200, 8000, 9000), ms(60), tone(300, 8000, 9000), ms(100), tone(400, 8000, 9000)), 8000)
	for expected, want := range map[int]int{ // in milliseconds of speech, with 20 ms at either end
		580: 600, 240: 240, 900: 0, 400: 0,
	} {
		piece, ok := cutAtPause(both, 8*expected)
		if ok != (want > 0) || ok && (len(piece) < 8*(want-15) || len(piece) > 8*(want+15)) {
			t.Errorf("expected at %d ms: %d ms, %t; want %d", expected, len(piece)/8, ok, want)
		}
	}
	if _, ok := cutAtPause(nil, 100); ok {
		t.Error("nothing has a pause")
	}
}

// TestRun has a language recorded by a server: what is missing, what has another text now, what another voice has recorded;
// and nothing else.
func TestRun(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	speaker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Model, Input, Voice string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.Path != "/v1/audio/speech" || body.Model != "m" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		asked = append(asked, body.Input)
		mu.Unlock()
		said, then, goes := strings.Cut(body.Input, ": ")
		pcm := tone(30*len(said), 8000, 9000)
		if goes {
			pcm = slices.Concat(pcm, make([]int16, 800), tone(30*len(then), 8000, 9000))
		}
		if _, err := w.Write(plain(pcm, 8000)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(speaker.Close)
	dir := t.TempDir()
	write := func(phrases string) {
		t.Helper()
		english, err := os.ReadFile("../en/catalogue.yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, rules, _ := strings.Cut(string(english), "\nnumbers:")
		if err := os.MkdirAll(filepath.Join(dir, "en"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "en", "catalogue.yaml"), []byte("name: English\nphrases: "+phrases+"\nnumbers:"+rules), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	record := func(args ...string) []string {
		t.Helper()
		asked = nil
		if err := run(context.Background(), append([]string{"-dir", dir, "-url", speaker.URL, "-engine", "m", "-voice", "v"}, args...)); err != nil {
			t.Fatal(err)
		}
		slices.Sort(asked)
		return asked
	}
	write(`{hello: Good day., gone: Old., into: "Come in {room} now."}`)
	if first := record(); len(first) < 100 || !slices.Contains(first, "Come in: star.") || !slices.Contains(first, "Good day.") || !slices.Contains(first, "seventeen") {
		t.Errorf("asked for %q", first)
	}
	wav, err := os.ReadFile(filepath.Join(dir, "en", "into.1.wav"))
	if err != nil || voice.Info(wav, voice.TextChunk) != "Come in" || voice.Info(wav, voice.VoiceChunk) != "m v" {
		t.Errorf("it says %q by %q (%v)", voice.Info(wav, voice.TextChunk), voice.Info(wav, voice.VoiceChunk), err)
	}
	if seconds := float64(len(wav)) / voice.Rate; seconds < 0.2 || seconds > 0.35 {
		t.Errorf("what follows is not cut off: %.2f s", seconds)
	}
	if again := record(); again != nil {
		t.Errorf("asked again for %q", again)
	}
	write(`{hello: Good night., into: "Come in {room} now."}`)
	if changed := record(); !slices.Equal(changed, []string{"Good night."}) {
		t.Errorf("asked for %q", changed)
	}
	if _, err := os.Stat(filepath.Join(dir, "en", "gone.wav")); err == nil {
		t.Error("what is no more is still recorded")
	}
	if one := record("into.2"); !slices.Equal(one, []string{"now."}) {
		t.Errorf("asked for %q", one)
	}
	if all := record("-voice", "w", "-revoice"); len(all) < 100 {
		t.Errorf("asked for %q", all)
	}
	for name, args := range map[string][]string{
		"no such phrase": {"nonsense"}, "no such engine": {"-url", "", "-engine", "parrot"}, "no such language": {"-lang", "xx"},
		"no tag": {"-lang", "no tag"}, "a server that refuses": {"-engine", "other", "-all"},
	} {
		if err := run(context.Background(), append([]string{"-dir", dir, "-url", speaker.URL, "-engine", "m"}, args...)); err == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

// plain is a WAV as engines make it.
func plain(pcm []int16, rate int) []byte {
	format := []byte{1, 0, 1, 0, byte(rate), byte(rate >> 8), 0, 0, 0, 0, 0, 0, 2, 0, 16, 0}
	data := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		data = append(data, byte(v), byte(v>>8))
	}
	return appendChunk(nil, "RIFF", appendChunk(appendChunk([]byte("WAVE"), "fmt ", format), "data", data))
}

func FuzzDecodeWAV(f *testing.F) {
	f.Add(plain([]int16{1, 2}, 22050))
	f.Add([]byte("RIFF....WAVEfmt \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if pcm, _, err := decodeWAV(b); err == nil && 2*len(pcm) > len(b) {
			t.Errorf("%d samples of %d bytes", len(pcm), len(b))
		}
	})
}
