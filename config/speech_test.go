package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpeechKey: the environment goes before the file; a file that has no key is no empty key.
func TestSpeechKey(t *testing.T) {
	t.Parallel()
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		speech Speech
		want   string
		bad    bool
	}{
		"none":        {Speech{}, "", false},
		"environment": {Speech{APIKey: "e", APIKeyFile: "/nonexistent"}, "e", false},
		"file":        {Speech{APIKeyFile: file("sk-1\n")}, "sk-1", false},
		"missing":     {Speech{APIKeyFile: "/nonexistent"}, "", true},
		"empty":       {Speech{APIKeyFile: file("\n")}, "", true},
		"two lines":   {Speech{APIKeyFile: file("a\nb")}, "", true},
		"huge":        {Speech{APIKeyFile: file(strings.Repeat(" ", 5000) + "a")}, "", true},
	} {
		if got, err := c.speech.Key(); got != c.want || (err != nil) != c.bad {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
