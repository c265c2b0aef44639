package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DialOut is whom the bridge may call, and how much.
type DialOut struct {
	Allow []string `yaml:"allow"` // beginnings of numbers; empty: none
	Deny  []string `yaml:"deny"`  // that are not called although Allow has a shorter one
	Hosts []Prefix `yaml:"hosts"` // where SIP addresses may be called
	Trunk string   `yaml:"trunk"` // that numbers are called through; empty: the only one that has Outbound

	Ring        Duration `yaml:"ring"`         // how long a telephone rings
	MaxDuration Duration `yaml:"max_duration"` // of a call

	Parallel        int `yaml:"parallel"`         // calls at a time
	MeetingParallel int `yaml:"meeting_parallel"` // the same of one meeting
	PerMinute       int `yaml:"per_minute"`       // attempts
	PerHour         int `yaml:"per_hour"`
	PerDay          int `yaml:"per_day"`
	MeetingPerDay   int `yaml:"meeting_per_day"` // attempts of one meeting in 24 hours
	MinutesPerDay   int `yaml:"minutes_per_day"` // of talk
}

// Outbound is how calls go out through a trunk.
type Outbound struct {
	Host         string `yaml:"host"`      // name or address, with a port if it is not 5060 (tls: 5061); empty: no calls go out
	Transport    string `yaml:"transport"` // udp, tcp or tls; empty: udp
	Domain       string `yaml:"domain"`    // in the addresses of both sides; empty: the host
	CallerID     string `yaml:"caller_id"` // the number that calls; empty: the user name
	Username     string `yaml:"username"`
	PasswordEnv  string `yaml:"password_env"`  // the variable that has the password, or
	PasswordFile string `yaml:"password_file"` // the file
	Realm        string `yaml:"realm"`         // that the trunk asks for the password with; empty: the domain
}

var (
	numberPrefix = regexp.MustCompile(`^\+([1-9][0-9]{0,14})?$`)
	hostName     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)
	userName     = regexp.MustCompile(`^[A-Za-z0-9+][A-Za-z0-9+._-]{0,63}$`)
)

// Off says that nobody may be called.
func (d DialOut) Off() bool { return len(d.Allow) == 0 && len(d.Hosts) == 0 }

func (d DialOut) validate(trunks []Trunk) error {
	for _, list := range []struct {
		name     string
		prefixes []string
	}{{"allow", d.Allow}, {"deny", d.Deny}} {
		for i, prefix := range list.prefixes {
			if !numberPrefix.MatchString(prefix) {
				return invalid(fmt.Sprintf("dial_out.%s[%d]", list.name, i), "%.40q is not the beginning of an international number such as \"+49\" or \"+4930\"", prefix)
			}
		}
	}
	for i, p := range d.Hosts {
		if p.Addr().Is4In6() {
			return invalid(fmt.Sprintf("dial_out.hosts[%d]", i), "write %s as IPv4", p)
		}
	}
	if _, err := d.Through(trunks); err != nil {
		return err
	}
	return d.validateLimits()
}

func (d DialOut) validateLimits() error {
	for _, limit := range []struct {
		name       string
		value, max int
	}{
		{"parallel", d.Parallel, 10_000}, {"meeting_parallel", d.MeetingParallel, 100}, {"per_minute", d.PerMinute, 10_000},
		{"per_hour", d.PerHour, 100_000}, {"per_day", d.PerDay, 100_000}, {"meeting_per_day", d.MeetingPerDay, 100_000}, {"minutes_per_day", d.MinutesPerDay, 10_000_000},
	} {
		if limit.value < 1 || limit.value > limit.max {
			return invalid("dial_out."+limit.name, "%d is not between 1 and %d", limit.value, limit.max)
		}
	}
	switch {
	case d.Ring.Duration < 5*time.Second || d.Ring.Duration > 3*time.Minute:
		return invalid("dial_out.ring", "%s is not between 5s and 3m", d.Ring)
	case d.MaxDuration.Duration < time.Minute || d.MaxDuration.Duration > 24*time.Hour:
		return invalid("dial_out.max_duration", "%s is not between 1m and 24h", d.MaxDuration)
	}
	return nil
}

