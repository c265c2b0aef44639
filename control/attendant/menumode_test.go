package attendant

import "testing"

// TestMenu is what all menus have in common.
func TestMenu(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		opens func(m *Machine)
		lines []line
	}{
		"a choice":                  {fruit, []line{{"keys 1", "say let_in"}, {"keys 1", "hush"}}},
		"another":                   {fruit, []line{{"played", ""}, {"keys 2", "say removed"}}},
		"a key that is no choice":   {fruit, []line{{"keys 7", "say unknown_key"}, {"keys 2", "say removed"}}},
		"pound leaves":              {fruit, []line{{"keys #", "say menu_left"}, {"keys 1", "hush"}}},
		"a command leaves":          {fruit, []line{{"keys *6", "hush; look"}, {"seen", "do mute"}}},
		"a star leaves, and lapses": {fruit, []line{{"keys *", "hush"}, {"wait 3s", ""}, {"keys 1", ""}}},
		"silence": {fruit, []line{
			{"played", ""}, {"wait 6s", "say goodbye to_mute 1 to_unmute 2"}, {"played", ""}, {"wait 6s", "say menu_left"}, {"keys 1", "hush"},
		}},
		"silence after a key": {fruit, []line{
			{"keys 7", "say unknown_key"}, {"played", ""}, {"wait 6s", "say goodbye to_mute 1 to_unmute 2"}, {"keys 1", "say let_in"},
		}},
		"confirmed":            {question, []line{{"wait 1s", ""}, {"keys 1", "say let_in"}}},
		"another key does not": {question, []line{{"keys 2", "say cancelled"}, {"keys 1", "hush"}}},
		"pound does not":       {question, []line{{"keys #", "say cancelled"}}},
		"not confirmed": {question, []line{
			{"played", ""}, {"wait 6s", "say goodbye confirm"}, {"played", ""}, {"wait 6s", "say cancelled"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMeeting(t, listener())
			c.opens(s.machine)
			play(t, s, c.lines)
		})
	}
}

func fruit(m *Machine) {
	m.offer(&menu{says: []Phrase{"goodbye"}, choices: []choice{
		{'1', "to_mute", func(m *Machine) { m.say("let_in") }},
		{'2', "to_unmute", func(m *Machine) { m.say("removed") }},
	}})
}

func question(m *Machine) { m.confirm(func(m *Machine) { m.say("let_in") }, "goodbye") }

// TestDoubledKey: the key that chose is no confirmation if it comes twice.
func TestDoubledKey(t *testing.T) {
	t.Parallel()
	opens := func(t *testing.T) *stage {
		s := inMeeting(t, listener())
		s.machine.offer(&menu{choices: []choice{{'1', "to_mute", question}}})
		return s
	}
	play(t, opens(t), []line{{"keys 11", "say goodbye confirm; say goodbye confirm"}, {"wait 500ms", ""}, {"keys 1", "say let_in"}})
	play(t, opens(t), []line{{"keys 1", "say goodbye confirm"}, {"wait 400ms", ""}, {"keys 1", "say let_in"}})
}
