package attendant

// The keys of a page of rooms; 1 to 5 choose one.
const (
	pageRooms  = 5
	keyBack    = '7'
	keySpell   = '8'
	keyForward = '9'
)

// listRooms says which rooms there are, page by page.
func (m *Machine) listRooms(v View) {
	m.pageOf(v, v.Rooms, 0, Phrase("room_count").N(len(v.Rooms)))
}

// foundRooms offers the rooms whose names begin with what was spelled: the only one to be confirmed, several as pages.
func (m *Machine) foundRooms(v View, keys string) {
	found := spelled(v.Rooms, keys)
	switch {
	case len(found) == 0:
		m.leave("no_such_room")
	case len(found) == 1 && found[0].Number == v.Room:
		m.leave(v.here())
	case len(found) == 1:
		m.confirmRoom(found[0])
	default:
		m.pageOf(v, found, 0, Phrase("rooms_found").N(len(found)))
	}
}

// pageOf offers a page of a list of rooms.
func (m *Machine) pageOf(v View, list []RoomRef, page int, before ...Phrase) {
	g := &menu{says: before}
	first := page * pageRooms
	for i, r := range list[first:min(first+pageRooms, len(list))] {
		g.says = append(g.says, r.line(byte('1'+i), v)...)
		g.choices = append(g.choices, choice{key: byte('1' + i), run: func(m *Machine) { m.chosen(v, r) }})
	}
	turn := func(key byte, says Phrase, to int) {
		if to < 0 || to*pageRooms >= len(list) {
			return
		}
		g.says = append(g.says, says.Keys(string(rune(key))))
		g.choices = append(g.choices, choice{key: key, run: func(m *Machine) { m.pageOf(v, list, to) }})
	}
	turn(keyForward, "list_forward", page+1)
	turn(keyBack, "list_back", page-1)
	g.says = append(g.says, Phrase("list_spell").Keys(string(keySpell)), "list_leave")
	g.choices = append(g.choices, choice{key: keySpell, run: func(m *Machine) { m.spellRoom(v) }})
	m.offer(g)
}

// line is one room of a page.
func (r RoomRef) line(key byte, v View) []Phrase {
	says := Phrase("room_line")
	if r.Number == v.Room {
		says = "room_line_here"
	}
	line := []Phrase{says.Keys(string(rune(key))).Room(r.Number, r.Name).N(r.People)}
	if r.Name != "" { // so that next time he can key it in at once
		line = append(line, Phrase("room_number").N(r.Number))
	}
	return append(line, r.doors()...)
}

// chosen goes to a room of a list.
func (m *Machine) chosen(v View, r RoomRef) {
	if r.Number == v.Room {
		m.leave(v.here())
		return
	}
	m.goTo(r)
}
