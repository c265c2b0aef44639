package attendant

import "time"

// commands is the state of a caller in a meeting: he listens, talks, and may key in a command.
type commands struct {
	keys string    // of a command so far
	at   time.Time // of the last of them
}

func (c *commands) key(m *Machine, digit byte) {
	if c.keys != "" && c.startsAnew(digit, m.now.Sub(c.at)) {
		c.keys = ""
	}
	m.until = time.Time{}
	if c.keys == "" && digit != '*' {
		return // a lone key does nothing
	}
	c.keys += string(rune(digit))
	c.at = m.now
	action, more := m.keys.match(m.role, c.keys)
	if action == "" && !more && digit == '*' { // the beginning of the next command
		c.keys, more = "*", true
	}
	if more {
		m.until = m.now.Add(starLapse)
		return
	}
	c.keys = ""
	m.run(action)
}

// startsAnew says that a key does not belong to those before it.
func (c *commands) startsAnew(digit byte, after time.Duration) bool {
	if digit == '*' && c.keys[len(c.keys)-1] == '*' {
		return after > starAgain
	}
	return after >= starLapse
}

func (c *commands) rest(m *Machine) {
	if m.waiting() {
		m.until = m.patience()
	}
}

func (c *commands) late(m *Machine) {
	if c.keys == "" && m.waiting() {
		m.look(m.advance)
	}
	c.keys = ""
}

func (c *commands) holds() bool { return c.keys != "" }
