package attendant

// ActMuteAll mutes all but the speakers, or releases them.
const ActMuteAll Action = "mute_all"

var _ = declare(command{
	action: ActMuteAll, speaker: []string{"*4"},
	run: func(m *Machine) { m.say("not_available") },
})
