package attendant

import "partyline/control"

// ActWhere says where the caller is.
const ActWhere Action = "where"

var _ = declare(command{
	action: ActWhere, audience: []string{"*2"}, speaker: []string{"*2"}, order: 60,
	run:   func(m *Machine) { m.look(func(v View) { m.sayOf(breakouts, m.where(v)...) }) },
	lobby: func(m *Machine) { m.look(m.stillWaiting) },
	help: func(m *Machine, _ View) []Phrase {
		if m.waiting() {
			return nil // the help has just said it
		}
		return m.press(ActWhere, "", "to_hear_where")
	},
})

// where is the answer to "where am I".
func (m *Machine) where(v View) []Phrase {
	phrases := whereabouts(v)
	if left := v.EndsAt.Sub(m.now); v.Breakouts != control.BreakoutsIdle && !v.EndsAt.IsZero() && left > 0 {
		phrases = append(phrases, Phrase("time_left").Time(about(left)))
	}
	if v.Muted || v.MutedByAdmin {
		phrases = append(phrases, "muted")
	}
	return phrases
}
