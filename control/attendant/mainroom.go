package attendant

import "partyline/control"

// ActMainRoom brings the caller back to the main room.
const ActMainRoom Action = "main_room"

var _ = declare(command{
	action: ActMainRoom, audience: []string{"*#"}, speaker: []string{"*#"}, order: 40,
	run: func(m *Machine) { m.look(m.mainRoom) },
	help: func(m *Machine, v View) []Phrase {
		if v.Room == 0 {
			return nil
		}
		return m.press(ActMainRoom, "", "to_go_main_room")
	},
})

func (m *Machine) mainRoom(v View) {
	if v.Room == 0 {
		m.say("in_main_room")
		return
	}
	m.goTo(RoomRef{ID: control.MainRoom})
}

// goTo moves the caller to a room.
func (m *Machine) goTo(room RoomRef) {
	m.become(&commands{})
	m.do(Do{Deed: Go, Room: room.ID}, func(code control.Code) {
		switch code {
		case "":
			m.arrived(room.Number, room.Name)
		case control.CodeNotFound:
			m.say("no_such_room")
		case control.CodeLocked:
			m.say("room_locked")
		case control.CodeRoomFull:
			m.say("room_full")
		case control.CodeNotAllowed:
			m.say("cannot_move")
		case control.CodeWrongState:
			m.say("breakouts_not_open")
		default:
			m.say("try_again")
		}
	})
}

// arrived says where the caller has gone by himself.
func (m *Machine) arrived(room int, name string, more ...Phrase) {
	m.room = room
	m.say(append(nowIn(room, name), more...)...)
}
