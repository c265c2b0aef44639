package attendant

import "partyline/control"

// ActNextHand gives the floor to the next raised hand.
const ActNextHand Action = "next_hand"

var _ = declare(command{
	action: ActNextHand, speaker: []string{"*9"}, speakers: true, order: 20,
	run: func(m *Machine) { learn(m, nextHand, m.nextHand) },
	help: func(m *Machine, v View) []Phrase {
		if !v.Hands {
			return nil
		}
		return m.press(ActNextHand, "", "to_give_floor")
	},
})

// raised is whose hand has been up the longest in the speaker's room; no id: nobody's is.
type raised struct {
	id  control.ParticipantID
	who Person
}

func nextHand(s *control.State, me *control.Participant) (r raised) {
	if me.Location.Place != control.InRoom {
		return r
	}
	if p := s.NextHand(me.Location.Room); p != nil && p != me {
		r = raised{p.ID, personOf(p)}
	}
	return r
}

// nextHand says who it is before he is given the floor.
func (m *Machine) nextHand(_ View, r raised) {
	if r.id == "" {
		m.say("no_hands")
		return
	}
	m.confirm(func(m *Machine) {
		m.tell(Do{Deed: "give floor", Speaker: true, Command: func(me control.ParticipantID) control.Command {
			return control.GiveFloor{Participant: r.id, By: me}
		}}, r.who.in("floor_given"), map[control.Code]Phrase{
			control.CodeWrongState: "hand_gone", control.CodeNotFound: "hand_gone",
		})
	}, r.who.in("has_raised_hand"), "floor_question")
}
