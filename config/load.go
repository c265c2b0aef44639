package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
)

// maxFileBytes bounds the file, so that a wrong path (a device, a log) is refused and not read.
const maxFileBytes = 1 << 20

// Overrides are the settings that the environment and the command line can replace. A zero field replaces nothing.
type Overrides struct {
	SIPListen  []string
	RTPPorts   string
	HTTPListen string
	SIPTLSCert string
	SIPTLSKey  string
	TLSCert    string
	TLSKey     string
	StateDir   string
	Store      string
	APIKey     string
	LogLevel   string
	LogFormat  string

	SpeechURL, SpeechAPIKey string
}

// Load reads the file at path over the defaults, then applies the overrides, and checks the result. An empty path means no file.
func Load(path string, over Overrides) (Config, error) {
	cfg := Default()
	var text []byte
	if path != "" {
		var err error
		if text, err = readFile(path); err != nil {
			return Config{}, fmt.Errorf("read config: %w", err)
		}
		if err := Parse(text, &cfg); err != nil {
			return Config{}, fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := over.apply(&cfg); err != nil {
		return Config{}, err
	}
	if err := cfg.Validate(); err != nil {
		return Config{}, locate(err, path, text)
	}
	return cfg, nil
}

// locate puts the file's name and line before an error about a field that stands in the file.
func locate(err error, path string, text []byte) error {
	field, ok := errors.AsType[*fieldError](err)
	if !ok {
		return err
	}
	at, pathErr := yaml.PathString("$." + field.path)
	if pathErr != nil {
		return err
	}
	node, readErr := at.ReadNode(bytes.NewReader(text))
	if readErr != nil {
		return err // the field is not in the file: the mistake came from elsewhere
	}
	return fmt.Errorf("%s:%d: %w", path, node.GetToken().Position.Line, err)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFileBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxFileBytes)
	}
	return text, nil
}

// Parse reads YAML over cfg. A key that is not known, given twice or of the wrong type is an error that shows its line.
func Parse(text []byte, cfg *Config) (err error) {
	defer func() { // go-yaml v1.19.2 panics where a value with a tag stands in place of a list
		if v := recover(); v != nil {
			err = fmt.Errorf("this cannot be read as YAML: %v", v)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := dec.Decode(cfg); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s", withoutPasswords(strings.TrimSpace(yaml.FormatError(err, false, true))))
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one YAML document; keep the first and delete the rest")
	}
	return nil
}

// passwords are those in URLs, which an error shows when it quotes the lines around a mistake.
var passwords = regexp.MustCompile(`(postgres(?:ql)?://[^:@/\s]*):[^\s]*@|([?&](?:ssl)?password=)[^&\s'"]*`)

func withoutPasswords(text string) string { return passwords.ReplaceAllString(text, "$1$2***") }

func (o Overrides) apply(cfg *Config) error {
	if len(o.SIPListen) > 0 {
		cfg.SIP.Listen = nil
		for _, text := range o.SIPListen {
			if err := cfg.SIP.Listen.add(text); err != nil {
				return fmt.Errorf("--sip-listen: %w", err)
			}
		}
	}
	if o.RTPPorts != "" {
		if err := cfg.RTP.Ports.set(o.RTPPorts); err != nil {
			return fmt.Errorf("--rtp-ports: %w", err)
		}
	}
	if o.HTTPListen != "" {
		addr, err := netip.ParseAddrPort(o.HTTPListen)
		if err != nil {
			return fmt.Errorf("--http-listen: %q is not an address and port such as 127.0.0.1:8080", o.HTTPListen)
		}
		cfg.HTTP.Listen = AddrPort{addr}
	}
	if o.APIKey != "" {
		cfg.HTTP.APIKeys = APIKeys{{Secret: o.APIKey}}
	}
	for _, s := range []struct {
		value  string
		target *string
	}{
		{o.SIPTLSCert, &cfg.SIP.TLS.Cert},
		{o.SIPTLSKey, &cfg.SIP.TLS.Key},
		{o.TLSCert, &cfg.HTTP.TLSCert},
		{o.TLSKey, &cfg.HTTP.TLSKey},
		{o.StateDir, &cfg.StateDir},
		{o.Store, &cfg.Store},
		{o.LogLevel, &cfg.Log.Level},
		{o.LogFormat, &cfg.Log.Format},
		{o.SpeechURL, &cfg.Speech.URL},
		{o.SpeechAPIKey, &cfg.Speech.APIKey},
	} {
		if s.value != "" {
			*s.target = s.value
		}
	}
	return nil
}
