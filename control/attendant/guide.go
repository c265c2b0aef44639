package attendant

// ActHelp says what can be done now, and by which keys.
const ActHelp Action = "help"

var _ = declare(command{
	action: ActHelp, audience: []string{"**"}, speaker: []string{"**"},
	run:   func(m *Machine) { m.look(m.guide) },
	lobby: func(m *Machine) { m.look(m.stillWaiting) },
})

// guide says what can be done right now.
func (m *Machine) guide(v View) {
	var phrases []Phrase
	for _, c := range inOrder() {
		if c.help != nil && m.keys.keysFor(m.role, c.action) != "" {
			phrases = append(phrases, c.help(m, v)...)
		}
	}
	m.sayOf(breakouts, phrases...)
}
