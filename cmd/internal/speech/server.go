package speech

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"partyline/mixer/prompt"
)

// CompanionURL is where partyline-voice answers when it was not told otherwise.
const CompanionURL = "http://127.0.0.1:8791/v1/audio/speech"

const (
	// headerTimeout is how long a server may take to begin its answer.
	headerTimeout = 15 * time.Second
	// pcmRate is that of answers without a header, where they do not say another.
	pcmRate = 24000
	// maxRefusal is how much is read of an answer that is a refusal.
	maxRefusal = 2 << 10
)

// ServerOptions say how a server is asked.
type ServerOptions struct {
	URL    string            // required
	Model  string            // empty: tts-1
	Format string            // wav or pcm; empty: wav
	Voices map[string]string // by language; "*": of all others. Required
	APIKey string
	// Companion says that it has to show that it is partyline-voice before it is told a text: it was not configured, but
	// looked for at its place.
	Companion bool
}

// server is an HTTP server of the form of OpenAI's /v1/audio/speech.
type server struct {
	o      ServerOptions
	client *http.Client
	known  atomic.Bool // the companion has shown that it is one
}

// Server is an engine that asks a server. Its URL is the operator's, and may be on loopback or in a private network. It is
// asked there and nowhere else: redirects are errors, proxies of the environment are not used, and a name that meant a
// public address is not followed to a private one (see reach).
func Server(o ServerOptions) Engine {
	if o.Model == "" {
		o.Model = "tts-1"
	}
	if o.Format == "" {
		o.Format = "wav"
	}
	dialer := &pinned{}
	return &server{o: o, client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer.dial,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: 16 << 10,
			MaxConnsPerHost:        8,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        time.Minute,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (s *server) Name() string {
	if s.o.Companion {
		return CompanionName
	}
	return ServerName
}

func (s *server) Speaks(language string) bool {
	_, ok := lookup(s.o.Voices, language)
	return ok
}

// Probe asks the companion who it is; of another server it only sees whether it can be reached.
func (s *server) Probe(ctx context.Context) error {
	u, err := url.Parse(s.o.URL)
	if err != nil {
		return err
	}
	u.Path, u.RawQuery = "/healthz", ""
	resp, err := s.send(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if !s.o.Companion {
		return nil
	}
	var who struct{ Service string }
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRefusal)).Decode(&who); err != nil || who.Service != "partyline-voice" {
		return fmt.Errorf("%w: what answers at %s is not partyline-voice", errAbsent, u.Host)
	}
	s.known.Store(true)
	return nil
}

// Speak implements [Engine].
func (s *server) Speak(ctx context.Context, t Text, emit func([]int16)) (err error) {
	if s.o.Companion && !s.known.Load() {
		if err := s.Probe(ctx); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil {
			s.known.Store(false) // another may take its place
		}
	}()
	body, err := s.request(t)
	if err != nil {
		return err
	}
	resp, err := s.send(ctx, http.MethodPost, s.o.URL, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return refusal(resp)
	}
	return s.sound(resp, emit)
}

// CloseIdleConnections closes the connections that wait for the next text.
func (s *server) CloseIdleConnections() { s.client.CloseIdleConnections() }

// request is what is sent. A voice that is not among those configured is the language's.
func (s *server) request(t Text) ([]byte, error) {
	voice, ok := lookup(s.o.Voices, t.Language)
	if !ok {
		return nil, fmt.Errorf("no voice for language %q", t.Language)
	}
	for _, v := range s.o.Voices {
		if v == t.Voice {
			voice = v
		}
	}
	r := map[string]any{"model": s.o.Model, "input": t.Words, "voice": voice, "response_format": s.o.Format}
	if s.o.Companion {
		r["stream_format"] = "audio"
	}
	return json.Marshal(r)
}

func (s *server) send(ctx context.Context, method, to string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, to, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept", "audio/wav, audio/pcm")
	if s.o.APIKey != "" {
		r.Header.Set("Authorization", "Bearer "+s.o.APIKey)
	}
	resp, err := s.client.Do(r)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("%w: %w", errAbsent, err)
	}
	return resp, err
}

// refusal is the error of an answer that is none. Of a redirect is said where it leads.
func refusal(resp *http.Response) error {
	if to := resp.Header.Get("Location"); to != "" {
		return fmt.Errorf("it answered %q with a redirect to %.200q, which is not followed", resp.Status, to)
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxRefusal)) // that it cannot be read adds nothing
	return fmt.Errorf("it answered %q: %.500q", resp.Status, bytes.TrimSpace(text))
}

// sound reads an answer. What kind it is of is said by its header, and by its first bytes.
func (s *server) sound(resp *http.Response, emit func([]int16)) error {
	kind, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil && resp.Header.Get("Content-Type") != "" {
		return fmt.Errorf("it answered with content of type %.100q, which is no sound that can be played", resp.Header.Get("Content-Type"))
	}
	switch strings.ToLower(kind) {
	case "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave":
		return prompt.CopyWAV(resp.Body, maxPieceSeconds, emit)
	case "audio/pcm", "audio/l16":
		return prompt.CopyPCM(resp.Body, rateOf(params), maxPieceSeconds, emit)
	case "", "application/octet-stream": // the servers that do not say it send what was asked for
		if s.o.Format == "wav" {
			return prompt.CopyWAV(resp.Body, maxPieceSeconds, emit)
		}
		return prompt.CopyPCM(resp.Body, pcmRate, maxPieceSeconds, emit)
	}
	return fmt.Errorf("it answered with content of type %.100q, not with WAV or PCM", kind)
}

func rateOf(params map[string]string) int {
	if rate, err := strconv.Atoi(params["rate"]); err == nil {
		return rate
	}
	return pcmRate
}
