package attendant

import "partyline/control"

// ActMuteAll mutes all but the speakers, or releases them.
const ActMuteAll Action = "mute_all"

var _ = declare(command{
	action: ActMuteAll, speaker: []string{"*4"}, speakers: true, order: 80,
	run: func(m *Machine) { m.look(m.muteAll) },
	help: func(m *Machine, v View) []Phrase {
		if v.MutedAll {
			return m.press(ActMuteAll, "", "to_release_all")
		}
		return m.press(ActMuteAll, "", "to_mute_all")
	},
})

func (m *Machine) muteAll(v View) {
	question, done, deed := Phrase("mute_all_question"), Phrase("all_muted"), Deed("mute all")
	if v.MutedAll {
		question, done, deed = "release_all_question", "all_released", "release all"
	}
	m.confirm(func(m *Machine) {
		m.tell(Do{Deed: deed, Speaker: true, Command: func(control.ParticipantID) control.Command {
			return control.MuteAll{Muted: !v.MutedAll}
		}}, done, nil)
	}, question)
}
