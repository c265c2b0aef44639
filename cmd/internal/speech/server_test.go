package speech

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// wav is a file of a tone; the header says that there are so many bytes more of it.
func wav(rate int, seconds float64, more int) []byte {
	pcm := tone(seconds)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(36+2*len(pcm)))
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(2*rate))
	b = append(b, "\x02\x00\x10\x00data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(2*len(pcm)+more))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// answer serves one thing.
func answer(status int, kind string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL + "/v1/audio/speech"
}

var anyVoice = map[string]string{"*": "alloy"}

// TestServerIsAsked in the form that such servers know.
func TestServerIsAsked(t *testing.T) {
	t.Parallel()
	var got map[string]string
	var header http.Header
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil || r.Method != "POST" || r.URL.Path != "/v1/audio/speech" {
			t.Error(r.Method, r.URL, err)
		}
		answer(200, "audio/wav", wav(16000, 1, 0))(w, r)
	})
	e := Server(ServerOptions{URL: url, Model: "kokoro", Voices: map[string]string{"en": "bella", "de": "hans", "*": "alloy"}, APIKey: "secret"})
	text := `He said "no" \ & <x>; $(id)`
	for language, voice := range map[string]string{"en-gb": "bella", "de": "hans", "fr": "alloy"} {
		n, err := spoken(t, e, Text{Words: text, Language: language})
		if err != nil || n != Rate/2 {
			t.Fatalf("%d samples, %v", n, err)
		}
		want := map[string]string{"model": "kokoro", "input": text, "voice": voice, "response_format": "wav"}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s: %s is %q, want %q", language, k, got[k], v)
			}
		}
		if len(got) != len(want) || header.Get("Authorization") != "Bearer secret" || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v %v", language, got, header)
		}
	}
	if _, err := spoken(t, e, Text{Words: "x", Language: "en", Voice: "hans"}); err != nil || got["voice"] != "hans" {
		t.Errorf("a voice that is configured: %v, %v", got, err)
	}
	if _, err := spoken(t, e, Text{Words: "x", Language: "en", Voice: "mallory"}); err != nil || got["voice"] != "bella" {
		t.Errorf("a voice that is not: %v, %v", got, err)
	}
}

// TestAnswers that can be played.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		format, kind string
		body         []byte
		samples      int
	}{
		"wav":            {"wav", "audio/wav", wav(8000, 1, 0), 8000},
		"x-wav":          {"wav", "audio/x-wav; charset=binary", wav(24000, 3, 0), 8000},
		"no type":        {"wav", "", wav(8000, 1, 0), 8000},
		"octets":         {"wav", "application/octet-stream", wav(8000, 1, 0), 8000},
		"streamed":       {"wav", "audio/wav", wav(8000, 1, -16000), 8000},
		"pcm":            {"pcm", "audio/pcm", wav(8000, 3, 0)[44:], 8000},
		"pcm with rate":  {"pcm", "audio/pcm;rate=8000", wav(8000, 1, 0)[44:], 8000},
		"L16":            {"pcm", "audio/L16; rate=16000", wav(8000, 2, 0)[44:], 8000},
		"pcm as octets":  {"pcm", "application/octet-stream", wav(8000, 3, 0)[44:], 8000},
		"wav for pcm":    {"pcm", "audio/wav", wav(8000, 1, 0), 8000},
		"half a sample":  {"pcm", "audio/pcm;rate=8000", append(wav(8000, 1, 0)[44:], 7), 8000},
		"long preamble":  {"wav", "audio/wav", append(append([]byte("RIFF\x00\x00\x00\x00WAVELIST\x00\x10\x00\x00"), make([]byte, 4096)...), wav(8000, 1, 0)[12:]...), 8000},
		"mu-law is fine": {"wav", "audio/wav", append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data\x40\x1f\x00\x00"), make([]byte, 8000)...), 8000},
	} {
		e := Server(ServerOptions{URL: serve(t, answer(200, c.kind, c.body)), Format: c.format, Voices: anyVoice})
		if n, err := spoken(t, e, Text{Words: "x", Language: "en"}); err != nil || n != c.samples {
			t.Errorf("%s: %d samples, %v", name, n, err)
		}
	}
}

// TestAnswersThatAreRefused: none is played, none is read for ever, and the error says what came.
func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	elsewhere := 0
	trap := serve(t, func(w http.ResponseWriter, r *http.Request) {
		elsewhere++
		answer(200, "audio/wav", wav(8000, 1, 0))(w, r)
	})
	redirect := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, trap, status) }
	}
	endless := func(kind string, head []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, err := w.Write(head)
			for zeros := make([]byte, 1<<16); err == nil; {
				_, err = w.Write(zeros)
			}
		}
	}
	head := wav(8000, 0, -1)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		says    string
	}{
		"html":           {answer(200, "text/html", []byte("<html>")), "text/html"},
		"mp3":            {answer(200, "audio/mpeg", []byte("ID3")), "audio/mpeg"},
		"json":           {answer(200, "application/json", []byte(`{}`)), "application/json"},
		"strange type":   {answer(200, "///;;", wav(8000, 1, 0)), "content of type"},
		"no WAV":         {answer(200, "audio/wav", []byte("not a file at all, but long enough")), "RIFF"},
		"empty":          {answer(200, "audio/wav", nil), "ends before"},
		"cut":            {answer(200, "audio/wav", wav(8000, 1, 100)), "cut short"},
		"no content":     {answer(204, "", nil), "204"},
		"error":          {answer(400, "application/json", []byte(`{"error":{"message":"no such voice"}}`)), "no such voice"},
		"server error":   {answer(500, "text/plain", []byte(strings.Repeat("x", 1<<20))), "500"},
		"giant":          {endless("audio/wav", head), "too long"},
		"giant pcm":      {endless("audio/pcm", nil), "too long"},
		"giant error":    {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(502); endless("text/plain", nil)(w, r) }, "502"},
		"giant chunk":    {endless("audio/wav", []byte("RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\xff")), "no sound in its first"},
		"huge headers":   {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 64<<10)) }, "header"},
		"strange rate":   {answer(200, "audio/pcm;rate=12345", make([]byte, 100)), "12345"},
		"redirect":       {redirect(302), "not followed"},
		"redirect 307":   {redirect(307), "not followed"},
		"redirect 308":   {redirect(308), "not followed"},
		"drops the call": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "EOF"},
		"drops in the middle": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "audio/wav")
			_, _ = w.Write(wav(8000, 1, -16000))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "EOF"},
	} {
		e := Server(ServerOptions{URL: serve(t, c.handler), Voices: anyVoice})
		n, err := spoken(t, e, Text{Words: "x", Language: "en"})
		if err == nil || !strings.Contains(err.Error(), c.says) || len(err.Error()) > 3000 || n > maxPieceSeconds*Rate {
			t.Errorf("%s: %d samples, %.300v", name, n, err)
		}
	}
	if elsewhere > 0 {
		t.Error("a redirect was followed")
	}
}

