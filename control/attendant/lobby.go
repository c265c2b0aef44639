package attendant

import "partyline/control"

// waiting says whether the caller is in the lobby: no room hears him, and he hears the attendant alone.
func (m *Machine) waiting() bool { return m.room == control.NoRoom }

// whyWaiting says what the caller waits for.
func whyWaiting(v View) []Phrase {
	var phrases []Phrase
	switch {
	case v.NotStarted:
		phrases = append(phrases, "not_started")
	case v.Locked:
		phrases = append(phrases, "meeting_locked")
	}
	if v.NotStarted && !v.Locked && !v.Lobby {
		return append(phrases, "wait_for_start")
	}
	return append(phrases, "in_lobby")
}

// stillWaiting tells the caller again, so that he knows that the line is not dead.
func (m *Machine) stillWaiting(v View) {
	if m.waiting() {
		m.sayOf(breakouts, whyWaiting(v)...)
	}
}

// letIn tells a caller who comes in from the lobby where he is now, and what those hear first who need not wait.
func (m *Machine) letIn(in Moved) {
	phrases := []Phrase{"let_in"}
	if in.Reason == control.ReasonStarted {
		phrases[0] = "meeting_started"
	}
	phrases = append(phrases, isIn(in.Room))
	if in.Muted {
		phrases = append(phrases, "muted")
	}
	m.announce(breakouts, append(phrases, m.press(ActHelp, "", "for_help")...)...)
}
