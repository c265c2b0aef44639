package attendant

// ActReplay repeats the last broadcast to the caller.
const ActReplay Action = "replay_broadcast"

var _ = declare(command{
	action: ActReplay, audience: []string{"*4"},
	run: func(m *Machine) { m.say("not_available") },
})
