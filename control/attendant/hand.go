package attendant

// ActHand raises or lowers the caller's hand.
const ActHand Action = "hand"

var _ = declare(command{
	action: ActHand, audience: []string{"*9", "*5"},
	run: func(m *Machine) { m.say("not_available") },
})
