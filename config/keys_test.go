package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want Keys
	}{
		"none":            {"keys: {}", Keys{}},
		"one":             {"keys:\n  audience:\n    \"*6\": mute", Keys{Audience: KeyCommands{{"*6", "mute", 3}}}},
		"several":         {"keys:\n  replace: true\n  audience: {\"*6\": mute,\n    '**': help}\n  speaker:\n    \"*7\": lock_room\n    \"*#\": \"\"", Keys{true, KeyCommands{{"*6", "mute", 3}, {"**", "help", 4}}, KeyCommands{{"*7", "lock_room", 6}, {"*#", "", 7}}}},
		"taken away":      {"keys:\n  audience:\n    \"*6\":\n    \"*7\": ~", Keys{Audience: KeyCommands{{"*6", "", 3}, {"*7", "", 4}}}},
		"nothing is said": {"keys:\n  audience:\n", Keys{}},
	} {
		var cfg Config
		if err := Parse([]byte(c.text), &cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(c.want, cfg.Keys, compare); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
	}
}

func TestWrongKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"a list":          {"keys:\n  audience: [mute]", "[2:"},
		"a word":          {"keys:\n  audience: mute", "[2:"},
		"twice":           {"keys:\n  audience:\n    \"*6\": mute\n    \"*6\": hand", "[4:"},
		"no action":       {"keys:\n  audience:\n    \"*6\": [mute]", "[3:"},
		"another role":    {"keys:\n  admin: {}", "[2:"},
		"without quotes":  {"keys:\n  audience:\n    *6: mute", ""},
		"a star too many": {"keys:\n  audience:\n    **: mute", ""},
	} {
		cfg := Default()
		if err := Parse([]byte(c.text), &cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		} else {
			t.Logf("%s: %v", name, err)
		}
	}
}
