package attendant

import (
	"cmp"
	"slices"
	"strconv"

	"partyline/control"
)

// RoomRef is a breakout room as callers choose it.
type RoomRef struct {
	Number int
	ID     control.RoomID
	Name   string // empty: it is known by its number alone
	People int
	Locked bool
	Full   bool
}

// roomName is a room's name, if it says more than its number.
func roomName(r *control.Room) string {
	if r == nil || r.Name == "Room "+strconv.Itoa(r.Number) {
		return ""
	}
	return r.Name
}

// seeRooms lists the rooms by number, with who is where now. The list is made once, and not for every key.
func (v *View) seeRooms(s *control.State, me *control.Participant) {
	people, places := make(map[control.RoomID]int, len(s.Rooms)+1), make(map[control.RoomID]int, len(s.Rooms))
	for _, p := range s.Participants {
		if p.Location.Place != control.InRoom {
			continue
		}
		people[p.Location.Room]++
		v.Hands = v.Hands || p.Location == me.Location && p != me && !p.Hand.IsZero()
		if !p.ListenOnly { // who only listens takes no place
			places[p.Location.Room]++
		}
	}
	v.Rooms = make([]RoomRef, 0, len(s.Rooms))
	for _, r := range s.Rooms {
		v.Rooms = append(v.Rooms, RoomRef{
			Number: r.Number, ID: r.ID, Name: roomName(r), People: people[r.ID],
			Locked: r.Locked, Full: r.Capacity > 0 && places[r.ID] >= r.Capacity,
		})
	}
	slices.SortFunc(v.Rooms, func(a, b RoomRef) int { return cmp.Compare(a.Number, b.Number) })
	if room := s.Rooms[me.Assignment]; room != nil {
		v.Own, _ = v.find(room.Number)
	}
	if me.Location.Place == control.InRoom {
		v.Others = people[me.Location.Room] - 1
		v.Here, v.RoomName = me.Location.Room, roomName(s.Rooms[me.Location.Room])
	}
}

// find returns the room with a number.
func (v *View) find(number int) (RoomRef, bool) {
	i, ok := slices.BinarySearchFunc(v.Rooms, number, func(r RoomRef, n int) int { return cmp.Compare(r.Number, n) })
	if !ok {
		return RoomRef{}, false
	}
	return v.Rooms[i], true
}

// highest is the highest room number.
func (v *View) highest() int {
	if len(v.Rooms) == 0 {
		return 0
	}
	return v.Rooms[len(v.Rooms)-1].Number
}

// doors says of a room what may keep the caller out.
func (r RoomRef) doors() []Phrase {
	switch {
	case r.Locked && r.Full:
		return []Phrase{"is_locked_and_full"}
	case r.Locked:
		return []Phrase{"is_locked"}
	case r.Full:
		return []Phrase{"is_full"}
	}
	return nil
}

// question asks whether a room is the one that is meant.
func (r RoomRef) question() []Phrase {
	return append([]Phrase{Phrase("this_room").Room(r.Number, r.Name).N(r.People)}, r.doors()...)
}

// confirmRoom has the caller say whether a room is the one that he meant.
func (m *Machine) confirmRoom(r RoomRef) {
	m.confirm(func(m *Machine) { m.goTo(r) }, r.question()...)
}
