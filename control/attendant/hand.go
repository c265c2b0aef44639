package attendant

import "partyline/control"

// ActHand raises or lowers the caller's hand.
const ActHand Action = "hand"

var _ = declare(command{
	action: ActHand, audience: []string{"*9", "*5"}, order: 20,
	run: func(m *Machine) { m.look(m.hand) },
	help: func(m *Machine, v View) []Phrase {
		if v.Hand {
			return m.press(ActHand, "", "to_lower_hand")
		}
		return m.press(ActHand, "", "to_raise_hand")
	},
})

// What happens to hands.
type (
	// HandSet says that the caller's own hand is up, or is not any more.
	HandSet struct{ Up bool }
	// HandUp says, to speakers, that somebody of their room has raised his hand.
	HandUp struct {
		Who  control.ParticipantID
		Name Person
	}
	// HandDown says, to speakers, that it is not up any more.
	HandDown struct{ Who control.ParticipantID }
	// Floor says that he has been given the floor; Muted, that he has muted himself.
	Floor struct{ Muted bool }
)

func (HandSet) input()  {}
func (HandUp) input()   {}
func (HandDown) input() {}
func (Floor) input()    {}

// The deeds about one's own hand.
const (
	Raise Deed = "raise hand"
	Lower Deed = "lower hand"
)

func (m *Machine) hand(v View) {
	deed, said := Raise, Phrase("hand_raised")
	if v.Hand {
		deed, said = Lower, "hand_lowered"
	}
	m.tell(Do{Deed: deed, Command: func(me control.ParticipantID) control.Command {
		return control.RaiseHand{Participant: me, Up: deed == Raise}
	}}, said, nil)
}

// hands announces what becomes of hands. What the caller does by himself is said with the answer to his command.
func (m *Machine) hands(in Input) {
	switch in := in.(type) {
	case HandSet:
		switch {
		case m.doing == Raise || m.doing == Lower:
		case in.Up:
			m.announce("hand", "hand_raised")
		default:
			m.announce("hand", "hand_lowered")
		}
	case HandUp:
		m.announce(handOf(in.Who), in.Name.in("has_raised_hand"))
	case HandDown:
		m.unannounce(handOf(in.Who))
	case Floor:
		phrases := []Phrase{"you_have_the_floor"}
		if in.Muted {
			phrases = append(append(phrases, "muted"), m.press(ActMute, "", "to_unmute")...)
		}
		m.announce("hand", phrases...)
	}
}

// handOf is what is said of somebody's hand.
func handOf(who control.ParticipantID) string { return "hand of " + string(who) }

// hands tells the caller what becomes of his hand, and speakers whose is up where they are.
func (f *follower) hands(ev control.Event, s *control.State) {
	switch ev := ev.(type) {
	case control.HandRaised:
		f.hand(s, ev)
	case control.FloorGiven:
		p := s.Participants[f.id]
		switch {
		case ev.Participant == f.id && p != nil:
			f.tell(Floor{Muted: p.Muted})
		case f.self.role == control.Speaker:
			f.tell(HandDown{Who: ev.Participant})
		}
	}
}

func (f *follower) hand(s *control.State, ev control.HandRaised) {
	p := s.Participants[ev.Participant]
	switch {
	case ev.Participant == f.id:
		f.tell(HandSet{Up: ev.Up})
	case p == nil || f.self.role != control.Speaker || f.self.room == control.NoRoom:
	case !ev.Up:
		f.tell(HandDown{Who: ev.Participant})
	case roomNumber(s, p.Location) == f.self.room:
		f.tell(HandUp{Who: ev.Participant, Name: personOf(p)})
	}
}
