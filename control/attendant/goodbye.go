package attendant

// goodbye ends the call once it has been said. Keys do nothing any more.
type goodbye struct{ reason string }

// part says the last words.
func (m *Machine) part(reason string, phrases ...Phrase) {
	m.announced, m.held, m.wait = nil, nil, nil
	m.become(&goodbye{reason})
	m.say(phrases...)
}

func (g *goodbye) key(*Machine, byte) {}
func (g *goodbye) rest(m *Machine)    { m.hangUp(g.reason) }
func (g *goodbye) late(*Machine)      {}
func (g *goodbye) holds() bool        { return true }
