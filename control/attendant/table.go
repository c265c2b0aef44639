package attendant

import (
	"cmp"
	"maps"
	"slices"

	"partyline/control"
)

// command is something that callers do by keys. Each is declared in a file of its own, which is all that has to be
// written for a new one:
//
//	const ActWave Action = "wave"
//
//	var _ = declare(command{action: ActWave, audience: []string{"*77"}, run: func(m *Machine) { m.look(m.wave) }})
type command struct {
	action   Action
	audience []string // their keys by default; the help says the first
	speaker  []string
	speakers bool                              // nobody else may; the meeting asks that too, by [Do.Speaker]
	run      func(m *Machine)                  // what it does in a room
	lobby    func(m *Machine)                  // what it does for who waits; nil: he has to be in the meeting
	order    int                               // its place in the spoken help
	help     func(m *Machine, v View) []Phrase // what the help says of it as things stand; nil: nothing
}

// table has every command. It is complete, and not changed any more, when main begins.
var table = make(map[Action]*command)

// declare puts a command into the table. That each stands there once, with keys of its own, is the programmer's to see to.
func declare(c command) struct{} {
	if table[c.action] != nil {
		panic("attendant: the command " + string(c.action) + " is declared twice")
	}
	table[c.action] = &c
	return struct{}{}
}

// keys are the default keys of a role.
func (c *command) keys(role control.Role) []string {
	if role == control.Speaker {
		return c.speaker
	}
	return c.audience
}

// inOrder are all commands as the help has them.
func inOrder() []*command {
	return slices.SortedFunc(maps.Values(table), func(a, b *command) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.action, b.action))
	})
}

// Actions are the names of all commands.
func Actions() []Action { return slices.Sorted(maps.Keys(table)) }

// run obeys a command.
func (m *Machine) run(action Action) {
	c := table[action]
	switch {
	case c == nil:
		m.say("unknown_key")
	case c.speakers && m.role != control.Speaker:
		m.say("for_speakers")
	case !m.waiting():
		c.run(m)
	case c.lobby != nil:
		c.lobby(m)
	default:
		m.say("not_while_waiting")
	}
}
