package attendant

// goodbye ends the call once it has been said. Keys do nothing any more.
type goodbye struct{ reason string }

// part says the last words.
func (m *Machine) part(reason string, phrases ...Phrase) {
	m.announced, m.held, m.wait = nil, nil, nil
	m.become(&goodbye{reason})
	m.say(phrases...)
}

// Departing says that the bridge shuts down.
type Departing struct{}

func (Departing) input() {}

// departs says so, unless the call is about to end anyway.
func (m *Machine) departs() {
	if _, leaving := m.mode.(*goodbye); !leaving {
		m.part("the bridge shuts down", "shutting_down", "goodbye")
	}
}

// Depart says goodbye because the bridge shuts down, and hangs up.
func (s *session) Depart() { s.step(Departing{}) }

func (g *goodbye) key(*Machine, byte) {}
func (g *goodbye) rest(m *Machine)    { m.hangUp(g.reason) }
func (g *goodbye) late(*Machine)      {}
func (g *goodbye) holds() bool        { return true }
