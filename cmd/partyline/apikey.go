package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"partyline/config"
	"partyline/control"
	"partyline/control/access"
)

// openKeys puts together the API keys of the configuration, or the one of the state directory, and those of the command
// line. The secret that it returns may do everything; it is empty if the configuration has hashes alone.
func openKeys(cfg config.Config, log *slog.Logger) (keys *access.Keyring, secret string, err error) {
	o := access.KeyringOptions{File: access.KeyFileIn(cfg.StateDir), Logger: log}
	for i, k := range cfg.HTTP.APIKeys {
		if k.Secret != "" {
			secret = cmp.Or(secret, k.Secret)
			o.Fixed = append(o.Fixed, access.NewKey(fmt.Sprintf("key%d", i+1), k.Secret, access.Admin))
			continue
		}
		named, err := configuredKey(k)
		if err != nil {
			return nil, "", err
		}
		o.Fixed = append(o.Fixed, named)
	}
	if len(o.Fixed) == 0 {
		if secret, err = keptAPIKey(cfg.StateDir); err != nil {
			return nil, "", err
		}
		o.Fixed = []access.Key{access.NewKey("key1", secret, access.Admin)}
	}
	keys, err = access.NewKeyring(o)
	return keys, secret, err
}

// configuredKey is a key whose hash stands in the configuration.
func configuredKey(k config.APIKey) (access.Key, error) {
	hash, err := access.ParseHash(k.Hash)
	if err != nil {
		return access.Key{}, fmt.Errorf("the key %s: %w", k.Name, err)
	}
	key := access.Key{Name: k.Name, Hash: hash, ExpiresAt: k.ExpiresAt}
	for _, s := range k.Scopes {
		key.Scopes = append(key.Scopes, access.Scope(s))
	}
	for _, m := range k.Meetings {
		key.Meetings = append(key.Meetings, control.MeetingID(m))
	}
	return key, nil
}

// keptAPIKey returns the API key of the state directory; the first start makes it.
func keptAPIKey(stateDir string) (string, error) {
	path := filepath.Join(stateDir, "api-key")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key := access.NewSecret()
		if err := os.WriteFile(path, []byte(key+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("keep the API key: %w", err)
		}
		return key, nil
	case err != nil:
		return "", fmt.Errorf("read the API key: %w", err)
	}
	key := strings.TrimSpace(string(text))
	if len(key) < 16 {
		return "", fmt.Errorf("%s does not hold an API key of at least 16 characters; delete it to have a new one made", path)
	}
	return key, nil
}
