package attendant

import (
	"strings"
	"testing"

	"partyline/control"
)

// TestCommandsAreDeclaredWhole: every command has keys that are its own, a name and something that it does.
func TestCommandsAreDeclaredWhole(t *testing.T) {
	t.Parallel()
	owner := make(map[string]Action)
	for action, c := range table {
		if action == "" || c.run == nil {
			t.Errorf("%q does nothing", action)
		}
		if c.speakers && len(c.audience) > 0 {
			t.Errorf("%s is for speakers, and the audience has keys for it", action)
		}
		for _, role := range roles {
			for _, keys := range c.keys(role) {
				who := string(role) + " " + keys
				if owner[who] != "" {
					t.Errorf("%s: %s and %s", who, owner[who], action)
				}
				owner[who] = action
			}
		}
	}
}

// TestOnlySpeakers: a map may give the audience keys for what speakers do; they are told.
func TestOnlySpeakers(t *testing.T) {
	t.Parallel()
	keys := DefaultKeymap()
	delete(keys[control.Audience], "*0")
	keys[control.Audience]["*0"] = ActQueue
	s := newStage(t, listener())
	s.machine = NewMachine(keys)
	play(t, s, []line{{Resumed{View: s.view}, ""}, {"keys *0", "say for_speakers"}})
}

// TestNewCommand declares one as a new file would: that is all that has to be done for callers to have it. It is not
// parallel, for it changes the table.
func TestNewCommand(t *testing.T) {
	const wave Action = "wave"
	keys := DefaultKeymap()
	keys[control.Audience]["*72"] = wave
	if err := keys.Validate(); err == nil || !strings.Contains(err.Error(), `*72: unknown action "wave"; known are ask_help broadcast`) {
		t.Errorf("before it is declared: %v", err)
	}
	_ = declare(command{
		action: wave, audience: []string{"*71"}, order: 1,
		run:  func(m *Machine) { m.say("let_in") },
		help: func(m *Machine, _ View) []Phrase { return m.press(wave, "", "for_help") },
	})
	defer delete(table, wave)
	keys = DefaultKeymap()
	delete(keys[control.Audience], "*7")
	if err := keys.Validate(); err != nil {
		t.Fatal(err)
	}
	s := newStage(t, View{Role: control.Audience})
	s.machine = NewMachine(keys)
	play(t, s, []line{
		{Resumed{View: s.view}, ""},
		{"keys *71", "say let_in"},
		{"keys **", "hush; look"}, {"seen", "say for_help *71 to_mute *6 to_raise_hand *9 to_hear_where *2 to_change_volume *1"},
	})
}
