package sdp

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partyline/mixer/media"
)

// Policy says whether media is encrypted by keys in the description (SDES, RFC 4568).
type Policy string

// The policies.
const (
	SRTPOff     Policy = ""        // never: keys that are offered are not taken, and RTP/SAVP is refused
	SRTPAllow   Policy = "allow"   // where the far end wants it
	SRTPRequire Policy = "require" // or there is no call
	SRTPNoKeys  Policy = "no_keys" // it is required, but keys may not be sent this way: there is no call
)

// Possible says why there can be no call at all; nil: there can.
func (p Policy) Possible() error {
	if p == SRTPNoKeys {
		return fmt.Errorf("%w: SRTP is required, and its keys are not exchanged over this transport", ErrNotAcceptable)
	}
	return nil
}

func (p Policy) on() bool { return p == SRTPAllow || p == SRTPRequire }

// secured says that the stream's transport is that of SRTP (RFC 3711 §12).
func (l Line) secured() bool { return l.Proto == "RTP/SAVP" || l.Proto == "RTP/SAVPF" }

// SRTP is the suite in use; empty: plain RTP.
func (s Session) SRTP() string { return s.Spec.Crypto.Suite.String() }

// mustSecure says that plain RTP will not do: by policy, or because the call is encrypted, and stays so.
func (s Session) mustSecure() bool {
	return s.Policy == SRTPRequire || s.Policy == SRTPNoKeys || !s.Spec.Crypto.IsZero()
}

// security chooses how a stream that is offered is encrypted; nil: not at all. A key beside plain RTP/AVP is taken too: some
// telephones say that they may encrypt in this way.
func (s Session) security(st *stream) (*crypto, error) {
	switch {
	case st.secured() && s.Policy == SRTPNoKeys:
		return nil, fmt.Errorf("%w: SRTP keys are not exchanged over this transport", ErrNotAcceptable)
	case st.secured() && !s.Policy.on():
		return nil, fmt.Errorf("%w: SRTP is not taken here", ErrNotAcceptable)
	}
	if s.Policy.on() {
		if c := s.best(st.crypto); c != nil {
			return c, nil
		}
	}
	switch {
	case st.secured():
		return nil, fmt.Errorf("%w: no a=crypto that can be used", ErrNotAcceptable)
	case s.mustSecure():
		return nil, fmt.Errorf("%w: media has to be encrypted by SRTP with a=crypto", ErrNotAcceptable)
	}
	return nil, nil
}

// best is the suite in use, if it is offered again, or else the strongest.
func (s Session) best(offered []crypto) *crypto {
	for _, suite := range append([]media.Suite{s.Spec.Crypto.Suite}, suites...) {
		if i := slices.IndexFunc(offered, func(c crypto) bool { return c.suite == suite }); i >= 0 {
			return &offered[i]
		}
	}
	return nil
}

// agree makes the keys of both directions. Ours remains as long as the suite does; a suite that was in use before gets
// another key, for its packets would be numbered anew.
func (s *Session) agree(c *crypto, before media.Crypto) media.Crypto {
	if c == nil {
		return media.Crypto{}
	}
	if !before.IsZero() && before.Suite != c.suite {
		s.Keys++
	}
	return media.Crypto{Suite: c.suite, Send: s.key(c.suite), Recv: c.key, MKI: c.mki}
}

// key is ours for a suite.
func (s Session) key(suite media.Suite) media.Key {
	size, salt := suite.Sizes()
	key, err := hkdf.Key(sha256.New, s.Secret, nil, fmt.Sprintf("%s %d", suite, s.Keys), size+salt)
	if err != nil {
		panic(err) // a hash of 32 bytes makes keys of up to 8,160
	}
	return key
}

// offers are the suites of our offer, by tag: the one in use, or the ones that we like; none: plain RTP.
func (s Session) offers() []media.Suite {
	switch {
	case !s.Spec.Crypto.IsZero():
		return []media.Suite{s.Spec.Crypto.Suite}
	case !s.Policy.on() || len(s.Spec.Recv) > 0 && s.Policy != SRTPRequire: // a plain call stays one
		return nil
	}
	return offeredSuites
}

// offerKeys are the a=crypto lines of our offer.
func (s Session) offerKeys() string {
	var b strings.Builder
	for i, suite := range s.offers() {
		writeCrypto(&b, strconv.Itoa(i+1), suite, s.key(suite))
	}
	return b.String()
}

// answerKey is the a=crypto line of our answer; empty: plain RTP.
func (s Session) answerKey() string {
	var b strings.Builder
	if c := &s.Spec.Crypto; !c.IsZero() {
		writeCrypto(&b, s.Tag, c.Suite, c.Send)
	}
	return b.String()
}

// answered reads which of our suites an answer has taken.
func (s Session) answered(st *stream) (*crypto, error) {
	if st.secured() != s.Lines[s.Audio].secured() {
		return nil, fmt.Errorf("%w: transport %s was not offered", ErrNotAcceptable, st.Proto)
	}
	offered := s.sentCrypto()
	for i := range st.crypto {
		c := &st.crypto[i]
		if suite, ok := offered[c.tag]; ok && suite == c.suite {
			return c, nil
		}
	}
	if st.secured() || s.mustSecure() || len(offered) > 0 && st.hasCrypto {
		return nil, fmt.Errorf("%w: no a=crypto that was offered", ErrNotAcceptable)
	}
	return nil, nil
}

// sentCrypto are the suites of our last description by their tags; of an encrypted call only the one in use.
func (s Session) sentCrypto() map[string]media.Suite {
	sent := make(map[string]media.Suite)
	for line := range strings.Lines(s.Sent) {
		if tag, suite, ok := keptCrypto(line); ok && (s.Spec.Crypto.IsZero() || suite == s.Spec.Crypto.Suite) {
			sent[tag] = suite
		}
	}
	return sent
}

// keptCrypto reads an a=crypto line of [Session.Sent].
func keptCrypto(line string) (tag string, suite media.Suite, ok bool) {
	rest, ok := strings.CutPrefix(line, "a=crypto:")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 2 {
		return "", media.NoSuite, false
	}
	return fields[0], suiteNamed(fields[1]), true
}

// withKey is our last description with the key in use in its place; others that it had are left out.
func (s Session) withKey() string {
	var b strings.Builder
	for line := range strings.Lines(s.Sent) {
		switch tag, suite, ok := keptCrypto(line); {
		case !ok:
			b.WriteString(line)
		case suite == s.Spec.Crypto.Suite:
			writeCrypto(&b, tag, suite, s.Spec.Crypto.Send)
		}
	}
	return b.String()
}

// withoutKeys is a description that may be kept: with a digest in place of each key.
func withoutKeys(body string) string {
	const inline = " inline:"
	var b strings.Builder
	for line := range strings.Lines(body) {
		if head, key, ok := strings.Cut(line, inline); ok && strings.HasPrefix(line, "a=crypto:") {
			sum := sha256.Sum256([]byte(strings.TrimSpace(key)))
			line = head + inline + hex.EncodeToString(sum[:8]) + "\r\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
