package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"partyline/control"
)

// Signer makes and proves meeting tokens. A token names its meeting and itself, and proves by an HMAC-SHA-256 that this
// bridge made it; what it is good for, and how long, is in the meeting's log, so that it can be revoked and nothing of it
// needs to be kept secret there.
type Signer struct{ key []byte }

// TokenPrefix begins every meeting token.
const TokenPrefix = "pt."

const (
	signerFile = "token-key"
	signerKey  = 32 // bytes
	macBytes   = 20 // of the HMAC's 32: 160 bits
)

var (
	tokenEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
	tokenForm     = regexp.MustCompile(`^pt\.([a-z0-9]{1,40})\.([a-z0-9]{1,40})\.([a-z2-7]{32})$`)
)

// OpenSigner takes the key of the state directory, and makes it if there is none. Without the old key old tokens are
// worth nothing.
func OpenSigner(stateDir string) (*Signer, error) {
	path := filepath.Join(stateDir, signerFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key := make([]byte, signerKey)
		rand.Read(key)
		if err := replaceFile(path, []byte(hex.EncodeToString(key)+"\n")); err != nil {
			return nil, fmt.Errorf("keep the key of the meeting tokens: %w", err)
		}
		return NewSigner(key), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of the meeting tokens: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != signerKey {
		return nil, fmt.Errorf("%s is damaged: it does not hold %d hexadecimal digits; put it back, or delete it to have a new one made, which ends all meeting tokens", path, 2*signerKey)
	}
	return NewSigner(key), nil
}

// NewSigner makes a signer of a key of 32 random bytes.
func NewSigner(key []byte) *Signer { return &Signer{key} }

// Sign makes the token.
func (s *Signer) Sign(meeting control.MeetingID, token control.TokenID) string {
	m, t := strings.TrimPrefix(string(meeting), "mtg_"), strings.TrimPrefix(string(token), "tok_")
	return TokenPrefix + m + "." + t + "." + tokenEncoding.EncodeToString(s.mac(m, t))
}

func (s *Signer) mac(meeting, token string) []byte {
	h := hmac.New(sha256.New, s.key)
	fmt.Fprintf(h, "partyline meeting token\n%s\n%s\n", meeting, token)
	return h.Sum(nil)[:macBytes]
}

// Parse reads a token; ok is false if this bridge has not made it. It may be over all the same.
func (s *Signer) Parse(text string) (meeting control.MeetingID, token control.TokenID, ok bool) {
	parts := tokenForm.FindStringSubmatch(text)
	if parts == nil {
		return "", "", false
	}
	mac, err := tokenEncoding.DecodeString(parts[3])
	if err != nil || !hmac.Equal(mac, s.mac(parts[1], parts[2])) {
		return "", "", false
	}
	return control.MeetingID("mtg_" + parts[1]), control.TokenID("tok_" + parts[2]), true
}
