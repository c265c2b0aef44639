package phone

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/mixer/media"
)

// SRTP is how a telephone encrypts. The zero value is plain RTP.
type SRTP struct {
	Suite    string // name in RFC 4568 or RFC 7714; empty: plain RTP
	Beside   bool   // the key is offered beside plain RTP/AVP, as telephones do that need not encrypt
	WrongKey bool   // packets are encrypted by another key than the one that is named
}

// errNoKey is a description without the key that this telephone needs.
var errNoKey = errors.New("no key for SRTP")

var profiles = map[string]srtp.ProtectionProfile{
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
	"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm,
	"AEAD_AES_256_GCM":        srtp.ProtectionProfileAeadAes256Gcm,
}

// cryptoLine is an a=crypto of RFC 4568 §9.1.
type cryptoLine struct{ tag, suite, key string }

func (l cryptoLine) String() string {
	return fmt.Sprintf("a=crypto:%s %s inline:%s\r\n", l.tag, l.suite, l.key)
}

func parseCrypto(value string) cryptoLine {
	fields := append(strings.Fields(value), "", "", "")
	key, _, _ := strings.Cut(strings.TrimPrefix(fields[2], "inline:"), "|")
	return cryptoLine{fields[0], fields[1], key}
}

// newKey draws a key for a suite, in base64.
func newKey(suite string) string {
	size, _ := profiles[suite].KeyLen()
	salt, _ := profiles[suite].SaltLen()
	key := make([]byte, size+salt)
	_, _ = rand.Read(key) // does not fail
	return base64.StdEncoding.EncodeToString(key)
}

func newContext(suite, key string, options ...srtp.ContextOption) (*srtp.Context, error) {
	profile, ok := profiles[suite]
	if !ok {
		return nil, fmt.Errorf("suite %q: %w", suite, errNoKey)
	}
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	size, err := profile.KeyLen()
	if err != nil || len(raw) < size {
		return nil, errors.Join(err, errNoKey)
	}
	return srtp.CreateContext(raw[:size], raw[size:], profile, options...)
}

// guard is the SRTP of a stream, under its mu.
type guard struct {
	mine, theirs string // keys
	out, in      *srtp.Context
	header       rtp.Header
	packet       [maxDatagram]byte
	unread       uint64 // packets that were not authentic
}

// secure describes how this telephone encrypts.
func (c *Call) secure(d *description) {
	if c.options.SRTP.Suite == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key == "" {
		c.key = newKey(c.options.SRTP.Suite)
	}
	d.proto = "RTP/SAVP"
	if c.options.SRTP.Beside {
		d.proto = "RTP/AVP"
	}
	d.crypto = []cryptoLine{{"3", c.options.SRTP.Suite, c.key}}
}

// protect takes the far end's key into use, and ours.
func (c *Call) protect(theirs description) error {
	o := c.options.SRTP
	if o.Suite == "" {
		return nil
	}
	c.mu.Lock()
	mine := c.key
	c.mu.Unlock()
	if o.WrongKey {
		mine = newKey(o.Suite)
	}
	for _, l := range theirs.crypto {
		if l.suite == o.Suite {
			return c.stream.protect(o.Suite, mine, l.key)
		}
	}
	if o.Beside && len(theirs.crypto) == 0 && theirs.proto == "" {
		return nil
	}
	return errNoKey
}

func (s *stream) protect(suite, mine, theirs string) error {
	out, err := newContext(suite, mine)
	if err != nil {
		return err
	}
	in, err := newContext(suite, theirs, srtp.SRTPReplayProtection(64))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.guard == nil {
		s.guard = &guard{}
	}
	if s.guard.mine != mine {
		s.guard.mine, s.guard.out = mine, out
	}
	if s.guard.theirs != theirs {
		s.guard.theirs, s.guard.in = theirs, in
	}
	return nil
}

// sealLocked encrypts a packet, if that was agreed on.
func (s *stream) sealLocked(p []byte) ([]byte, error) {
	if s.guard == nil {
		return p, nil
	}
	return s.guard.out.EncryptRTP(s.guard.packet[:0], p, &s.guard.header)
}

// open decrypts a packet, if that was agreed on.
func (s *stream) open(p []byte) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.guard == nil {
		return p, true
	}
	out, err := s.guard.in.DecryptRTP(p, p, &s.guard.header)
	if err != nil {
		s.guard.unread++
	}
	return out, err == nil
}

// Secured says whether the call's media is encrypted, and how many packets came that were not authentic.
func (c *Call) Secured() (yes bool, unread uint64) {
	c.stream.mu.Lock()
	defer c.stream.mu.Unlock()
	if c.stream.guard == nil {
		return false, 0
	}
	return true, c.stream.guard.unread
}

// Rekey offers a new key.
func (c *Call) Rekey(ctx context.Context) error {
	c.mu.Lock()
	c.key = newKey(c.options.SRTP.Suite)
	c.mu.Unlock()
	return c.reinvite(ctx, media.SendRecv)
}
