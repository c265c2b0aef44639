package mixer

import (
	"slices"
	"sync/atomic"

	"partyline/mixer/prompt"
)

// Announcement is said in several rooms, to all at the same time: every room hears the same sample in the same tick. Who
// goes from one of the rooms to another hears it go on there, and a room that is empty when it begins, or has been left,
// takes it up where it is by then. The rooms are lower meanwhile. A meeting says one at a time. The fields are not
// changed once it has been given to [Meeting.Announce], which is done once.
type Announcement struct {
	Rooms []RoomID // nil: all
	Some  bool     // legs whose place is [Place].Apart do not hear it
	// Length is how long it is, in samples.
	Length int
	// Grows, if it is not nil, is asked before every tick how many samples there are by then, and whether that is the whole
	// length. Where there are too few for a tick all rooms wait, together. It must not block.
	Grows func() (samples int, whole bool)
	// Live, if it is not nil, is a leg of the meeting: after Lead samples of what Open returns everybody but itself hears what
	// it says, in all rooms in the same tick, for Length samples in all. It ends when the leg leaves the meeting.
	Live *Leg
	Lead int
	// Open returns what is left of it after so many samples. The shard calls it, once for each room; it must not block.
	Open func(skip int) prompt.Source
	// Began, if it is not nil, is called once, from a goroutine of the engine's, with the rooms that have legs.
	Began func([]RoomStart)
	// Ended, if it is not nil, is called once after Began, with the rooms that took it up later too; whole says that it
	// was said to its end.
	Ended func(starts []RoomStart, whole bool)

	stopped atomic.Bool

	// owned by the shard
	said    int  // samples
	waits   bool // in this tick, for it has not grown
	starts  []RoomStart
	counted int // of starts; the listeners of the others are counted at the end of the tick
	air     onAir
}

// Announce says a in place of what is being announced.
func (m *Meeting) Announce(a *Announcement) { m.post(a) }

// Silence stops a, if it has not ended, wherever it is: on its way, or being said. It may come before Announce.
func (m *Meeting) Silence(a *Announcement) {
	a.stopped.Store(true)
	m.post(hush{a})
}

// begin implements [play].
func (a *Announcement) begin(m *Meeting, tick int64) {
	if a.stopped.Load() {
		a.refuse(m)
		return
	}
	m.hushRooms()
	if !a.goLive(m) {
		a.refuse(m)
		return
	}
	a.grow()
	for _, r := range m.rooms {
		if a.addresses(r.id) {
			a.play(r)
		}
	}
	for i := range a.starts {
		a.starts[i].Tick = tick
		a.count(m, i)
	}
	a.counted = len(a.starts)
	m.report(a.Began, slices.Clone(a.starts))
	m.saying = a
}

// refuse implements [play].
func (a *Announcement) refuse(m *Meeting) {
	m.report(a.Began, nil)
	a.ended(m, false)
}

func (a *Announcement) addresses(id RoomID) bool {
	return id != NoRoom && (a.Rooms == nil || slices.Contains(a.Rooms, id))
}

// play plays the rest in a room.
func (a *Announcement) play(r *room) {
	r.waiting = nil
	switch {
	case a.begun():
		r.bridge.PlayVoice(a.air.voice, &a.Live.port)
	case a.Some:
		r.bridge.PlaySome(a.open())
	default:
		r.bridge.Play(a.open(), true)
	}
	if !slices.ContainsFunc(a.starts, func(s RoomStart) bool { return s.Room == r.id }) {
		a.starts = append(a.starts, RoomStart{Room: r.id})
	}
}

// resume takes it up in a room that has just got its first leg.
func (a *Announcement) resume(r *room) {
	if a.addresses(r.id) {
		a.play(r)
	}
}

// count notes how many hear it in a room.
func (a *Announcement) count(m *Meeting, i int) {
	r := m.byID[a.starts[i].Room]
	if r == nil {
		return // left again in the same tick
	}
	n := 0
	for _, l := range r.legs {
		if l != a.Live && (!a.Some || !l.apart) {
			n++
		}
	}
	a.starts[i].Listeners = n
}

func (a *Announcement) ended(m *Meeting, whole bool) {
	if a.Ended != nil {
		starts := a.starts
		m.shard.engine.reporter.report(func() { a.Ended(starts, whole) })
	}
}

// announced ends the tick of the announcement.
func (m *Meeting) announced(tick int64) {
	a := m.saying
	if a == nil {
		return
	}
	for ; a.counted < len(a.starts); a.counted++ {
		a.starts[a.counted].Tick = tick
		a.count(m, a.counted)
	}
	if !a.waits {
		a.said += frameSamples
	}
	if a.grow(); a.said >= a.Length {
		if a.Live != nil { // a voice does not end by itself
			m.hushAll()
		}
		m.endAnnouncement(true)
	}
}

// endAnnouncement reports that the announcement is over.
func (m *Meeting) endAnnouncement(whole bool) {
	if a := m.saying; a != nil {
		m.saying = nil
		a.offAir()
		a.ended(m, whole)
	}
}

// hushRooms stops the announcement in every room.
func (m *Meeting) hushRooms() {
	a := m.saying
	if a == nil {
		return
	}
	m.hushAll()
	m.endAnnouncement(false)
}

func (m *Meeting) hushAll() {
	for _, r := range m.rooms {
		if m.saying.addresses(r.id) {
			r.bridge.Play(nil, false)
		}
	}
}

// hush stops an announcement.
type hush struct{ a *Announcement }

// begin implements [play]. What has ended is not being said any more.
func (h hush) begin(m *Meeting, _ int64) {
	if m.saying == h.a {
		m.hushRooms()
	}
}

// refuse implements [play].
func (hush) refuse(*Meeting) {}
