package mixer

import "slices"

// A leg is handed over as one struct: after its frame in the old meeting it is posted to the shard of the new one,
// which serves it from its first frame on that is due at least one frame later. So the leg is never served twice
// in 20 ms; its own stream goes on without a gap. Nobody has heard it where it was, and so its jitter buffer plays what
// is due by the ticks of the new place, instead of keeping for ever what it had to wait for the first of them. The bridge
// of a leg that is in no room goes with it, so that what is played to it goes on too.

// handOver sends away the legs whose mail said so.
func (m *Meeting) handOver(due int64) {
	if !m.parting {
		return
	}
	m.parting = false
	for _, l := range slices.Backward(m.order) { // a leg that goes leaves its place to the last one
		target := l.target
		l.target = nil
		if target == nil || target == m {
			continue
		}
		m.remove(l)
		target.shard.place[target.phase].legs.Add(1)
		target.shard.inbox.post(func() { target.adopt(l, due+int64(Ptime)) })
	}
}

// adopt takes a leg that is on no shard; ready is when it may be served first.
func (m *Meeting) adopt(l *Leg, ready int64) {
	if m.closed.Load() {
		next := m.shard.solo[m.phase]
		next.adopt(l, ready)
		return
	}
	l.ready = ready
	m.coming = append(m.coming, l)
}

// welcome serves the legs that came from this tick on.
func (m *Meeting) welcome(due, tick int64) {
	if len(m.coming) == 0 {
		return
	}
	m.coming = slices.DeleteFunc(m.coming, func(l *Leg) bool {
		if l.ready > due+int64(phaseLength)/2 {
			return false
		}
		if l.gone.Load() {
			m.shard.place[m.phase].legs.Add(-1)
			return true
		}
		l.last = tick - 1
		l.in.buf.Rephase()
		if l.in.lastIn == 0 {
			l.in.lastIn = due
		}
		m.admit(l)
		return true
	})
}

// admit makes a leg one of the meeting's.
func (m *Meeting) admit(l *Leg) {
	l.meeting, l.index = m, len(m.order)
	m.order = append(m.order, l)
	m.legs[l.id] = l
	if l.room != nil {
		m.addRoom(l.room)
	}
	m.put(l, m.wantedPlace(l.id))
}

// remove takes a leg out of the meeting, with its bridge if that is its own.
func (m *Meeting) remove(l *Leg) {
	if m.saying != nil && m.saying.Live == l {
		m.hushRooms()
	}
	if l.room.id == NoRoom {
		m.dropRoom(l.room)
	} else {
		m.leave(l)
	}
	last := len(m.order) - 1
	m.order[l.index] = m.order[last]
	m.order[l.index].index = l.index
	m.order[last] = nil
	m.order = m.order[:last]
	delete(m.legs, l.id)
	l.meeting = nil
	l.counts.show(&m.shard.totals)
	m.shard.place[m.phase].legs.Add(-1)
}

// dissolve ends a closed meeting: its legs are served in the same phase as before.
func (m *Meeting) dissolve() {
	m.hushRooms()
	m.refusePlays()
	next := m.shard.solo[m.phase]
	for len(m.order) > 0 {
		l := m.order[len(m.order)-1]
		last := l.last
		m.remove(l)
		m.shard.place[m.phase].legs.Add(1)
		next.admit(l)
		l.last = last
	}
	next.coming = append(next.coming, m.coming...)
	m.coming = nil
	m.shard.drop(m)
}
