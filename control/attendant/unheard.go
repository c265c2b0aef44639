package attendant

import "partyline/control"

// Unheard says that the caller talks and is muted, and how things stand.
type Unheard struct{ View View }

func (Unheard) input() {}

// hint is what is said to a caller who talks and is muted.
const hint = "hint"

// Unheard implements [control.Caller].
func (s *session) Unheard() {
	if s.joined {
		s.look(func(v View) Input { return Unheard{View: v} })
	}
}

// unheard gives a hint to a caller who does not know that nobody hears him. How often is the mixer's business.
func (m *Machine) unheard(v View) {
	switch {
	case v.Room == control.NoRoom:
	case v.MutedByAdmin:
		m.announce(hint, "muted", "cannot_unmute")
	case v.Muted:
		m.announce(hint, append([]Phrase{"muted"}, m.press(ActMute, "", "to_unmute")...)...)
	case v.ListenOnly:
		m.announce(hint, "listening_only")
	}
}
