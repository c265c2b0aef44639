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
		"a command that begins with another": {"*61", ActHand, "*61: hand can never be reached: it begins with *6 (mute)"},
		"a single key":                       {"*", ActHand, "2 to 4 keys"},
		"too many keys":                      {"*1234", ActHand, "2 to 4 keys"},
		"no star":                            {"66", ActHand, "begins with a star"},
		"a key that telephones lack":         {"*A", ActHand, "on every telephone"},
		"what is for speakers":               {"*7", ActMuteAll, "mute_all is for speakers"},
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
		{"keys *##", "look"}, {"seen", "say to_mute *61 to_raise_hand *9 to_hear_where *2 to_change_volume *1"}, {"played", ""},
		{"keys **", ""}, {"keys 61", "look"}, // a map without ** takes the second star as the first
	})
}

// TestKeymapIsChanged key by key, as a deployment does it.
func TestKeymapIsChanged(t *testing.T) {
	t.Parallel()
	usual := DefaultKeymap()
	keys, err := usual.With(KeyChange{control.Audience, "*6", ""}, KeyChange{control.Audience, "*61", ActMute}, KeyChange{control.Speaker, "*9", ActHand})
	if err != nil || keys.Validate() != nil {
		t.Fatal(err, keys.Validate())
	}
	if keys[control.Audience]["*6"] != "" || keys.keysFor(control.Audience, ActMute) != "*61" || keys[control.Speaker]["*9"] != ActHand {
		t.Errorf("the changes are not there: %v", keys)
	}
	if usual[control.Audience]["*6"] != ActMute || keys.keysFor(control.Audience, ActHand) != "*9" || keys.keysFor(control.Speaker, ActNextHand) != "" {
		t.Error("the rest is not as it was")
	}
	if _, err := Keymap(nil).With(KeyChange{control.Audience, "*6", ""}); err == nil || err.Error() != "keys of audience: *6: there is no such command to be taken away" {
		t.Errorf("a command that is not there is taken away: %v", err)
	}
	if _, err := usual.With(KeyChange{"admin", "*6", ActMute}); err == nil {
		t.Error("a role that is not there gets keys")
	}
	if few, err := Keymap(nil).With(KeyChange{control.Audience, "*6", ActMute}, KeyChange{control.Speaker, "*6", ActMute}); err != nil || few.Validate() != nil {
		t.Errorf("a map of its own: %v, %v", err, few.Validate())
	}
}
