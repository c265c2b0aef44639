package attendant

import (
	"time"

	"partyline/control"
)

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

// endInSight is how long before the end of the meeting it is said with where one is.
const endInSight = time.Hour

// where is the answer to "where am I".
func (m *Machine) where(v View) []Phrase {
	phrases := whereabouts(v)
	for _, p := range v.With {
		phrases = append(phrases, p.in("is_here"))
	}
	if left := v.EndsAt.Sub(m.now); v.Breakouts != control.BreakoutsIdle && !v.EndsAt.IsZero() && left > 0 {
		phrases = append(phrases, Phrase("time_left").Time(about(left)))
	}
	if left := v.OverAt.Sub(m.now); !v.OverAt.IsZero() && left > 0 && left <= endInSight {
		phrases = append(phrases, Phrase("meeting_ends_in").Time(about(left)))
	}
	if v.Muted || v.MutedByAdmin {
		phrases = append(phrases, "muted")
	}
	if v.Hand {
		phrases = append(phrases, "hand_raised")
	}
	if v.ListenOnly {
		phrases = append(phrases, "listening_only")
	}
	if v.Role == control.Audience {
		phrases = append(phrases, m.called(v.Called)...)
	}
	return phrases
}
