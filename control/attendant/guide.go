package attendant

// ActHelp says what can be done now, and by which keys.
const ActHelp Action = "help"

var _ = declare(command{
	action: ActHelp, audience: []string{"**"}, speaker: []string{"**"},
	run:   func(m *Machine) { m.look(m.guide) },
	lobby: func(m *Machine) { m.look(m.guide) },
})

// guide says what can be done right now. Meanwhile, and a little longer, digits are the keys to what has no other for some:
// 9 to the language, 7 to saying who one is.
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
	g := &menu{says: phrases, brief: true}
	if v.Guest {
		g.choices = append(g.choices, choice{'7', "to_attach", (*Machine).askWho})
	}
	if len(m.languages) > 1 {
		g.choices = append(g.choices, choice{'9', "to_choose_language", func(m *Machine) { m.run(ActLanguage) }})
	}
	m.offer(g)
	m.topic = breakouts
}
