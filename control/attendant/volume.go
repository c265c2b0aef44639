package attendant

import "partyline/control"

// ActVolume changes how loud the caller hears everything.
const ActVolume Action = "volume"

var _ = declare(command{
	action: ActVolume, audience: []string{"*1"}, speaker: []string{"*1"}, order: 70,
	run:   func(m *Machine) { learn(m, listens, m.volume) },
	lobby: func(m *Machine) { learn(m, listens, m.volume) },
	help:  func(m *Machine, _ View) []Phrase { return m.press(ActVolume, "", "to_change_volume") },
})

// volumes are the listening volumes in the order in which the key goes through them.
var volumes = []struct {
	db   int
	says Phrase
}{{0, "volume_normal"}, {6, "volume_louder"}, {12, "volume_loudest"}, {-6, "volume_quieter"}}

func listens(_ *control.State, me *control.Participant) int { return me.ListenGainDB }

func (m *Machine) volume(_ View, db int) {
	next := volumes[0] // after the last one, and after any that was set elsewhere
	for i, v := range volumes[:len(volumes)-1] {
		if v.db == db {
			next = volumes[i+1]
		}
	}
	m.tell(Do{Deed: "listening volume", Command: func(me control.ParticipantID) control.Command {
		return control.ChangeParticipant{Participant: me, ListenGain: &next.db, Self: true}
	}}, next.says, nil)
}
