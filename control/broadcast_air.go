package control

import "time"

// air is the broadcast that the mixer has been given: one at a time. Owned by the owner goroutine.
type air struct {
	on      BroadcastID // empty: none
	stopped bool        // the mixer was told to stop it, and its word is awaited
}

// broadcast gives the mixer the next broadcast if it has none, and stops the one it has if that was cancelled, has no
// room or no voice left, or is a normal one and an urgent one waits.
func (m *Meeting) broadcast() {
	next := m.state.nextBroadcast()
	if m.air.on == "" {
		if next != nil && m.state.Phase == Open {
			m.air = air{on: next.ID}
			m.play(next)
		}
		return
	}
	b := m.state.Broadcasts[m.air.on]
	urgent := next != nil && next.Urgent && b != nil && !b.Urgent
	if !m.air.stopped && (b == nil || b.over() || urgent || m.state.homeless(b) || m.state.voiceless(b) != "") {
		m.air.stopped = true
		m.mixer.Stop(m.id, m.air.on)
	}
}

// play has a broadcast played, and takes the mixer's reports as facts.
func (m *Meeting) play(b *Broadcast) {
	id, rooms := b.ID, map[int]RoomID{} // as they are numbered now
	p := Play{
		Broadcast: id, PhonesOnly: b.PhonesOnly, Sound: b.Sound(),
		Live: b.Leg, Limit: time.Duration(b.LimitS) * time.Second,
	}
	for _, room := range append([]RoomID{MainRoom}, m.state.RoomOrder...) {
		if number := m.state.RoomNumber(room); b.addresses(room) {
			rooms[number] = room
			if len(b.Rooms) > 0 {
				p.Rooms = append(p.Rooms, number)
			}
		}
	}
	failed := m.state.voiceless(b)
	if len(rooms) == 0 {
		failed = "its rooms were deleted"
	}
	if failed != "" {
		m.air = air{}
		m.Submit(BroadcastBegan{ID: id, Failed: failed}, Meta{Actor: System}, nil)
		return
	}
	p.Began = func(r PlayReport) {
		began := BroadcastBegan{ID: id, Deliveries: deliveriesOf(r, rooms), Spoken: r.Spoken}
		if r.Err != nil {
			began.Failed = r.Err.Error()
		}
		m.Submit(began, Meta{Actor: System}, nil)
	}
	p.Ended = func(r PlayReport) {
		m.isOver(BroadcastOver{ID: id, Deliveries: deliveriesOf(r, rooms), Whole: r.Whole})
	}
	m.mixer.Play(m.id, p)
}

// isOver submits that the mixer has done with a broadcast, and goes on with the next.
func (m *Meeting) isOver(c BroadcastOver) {
	m.Submit(c, Meta{Actor: System}, func(_ any, err error) {
		if err == nil { // else the owner is ending, and this may not be its goroutine
			m.broadcast()
		}
	})
}

// offAir notes that the mixer has done with a broadcast, before that is decided, and says whether it was told to.
func (m *Meeting) offAir(c Command) Command {
	over, ok := c.(BroadcastOver)
	if !ok || over.ID != m.air.on {
		return c
	}
	over.Interrupted = m.air.stopped
	m.air = air{}
	return over
}

func deliveriesOf(r PlayReport, rooms map[int]RoomID) (list []Delivery) {
	for _, start := range r.Rooms {
		if room, ok := rooms[start.Room]; ok {
			list = append(list, Delivery{Room: room, Listeners: start.Listeners, Tick: start.Tick})
		}
	}
	return list
}
