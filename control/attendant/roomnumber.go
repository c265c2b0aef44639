package attendant

import (
	"strconv"

	"partyline/control"
)

// ActGoRoom goes to a room by its number.
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
	}
	return phrases
}

// maxRoomDigits is one more than any room's number has, so that a longer number is wrong and not cut.
const maxRoomDigits = 4

// roomEntry takes the number of a room.
type roomEntry struct {
	view     View
	digits   []byte
	repeated bool
}

func (m *Machine) chooseRoom(v View) {
	if len(v.Rooms) == 0 {
		m.say("no_rooms")
		return
	}
	m.become(&roomEntry{view: v})
	m.say("enter_room")
}

func (r *roomEntry) key(m *Machine, digit byte) {
	switch {
	case digit >= '0' && digit <= '9':
		if len(r.digits) < maxRoomDigits {
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
		m.say("enter_room")
	}
}

func (r *roomEntry) holds() bool { return len(r.digits) > 0 }

// finish takes the number as complete. None lists the rooms, 0 is the caller's own.
func (r *roomEntry) finish(m *Machine) {
	if len(r.digits) == 0 {
		m.leave(Phrase("room_count").N(len(r.view.Rooms)))
		return
	}
	n, err := strconv.Atoi(string(r.digits))
	if err != nil { // not to be: only digits are taken
		m.leave("no_such_room")
		return
	}
	if n == 0 {
		r.own(m)
		return
	}
	room, ok := r.view.find(n)
	switch {
	case !ok:
		m.leave("no_such_room")
	case n == r.view.Room:
		m.leave(isIn(n))
	case len(r.digits) < len(strconv.Itoa(r.view.highest())):
		m.become(&roomConfirm{room: room})
		m.say(confirmation(n)...)
	default:
		m.goTo(room)
	}
}

func (r *roomEntry) own(m *Machine) {
	switch own := r.view.Own; own.Number {
	case 0:
		m.leave("no_own_room")
	case r.view.Room:
		m.leave(isIn(own.Number))
	default:
		m.goTo(own)
	}
}

// roomConfirm asks whether a number with fewer digits than the highest room's was all of it.
type roomConfirm struct {
	room     RoomRef
	repeated bool
}

func confirmation(n int) []Phrase { return []Phrase{Phrase("this_room").Room(n, ""), "confirm"} }

func (r *roomConfirm) key(m *Machine, digit byte) {
	switch digit {
	case '1':
		m.goTo(r.room)
	case '*':
		m.command()
	default:
		m.leave("cancelled")
	}
}

func (r *roomConfirm) rest(m *Machine) { m.until = m.now.Add(menuSilence) }

func (r *roomConfirm) late(m *Machine) {
	if r.repeated {
		m.leave("cancelled")
		return
	}
	r.repeated = true
	m.say(confirmation(r.room.Number)...)
}

func (r *roomConfirm) holds() bool { return false }
