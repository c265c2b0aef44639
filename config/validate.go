package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Validate reports the first thing that is wrong, and what to do about it.
func (c Config) Validate() error {
	return firstError(
		c.SIP.validate,
		func() error { return c.DialOut.validate(c.SIP.Trunks) },
		c.RTP.validate,
		c.HTTP.validate,
		c.Limits.validate,
		c.Webhooks.validate,
		c.Retention.validate,
		c.Backup.validate,
		c.CDR.validate,
		c.SIP.Bans.validate,
		c.Log.validate,
		c.Speech.validate,
		func() error {
			if c.StateDir == "" {
				return invalid("state_dir", "name a folder, e.g. ./partyline-data")
			}
			return nil
		},
		func() error {
			if c.Store != "" && !strings.HasPrefix(c.Store, "postgres://") && !strings.HasPrefix(c.Store, "postgresql://") {
				return invalid("store", "name a PostgreSQL database, e.g. postgres://user:password@host:5432/database, or leave it empty for SQLite in the state directory")
			}
			if c.Store != "" && c.Backup.Dir != "" {
				return invalid("backup.dir", "the events are in PostgreSQL: back it up with pg_dump, and leave this empty")
			}
			return nil
		},
	)
}

// fieldError is a mistake in one field, named as in the file ("sip.trunks[0].name").
type fieldError struct{ path, message string }

func (e *fieldError) Error() string { return e.path + ": " + e.message }

func invalid(path, format string, args ...any) error {
	return &fieldError{path: path, message: fmt.Sprintf(format, args...)}
}

