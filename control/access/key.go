package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"partyline/control"
)

// Hash is the SHA-256 of a key's secret. A secret has at least 16 random characters, so that a slow hash would gain
// nothing.
type Hash [sha256.Size]byte

const hashPrefix = "sha256:"

// HashOf hashes a secret.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// ParseHash reads what String writes.
func ParseHash(text string) (h Hash, err error) {
	err = h.UnmarshalText([]byte(text))
	return h, err
}

func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// MarshalText writes sha256: and 64 hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != len(h) {
		return errors.New("a hash is written sha256: and 64 hexadecimal digits")
	}
	copy(h[:], raw)
	return nil
}

// NewSecret draws the secret of a key: 130 bits.
func NewSecret() string { return "pk_" + strings.ToLower(rand.Text()) }

// Key is an API key as the bridge knows it. Of its secret it knows the hash alone.
type Key struct {
	Name      string              `json:"name"` // unique; names the key in events and logs
	Hash      Hash                `json:"hash"`
	Scopes    []Scope             `json:"scopes"`             // at least one
	Meetings  []control.MeetingID `json:"meetings,omitempty"` // the only ones it is for; empty: all
	CreatedAt time.Time           `json:"created_at,omitzero"`
	ExpiresAt time.Time           `json:"expires_at,omitzero"` // zero: never
}

// NewKey makes the key of a secret.
func NewKey(name, secret string, scopes ...Scope) Key {
	return Key{Name: name, Hash: HashOf(secret), Scopes: scopes}
}

// Expired says whether the key's time is over.
func (k Key) Expired(now time.Time) bool { return !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt) }

func (k Key) expiry() string {
	if k.ExpiresAt.IsZero() {
		return "never"
	}
	return k.ExpiresAt.UTC().Format(time.RFC3339)
}

// MaxMeetings is how many meetings a key may be bound to.
const MaxMeetings = 1000

var keyName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Check says what is wrong with a key.
func (k Key) Check() error {
	switch {
	case !keyName.MatchString(k.Name):
		return fmt.Errorf("%.80q cannot name a key: take up to 64 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first", k.Name)
	case k.Hash == Hash{} || k.Hash == HashOf(""):
		return fmt.Errorf("the key %s has no secret", k.Name)
	case len(k.Scopes) == 0:
		return fmt.Errorf("the key %s may do nothing: give it a scope of %s", k.Name, List(Scopes()))
	case len(k.Meetings) > MaxMeetings:
		return fmt.Errorf("the key %s is bound to more than %d meetings", k.Name, MaxMeetings)
	}
	for _, s := range k.Scopes {
		if _, err := ParseScope(string(s)); err != nil {
			return fmt.Errorf("the key %s: %w", k.Name, err)
		}
	}
	if i := slices.IndexFunc(k.Meetings, func(id control.MeetingID) bool { return !meetingID.MatchString(string(id)) }); i >= 0 {
		return fmt.Errorf("the key %s: %.40q is no id of a meeting", k.Name, k.Meetings[i])
	}
	return nil
}

var meetingID = regexp.MustCompile(`^mtg_[a-z2-7]{16}$`)

// checkKeys checks each and that they have names of their own.
func checkKeys(keys []Key) error {
	seen := make(map[string]bool, len(keys))
	for _, k := range keys {
		if err := k.Check(); err != nil {
			return err
		}
		if seen[k.Name] {
			return fmt.Errorf("two keys are named %s", k.Name)
		}
		seen[k.Name] = true
	}
	return nil
}
