// Package config holds the one typed configuration of the daemon: its defaults, which work with no file at all, a strict
// YAML reader that names the line of a mistake, and the checks. It starts nothing; cmd copies from it into each package's
// Options.
package config

import (
	"net/netip"
	"time"
)

// Config is the whole configuration. The zero value of a field is not its default: see [Default].
type Config struct {
	SIP       SIP       `yaml:"sip"`
	DialOut   DialOut   `yaml:"dial_out"`
	RTP       RTP       `yaml:"rtp"`
	HTTP      HTTP      `yaml:"http"`
	Limits    Limits    `yaml:"limits"`
	Webhooks  Webhooks  `yaml:"webhooks"`
	Retention Retention `yaml:"retention"`
	Backup    Backup    `yaml:"backup"`
	CDR       CDR       `yaml:"cdr"`
	Log       Log       `yaml:"log"`
	Keys      Keys      `yaml:"keys"`
	StateDir  string    `yaml:"state_dir"` // where the event log, the API key and the recordings are kept
	Store     string    `yaml:"store"`     // postgres://…, where the event log and the recordings are kept instead; empty: SQLite in StateDir
	Speech    Speech    `yaml:"speech"`
	Prompts   string    `yaml:"prompts"` // a folder of languages that is laid over the built-in ones; empty: none
}

// SIP is how callers reach the bridge.
type SIP struct {
	Listen    Listeners `yaml:"listen"`
	TLS       SIPTLS    `yaml:"tls"`
	Advertise Addr      `yaml:"advertise"`   // the address told to callers, for a bridge behind NAT; invalid: the one they reached
	Open      bool      `yaml:"open"`        // take calls from anybody on a public address
	Trunks    []Trunk   `yaml:"trunks"`      // whom calls are taken from
	CodeInURI string    `yaml:"code_in_uri"` // who may call sip:<access code>@host straight into a meeting: trusted, all, off
	Bans      Bans      `yaml:"bans"`        // of strangers

	SRTP            string `yaml:"srtp"`               // whether media is encrypted: off, allow, require
	SRTPKeysInClear bool   `yaml:"srtp_keys_in_clear"` // its keys may go over SIP without TLS, to whoever reads along

	SessionExpires Duration `yaml:"session_expires"` // of session timers (RFC 4028)
}

// SRTPOf is the policy towards an address, and a trunk that is called through; empty: none.
func (s SIP) SRTPOf(far netip.Addr, trunk string) string {
	if trunk == "" {
		trunk = s.TrunkOf(far)
	}
	for _, t := range s.Trunks {
		if t.Name == trunk && t.SRTP != "" {
			return t.SRTP
		}
	}
	return s.SRTP
}

// Listeners are written as a list of [Listen].
type Listeners []Listen

// Listen is one SIP socket, written "udp:127.0.0.1:5060"; without a network it means UDP and TCP. "tls:127.0.0.1" has port 5061.
type Listen struct {
	Network string // "udp", "tcp" or "tls"
	Addr    netip.AddrPort
}

// Trunk is a peer that calls are taken from.
type Trunk struct {
	Name      string   `yaml:"name"`
	Addresses []Prefix `yaml:"addresses"`
	SRTP      string   `yaml:"srtp"`      // off, allow, require; empty: as all
	TLSNames  []string `yaml:"tls_names"` // in its certificate: who shows one of these over TLS is this trunk, wherever he calls from
	Outbound  Outbound `yaml:"outbound"`  // how the bridge calls out through it; no host: it does not
}

// RTP is the media side.
type RTP struct {
	Ports   PortRange `yaml:"ports"`
	DSCP    int       `yaml:"dscp"`    // that packets are marked with (RFC 2474); 0: none
	Timeout Duration  `yaml:"timeout"` // without RTP for so long, a caller is probed and then given up
}

// PortRange is an inclusive range of UDP ports, written "20000-29999".
type PortRange struct{ Min, Max uint16 }

// HTTP is the API and the page.
type HTTP struct {
	Listen  AddrPort `yaml:"listen"`
	TLSCert string   `yaml:"tls_cert"` // PEM file, read again when it changes; empty: plain HTTP
	TLSKey  string   `yaml:"tls_key"`
	APIKeys APIKeys  `yaml:"api_keys"` // empty: one is made at the first start and kept in the state directory

	AllowedOrigins []string   `yaml:"allowed_origins"` // of pages that may call the API from a browser; empty: none
	RateLimits     RateLimits `yaml:"rate_limits"`
}

