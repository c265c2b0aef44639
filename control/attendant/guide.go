package attendant

// ActHelp says what can be done now, and by which keys.
const ActHelp Action = "help"

var _ = declare(command{
	action: ActHelp, audience: []string{"**"}, speaker: []string{"**"},
	run:   func(m *Machine) { m.look(m.guide) },
	lobby: func(m *Machine) { m.look(m.guide) },
})

// guide says what can be done right now. Meanwhile, and a little longer, 9 is the key to the language, for which speakers
// have no other.
func (m *Machine) guide(v View) {
	var phrases []Phrase
	if m.waiting() {
		phrases = whyWaiting(v)
	}
	for _, c := range inOrder() {
		if c.help == nil || m.waiting() && c.lobby == nil || m.keys.keysFor(m.role, c.action) == "" {
			continue
		}
		phrases = append(phrases, c.help(m, v)...)
	}
	m.offer(&menu{says: phrases, brief: true, choices: []choice{{'9', "to_choose_language", func(m *Machine) { m.run(ActLanguage) }}}})
	m.topic = breakouts
}
