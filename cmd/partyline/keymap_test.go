package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/control/attendant"
)

// TestKeysOfTheConfiguration: a keymap that callers could not use is refused with its line and the reason, by every command
// that reads the configuration.
func TestKeysOfTheConfiguration(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"as usual":                 {"keys: {}\n", ""},
		"a longer command":         {"keys:\n  audience:\n    \"*6\": \"\"\n    \"*61\": mute\n", ""},
		"a prefix":                 {"keys:\n  audience:\n    \"*61\": hand\n", "config.yaml:3: keys of audience: *61: hand can never be reached: it begins with *6 (mute)"},
		"a prefix of the usual":    {"keys:\n  speaker:\n    \"**\": \"\"\n    \"*65\": help\n    \"*6\": mute\n", "config.yaml:4: keys of speaker: *65"},
		"an action that is not":    {"keys:\n  speaker:\n    \"*6\": dance\n", `config.yaml:3: keys of speaker: *6: unknown action "dance"; known are ask_help broadcast`},
		"no star":                  {"keys:\n  speaker:\n    \"66\": mute\n", "config.yaml:3: keys of speaker: 66: a command begins with a star"},
		"what is for speakers":     {"keys:\n  audience:\n    \"*7\": session\n", "config.yaml:3: keys of audience: *7: session is for speakers"},
		"nothing to take away":     {"keys:\n  audience:\n    \"*66\": \"\"\n", "config.yaml:3: keys of audience: *66: there is no such command"},
		"a map without audience":   {"keys:\n  replace: true\n  speaker: {\"*6\": mute}\n", "config.yaml: keys of audience: there are none"},
		"a whole map of one's own": {"keys:\n  replace: true\n  audience: {\"*1\": mute}\n  speaker: {\"*1\": mute}\n", ""},
	} {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := configFlags{Config: path}.load()
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %s", name, err, c.want)
		case c.want == "":
			keys, err := keymapOf(cfg.Keys)
			t.Logf("%s: %q, %v", name, describeKeys(keys), err)
		}
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte("keys:\n  audience:\n    \"*6\": \"\"\n    \"*61\": mute\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := configFlags{Config: path}.load()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keymapOf(cfg.Keys)
	if got := strings.Join(describeKeys(keys), "; "); err != nil || got != "audience: *6 nothing, *61 mute" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestKeysAreReplaced: a deployment's keys are those that work, and that the help says.
func TestKeysAreReplaced(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "muted", "to_mute", "key.star", "n7", "unknown_key")
	o := songs.options()
	prompts := o.change
	o.change = func(cfg *config.Config) {
		prompts(cfg)
		cfg.Keys.Audience = config.KeyCommands{{Keys: "*6"}, {Keys: "*7", Action: "mute"}}
	}
	b := newBridge(t, o)
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial(m.AccessCode, phone.Options{Record: 30 * time.Second})
	b.participant(m, call, inMainRoom)
	from := call.Recorder().Pos()
	must(t, call.SendDigits(soon(t), "**"))
	songs.hears(call, from, "to_mute", "key.star", "n7")
	from = call.Recorder().Pos()
	must(t, call.SendDigits(soon(t), "*7"))
	songs.hears(call, from, "muted")
	from = call.Recorder().Pos()
	must(t, call.SendDigits(soon(t), "*6"))
	songs.hears(call, from, "unknown_key")
}

// TestExampleNamesTheActions: who changes the keys finds in the example what they can do.
func TestExampleNamesTheActions(t *testing.T) {
	text, err := os.ReadFile("../../config/partyline.example.yaml")
	must(t, err)
	_, list, _ := strings.Cut(string(text), "# The actions are ")
	list, _, _ = strings.Cut(list, ".\n")
	var want []string
	for _, action := range attendant.Actions() {
		want = append(want, string(action))
	}
	if got := strings.Join(strings.Fields(strings.NewReplacer("#", " ", ",", " ").Replace(list)), " "); got != strings.Join(want, " ") {
		t.Errorf("the example names the actions %q, there are %q", got, want)
	}
}
