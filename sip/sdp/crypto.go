package sdp

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partyline/mixer/media"
)

// Bounds of what is read of a=crypto.
const (
	maxCrypto    = 16  // per m-line
	maxCryptoRow = 512 // bytes
	maxMKI       = 4   // bytes; more than anybody numbers keys with
	// minLifetime is the fewest packets that a key must be good for: 5.8 hours of audio. We do not ask for a new key when it is
	// used up, so that one which is good for less is not taken.
	minLifetime = 1 << 20
	maxLifetime = 1 << 48 // RFC 3711 §9.2
)

// crypto is one a=crypto line (RFC 4568 §9.1).
type crypto struct {
	tag   string
	suite media.Suite
	key   media.Key
	mki   []byte
}

// suites are those that we know, best first.
var suites = []media.Suite{media.GCM256, media.GCM128, media.AES128SHA80, media.AES128SHA32}

// offeredSuites are those that we offer: the others are for who offers nothing better, and would make requests too long for
// UDP.
var offeredSuites = []media.Suite{media.GCM256, media.AES128SHA80}

// addCrypto reads an a=crypto line, and passes over one that cannot be used as it stands (RFC 4568 §5.1.2, §6.3.8): of an
// unknown suite, with several keys, with parameters that we do not have.
func (s *stream) addCrypto(value string) {
	if c, ok := parseCrypto(value); ok && len(s.crypto) < maxCrypto &&
		!slices.ContainsFunc(s.crypto, func(o crypto) bool { return o.tag == c.tag }) {
		s.crypto = append(s.crypto, c)
	}
}

// parseCrypto reads "<tag> <suite> inline:<key||salt>[|lifetime][|MKI:length] [parameters]".
func parseCrypto(value string) (crypto, bool) {
	fields := strings.Fields(value)
	if len(value) > maxCryptoRow || len(fields) < 3 {
		return crypto{}, false
	}
	c := crypto{tag: fields[0], suite: suiteNamed(fields[1])}
	if !isTag(c.tag) || c.suite == media.NoSuite || !c.readKey(fields[2]) {
		return crypto{}, false
	}
	for _, p := range fields[3:] {
		if !harmless(p) {
			return crypto{}, false
		}
	}
	return c, true
}

func suiteNamed(name string) media.Suite {
	for _, s := range suites {
		if strings.EqualFold(name, s.String()) {
			return s
		}
	}
	return media.NoSuite
}

// isTag says whether s is a decimal number of one to nine digits.
func isTag(s string) bool {
	return s != "" && len(s) <= 9 && strings.Trim(s, "0123456789") == ""
}

// harmless are the session parameters that change nothing for us: the window of the far end, and extensions, which who does
// not know them ignores (RFC 4568 §6.3.6, §6.3.7). All others would have to be obeyed: no encryption, no authentication,
// derived keys, FEC.
func harmless(parameter string) bool {
	if size, ok := strings.CutPrefix(parameter, "WSH="); ok {
		n, err := strconv.ParseUint(size, 10, 16)
		return err == nil && n >= 64
	}
	return strings.HasPrefix(parameter, "-")
}

// readKey reads one key with what belongs to it. Several keys, told apart by their MKIs, are not for us.
func (c *crypto) readKey(value string) bool {
	method, rest, ok := strings.Cut(value, ":")
	if !ok || !strings.EqualFold(method, "inline") || strings.Contains(rest, ";") {
		return false
	}
	parts := strings.Split(rest, "|")
	if len(parts) > 3 || !c.decodeKey(parts[0]) {
		return false
	}
	hasLifetime := false
	for i, p := range parts[1:] {
		switch mki := strings.Contains(p, ":"); {
		case mki && c.mki == nil:
			if !c.readMKI(p) {
				return false
			}
		case mki || hasLifetime || i > 0:
			return false
		default:
			if hasLifetime = true; !longEnough(p) {
				return false
			}
		}
	}
	return true
}

func (c *crypto) decodeKey(text string) bool {
	key, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	size, salt := c.suite.Sizes()
	c.key = key
	return err == nil && len(key) == size+salt
}

// longEnough reads a lifetime: a number of packets, or "2^n" (RFC 4568 §6.1).
func longEnough(text string) bool {
	if power, ok := strings.CutPrefix(text, "2^"); ok {
		n, err := strconv.ParseUint(power, 10, 6)
		return err == nil && 1<<n >= uint64(minLifetime) && 1<<n <= uint64(maxLifetime)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n >= minLifetime && n <= maxLifetime
}

// readMKI reads "<number>:<length in bytes>".
func (c *crypto) readMKI(text string) bool {
	number, length, _ := strings.Cut(text, ":")
	n, err := strconv.ParseUint(length, 10, 8)
	if err != nil || n == 0 || n > maxMKI {
		return false
	}
	v, err := strconv.ParseUint(number, 10, 8*int(n))
	if err != nil {
		return false
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	c.mki = b[8-n:]
	return true
}

// writeCrypto writes a key of ours.
func writeCrypto(b *strings.Builder, tag string, suite media.Suite, key media.Key) {
	fmt.Fprintf(b, "a=crypto:%s %s inline:%s\r\n", tag, suite, base64.StdEncoding.EncodeToString(key))
}
