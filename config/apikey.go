package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// minAPIKey is the shortest API key taken: anything shorter can be guessed.
const minAPIKey = 16

// Scopes are what an API key may be allowed. A test in cmd holds them equal to those of package access.
var Scopes = []string{"meetings:read", "meetings:write", "events:read", "webhooks", "calls", "tokens", "admin"}

// UnmarshalYAML reads a list of secrets and mappings.
func (ks *APIKeys) UnmarshalYAML(node ast.Node) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return &yaml.SyntaxError{Message: "a list of API keys is due here", Token: node.GetToken()}
	}
	*ks = nil
	for _, entry := range list.Values {
		var k APIKey
		if _, scalar := entry.(ast.ScalarNode); scalar {
			if err := readText(entry, func(text string) error { k.Secret = text; return nil }); err != nil {
				return err
			}
		} else if err := k.read(entry); err != nil {
			return err
		}
		*ks = append(*ks, k)
	}
	return nil
}

// read reads a mapping.
func (k *APIKey) read(node ast.Node) error {
	var entry struct {
		Name      string   `yaml:"name"`
		Hash      string   `yaml:"hash"`
		Scopes    []string `yaml:"scopes"`
		Meetings  []string `yaml:"meetings"`
		ExpiresAt string   `yaml:"expires_at"`
	}
	if err := yaml.NodeToValue(node, &entry, yaml.Strict()); err != nil {
		return err
	}
	*k = APIKey{Name: entry.Name, Hash: entry.Hash, Scopes: entry.Scopes, Meetings: entry.Meetings}
	if entry.ExpiresAt == "" {
		return nil
	}
	var err error
	if k.ExpiresAt, err = time.Parse(time.RFC3339, entry.ExpiresAt); err != nil {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a time such as 2027-01-31T00:00:00Z", entry.ExpiresAt), Token: node.GetToken()}
	}
	return nil
}

var (
	keyName      = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	numberedName = regexp.MustCompile(`^key[0-9]+$`)
	meetingID    = regexp.MustCompile(`^mtg_[a-z2-7]{16}$`)
)

// Reserved says whether a key cannot be named so, because keys without a name are: key1, key2, ….
func Reserved(name string) bool { return numberedName.MatchString(name) }

func (ks APIKeys) validate() error {
	for i, k := range ks {
		at := fmt.Sprintf("http.api_keys[%d]", i)
		if err := k.validate(); err != nil {
			return invalid(at, "%s", err)
		}
		if slices.ContainsFunc(ks[:i], func(other APIKey) bool { return k.Name != "" && other.Name == k.Name }) {
			return invalid(at, "another key is named %s", k.Name)
		}
	}
	return nil
}

func (k APIKey) validate() error {
	if k.Secret != "" || k.Name == "" && k.Hash == "" {
		if len(k.Secret) < minAPIKey {
			return fmt.Errorf("has %d characters; use at least %d random ones", len(k.Secret), minAPIKey)
		}
		return nil
	}
	digits, ok := strings.CutPrefix(k.Hash, "sha256:")
	raw, err := hex.DecodeString(digits)
	switch {
	case !keyName.MatchString(k.Name) || Reserved(k.Name):
		return fmt.Errorf("name: %.80q cannot name a key: take up to 64 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first, but not key1, key2, …", k.Name)
	case !ok || err != nil || len(raw) != 32:
		return errors.New(`hash: write sha256: and 64 hexadecimal digits, which printf %s "$KEY" | sha256sum gives`)
	case len(k.Scopes) == 0:
		return fmt.Errorf("scopes: name what it may do, of %s", strings.Join(Scopes, ", "))
	}
	for _, s := range k.Scopes {
		if !slices.Contains(Scopes, s) {
			return fmt.Errorf("scopes: %.40q is not one of %s", s, strings.Join(Scopes, ", "))
		}
	}
	for _, m := range k.Meetings {
		if !meetingID.MatchString(m) {
			return fmt.Errorf("meetings: %.40q is no id of a meeting", m)
		}
	}
	return nil
}

func (r RateLimits) validate() error {
	for _, limit := range []struct {
		name  string
		value int
	}{{"key", r.Key}, {"speaker", r.Speaker}, {"audience", r.Audience}} {
		if limit.value < 1 || limit.value > 1_000_000 {
			return invalid("http.rate_limits."+limit.name, "%d is not between 1 and 1000000", limit.value)
		}
	}
	return nil
}

// checkOrigin takes what browsers send as Origin (RFC 6454 §6.2), as they write it.
func checkOrigin(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || text != u.Scheme+"://"+strings.ToLower(u.Host) || u.User != nil || strings.Contains(text, "*") {
		return fmt.Errorf("%.100q is not an origin such as https://meet.example.org: scheme and host in lower case, a port if it is not the usual one, no path and no *", text)
	}
	if u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" {
		return fmt.Errorf("%.100q: leave the port out, as browsers do", text)
	}
	return nil
}
