package mixer

// Placement is the wanted place of every leg of a meeting. It is immutable once given to Meeting.Place. A leg that it
// does not name is in no room.
type Placement struct {
	Gen  uint64
	Legs []Place
}

// Place is the wanted place of one leg. A leg that the meeting has not adopted yet goes there when it comes.
type Place struct {
	Leg      LegID
	Room     RoomID
	Muted    bool // nobody hears it
	GainDB   int8 // how much louder it is heard
	ListenDB int8 // how much louder it hears the others
	Apart    bool // it does not hear announcements that are for some only
	Music    bool // while it is in no room it hears music
}

// published is a placement on its way into effect, or in effect.
type published struct {
	*Placement
	tick int64
}

// Place has p take effect at the next frame boundary. Of several between two frames the last counts.
func (m *Meeting) Place(p *Placement) {
	m.wanted.Store(&published{Placement: p, tick: m.shard.engine.Tick()})
}

// Applied is the placement in effect and the tick since which it is. Zeros: none yet.
func (m *Meeting) Applied() (gen uint64, tick int64) { return m.applied.Load().genTick() }

// Published is the last placement given to Place and the tick in which that was.
func (m *Meeting) Published() (gen uint64, tick int64) { return m.wanted.Load().genTick() }

func (p *published) genTick() (uint64, int64) {
	if p == nil {
		return 0, 0
	}
	return p.Gen, p.tick
}

// apply brings the wanted placement into effect, if it is not. Only the shard calls it.
func (m *Meeting) apply(tick int64) {
	wanted := m.wanted.Load()
	if wanted == m.current {
		return
	}
	m.current = wanted
	m.round++
	for i := range wanted.Legs {
		p := &wanted.Legs[i]
		if l := m.legs[p.Leg]; l != nil {
			l.round = m.round
			m.put(l, p)
		}
	}
	for _, l := range m.legs {
		if l.round != m.round {
			m.put(l, &Place{Room: NoRoom})
		}
	}
	m.applied.Store(&published{Placement: wanted.Placement, tick: tick})
}

// put brings one leg to its place.
func (m *Meeting) put(l *Leg, p *Place) {
	l.muted(p.Muted)
	l.port.SetGainDB(int(p.GainDB))
	l.port.SetListenDB(int(p.ListenDB))
	l.apart = p.Apart
	l.port.SetApart(p.Apart)
	if l.room == nil || l.room.id != p.Room {
		if l.room != nil {
			m.leave(l)
		}
		m.enter(l, p.Room)
	}
	l.room.entertain(p.Music, l.engine.opts.Music)
}

// wantedPlace finds where a leg that has just come should be.
func (m *Meeting) wantedPlace(id LegID) *Place {
	if m.current != nil {
		for i := range m.current.Legs {
			if p := &m.current.Legs[i]; p.Leg == id {
				return p
			}
		}
	}
	return &Place{Room: NoRoom}
}