func firstError(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (s SIP) validate() error {
	if len(s.Listen) == 0 {
		return invalid("sip.listen", "name at least one address, e.g. 127.0.0.1:5060")
	}
	for i, l := range s.Listen {
		if slices.Contains(s.Listen[:i], l) {
			return invalid("sip.listen", "%s is there twice", l)
		}
		if !l.Addr.Addr().IsLoopback() && len(s.Trunks) == 0 && !s.Open {
			return invalid("sip.listen", "%s can be reached from other machines; name sip.trunks to take calls from, or set sip.open: true to take them from anybody", l)
		}
		if l.Addr.Addr().IsUnspecified() && !s.Advertise.IsValid() {
			return invalid("sip.listen", "%s is every address of this machine; name sip.advertise, the one that callers are told to send their audio to", l)
		}
	}
	if err := s.validateTLS(); err != nil {
		return err
	}
	for i, t := range s.Trunks {
		if t.Name == "" {
			return invalid(fmt.Sprintf("sip.trunks[%d].name", i), "give the trunk a name")
		}
		if len(t.Addresses) == 0 && len(t.TLSNames) == 0 {
			return invalid(fmt.Sprintf("sip.trunks[%d].addresses", i), "name the addresses that %s calls from, e.g. 192.0.2.10/32, or the tls_names of its certificate", t.Name)
		}
		if t.SRTP != "" && !slices.Contains(srtpPolicies, t.SRTP) {
			return invalid(fmt.Sprintf("sip.trunks[%d].srtp", i), "%q is not one of off, allow, require", t.SRTP)
		}
		if err := t.Outbound.validate(fmt.Sprintf("sip.trunks[%d].outbound", i)); err != nil {
			return err
		}
	}
	if !slices.Contains(srtpPolicies, s.SRTP) {
		return invalid("sip.srtp", "%q is not one of off, allow, require", s.SRTP)
	}
	if !slices.Contains([]string{"trusted", "all", "off"}, s.CodeInURI) {
		return invalid("sip.code_in_uri", "%q is not one of trusted, all, off", s.CodeInURI)
	}
	if d := s.SessionExpires.Duration; d < minSessionExpires || d > 24*time.Hour || d%time.Second != 0 {
		return invalid("sip.session_expires", "%s is not between 90s and 24h in whole seconds", s.SessionExpires)
	}
	return nil
}

// minSessionExpires is the least that RFC 4028 §4 allows.
const minSessionExpires = 90 * time.Second

var srtpPolicies = []string{"off", "allow", "require"}

// Trusted says whether calls from this address are let in without being asked twice: loopback and the trunks.
func (s SIP) Trusted(addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.IsLoopback() {
		return true
	}
	return s.TrunkOf(addr) != ""
}

// TrunkOf names the trunk that calls from this address come from; empty: none.
func (s SIP) TrunkOf(addr netip.Addr) string {
	for _, t := range s.Trunks {
		if slices.ContainsFunc(t.Addresses, func(p Prefix) bool { return p.Contains(addr.Unmap()) }) {
			return t.Name
		}
	}
	return ""
}

// HasTrunk says whether there is a trunk of this name.
func (s SIP) HasTrunk(name string) bool {
	return slices.ContainsFunc(s.Trunks, func(t Trunk) bool { return t.Name == name })
}

func (r RTP) validate() error {
	if r.Ports.Min < 1024 || r.Ports.Max <= r.Ports.Min {
		return invalid("rtp.ports", "%s: name a range above 1023 with room for two ports a call, e.g. 20000-29999", r.Ports)
	}
	if r.DSCP < 0 || r.DSCP > 63 {
		return invalid("rtp.dscp", "%d is not between 0 and 63; 46 is expedited forwarding", r.DSCP)
	}
	if r.Timeout.Duration < 2*time.Second || r.Timeout.Duration > time.Hour {
		return invalid("rtp.timeout", "%s is not between 2s and 1h", r.Timeout)
	}
	return nil
}

func (h HTTP) validate() error {
	if !h.Listen.IsValid() {
		return invalid("http.listen", "name an address and port, e.g. 127.0.0.1:8080")
	}
	if (h.TLSCert == "") != (h.TLSKey == "") {
		return invalid("http.tls_key", "name http.tls_cert and http.tls_key, or neither")
	}
	for i, origin := range h.AllowedOrigins {
		if err := checkOrigin(origin); err != nil {
			return invalid(fmt.Sprintf("http.allowed_origins[%d]", i), "%s", err)
		}
	}
	return firstError(h.APIKeys.validate, h.RateLimits.validate)
}

func (l Limits) validate() error {
	for _, limit := range []struct {
		name            string
		value, min, max int64
	}{
		{"calls", int64(l.Calls), 1, 100_000},
		{"legs_per_meeting", int64(l.LegsPerMeeting), 1, 10_000},
		{"meetings", int64(l.Meetings), 1, 1_000_000},
		{"calls_per_second", int64(l.CallsPerSecond), 1, 100_000},
		{"upload_bytes", l.UploadBytes, 1 << 10, 16 << 20}, // the store takes no larger recording
		{"trace_bytes", int64(l.TraceBytes), 0, 1 << 30},
		{"request_body_bytes", l.RequestBodyBytes, 1 << 10, 1 << 30},
	} {
		if limit.value < limit.min || limit.value > limit.max {
			return invalid("limits."+limit.name, "%d is not between %d and %d", limit.value, limit.min, limit.max)
		}
	}
	for name, d := range map[string]time.Duration{
		"broadcast_recording": l.BroadcastRecording.Duration, "broadcast_live": l.BroadcastLive.Duration,
	} {
		if d < minBroadcast || d > maxBroadcast {
			return invalid("limits."+name, "%v is not between %v and %v", d, minBroadcast, maxBroadcast)
		}
	}
	return nil
}

// How long callers may be allowed to speak to all rooms. A recording is no longer than one that is uploaded.
const (
	minBroadcast = 5 * time.Second
	maxBroadcast = 5 * time.Minute
)

func (w Webhooks) validate() error {
	if w.Endpoints < 1 || w.Endpoints > 1000 {
		return invalid("webhooks.endpoints", "%d is not between 1 and 1000", w.Endpoints)
	}
	for i, p := range w.AllowNetworks {
		if p.Addr().Is4In6() {
			return invalid(fmt.Sprintf("webhooks.allow_networks[%d]", i), "write %s as IPv4", p)
		}
	}
	return nil
}

// minRetention leaves time to read the attendance of a meeting that has just ended.
const minRetention = time.Hour

func (r Retention) validate() error {
	if d := r.Attendance.Duration; d != 0 && (d < minRetention || d > 100*365*24*time.Hour) {
		return invalid("retention.attendance", "%s is neither 0, for ever, nor between 1h and 876000h", r.Attendance)
	}
	return nil
}

func (l Log) validate() error {
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, l.Level) {
		return invalid("log.level", "%q is not one of debug, info, warn, error", l.Level)
	}
	if !slices.Contains([]string{"text", "json"}, l.Format) {
		return invalid("log.format", "%q is not one of text, json", l.Format)
	}
	return nil
}
