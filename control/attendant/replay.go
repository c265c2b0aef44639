package attendant

import (
	"time"

	"partyline/control"
)

// ActReplay repeats the last broadcast to the caller.
const ActReplay Action = "replay_broadcast"

var _ = declare(command{
	action: ActReplay, audience: []string{"*4"}, order: 75,
	run: func(m *Machine) { learn(m, lastBroadcast, m.repeatBroadcast) },
	help: func(m *Machine, v View) []Phrase {
		if !v.Broadcast {
			return nil
		}
		return m.press(ActReplay, "", "to_repeat_broadcast")
	},
})

// longestRepeat is when the end of a broadcast that is repeated is overdue.
const longestRepeat = 6 * time.Minute

// Repeat plays a sound of the meeting to the caller alone, in place of what is being said. [Played] follows.
type Repeat struct{ Sound control.Sound }

func (Repeat) output() {}

// lastBroadcast is what the caller heard last, or should have; nothing: there was none.
func lastBroadcast(s *control.State, me *control.Participant) control.Sound {
	if b := s.LastHeard(me.ID); b != nil {
		return b.Sound()
	}
	return control.Sound{}
}

func (m *Machine) repeatBroadcast(_ View, sound control.Sound) {
	if sound == (control.Sound{}) {
		m.say("no_broadcast")
		return
	}
	m.speak(Repeat{Sound: sound}, longestRepeat)
}
