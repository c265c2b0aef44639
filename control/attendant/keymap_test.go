package attendant

import (
	"maps"
	"strings"
	"testing"

	"partyline/control"
)

func TestKeymapIsValid(t *testing.T) {
	t.Parallel()
	if err := DefaultKeymap().Validate(); err != nil {
		t.Error(err)
	}
}

func TestKeymapIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		keys   string
		action Action
		want   string
	}{
		"a command that begins with another": {"*61", ActHand, "*61 (hand) can never be reached: it begins with *6 (mute)"},
		"a single key":                       {"*", ActHand, "2 to 4 keys"},
		"too many keys":                      {"*1234", ActHand, "2 to 4 keys"},
		"no star":                            {"66", ActHand, "begins with a star"},
		"a key that telephones lack":         {"*A", ActHand, "on every telephone"},
		"an action that nobody knows":        {"*77", "dance", `unknown action "dance"`},
	} {
		keys := DefaultKeymap()
		delete(keys[control.Audience], "*7")
		keys[control.Audience][c.keys] = c.action
		err := keys.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "keys of audience") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := (Keymap{control.Audience: DefaultKeymap()[control.Audience]}).Validate(); err == nil {
		t.Error("a map without speakers is accepted")
	}
}

// TestKeymapIsData gives a command three keys, and the help says them.
func TestKeymapIsData(t *testing.T) {
	t.Parallel()
	keys := DefaultKeymap()
	audience := maps.Clone(keys[control.Audience])
	delete(audience, "*6")
	delete(audience, "**")
	audience["*61"], audience["*##"] = ActMute, ActHelp
	delete(audience, "*#")
	keys[control.Audience] = audience
	if err := keys.Validate(); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, View{Role: control.Audience})
	s.machine = NewMachine(keys)
	play(t, s, []line{
		{Resumed{View: s.view}, ""},
		{"keys *61", "look"}, {"seen", "do mute"}, {"done", "say muted"}, {"played", ""},
		{"keys *6", ""}, {"wait 3s", ""}, {"keys 1", ""},
		{"keys *##", "look"}, {"seen", "say to_mute *61 to_hear_where *2"}, {"played", ""},
		{"keys **", ""}, {"keys 61", "look"}, // a map without ** takes the second star as the first
	})
}
