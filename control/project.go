package control

import (
	"slices"
	"time"
)

// project applies the events of one command, and lets the mixer and the followers know.
func (m *Meeting) project(events []Event, by string, at time.Time) {
	hidden := m.state.hidden(events)
	for _, e := range events {
		Apply(m.state, e, at)
	}
	m.place()
	for _, e := range events {
		m.adopt(e)
	}
	m.dial(events)
	m.sound(passages(events, hidden))
	m.broadcast()
	followers := m.following()
	for _, e := range events {
		for _, f := range followers {
			f.f(e, by, at, m.state)
		}
	}
	m.arm()
	m.over(events)
}

// place publishes where every leg is to be, if that has changed.
func (m *Meeting) place() {
	legs := make([]LegPlace, 0, len(m.state.Legs))
	for _, id := range m.state.Order {
		p := m.state.Participants[id]
		for _, l := range p.Legs {
			legs = append(legs, LegPlace{
				Leg: l.ID, Room: m.roomNumber(p.Location), Muted: p.Silenced(), GainDB: p.GainDB, ListenGainDB: p.ListenGainDB, Apart: l.Kind != PhoneLeg,
				Waits: p.Location.Place == Lobby,
			})
		}
	}
	if slices.Equal(legs, m.placed.Legs) {
		return
	}
	m.placed = Placement{Gen: m.placed.Gen + 1, Legs: legs}
	published := m.placed
	m.home.count.placements.Add(1)
	m.mixer.Place(m.id, &published)
}

func (m *Meeting) roomNumber(l Location) int {
	if l.Place != InRoom {
		return NoRoom
	}
	return m.state.RoomNumber(l.Room)
}

func (m *Meeting) adopt(e Event) {
	if j, ok := e.(ParticipantJoined); ok && j.Leg != nil {
		m.adopted[j.Leg.ID] = true
		m.mixer.Adopt(m.id, j.Leg.ID)
	}
}

// over does what is left to do when the meeting has ended. Its legs hear goodbye before they are released.
func (m *Meeting) over(events []Event) {
	for _, e := range events {
		switch e.(type) {
		case MeetingEnded:
			m.home.ended(m)
		case MeetingReopened:
			m.released = false
		case MeetingDeleted:
			m.deleted.Store(true)
			m.home.unbindAll(m.id)
		}
	}
	if m.state.Phase != Open && len(m.adopted) == 0 {
		m.release()
	}
}

func (m *Meeting) release() {
	if !m.released {
		m.released = true
		m.mixer.Release(m.id)
	}
}
