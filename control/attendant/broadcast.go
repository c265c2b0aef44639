package attendant

// ActBroadcast speaks to all rooms.
const ActBroadcast Action = "broadcast"

var _ = declare(command{
	action: ActBroadcast, audience: []string{"*8"}, speaker: []string{"*8"},
	run: func(m *Machine) { m.say("not_available") },
})