// TestSlowServers are not waited for longer than the time that is given.
func TestSlowServers(t *testing.T) {
	t.Parallel()
	for name, first := range map[string][]byte{"no answer": nil, "a part": wav(8000, 1, 16000)} {
		ended := make(chan struct{})
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer close(ended)
			_, _ = io.Copy(io.Discard, r.Body) // then the server sees that we hang up
			if first != nil {
				w.Header().Set("Content-Type", "audio/wav")
				_, _ = w.Write(first)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		n := 0
		err := Server(ServerOptions{URL: url, Voices: anyVoice}).Speak(ctx, Text{Words: "x", Language: "en"}, func(pcm []int16) { n += len(pcm) })
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || n != len(first)/2-22*min(len(first), 1) {
			t.Errorf("%s: %d samples, %v", name, n, err)
		}
		<-ended
	}
}

// TestTheCompanionShowsWhoItIs before it is told a text.
func TestTheCompanionShowsWhoItIs(t *testing.T) {
	t.Parallel()
	who, told := "something else", 0
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			answer(200, "application/json", []byte(`{"status":"ok","service":"`+who+`"}`))(w, r)
			return
		}
		told++
		answer(200, "audio/wav", wav(8000, 1, 0))(w, r)
	})
	e := Server(ServerOptions{URL: url, Voices: anyVoice, Companion: true})
	if _, err := spoken(t, e, Text{Words: "secret", Language: "en"}); !errors.Is(err, errAbsent) || told > 0 {
		t.Errorf("a stranger: told %d texts, %v", told, err)
	}
	who = "partyline-voice"
	if n, err := spoken(t, e, Text{Words: "secret", Language: "en"}); err != nil || n != Rate || told != 1 {
		t.Errorf("the companion: %d samples, told %d texts, %v", n, told, err)
	}
	gone := Server(ServerOptions{URL: "http://127.0.0.1:1/v1/audio/speech", Voices: anyVoice, Companion: true})
	if _, err := spoken(t, gone, Text{Words: "x", Language: "en"}); !errors.Is(err, errAbsent) {
		t.Errorf("no companion: %v", err)
	}
}

// TestPinned: a name is not followed from where it first led to somewhere of another kind.
func TestPinned(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []string // of the resolver, one after the other
		want    []string // what may be dialled then
	}{
		"stays public":      {[]string{"203.0.113.7", "198.51.100.9"}, []string{"203.0.113.7", "198.51.100.9"}},
		"rebound":           {[]string{"203.0.113.7", "127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "203.0.113.7"}, []string{"203.0.113.7", "", "", "", "", "", "203.0.113.7"}},
		"both at once":      {[]string{"203.0.113.7 127.0.0.1 100.64.0.1"}, []string{"203.0.113.7"}},
		"stays private":     {[]string{"10.0.0.1", "192.168.0.1", "203.0.113.7", "127.0.0.1", "fd00::1"}, []string{"10.0.0.1", "192.168.0.1", "", "", "fd00::1"}},
		"stays on loopback": {[]string{"127.0.0.1", "127.0.0.2", "10.0.0.1"}, []string{"127.0.0.1", "127.0.0.2", ""}},
		"never metadata":    {[]string{"169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::"}, []string{"", "", "", "", ""}},
	} {
		p := &pinned{}
		for i, answer := range c.answers {
			p.resolve = func(context.Context, string) (list []netip.Addr, err error) {
				for a := range strings.FieldsSeq(answer) {
					list = append(list, netip.MustParseAddr(a))
				}
				return list, nil
			}
			got, err := p.addrs(t.Context(), "speech.example")
			var addrs []string
			for _, a := range got {
				addrs = append(addrs, a.String())
			}
			if want := strings.Fields(c.want[i]); !slices.Equal(addrs, want) || (err == nil) != (len(want) > 0) {
				t.Errorf("%s, answer %d: %v %v, want %v", name, i, addrs, err, want)
			}
		}
	}
	for host, good := range map[string]bool{"127.0.0.1": true, "::1": true, "10.1.2.3": true, "203.0.113.7": true, "169.254.169.254": false, "0.0.0.0": false, "fe80::1": false} {
		if _, err := (&pinned{}).addrs(t.Context(), host); (err == nil) != good {
			t.Errorf("%s: %v", host, err)
		}
	}
}
