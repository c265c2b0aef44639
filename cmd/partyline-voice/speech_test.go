package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var (
	cacheDir string
	unpacked = sync.OnceValues(func() ([]voice, error) { return install(cacheDir) })
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "partyline-voice-test-")
	if err != nil {
		panic(err)
	}
	cacheDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// serve starts a server with the real engine.
func serve(t *testing.T) (*httptest.Server, *pool) {
	t.Helper()
	voices, err := unpacked()
	must(t, err)
	return serveWith(t, newPool(voices, slog.New(slog.NewTextHandler(t.Output(), nil))), "")
}

func serveWith(t *testing.T, p *pool, key string) (*httptest.Server, *pool) {
	t.Helper()
	s := httptest.NewServer(newHandler(p, key, p.log))
	t.Cleanup(p.close)
	t.Cleanup(s.Close)
	return s, p
}

// ask sends a request and returns the answer and its body.
func ask(t *testing.T, s *httptest.Server, body string, change func(*http.Request)) (*http.Response, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/v1/audio/speech", strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	resp, err := s.Client().Do(r)
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	return resp, b
}

func seconds(pcm []int16, rate int) float64 { return float64(len(pcm)) / float64(rate) }

func loudness(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

const twoSentences = "There is coffee in the main room. Please come back in five minutes!"

// TestItSpeaks in each form and with each voice.
func TestItSpeaks(t *testing.T) {
	s, _ := serve(t)
	for name, c := range map[string]struct {
		more, kind string
		length     bool // the answer says it
		least      float64
	}{
		"default":  {``, "audio/wav", true, 3},
		"alan":     {`,"model":"tts-1","voice":"alan","response_format":"wav"`, "audio/wav", true, 3},
		"streamed": {`,"model":"piper","stream_format":"audio"`, "audio/wav", false, 3},
		"pcm":      {`,"response_format":"pcm"`, "audio/pcm;rate=24000", false, 3},
		"fast":     {`,"speed":2`, "audio/wav", true, 1.5},
		"ignored":  {`,"instructions":"Whisper."`, "audio/wav", true, 3},
	} {
		resp, body := ask(t, s, `{"input":"`+twoSentences+`"`+c.more+`}`, nil)
		if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != c.kind || resp.ContentLength > 0 != c.length {
			t.Errorf("%s: %s %v, length %d, %.200q", name, resp.Status, resp.Header, resp.ContentLength, body)
			continue
		}
		pcm, rate := decode(t, body, c.kind)
		if length := seconds(pcm, rate); length < c.least || length > c.least+3 || loudness(pcm) < 500 {
			t.Errorf("%s: %.2f s, loudness %.0f", name, length, loudness(pcm))
		}
	}
}

// decode reads an answer.
func decode(t *testing.T, body []byte, kind string) (pcm []int16, rate int) {
	t.Helper()
	if !strings.Contains(kind, "wav") {
		body = append(header(pcmRate, uint32(len(body))), body...)
	} else if len(body) > headerSize && string(body[40:44]) == "\xff\xff\xff\xff" {
		body = append(header(22050, uint32(len(body)-headerSize)), body[headerSize:]...)
	}
	pcm, rate, err := readWAV(bytes.NewReader(body))
	must(t, err)
	return pcm, rate
}

// TestTheFirstSentenceComesFirst: what is streamed begins before all is spoken.
func TestTheFirstSentenceComesFirst(t *testing.T) {
	s, _ := serve(t)
	ask(t, s, `{"input":"Warm."}`, nil)
	body := `{"input":"` + strings.Repeat("Here is a sentence that takes some time to be spoken. ", 5) + `","stream_format":"audio"}`
	begun := time.Now()
	resp, err := s.Client().Post(s.URL+"/v1/audio/speech", "application/json", strings.NewReader(body))
	must(t, err)
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, headerSize+2)); err != nil {
		t.Fatal(err)
	}
	first := time.Since(begun)
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	t.Logf("first sound after %v, all after %v", first, time.Since(begun))
	if first > time.Since(begun)/2 {
		t.Error("the first sentence waits for the others")
	}
}

