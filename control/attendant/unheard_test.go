package attendant

import (
	"testing"

	"partyline/control"
)

// TestTalkingWhileMuted: the hint says how things are, and what can be done about it.
func TestTalkingWhileMuted(t *testing.T) {
	t.Parallel()
	self := with(listener(), func(v *View) { v.Muted = true })
	admin := with(self, func(v *View) { v.MutedByAdmin = true })
	for name, lines := range map[string][]line{
		"muted by himself":          {{Unheard{self}, "say muted to_unmute *6"}, {"played", ""}},
		"muted by a speaker":        {{Unheard{admin}, "say muted cannot_unmute"}},
		"he only listens":           {{Unheard{with(listener(), func(v *View) { v.ListenOnly = true })}, "say listening_only"}},
		"he is heard by now":        {{Unheard{listener()}, ""}},
		"in the lobby":              {{Unheard{with(self, func(v *View) { v.Room = control.NoRoom })}, ""}},
		"not while a menu is heard": {{"keys *3", "look"}, {"seen", "say enter_room"}, {Unheard{self}, ""}, {"played", "say muted to_unmute *6"}},
		"he has unmuted himself meanwhile": {
			{Silenced{}, "say unmuted_by_speaker"}, {Unheard{self}, ""}, {"keys *6", "hush; look"},
			{Seen{Tag: 1, View: self}, "do unmute"}, {"done", "say unmuted"}, {"played", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, inMeeting(t, listener()), lines)
		})
	}
}
