package attendant

// ActLockRoom locks or unlocks the room that the caller is in.
const ActLockRoom Action = "lock_room"

var _ = declare(command{
	action: ActLockRoom, speaker: []string{"*7"},
	run: func(m *Machine) { m.say("not_available") },
})
