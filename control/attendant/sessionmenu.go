package attendant

// ActSession is the menu of the breakouts.
const ActSession Action = "session"

var _ = declare(command{
	action: ActSession, speaker: []string{"*5"},
	run: func(m *Machine) { m.say("not_available") },
})
