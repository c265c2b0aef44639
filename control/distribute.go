package control

import (
	"cmp"
	"math/rand/v2"
)

// distribution deals people out over rooms: each next one into the emptiest
// room, so that sizes differ by one at most, callers first and the web after
// them, so that each kind is spread evenly too and no room is of callers only by chance.
type distribution struct {
	rnd         *rand.Rand
	rooms       []seats // in random order: it breaks ties
	phones, web []*Participant
	order       []*Participant // as they were added
}

// seats is a room that is being filled.
type seats struct {
	id          RoomID
	phones, web int
	capacity    int
	locked      bool
}

func (r *seats) people() int { return r.phones + r.web }

func (r *seats) full() bool { return r.capacity > 0 && r.people() >= r.capacity }

// newDistribution deals into the rooms that exist and into more of them.
func newDistribution(s *State, more []Room, seed uint64) *distribution {
	d := &distribution{rnd: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))}
	d.rooms = make([]seats, 0, len(s.RoomOrder)+len(more))
	for _, id := range s.RoomOrder {
		d.open(s.Rooms[id])
	}
	for i := range more {
		d.open(&more[i])
	}
	d.rnd.Shuffle(len(d.rooms), func(i, j int) { d.rooms[i], d.rooms[j] = d.rooms[j], d.rooms[i] })
	return d
}

func (d *distribution) open(r *Room) {
	d.rooms = append(d.rooms, seats{id: r.ID, capacity: r.Capacity, locked: r.Locked})
}

// seat counts somebody whose room is fixed.
func (d *distribution) seat(p *Participant, room RoomID) {
	for i := range d.rooms {
		if d.rooms[i].id == room {
			d.rooms[i].take(p)
			return
		}
	}
}

// add has somebody dealt out by deal.
func (d *distribution) add(p *Participant) {
	d.order = append(d.order, p)
	if p.OnPhone() {
		d.phones = append(d.phones, p)
	} else {
		d.web = append(d.web, p)
	}
}

// deal returns the new assignments, and an outcome for everybody who was added. Those without a seat have none.
func (d *distribution) deal() ([]Assignment, Outcomes) {
	got := make(map[ParticipantID]RoomID, len(d.order))
	for _, kind := range [][]*Participant{d.phones, d.web} {
		d.rnd.Shuffle(len(kind), func(i, j int) { kind[i], kind[j] = kind[j], kind[i] })
		for _, p := range kind {
			if r := d.emptiest(p.OnPhone()); r != nil {
				r.take(p)
				got[p.ID] = r.id
			}
		}
	}
	var assignments []Assignment
	var outcomes, without Outcomes
	for _, p := range d.order {
		room, ok := got[p.ID]
		if !ok {
			without = append(without, PersonOutcome{Participant: p.ID, Outcome: d.refusal(), Room: MainRoom})
			continue
		}
		assignments = append(assignments, Assignment{Participant: p.ID, Room: room})
		outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: OutcomeAssigned, Room: room})
	}
	return assignments, append(outcomes, without...)
}

func (r *seats) take(p *Participant) {
	if p.OnPhone() {
		r.phones++
	} else {
		r.web++
	}
}

// emptiest returns the room for the next person, or nil if there is none.
func (d *distribution) emptiest(phone bool) *seats {
	var best *seats
	for i := range d.rooms {
		r := &d.rooms[i]
		if r.locked || r.full() {
			continue
		}
		if best == nil || r.compare(best, phone) < 0 {
			best = r
		}
	}
	return best
}

func (r *seats) compare(o *seats, phone bool) int {
	if phone {
		return cmp.Or(cmp.Compare(r.people(), o.people()), cmp.Compare(r.phones, o.phones))
	}
	return cmp.Or(cmp.Compare(r.people(), o.people()), cmp.Compare(r.web, o.web))
}

// refusal says why somebody got no seat.
func (d *distribution) refusal() string {
	for i := range d.rooms {
		if !d.rooms[i].locked {
			return OutcomeRoomFull
		}
	}
	return OutcomeLocked
}

// lateRoom is where somebody is put who comes while breakouts are open: the emptiest room, or the main room.
func (s *State) lateRoom() RoomID {
	count := make(map[RoomID]int, len(s.Rooms))
	for _, p := range s.Participants {
		if p.Location.Place == InRoom {
			count[p.Location.Room]++
		}
	}
	best := MainRoom
	for _, id := range s.RoomOrder {
		r := s.Rooms[id]
		if r.Locked || r.Capacity > 0 && count[id] >= r.Capacity {
			continue
		}
		if best == MainRoom || count[id] < count[best] {
			best = id
		}
	}
	return best
}
