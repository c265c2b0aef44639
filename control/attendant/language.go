package attendant

import "partyline/control"

// ActLanguage chooses the language of the prompts.
const ActLanguage Action = "language"

var _ = declare(command{
	action: ActLanguage, audience: []string{"*7"},
	run: (*Machine).chooseLanguage, lobby: (*Machine).chooseLanguage,
})

// Speaks says what language he is told things in from now on.
type Speaks struct{ Language string }

func (Speaks) input() {}

// maxLanguages is how many can be chosen among: 1 to 9.
const maxLanguages = 9

// chooseLanguage offers every language in itself.
func (m *Machine) chooseLanguage() {
	if len(m.languages) < 2 {
		m.say("not_available")
		return
	}
	g := &menu{}
	for i, language := range m.languages[:min(len(m.languages), maxLanguages)] {
		g.choices = append(g.choices, choice{
			key: byte('1' + i), says: Phrase("language_choice").In(language), run: func(m *Machine) { m.hear(language) },
		})
	}
	m.offer(g)
}

// hear has the caller told everything in a language from now on, and whenever he comes back.
func (m *Machine) hear(language string) {
	d := Do{Deed: "choose a language", Command: func(me control.ParticipantID) control.Command {
		return control.ChangeParticipant{Participant: me, Language: &language, Self: true}
	}}
	m.do(d, func(code control.Code) {
		if code != "" {
			m.say("try_again")
			return
		}
		m.language = language
		m.say("language_chosen")
	})
}
