package dialout

import (
	"errors"
	"net/netip"
	"strings"

	"partyline/control"
)

// Destination is whom to call.
type Destination struct {
	Number string         // in E.164, with its +; empty: User at Addr
	User   string         // of a SIP address
	Addr   netip.AddrPort // of a SIP address; its port may be 0
}

// String is the destination in the one form in which it is kept.
func (d Destination) String() string {
	switch {
	case d.Number != "":
		return d.Number
	case d.Addr.Port() != 0:
		return "sip:" + d.User + "@" + d.Addr.String()
	case d.Addr.Addr().Is6():
		return "sip:" + d.User + "@[" + d.Addr.Addr().String() + "]"
	}
	return "sip:" + d.User + "@" + d.Addr.Addr().String()
}

const (
	field     = "to"
	maxText   = 64
	minDigits = 7 // of an international number, with its country code
	maxDigits = 15
	digits    = "0123456789"
)

// parse reads a number, or the plainest form of a SIP address: no parameters, no headers, no escapes, no password.
func parse(text string) (Destination, error) {
	if len(text) > maxText {
		return Destination{}, control.Invalid(field, "", "must have at most %d characters", maxText)
	}
	if rest, ok := strings.CutPrefix(text, "sip:"); ok {
		return parseAddress(rest)
	}
	number, err := parseNumber(text)
	return Destination{Number: number}, err
}

func parseAddress(text string) (Destination, error) {
	const hint = "write it as sip:user@192.0.2.7 or sip:user@192.0.2.7:5060"
	user, host, ok := strings.Cut(text, "@")
	if !ok || user == "" || len(user) > 32 || strings.Trim(user, digits+letters+"+._-") != "" {
		return Destination{}, control.Invalid(field, hint, "is not a SIP address that can be called")
	}
	addr, err := netip.ParseAddrPort(host)
	if err != nil {
		var ip netip.Addr
		if ip, err = netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err == nil && ip.Is6() != strings.HasPrefix(host, "[") {
			err = errBrackets
		}
		addr = netip.AddrPortFrom(ip, 0)
	}
	if err != nil || addr.Addr().Zone() != "" {
		return Destination{}, control.Invalid(field, hint, "the host of a SIP address must be an IP address")
	}
	return Destination{User: user, Addr: netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port())}, nil
}

// parseNumber brings a number into the form of E.164. What people put between digits is taken out; everything else that is
// no digit makes it no number.
func parseNumber(text string) (string, error) {
	const hint = "write it with the country code, as +4930123417"
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -./()", r) {
			return -1
		}
		return r
	}, text)
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		number = "+" + rest
	}
	rest, ok := strings.CutPrefix(number, "+")
	switch {
	case !ok || rest == "" || strings.Trim(rest, digits) != "" || rest[0] == '0':
		return "", control.Invalid(field, hint, "is not an international telephone number")
	case len(rest) < minDigits || len(rest) > maxDigits:
		return "", control.Invalid(field, hint, "must have %d to %d digits", minDigits, maxDigits)
	}
	if code := countryCode(rest); rest[len(code)] == '0' && !strings.Contains(zeroBegins, " "+code+" ") {
		return "", control.Invalid(field, "leave out the 0 after the country code", "is not an international telephone number")
	}
	return number, nil
}

// countryCode is what a number of at least minDigits digits begins with.
func countryCode(number string) string {
	switch {
	case number[0] == '1', number[0] == '7':
		return number[:1]
	case strings.Contains(twoDigits, " "+number[:2]+" "):
		return number[:2]
	}
	return number[:3]
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

var errBrackets = errors.New("an IPv6 address stands in brackets")
