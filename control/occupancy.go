package control

// occupancy counts who is in the rooms while a command moves people one after the other. Capacity bounds the audience;
// speakers may go anywhere, and who only listens takes no place.
type occupancy struct {
	s      *State
	people map[RoomID]int
}

func (s *State) occupancy() *occupancy {
	o := &occupancy{s: s, people: make(map[RoomID]int, len(s.Rooms))}
	for _, p := range s.Participants {
		if p.Location.Place == InRoom && !p.ListenOnly {
			o.people[p.Location.Room]++
		}
	}
	return o
}

// admits says whether there is room for one more.
func (o *occupancy) admits(p *Participant, to RoomID) bool {
	r := o.s.Rooms[to]
	return r == nil || r.Capacity == 0 || p.Role == Speaker || o.people[to] < r.Capacity
}

func (o *occupancy) move(p *Participant, to RoomID, listens bool) {
	if p.Location.Place == InRoom && !p.ListenOnly {
		o.people[p.Location.Room]--
	}
	if !listens {
		o.people[to]++
	}
}

// full says whether a room has no place for one more of the audience.
func (s *State) full(room RoomID) bool {
	return !s.occupancy().admits(&Participant{Role: Audience}, room)
}

// late is where somebody is put who comes while breakouts are open: the emptiest room, or the main room.
func (o *occupancy) late() RoomID {
	best := MainRoom
	for _, id := range o.s.RoomOrder {
		r := o.s.Rooms[id]
		if r.Locked || r.Capacity > 0 && o.people[id] >= r.Capacity {
			continue
		}
		if best == MainRoom || o.people[id] < o.people[best] {
			best = id
		}
	}
	return best
}
