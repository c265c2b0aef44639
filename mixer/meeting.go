package mixer

import (
	"slices"
	"sync/atomic"

	"partyline/mixer/prompt"
)

// Meeting is a set of rooms on one shard. Its methods may be called from any goroutine.
type Meeting struct {
	// immutable
	shard *shard
	phase int  // when in a tick it is served
	solo  bool // not a meeting but the place of the shard's legs that are in none

	wanted  atomic.Pointer[published]
	applied atomic.Pointer[published]
	plays   mailbox[play]
	closed  atomic.Bool

	// owned by the shard
	current *published
	round   int // counts the placements applied
	legs    map[LegID]*Leg
	order   []*Leg // the same legs
	byID    map[RoomID]*room
	rooms   []*room       // all that have legs, and one for each leg that is in none
	coming  []*Leg        // handed over, not served yet
	parting bool          // some legs have a target
	saying  *Announcement // what is being announced; nil: nothing
}

// RoomStart tells that a play began in a room.
type RoomStart struct {
	Room      RoomID
	Tick      int64
	Listeners int
}

// play is something to be played into rooms, or stopped, on its way to the shard.
type play interface {
	begin(m *Meeting, tick int64)
	refuse(m *Meeting) // there is nobody any more to play it to
}

// roomPlay is a play into rooms.
type roomPlay struct {
	rooms []RoomID
	open  func() prompt.Source
	duck  bool
	began func([]RoomStart)
}

func newMeeting(s *shard, phase int) *Meeting {
	return &Meeting{shard: s, phase: phase, legs: make(map[LegID]*Leg), byID: make(map[RoomID]*room)}
}

// Adopt hands a leg over to the meeting, at a frame boundary. Until a placement names it, it is in no room.
func (m *Meeting) Adopt(l *Leg) {
	l.mail.post(func(l *Leg) { l.target, l.meeting.parting = m, true })
}

// Play plays into rooms, nil: all that have legs. Everywhere it begins in the same tick. The shard calls open for each
// room: it must not block, and each Source is read by the shard. With duck it takes the place of what is playing there, and the
// rooms are lower meanwhile. Without, it is a sound in passing, which waits for another one, and is left out where a source
// with duck is playing: a tone does not end a message.
// began is called once, from a goroutine of the engine's.
func (m *Meeting) Play(rooms []RoomID, open func() prompt.Source, duck bool, began func([]RoomStart)) {
	m.post(&roomPlay{rooms: rooms, open: open, duck: duck, began: began})
}

func (m *Meeting) post(p play) {
	m.plays.post(p)
	if m.closed.Load() || m.shard.engine.over() { // nobody may be left to look into the mailbox
		m.refusePlays()
	}
}

// Close ends the meeting: its legs are in none any more.
func (m *Meeting) Close() {
	if m.closed.Swap(true) {
		return
	}
	m.shard.place[m.phase].meetings.Add(-1)
	m.shard.inbox.post(m.dissolve)
}

// Overloaded says whether the meeting's shard needs too much of its time: no leg should be added.
func (m *Meeting) Overloaded() bool { return m.shard.overloaded() }

// frame is one tick of the meeting.
func (m *Meeting) frame(due, tick int64) {
	s := m.shard
	m.apply(tick)
	m.welcome(due, tick)
	for _, l := range slices.Backward(m.order) { // a leg that goes leaves its place to the last one
		for _, do := range l.mail.take() {
			if l.meeting == m { // else it has ended
				do(l)
			}
		}
	}
	for _, p := range m.plays.take() {
		p.begin(m, tick)
	}
	m.speakLive(due, tick)
	for _, r := range m.rooms {
		r.frame(s, due, tick)
	}
	m.announced(tick)
	m.handOver(due)
}

// begin implements [play].
func (p *roomPlay) begin(m *Meeting, tick int64) {
	var starts []RoomStart
	start := func(r *room) {
		if r.id == NoRoom || !p.duck && !r.pass(p.open) {
			return
		}
		if p.duck {
			r.waiting = nil
			r.bridge.Play(p.open(), true)
		}
		starts = append(starts, RoomStart{Room: r.id, Tick: tick, Listeners: len(r.legs)})
	}
	if p.rooms == nil {
		for _, r := range m.rooms {
			start(r)
		}
	}
	for _, id := range p.rooms {
		if r := m.byID[id]; r != nil {
			start(r)
		}
	}
	m.report(p.began, starts)
}

// refuse implements [play].
func (p *roomPlay) refuse(m *Meeting) { m.report(p.began, nil) }

func (m *Meeting) report(to func([]RoomStart), starts []RoomStart) {
	if to != nil {
		m.shard.engine.reporter.report(func() { to(starts) })
	}
}

// refusePlays reports that what was to be played began nowhere.
func (m *Meeting) refusePlays() {
	for _, p := range m.plays.take() {
		p.refuse(m)
	}
}

// enter puts a leg of the meeting into a room, which is made when it is the first.
func (m *Meeting) enter(l *Leg, id RoomID) {
	r := m.byID[id]
	if r == nil {
		r = m.makeRoom(id)
	}
	r.add(l)
}

func (m *Meeting) makeRoom(id RoomID) *room {
	r := newRoom(id)
	m.addRoom(r)
	if m.saying != nil {
		m.saying.resume(r)
	}
	return r
}

func (m *Meeting) addRoom(r *room) {
	r.index = len(m.rooms)
	m.rooms = append(m.rooms, r)
	if r.id != NoRoom {
		m.byID[r.id] = r
	}
}

func (m *Meeting) dropRoom(r *room) {
	last := len(m.rooms) - 1
	m.rooms[r.index] = m.rooms[last]
	m.rooms[r.index].index = r.index
	m.rooms[last] = nil
	m.rooms = m.rooms[:last]
	if r.id != NoRoom {
		delete(m.byID, r.id)
	}
}

// leave takes a leg out of its room, which ends with its last leg: a bridge is never used again, so that nothing of what
// it remembers comes to other ears.
func (m *Meeting) leave(l *Leg) {
	r := l.room
	r.remove(l)
	if len(r.legs) == 0 {
		m.dropRoom(r)
	}
}
