package config

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Speech is who speaks texts.
type Speech struct {
	Engine    string            `yaml:"engine"`    // one of SpeechEngines
	Languages map[string]string `yaml:"languages"` // the engine of a language in place of Engine

	URL        string            `yaml:"url"`    // of a server; empty: the companion on this machine
	Model      string            `yaml:"model"`  // that the server is asked for; empty: tts-1
	Format     string            `yaml:"format"` // that the server is asked for: wav, pcm
	Voices     map[string]string `yaml:"voices"` // of the server, by language; "*": of all others. Empty: the companion's, or alloy
	APIKeyFile string            `yaml:"api_key_file"`
	APIKey     string            `yaml:"-"` // from the environment
}

// SpeechEngines are the values of speech.engine.
var SpeechEngines = []string{"auto", "server", "espeak-ng", "flite", "off"}

// languageTag is a language as it is written here, e.g. de or pt-BR.
var languageTag = regexp.MustCompile(`^(?:[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3})$`)

func (s Speech) validate() error {
	if !slices.Contains(SpeechEngines, s.Engine) {
		return invalid("speech.engine", "%q is not one of %s", s.Engine, strings.Join(SpeechEngines, ", "))
	}
	for tag, engine := range s.Languages {
		if !languageTag.MatchString(tag) {
			return invalid("speech.languages", "%q is not a language such as de or pt-BR", tag)
		}
		if !slices.Contains(SpeechEngines, engine) {
			return invalid("speech.languages", "%s: %q is not one of %s", tag, engine, strings.Join(SpeechEngines, ", "))
		}
	}
	for tag, voice := range s.Voices {
		if tag != "*" && !languageTag.MatchString(tag) {
			return invalid("speech.voices", `%q is not a language such as de or pt-BR, nor "*"`, tag)
		}
		if voice == "" || len(voice) > 200 {
			return invalid("speech.voices", "%s: name a voice of the server", tag)
		}
	}
	if s.Format != "wav" && s.Format != "pcm" {
		return invalid("speech.format", "%q is not one of wav, pcm", s.Format)
	}
	return s.validateURL()
}

func (s Speech) validateURL() error {
	if s.URL == "" {
		return nil
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return invalid("speech.url", "name a server, e.g. http://127.0.0.1:8791/v1/audio/speech")
	}
	here := u.Hostname() == "localhost"
	if ip := net.ParseIP(u.Hostname()); ip != nil {
		here = ip.IsLoopback()
	}
	if u.Scheme == "http" && !here && (s.APIKey != "" || s.APIKeyFile != "") {
		return invalid("speech.url", "the API key could be read on its way; use https")
	}
	return nil
}

// Key is the API key of the server, from the environment or the file; empty: none.
func (s Speech) Key() (string, error) {
	if s.APIKey != "" || s.APIKeyFile == "" {
		return s.APIKey, nil
	}
	f, err := os.Open(s.APIKeyFile)
	if err != nil {
		return "", fmt.Errorf("speech.api_key_file: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4<<10))
	if err != nil {
		return "", fmt.Errorf("speech.api_key_file: %w", err)
	}
	key := strings.TrimSpace(string(b))
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("speech.api_key_file: there is no key in " + s.APIKeyFile)
	}
	return key, nil
}
