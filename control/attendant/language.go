package attendant

// ActLanguage chooses the language of the prompts.
const ActLanguage Action = "language"

var _ = declare(command{
	action: ActLanguage, audience: []string{"*7"},
	run: func(m *Machine) { m.say("not_available") },
})
