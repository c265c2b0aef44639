package main

import (
	"io"
	"log/slog"
	"os"

	"partyline/config"
)

// configFlags are the settings that can be given on the command line or in the environment.
type configFlags struct {
	Config      string   `help:"Configuration file (YAML). None is needed." type:"path" env:"PARTYLINE_CONFIG"`
	SIPListen   []string `help:"Where calls come in, e.g. 127.0.0.1:5060, udp:127.0.0.1:5060 or tls:127.0.0.1:5061. May be given several times." placeholder:"ADDR" env:"PARTYLINE_SIP_LISTEN"`
	SIPTLSCert  string   `name:"sip-tls-cert" help:"Certificate (PEM) for SIP over TLS." placeholder:"FILE" env:"PARTYLINE_SIP_TLS_CERT"`
	SIPTLSKey   string   `name:"sip-tls-key" help:"Its key (PEM)." placeholder:"FILE" env:"PARTYLINE_SIP_TLS_KEY"`
	RTPPorts    string   `help:"Ports for the callers' audio, e.g. 20000-29999." placeholder:"RANGE" env:"PARTYLINE_RTP_PORTS"`
	HTTPListen  string   `help:"Where the API listens, e.g. 127.0.0.1:8080." placeholder:"ADDR" env:"PARTYLINE_HTTP_LISTEN"`
	HTTPTLSCert string   `name:"http-tls-cert" help:"Certificate (PEM) for HTTPS." placeholder:"FILE" env:"PARTYLINE_HTTP_TLS_CERT"`
	HTTPTLSKey  string   `name:"http-tls-key" help:"Its key (PEM)." placeholder:"FILE" env:"PARTYLINE_HTTP_TLS_KEY"`
	StateDir    string   `help:"Where the event log and the API key are kept." placeholder:"DIR" env:"PARTYLINE_STATE_DIR"`
	Store       string   `help:"Keep the event log in PostgreSQL: postgres://user:password@host/database. Others on this machine see flags: give a password by the environment." placeholder:"URL" env:"PARTYLINE_STORE"`
	APIKey      string   `help:"The API key to take, at least 16 characters." placeholder:"KEY" env:"PARTYLINE_API_KEY"`
	LogLevel    string   `help:"debug, info, warn or error." placeholder:"LEVEL" env:"PARTYLINE_LOG_LEVEL"`
	LogFormat   string   `help:"text or json." placeholder:"FORMAT" env:"PARTYLINE_LOG_FORMAT"`

	SpeechURL    string `name:"speech-url" help:"A server that speaks texts, of the form of OpenAI's /v1/audio/speech." placeholder:"URL" env:"PARTYLINE_SPEECH_URL"`
	SpeechAPIKey string `name:"speech-api-key" help:"Its API key. Others on this machine see flags: give it by the environment." placeholder:"KEY" env:"PARTYLINE_SPEECH_API_KEY"`
}

func (f configFlags) load() (config.Config, error) {
	cfg, err := config.Load(f.Config, config.Overrides{
		SIPListen:  f.SIPListen,
		RTPPorts:   f.RTPPorts,
		HTTPListen: f.HTTPListen,
		SIPTLSCert: f.SIPTLSCert,
		SIPTLSKey:  f.SIPTLSKey,
		TLSCert:    f.HTTPTLSCert,
		TLSKey:     f.HTTPTLSKey,
		StateDir:   f.StateDir,
		Store:      f.Store,
		APIKey:     f.APIKey,
		LogLevel:   f.LogLevel,
		LogFormat:  f.LogFormat,

		SpeechURL: f.SpeechURL, SpeechAPIKey: f.SpeechAPIKey,
	})
	if err != nil {
		return cfg, err
	}
	if _, err := keymapOf(cfg.Keys); err != nil {
		return cfg, locateKeys(f.Config, cfg.Keys, err)
	}
	return cfg, nil
}

// newLogger writes to standard error, so that standard output stays for what a command has to tell.
func newLogger(cfg config.Log) *slog.Logger { return slog.New(logHandler(cfg, os.Stderr)) }

func logHandler(cfg config.Log, w io.Writer) slog.Handler {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo // the configuration was validated, so this is not reached
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}