// APIKeys are written as a list of [APIKey].
type APIKeys []APIKey

// APIKey is an API key: its secret alone, which may do everything, or a mapping that names it and what it may do.
type APIKey struct {
	Secret    string `yaml:"-"` // empty: Hash has it
	Name      string
	Hash      string // sha256: and 64 hexadecimal digits
	Scopes    []string
	Meetings  []string // the only ones it is for; empty: all
	ExpiresAt time.Time
}

// RateLimits are requests a second of one key or token; ten times as many may come at once.
type RateLimits struct {
	Key      int `yaml:"key"`
	Speaker  int `yaml:"speaker"`
	Audience int `yaml:"audience"`
}

// Limits bound what the daemon takes on.
type Limits struct {
	Calls            int   `yaml:"calls"`
	LegsPerMeeting   int   `yaml:"legs_per_meeting"`
	Meetings         int   `yaml:"meetings"`           // open at a time
	CallsPerSecond   int   `yaml:"calls_per_second"`   // new INVITEs taken, over all sources
	UploadBytes      int64 `yaml:"upload_bytes"`       // of one recording
	RequestBodyBytes int64 `yaml:"request_body_bytes"` // of any other API request

	TraceBytes int `yaml:"trace_bytes"` // of SIP messages that are kept of calls; 0: none

	BroadcastRecording Duration `yaml:"broadcast_recording"` // of a message that a caller speaks for all rooms
	BroadcastLive      Duration `yaml:"broadcast_live"`      // for which a caller speaks to all rooms
}

// Webhooks is where events are sent to.
type Webhooks struct {
	AllowPrivate  bool     `yaml:"allow_private"`  // loopback and private networks too
	AllowNetworks []Prefix `yaml:"allow_networks"` // these too, whatever they are
	Endpoints     int      `yaml:"endpoints"`      // at most
}

// Retention is how long things are kept.
type Retention struct {
	// Attendance is how long the log of a meeting, and with it its attendance, is kept after it has ended or was deleted;
	// 0: for ever.
	Attendance Duration `yaml:"attendance"`
}

// Log is what is written to standard error.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error
	Format string `yaml:"format"` // text, json
}

// Default is the configuration without a file: loopback only.
func Default() Config {
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	return Config{
		SIP: SIP{
			Listen:    bothNetworks(netip.AddrPortFrom(loopback, 5060)),
			CodeInURI: "trusted",
			Bans:      Bans{For: Duration{5 * time.Minute}, Scanners: defaultScanners()},
			SRTP:      "allow",

			SessionExpires: Duration{30 * time.Minute},
		},
		DialOut: DialOut{
			Ring:        Duration{45 * time.Second},
			MaxDuration: Duration{4 * time.Hour},
			Parallel:    10, MeetingParallel: 5, PerMinute: 10, PerHour: 100, PerDay: 500, MeetingPerDay: 100, MinutesPerDay: 3000,
		},
		RTP: RTP{Ports: PortRange{Min: 20000, Max: 29999}, DSCP: 46, Timeout: Duration{15 * time.Second}},
		HTTP: HTTP{
			Listen:     AddrPort{netip.AddrPortFrom(loopback, 8080)},
			RateLimits: RateLimits{Key: 2000, Speaker: 50, Audience: 10},
		},
		Limits: Limits{
			Calls:            3000,
			LegsPerMeeting:   1500,
			Meetings:         1000,
			CallsPerSecond:   200,
			UploadBytes:      10 << 20,
			RequestBodyBytes: 1 << 20,
			TraceBytes:       16 << 20,

			BroadcastRecording: Duration{2 * time.Minute},
			BroadcastLive:      Duration{5 * time.Minute},
		},
		Webhooks:  Webhooks{Endpoints: 100},
		Retention: Retention{Attendance: Duration{90 * 24 * time.Hour}},
		Backup:    Backup{Every: Duration{6 * time.Hour}, Keep: 8},
		CDR:       CDR{Numbers: "masked"},
		Log:       Log{Level: "info", Format: "text"},
		Speech:    Speech{Engine: "auto", Format: "wav"},
		StateDir:  "./partyline-data",
	}
}

func bothNetworks(addr netip.AddrPort) Listeners {
	return Listeners{{Network: "udp", Addr: addr}, {Network: "tcp", Addr: addr}}
}
