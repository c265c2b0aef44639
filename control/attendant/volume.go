package attendant

// ActVolume changes how loud the caller hears the others.
const ActVolume Action = "volume"

var _ = declare(command{
	action: ActVolume, audience: []string{"*1"}, speaker: []string{"*1"},
	run: func(m *Machine) { m.say("not_available") },
})
