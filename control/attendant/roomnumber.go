package attendant

import (
	"strconv"

	"partyline/control"
)

// ActGoRoom goes to a room by its number, or lists them.
const ActGoRoom Action = "go_room"

var _ = declare(command{
	action: ActGoRoom, audience: []string{"*3"}, speaker: []string{"*3"}, order: 50,
	run:  func(m *Machine) { m.look(m.chooseRoom) },
	help: (*Machine).helpMoving,
})

// helpMoving is what the help says about changing rooms. The way to the assigned room is always free, that to other rooms
// by option.
func (m *Machine) helpMoving(v View) (phrases []Phrase) {
	if v.Breakouts != control.BreakoutsOpen {
		return nil
	}
	if v.Own.Number != 0 && v.Own.Number != v.Room {
		phrases = m.press(ActGoRoom, "0#", "to_go_own_room")
	}
	if len(v.Rooms) > 0 && (v.FreeMovement || v.Role == control.Speaker) {
		phrases = append(phrases, m.press(ActGoRoom, "", "to_go_room")...)
		phrases = append(phrases, m.press(ActGoRoom, "#", "to_hear_rooms")...)
	}
	return phrases
}

// maxEntry bounds what is kept of a number, or of the first letters of a name. No number has more than 3 digits.
const maxEntry = 16

// roomEntry takes the number of a room, or the first letters of its name as they stand on the keys.
type roomEntry struct {
	view     View
	ask      Phrase
	spelled  bool // it is letters that are asked for
	digits   []byte
	repeated bool
}

func (m *Machine) chooseRoom(v View) {
	if len(v.Rooms) == 0 {
		m.say("no_rooms")
		return
	}
	m.become(&roomEntry{view: v, ask: "enter_room"})
	m.say("enter_room")
}

// spellRoom takes the first letters of a room's name.
func (m *Machine) spellRoom(v View) {
	m.become(&roomEntry{view: v, ask: "spell_room", spelled: true})
	m.say("spell_room")
}

func (r *roomEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(r.digits) < maxEntry {
			r.digits = append(r.digits, digit)
		}
		m.until = m.now.Add(numberPause)
	case digit == '#':
		r.finish(m)
	case digit == '*':
		m.command()
	}
}

// command leaves a menu by the first key of a command.
func (m *Machine) command() {
	m.become(&commands{})
	m.mode.key(m, '*')
}

func (r *roomEntry) rest(m *Machine) { m.until = m.now.Add(menuSilence) }

func (r *roomEntry) late(m *Machine) {
	switch {
	case len(r.digits) > 0:
		r.finish(m)
	case r.repeated:
		m.leave("menu_left")
	default:
		r.repeated = true
		m.say(r.ask)
	}
}

func (r *roomEntry) holds() bool { return len(r.digits) > 0 }

// finish takes what was keyed in as complete. Nothing lists the rooms, 0 is the caller's own; what is no room's number may be
// the first letters of one.
func (r *roomEntry) finish(m *Machine) {
	keys := string(r.digits)
	n, err := strconv.Atoi(keys)
	room, ok := r.view.find(n)
	switch {
	case keys == "" && r.spelled:
		m.leave("menu_left")
	case keys == "":
		m.listRooms(r.view)
	case r.spelled || err != nil || !ok && n != 0:
		m.foundRooms(r.view, keys)
	case n == 0:
		r.own(m)
	case n == r.view.Room:
		m.leave(r.view.here())
	case len(keys) < len(strconv.Itoa(r.view.highest())):
		m.confirmRoom(room)
	default:
		m.goTo(room)
	}
}

func (r *roomEntry) own(m *Machine) {
	switch own := r.view.Own; own.Number {
	case 0:
		m.leave("no_own_room")
	case r.view.Room:
		m.leave(r.view.here())
	default:
		m.goTo(own)
	}
}

// here says in which room the caller is.
func (v View) here() Phrase { return isIn(v.Room, v.RoomName) }