// Through finds the trunk that numbers are called through; nil: none is needed.
func (d DialOut) Through(trunks []Trunk) (*Trunk, error) {
	var out []*Trunk
	for i := range trunks {
		if t := &trunks[i]; t.Outbound.Host != "" && (d.Trunk == "" || d.Trunk == t.Name) {
			out = append(out, t)
		}
	}
	switch {
	case len(out) == 1:
		return out[0], nil
	case d.Trunk != "":
		return nil, invalid("dial_out.trunk", "none of sip.trunks is named %.64q and has outbound", d.Trunk)
	case len(d.Allow) == 0:
		return nil, nil
	case len(out) > 1:
		return nil, invalid("dial_out.trunk", "several of sip.trunks have outbound: name the one to call through")
	}
	return nil, invalid("dial_out.allow", "numbers are called through a trunk: give one of sip.trunks the section outbound")
}

func (o Outbound) validate(at string) error {
	if o.Host == "" {
		if o != (Outbound{}) {
			return invalid(at+".host", "name the host that calls go out to, e.g. sip.example.net")
		}
		return nil
	}
	host, _, err := o.HostPort()
	switch {
	case err != nil:
		return invalid(at+".host", "%s", err)
	case !slices.Contains([]string{"", "udp", "tcp", "tls"}, o.Transport):
		return invalid(at+".transport", "%.20q is not udp, tcp or tls", o.Transport)
	case o.Domain != "" && !isHost(o.Domain):
		return invalid(at+".domain", "%.80q is not a host name", o.Domain)
	case o.CallerID == "" && o.Username == "":
		return invalid(at+".caller_id", "name the number that calls from %s come from", host)
	case o.CallerID != "" && !userName.MatchString(o.CallerID):
		return invalid(at+".caller_id", "%.80q is not a number such as \"+4930123450\"", o.CallerID)
	case o.Username != "" && !userName.MatchString(o.Username):
		return invalid(at+".username", "%.80q is not a user name: take letters, digits, and + . _ -", o.Username)
	}
	return o.validatePassword(at)
}

func (o Outbound) validatePassword(at string) error {
	switch {
	case o.PasswordEnv != "" && o.PasswordFile != "":
		return invalid(at+".password_file", "name password_env or password_file, not both")
	case (o.Username == "") != (o.PasswordEnv == "" && o.PasswordFile == ""):
		return invalid(at+".username", "name username, and password_env or password_file, or none of them")
	case strings.ContainsAny(o.Realm, "\"\\\r\n"):
		return invalid(at+".realm", "must not have quotes or line breaks")
	}
	return nil
}

// HostPort is where calls go; the port is 5060, or 5061 for TLS, unless another is named.
func (o Outbound) HostPort() (host string, port uint16, err error) {
	host, text := o.Host, "5060"
	if o.Transport == "tls" {
		text = strconv.Itoa(sipTLSPort)
	}
	if h, p, splitErr := net.SplitHostPort(o.Host); splitErr == nil {
		host, text = h, p
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || !isHost(host) {
		return "", 0, fmt.Errorf("%.80q is not a host such as sip.example.net or 192.0.2.7:5060", o.Host)
	}
	return host, uint16(n), nil
}

func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	return hostName.MatchString(s)
}

// maxPassword bounds the file of a password.
const maxPassword = 1000

// Password reads the password of the trunk; empty: it needs none.
func (o Outbound) Password() (string, error) {
	password := os.Getenv(o.PasswordEnv)
	if o.PasswordFile != "" {
		text, err := readFile(o.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("password_file: %w", err)
		}
		password = strings.TrimRight(string(text), "\r\n")
	}
	switch {
	case o.Username == "":
		return "", nil
	case password == "":
		return "", errors.New("the password of the trunk is empty: set the variable or write the file that the configuration names")
	case len(password) > maxPassword || strings.ContainsAny(password, "\r\n\x00"):
		return "", fmt.Errorf("the password of the trunk has several lines or more than %d characters", maxPassword)
	}
	return password, nil
}