// TestItRefuses what it cannot do, in the form that clients know.
func TestItRefuses(t *testing.T) {
	s, p := serveWith(t, newPool([]voice{{ID: defaultVoice}}, slog.New(slog.DiscardHandler)), "")
	plain := func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }
	page := func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		code   string
	}{
		"no text":    {`{}`, nil, 400, "nothing_to_say"},
		"no word":    {`{"input":"... \u0000 <>"}`, nil, 400, "nothing_to_say"},
		"too long":   {`{"input":"` + strings.Repeat("ä", maxInput+1) + `"}`, nil, 400, "string_above_max_length"},
		"huge":       {`{"input":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413, "request_too_large"},
		"no JSON":    {`{"input":`, nil, 400, "invalid_json"},
		"wrong type": {`{"input":5}`, nil, 400, "invalid_json"},
		"model":      {`{"input":"x","model":"x"}`, nil, 404, "model_not_found"},
		"voice":      {`{"input":"x","voice":"../../etc/passwd"}`, nil, 400, "voice_not_found"},
		"format":     {`{"input":"x","response_format":"mp3"}`, nil, 400, "unsupported_format"},
		"stream":     {`{"input":"x","stream_format":"sse"}`, nil, 400, "unsupported_format"},
		"slow":       {`{"input":"x","speed":0.4}`, nil, 400, "speed_out_of_range"},
		"fast":       {`{"input":"x","speed":1e300}`, nil, 400, "speed_out_of_range"},
		"form":       {`{"input":"x"}`, plain, 415, "unsupported_media_type"},
		"page":       {`{"input":"x"}`, page, 403, "origin_not_allowed"},
	} {
		resp, body := ask(t, s, c.body, c.change)
		var got struct {
			Error struct{ Message, Type, Code string }
		}
		if err := json.Unmarshal(body, &got); err != nil || resp.StatusCode != c.status || got.Error.Code != c.code ||
			got.Error.Type != "invalid_request_error" || got.Error.Message == "" {
			t.Errorf("%s: %s %s", name, resp.Status, body)
		}
	}
	if len(p.speakers) > 0 {
		t.Error("a process was started")
	}
	resp, err := s.Client().Get(s.URL + "/v1/audio/speech")
	must(t, err)
	if resp.Body.Close(); resp.StatusCode != 404 {
		t.Errorf("GET: %s", resp.Status)
	}
}

// TestKey: who does not know it learns nothing but that the server is there.
func TestKey(t *testing.T) {
	s, _ := serveWith(t, newPool(nil, slog.New(slog.DiscardHandler)), "a secret")
	for path, status := range map[string]int{"/v1/audio/voices": 401, "/v1/models": 401, "/healthz": 200} {
		resp, err := s.Client().Get(s.URL + path)
		must(t, err)
		if resp.Body.Close(); resp.StatusCode != status {
			t.Errorf("%s without a key: %s", path, resp.Status)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer a secret")
		if resp, err = s.Client().Do(r); err != nil || resp.StatusCode != 200 {
			t.Errorf("%s with the key: %v %v", path, resp, err)
		}
		resp.Body.Close()
	}
}

// TestTextIsData: what a shell or another engine would obey is spoken or left out.
func TestTextIsData(t *testing.T) {
	s, _ := serve(t)
	for _, text := range []string{
		"$(touch /tmp/x); `id` && rm -rf / | cat", "<speak><audio src='http://169.254.169.254/'/></speak>", "a\nb\r\nc\x00d",
		`{"output_file":"/tmp/evil.wav","text":"x"}`, `","output_file":"/tmp/evil.wav`, "[[h@l'oU]] {pause}", "\u202eright to left\u2066", "Grüße 你好 🎉",
	} {
		in, err := json.Marshal(text)
		must(t, err)
		if resp, body := ask(t, s, `{"input":`+string(in)+`}`, nil); resp.StatusCode != 200 || len(body) < 5000 {
			t.Errorf("%q: %s %.200q", text, resp.Status, body)
		}
	}
	if _, err := os.Stat("/tmp/evil.wav"); err == nil {
		t.Error("a text has written a file")
	}
}

// TestItComesBackWhenTheEngineDies in the middle of things.
func TestItComesBackWhenTheEngineDies(t *testing.T) {
	s, p := serve(t)
	ask(t, s, `{"input":"Hello."}`, nil)
	for range 3 {
		must(t, p.speakers[0].engine.process.Process.Kill())
		if resp, body := ask(t, s, `{"input":"Hello again."}`, nil); resp.StatusCode != 200 {
			t.Fatalf("%s %s", resp.Status, body)
		}
	}
}

// broken is a voice whose engine is a script.
func broken(t *testing.T, script string) *pool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "piper")
	must(t, os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700))
	return newPool([]voice{{ID: defaultVoice, engine: path, folder: dir}}, slog.New(slog.DiscardHandler))
}

// TestBrokenEngines are an answer, not the end; one that hangs is killed, and none is started again and again.
func TestBrokenEngines(t *testing.T) {
	for name, script := range map[string]string{
		"missing":   "exec /nonexistent",
		"dies":      "read line; echo no model >&2; exit 1",
		"hangs":     "read line; exec sleep 100",
		"garbage":   "read line; head -c 100000 /dev/zero >&3; exec sleep 100",
		"endless":   `read line; printf 'RIFF\377\377\377\377WAVEfmt \020\000\000\000\001\000\001\000\042\126\000\000\104\254\000\000\002\000\020\000data\377\377\377\377' >&3; exec sleep 100`,
		"cut short": `read line; printf 'RIFF\377\377\377\377WAVEfmt \020\000\000\000\001\000\001\000\042\126\000\000\104\254\000\000\002\000\020\000data\100\000\000\000abc' >&3`,
	} {
		p := broken(t, script)
		p.patience = 100 * time.Millisecond
		s, _ := serveWith(t, p, "")
		for i := range 2 {
			resp, body := ask(t, s, `{"input":"Hello."}`, nil)
			if resp.StatusCode != 503 || resp.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "engine_unavailable") {
				t.Errorf("%s: %s %s", name, resp.Status, body)
			}
			if waits := strings.Contains(string(body), errBackoff.Error()); waits != (i > 0) {
				t.Errorf("%s, request %d: %s", name, i, body)
			}
		}
	}
	p := newPool([]voice{{ID: defaultVoice, engine: "/nonexistent/piper", folder: "/nonexistent"}}, slog.New(slog.DiscardHandler))
	s, _ := serveWith(t, p, "")
	if resp, body := ask(t, s, `{"input":"Hello."}`, nil); resp.StatusCode != 503 || !strings.Contains(string(body), "--cache") {
		t.Errorf("no engine: %s %s", resp.Status, body)
	}
}

// TestTheQueueIsBounded.
func TestTheQueueIsBounded(t *testing.T) {
	p := broken(t, "exec sleep 100")
	p.patience = 2 * time.Second
	s, _ := serveWith(t, p, "")
	var wait sync.WaitGroup
	count, mu := map[int]int{}, sync.Mutex{}
	for range maxRequests + 10 {
		wait.Go(func() { // waited for below
			resp, err := s.Client().Post(s.URL+"/v1/audio/speech", "application/json", strings.NewReader(`{"input":"Hello."}`))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			count[resp.StatusCode]++
		})
	}
	wait.Wait()
	if count[429] != 10 || count[503] != maxRequests {
		t.Errorf("answers: %v", count)
	}
}

// TestManyVoicesAtOnce start no more processes than there may be.
func TestManyVoicesAtOnce(t *testing.T) {
	s, p := serve(t)
	var wait sync.WaitGroup
	for i := range 10 {
		wait.Go(func() { // waited for below
			body := fmt.Sprintf(`{"input":"Number %d.","speed":%.1f,"voice":%q}`, i, 1+0.1*float64(i%5), []string{"jenny", "alan"}[i%2])
			resp, err := s.Client().Post(s.URL+"/v1/audio/speech", "application/json", strings.NewReader(body))
			if err != nil || resp.StatusCode != 200 {
				t.Error(resp, err)
			}
			resp.Body.Close()
		})
	}
	wait.Wait()
	if len(p.speakers) > maxSpeakers {
		t.Errorf("%d processes", len(p.speakers))
	}
}

// TestResampleKeepsATone, its level and its length.
func TestResampleKeepsATone(t *testing.T) {
	t.Parallel()
	const hz, amplitude = 3000, 10000
	in := make([]int16, 22050)
	for i := range in {
		in[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/22050)))
	}
	out := resample(in, 22050, pcmRate)
	if len(out) != pcmRate {
		t.Errorf("%d samples", len(out))
	}
	worst := 0.0
	for i, s := range out[100 : len(out)-100] {
		worst = max(worst, math.Abs(float64(s)-amplitude*math.Sin(2*math.Pi*hz*float64(i+100)/pcmRate)))
	}
	if worst > 40 {
		t.Errorf("off by %.0f", worst)
	}
}

// TestCommandLine: what it listens on, and what it needs a key for.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	for line, good := range map[string]bool{
		"": true, "--listen 127.0.0.1:0": true, "--listen [::1]:9": true, "--listen localhost:9": true,
		"--listen 0.0.0.0:9": false, "--listen :9": false, "--listen example.org:9": false, "--listen 9": false, "--nonsense": false, "word": false,
	} {
		o, err := parse(strings.Fields(line), func(string) string { return "" }, io.Discard)
		if (err == nil) != good || good && o.cache == "" {
			t.Errorf("%q: %+v, %v", line, o, err)
		}
	}
	if o, err := parse([]string{"--listen", ":9"}, func(string) string { return "key" }, io.Discard); err != nil || o.key != "key" {
		t.Errorf("with a key: %v", err)
	}
}
