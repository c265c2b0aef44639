package attendant

// ActNextHand gives the floor to the next raised hand.
const ActNextHand Action = "next_hand"

var _ = declare(command{
	action: ActNextHand, speaker: []string{"*9"},
	run: func(m *Machine) { m.say("not_available") },
})
