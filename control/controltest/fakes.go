package controltest

import (
	"slices"
	"sync"

	"partyline/control"
)

// Mixer is a control.Mixer that records. It is safe for concurrent use.
type Mixer struct {
	// Report answers the beginning of Play; nil: the sound begins at once, in every room of the placement that was asked for.
	Report func(meeting control.MeetingID, rooms []int, s control.Sound) control.PlayReport
	// Hold has broadcasts last until Finish or Stop; else they are over at once.
	Hold bool

	mu       sync.Mutex
	places   map[control.MeetingID][]*control.Placement
	adopted  map[control.MeetingID][]control.LegID
	plays    []Play
	lasting  map[control.BroadcastID]func(whole bool)
	stopped  []control.BroadcastID
	released []control.MeetingID
}

// Play is one recorded call of Mixer.Play.
type Play struct {
	Meeting    control.MeetingID
	Broadcast  control.BroadcastID
	Rooms      []int
	Sound      control.Sound
	PhonesOnly bool
	Live       control.LegID
}

// NewMixer makes a mixer that has recorded nothing yet.
func NewMixer() *Mixer {
	return &Mixer{places: map[control.MeetingID][]*control.Placement{}, adopted: map[control.MeetingID][]control.LegID{},
		lasting: map[control.BroadcastID]func(bool){}}
}

var _ control.Mixer = (*Mixer)(nil)

// Place implements control.Mixer.
func (m *Mixer) Place(meeting control.MeetingID, p *control.Placement) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places[meeting] = append(m.places[meeting], p)
}

// Adopt implements control.Mixer.
func (m *Mixer) Adopt(meeting control.MeetingID, leg control.LegID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.adopted[meeting] = append(m.adopted[meeting], leg)
}

// Play implements control.Mixer.
func (m *Mixer) Play(meeting control.MeetingID, p control.Play) {
	m.mu.Lock()
	m.plays = append(m.plays, Play{Meeting: meeting, Broadcast: p.Broadcast, Rooms: p.Rooms, Sound: p.Sound, PhonesOnly: p.PhonesOnly, Live: p.Live})
	report := control.PlayReport{Rooms: m.starts(meeting, p.Rooms)}
	m.mu.Unlock()
	if m.Report != nil {
		report = m.Report(meeting, p.Rooms, p.Sound)
	}
	if p.Began != nil {
		p.Began(report)
	}
	if p.Ended == nil {
		return
	}
	end := func(whole bool) { p.Ended(control.PlayReport{Rooms: report.Rooms, Whole: whole}) }
	if report.Err != nil || !m.Hold {
		end(report.Err == nil)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lasting[p.Broadcast] = end
}

// Stop implements control.Mixer.
func (m *Mixer) Stop(_ control.MeetingID, id control.BroadcastID) {
	m.mu.Lock()
	m.stopped = append(m.stopped, id)
	m.mu.Unlock()
	m.finish(id, false)
}

// Finish has a broadcast come to its end.
func (m *Mixer) Finish(id control.BroadcastID) { m.finish(id, true) }

func (m *Mixer) finish(id control.BroadcastID, whole bool) {
	m.mu.Lock()
	end := m.lasting[id]
	delete(m.lasting, id)
	m.mu.Unlock()
	if end != nil {
		end(whole)
	}
}

// Stopped returns what was stopped, in order.
func (m *Mixer) Stopped() []control.BroadcastID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.stopped)
}

// starts is what a sound that begins at once would report; m.mu is held.
func (m *Mixer) starts(meeting control.MeetingID, rooms []int) []control.RoomStart {
	listeners := map[int]int{}
	if places := m.places[meeting]; len(places) > 0 {
		for _, l := range places[len(places)-1].Legs {
			if l.Room != control.NoRoom && (rooms == nil || slices.Contains(rooms, l.Room)) {
				listeners[l.Room]++
			}
		}
	}
	var starts []control.RoomStart
	for room, n := range listeners {
		starts = append(starts, control.RoomStart{Room: room, Tick: 1, Listeners: n})
	}
	slices.SortFunc(starts, func(a, b control.RoomStart) int { return a.Room - b.Room })
	return starts
}

// Release implements control.Mixer.
func (m *Mixer) Release(meeting control.MeetingID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.released = append(m.released, meeting)
}

// Placements returns every placement of a meeting, in order.
func (m *Mixer) Placements(meeting control.MeetingID) []*control.Placement {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.places[meeting])
}

// Room returns where a leg was placed last: control.NoRoom if nowhere.
func (m *Mixer) Room(meeting control.MeetingID, leg control.LegID) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if places := m.places[meeting]; len(places) > 0 {
		for _, l := range places[len(places)-1].Legs {
			if l.Leg == leg {
				return l.Room
			}
		}
	}
	return control.NoRoom
}

// Adopted returns the legs that were handed over to a meeting, in order.
func (m *Mixer) Adopted(meeting control.MeetingID) []control.LegID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.adopted[meeting])
}

// Plays returns what was played, and forgets it.
func (m *Mixer) Plays() []Play {
	m.mu.Lock()
	defer m.mu.Unlock()
	plays := m.plays
	m.plays = nil
	return plays
}

// Released returns the meetings that were released, in order.
func (m *Mixer) Released() []control.MeetingID {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.released)
}
