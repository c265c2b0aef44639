package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// keptAPIKey returns the API key of the state directory; the first start makes it.
func keptAPIKey(stateDir string) (string, error) {
	path := filepath.Join(stateDir, "api-key")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key := "pk_" + strings.ToLower(rand.Text())
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
