package control

import (
	"fmt"
	"strconv"
)

func decideCreateRooms(s *State, c CreateRooms) ([]Event, any, error) {
	if c.Distribute != "" && c.Distribute != "manual" && c.Distribute != "random" {
		return nil, nil, Invalid("distribution", "", `must be "manual" or "random"`)
	}
	if len(c.Rooms) == 0 {
		return nil, nil, Invalid("count", "", "must be at least 1")
	}
	rooms, err := newRooms(s, c.Rooms)
	if err != nil {
		return nil, nil, err
	}
	value := CreatedRooms{Rooms: make([]RoomID, 0, len(rooms))}
	for _, r := range rooms {
		value.Rooms = append(value.Rooms, r.ID)
	}
	events := []Event{RoomsCreated{Rooms: rooms}}
	if c.Distribute == "random" {
		more, outcomes := distributeNow(s, rooms, c.Seed)
		events, value.Outcomes = append(events, more...), outcomes
	}
	return events, value, nil
}

// distributeNow assigns the audience present over the rooms there are and the new ones. Open breakouts move them.
func distributeNow(s *State, rooms []Room, seed uint64) ([]Event, Outcomes) {
	dl := newDeal(s, rooms, seed, false)
	for _, p := range dl.expected {
		o := PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: p.Assignment}
		if !p.Present() {
			o.Outcome = p.away()
		}
		dl.other = append(dl.other, o)
	}
	dl.expected = nil
	assignments, moves, outcomes := dl.result(false)
	var events []Event
	if len(assignments) > 0 {
		events = append(events, AssignmentsChanged{Assignments: assignments})
	}
	return append(events, moved(s, moves, ReasonAssign)...), outcomes
}

// newRooms makes the rooms out of what was asked for, all or none.
func newRooms(s *State, wanted []NewRoom) ([]Room, error) {
	if have := len(s.Rooms); have+len(wanted) > MaxRooms {
		return nil, Errorf(CodeLimit, "a meeting has at most %d rooms: %d exist, %d more were asked for", MaxRooms, have, len(wanted))
	}
	names, ids := make(map[string]bool, len(s.Rooms)+len(wanted)), make(map[RoomID]bool, len(wanted))
	numbers := make(map[int]bool, len(s.Rooms)+len(wanted))
	for _, r := range s.Rooms {
		names[foldName(r.Name)] = true
		numbers[r.Number] = true
	}
	rooms, next := make([]Room, 0, len(wanted)), 1
	for i, w := range wanted {
		field := fmt.Sprintf("rooms[%d]", i)
		if w.ID == "" || w.ID == MainRoom || s.Rooms[w.ID] != nil || ids[w.ID] {
			return nil, Invalid(field+".id", "", "must be new")
		}
		ids[w.ID] = true
		if err := checkCapacity(field+".capacity", w.Capacity); err != nil {
			return nil, err
		}
		if w.Name == "" {
			rooms = append(rooms, Room{ID: w.ID, Capacity: w.Capacity}) // named below, when all given names are known
			continue
		}
		name, err := cleanName(field+".name", w.Name)
		if err != nil {
			return nil, err
		}
		if err := takeName(names, field+".name", name); err != nil {
			return nil, err
		}
		rooms = append(rooms, Room{ID: w.ID, Name: name, Capacity: w.Capacity})
	}
	for i := range rooms {
		for numbers[next] {
			next++
		}
		numbers[next] = true
		rooms[i].Number = next
		if rooms[i].Name == "" {
			rooms[i].Name = freeName(names, next)
		}
	}
	return rooms, nil
}

func checkCapacity(field string, n int) error {
	if n < 0 || n > MaxParticipants {
		return Invalid(field, "0 means no limit", "must be 0 to %d", MaxParticipants)
	}
	return nil
}

func takeName(names map[string]bool, field, name string) error {
	key := foldName(name)
	if names[key] || key == string(MainRoom) {
		return &Error{Code: CodeNameTaken, Field: field, Message: fmt.Sprintf("a room named %q exists", name), Hint: "names differ by more than case"}
	}
	names[key] = true
	return nil
}

// freeName is "Room N" with the room's number, or with the next one that is free as a name.
func freeName(names map[string]bool, n int) string {
	for ; ; n++ {
		name := "Room " + strconv.Itoa(n)
		if key := foldName(name); !names[key] {
			names[key] = true
			return name
		}
	}
}

func decideChangeRoom(s *State, c ChangeRoom) ([]Event, any, error) {
	room, err := s.breakoutRoom("room", c.Room)
	if err != nil {
		return nil, nil, err
	}
	next := *room
	if c.Name != nil {
		if next.Name, err = cleanName("name", *c.Name); err != nil {
			return nil, nil, err
		}
		names := make(map[string]bool, len(s.Rooms))
		for _, r := range s.Rooms {
			if r.ID != room.ID {
				names[foldName(r.Name)] = true
			}
		}
		if err := takeName(names, "name", next.Name); err != nil {
			return nil, nil, err
		}
	}
	if c.Capacity != nil {
		if err := checkCapacity("capacity", *c.Capacity); err != nil {
			return nil, nil, err
		}
		next.Capacity = *c.Capacity
	}
	if c.Locked != nil {
		next.Locked = *c.Locked
	}
	if next == *room {
		return nil, nil, nil
	}
	return one(RoomChanged{Room: next})
}

func decideDeleteRoom(s *State, c DeleteRoom) ([]Event, any, error) {
	if _, err := s.breakoutRoom("room", c.Room); err != nil {
		return nil, nil, err
	}
	var moves []Relocation
	outcomes := Outcomes{}
	for _, p := range s.People(c.Room) {
		moves = append(moves, p.to(MainRoom))
		outcomes = append(outcomes, PersonOutcome{Participant: p.ID, Outcome: OutcomeMoved, Room: MainRoom})
	}
	events := []Event{RoomDeleted{Room: c.Room, Moves: moves}} // first, so that it is the reason of the moves
	if h := s.HelpOf(c.Room); h != nil {
		events = append(events, h.over(HelpOver, ""))
	}
	return events, outcomes, nil
}
