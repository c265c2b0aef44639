package control

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// distribution deals people out over rooms. First each room gets its seats: the next one always goes to the emptiest room
// that takes people, so that sizes differ by one at most. Then callers are spread over the seats, the next one always to
// the room with the fewest callers, and the web takes the rest: each kind is spread evenly too, and no room is of callers
// only by chance.
type distribution struct {
	rnd   *rand.Rand
	rooms []seats        // in random order: it breaks ties
	order []*Participant // as they were added
}

// seats is a room that is being filled.
type seats struct {
	id          RoomID
	phones, web int
	free        int // seats that are given to the room, and to nobody yet
	capacity    int
	locked      bool
}

func (r *seats) people() int { return r.phones + r.web + r.free }

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

// seat counts somebody whose room is fixed, and says whether he may go there: a full room takes speakers only.
func (d *distribution) seat(p *Participant, room RoomID) bool {
	i := slices.IndexFunc(d.rooms, func(r seats) bool { return r.id == room })
	if i < 0 || d.rooms[i].full() && p.Role != Speaker {
		return false
	}
	d.rooms[i].take(p)
	return true
}

// add has somebody dealt out by deal.
func (d *distribution) add(p *Participant) { d.order = append(d.order, p) }

// deal returns the new assignments, and an outcome for everybody who was added, those without a seat last.
func (d *distribution) deal() ([]Assignment, Outcomes) {
	got := d.spread(d.lucky())
	var assignments []Assignment
	var outcomes, without Outcomes
	for _, p := range d.order {
		room, ok := got[p.ID]
		if !ok {
			without = append(without, PersonOutcome{Participant: p.ID, Outcome: d.refusal(), Room: MainRoom})
			continue
		}
		assignments = append(assignments, Assignment{Participant: p.ID, Room: room, Was: p.Assignment})
		outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: OutcomeAssigned, Room: room})
	}
	d.order = nil
	return assignments, append(outcomes, without...)
}

// lucky opens as many seats as there are people, or as the rooms have, and returns who gets one, in random order.
func (d *distribution) lucky() []*Participant {
	n := 0
	for range d.order {
		r := d.emptiest()
		if r == nil {
			break
		}
		r.free++
		n++
	}
	people := slices.Clone(d.order)
	d.rnd.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people[:n]
}

// spread gives everybody one of the seats: callers first.
func (d *distribution) spread(people []*Participant) map[ParticipantID]RoomID {
	got := make(map[ParticipantID]RoomID, len(people))
	for _, phone := range []bool{true, false} {
		for _, p := range people {
			if p.OnPhone() == phone {
				r := d.seatFor(phone)
				r.free--
				r.take(p)
				got[p.ID] = r.id
			}
		}
	}
	return got
}

func (r *seats) take(p *Participant) {
	if p.OnPhone() {
		r.phones++
	} else {
		r.web++
	}
}

// emptiest returns the room for the next seat, or nil if there is none.
func (d *distribution) emptiest() *seats {
	return d.least(func(r *seats) bool { return !r.locked && !r.full() },
		func(r, o *seats) int { return cmp.Compare(r.people(), o.people()) })
}

// seatFor returns the room with the fewest of a kind, and of several the one with the most seats.
func (d *distribution) seatFor(phone bool) *seats {
	return d.least(func(r *seats) bool { return r.free > 0 }, func(r, o *seats) int {
		if phone {
			return cmp.Or(cmp.Compare(r.phones, o.phones), cmp.Compare(o.free, r.free))
		}
		return cmp.Or(cmp.Compare(r.web, o.web), cmp.Compare(o.free, r.free))
	})
}

func (d *distribution) least(fits func(*seats) bool, compare func(r, o *seats) int) *seats {
	var best *seats
	for i := range d.rooms {
		if r := &d.rooms[i]; fits(r) && (best == nil || compare(r, best) < 0) {
			best = r
		}
	}
	return best
}

// refusal says why somebody got no seat.
func (d *distribution) refusal() string {
	if d.takes() {
		return OutcomeRoomFull
	}
	return OutcomeLocked
}

// takes says whether any room is unlocked.
func (d *distribution) takes() bool {
	return slices.ContainsFunc(d.rooms, func(r seats) bool { return !r.locked })
}
