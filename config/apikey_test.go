package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const someHash = "sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

func TestAPIKeys(t *testing.T) {
	cfg := Default()
	err := Parse([]byte(`http:
  api_keys:
    - 0123456789abcdef
    - name: attendance
      hash: `+someHash+`
      scopes: [meetings:read, events:read]
      meetings: [mtg_abcdefghijklmnop]
      expires_at: 2027-01-31T00:00:00Z
`), &cfg)
	if err == nil {
		err = cfg.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := APIKeys{{Secret: "0123456789abcdef"}, {
		Name: "attendance", Hash: someHash, Scopes: []string{"meetings:read", "events:read"},
		Meetings: []string{"mtg_abcdefghijklmnop"}, ExpiresAt: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, cfg.HTTP.APIKeys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMistakesInAPIKeys(t *testing.T) {
	entry := func(fields ...string) string {
		return "http:\n  api_keys:\n    - " + strings.Join(fields, "\n      ") + "\n"
	}
	const name, hash, scopes = "name: a", "hash: " + someHash, "scopes: [admin]"
	for text, want := range map[string]string{
		entry("short"):                                     "at least 16",
		entry(`""`):                                        "at least 16",
		entry(hash, scopes):                                "name:",
		entry("name: key3", hash, scopes):                  "key1, key2",
		entry("name: A", hash, scopes):                     "name:",
		entry(name, scopes):                                "sha256sum",
		entry(name, "hash: 2c26", scopes):                  "sha256sum",
		entry(name, hash[:len(hash)-2], scopes):            "sha256sum",
		entry(name, hash):                                  "scopes:",
		entry(name, hash, "scopes: [root]"):                "root",
		entry(name, hash, scopes, "meetings: [x]"):         "meetings:",
		entry(name, hash, scopes, "expires_at: soon"):      "soon",
		entry(name, hash, scopes, "secret: abcdefghijklm"): "secret",
		entry(name, hash, scopes) + "    - name: a\n      " + hash + "\n      " + scopes + "\n": "another key is named a",
		"http:\n  api_keys: secret\n":                                       "list",
		"http:\n  api_keys: [[a]]\n":                                        "",
		"http:\n  allowed_origins: ['*']\n":                                 "allowed_origins[0]",
		"http:\n  allowed_origins: [https://a.example/]\n":                  "allowed_origins[0]",
		"http:\n  allowed_origins: [https://a.example, a.example]\n":        "allowed_origins[1]",
		"http:\n  allowed_origins: ['https://*.example']\n":                 "allowed_origins[0]",
		"http:\n  allowed_origins: ['https://a.example:443']\n":             "port",
		"http:\n  allowed_origins: ['null']\n":                              "allowed_origins[0]",
		"http:\n  rate_limits: {key: 0}\n":                                  "rate_limits.key",
		"http:\n  rate_limits: {audience: -1}\n":                            "rate_limits.audience",
		"http:\n  rate_limits: {speaker: 1000001}\n":                        "rate_limits.speaker",
		"http:\n  allowed_origins: [https://A.example]\n":                   "lower case",
		"http:\n  allowed_origins: ['https://user@a.example']\n":            "allowed_origins[0]",
		"http:\n  allowed_origins: ['file:///x', 'https://meet.example']\n": "allowed_origins[0]",
	} {
		cfg := Default()
		err := Parse([]byte(text), &cfg)
		if err == nil {
			err = cfg.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q of\n%s", err, want, text)
		}
	}
}
