package attendant

import (
	"time"

	"partyline/control"
)

// commands is the state of a caller in a meeting: he listens, talks, and may key in a command.
type commands struct {
	keys string    // of a command so far
	at   time.Time // of the last of them
}

func (c *commands) key(m *Machine, digit byte) {
	if c.keys != "" && c.startsAnew(digit, m.now.Sub(c.at)) {
		c.keys = ""
	}
	m.until = time.Time{}
	if c.keys == "" && digit != '*' {
		return // a lone key does nothing
	}
	c.keys += string(rune(digit))
	c.at = m.now
	action, more := m.keys.match(m.role, c.keys)
	if action == "" && !more && digit == '*' { // the beginning of the next command
		c.keys, more = "*", true
	}
	if more {
		m.until = m.now.Add(starLapse)
		return
	}
	c.keys = ""
	m.run(action)
}

// startsAnew says that a key does not belong to those before it.
func (c *commands) startsAnew(digit byte, after time.Duration) bool {
	if digit == '*' && c.keys[len(c.keys)-1] == '*' {
		return after > starAgain
	}
	return after >= starLapse
}

func (c *commands) rest(m *Machine) {
	if m.waiting() {
		m.until = m.now.Add(lobbyPatience)
	}
}

func (c *commands) late(m *Machine) {
	if c.keys == "" && m.waiting() {
		m.look(m.stillWaiting)
	}
	c.keys = ""
}

func (c *commands) holds() bool { return c.keys != "" }

// run obeys a command.
func (m *Machine) run(action Action) {
	if m.waiting() {
		m.runInLobby(action)
		return
	}
	switch action {
	case ActHelp:
		m.look(m.help)
	case ActMute:
		m.look(m.mute)
	case ActAskHelp:
		m.look(m.askHelp)
	case ActQueue:
		m.look(m.serveHelp)
	case ActGoRoom:
		m.look(m.chooseRoom)
	case ActMainRoom:
		m.look(m.mainRoom)
	case ActWhere:
		m.look(func(v View) { m.sayOf(breakouts, m.where(v)...) })
	case "":
		m.say("unknown_key")
	default:
		m.say("not_available")
	}
}

func (m *Machine) mute(v View) {
	if v.MutedByAdmin {
		m.say("muted_by_speaker", "cannot_unmute")
		return
	}
	deed, said := Mute, Phrase("muted")
	if v.Muted {
		deed, said = Unmute, "unmuted"
	}
	m.do(Do{Deed: deed}, func(code control.Code) {
		switch code {
		case "":
			m.say(said)
		case control.CodeNotAllowed:
			m.say("muted_by_speaker", "cannot_unmute")
		default:
			m.say("try_again")
		}
	})
}

func (m *Machine) askHelp(v View) {
	d, said := Do{Deed: Ask}, Phrase("help_asked")
	switch {
	case v.MyRequest != "":
		d, said = Do{Deed: Withdraw, Request: v.MyRequest}, "help_withdrawn"
	case !mayAsk(v):
		m.say("help_in_main_room")
		return
	case v.RoomAsks:
		m.say(said)
		return
	}
	m.do(d, func(code control.Code) {
		switch code {
		case "":
			m.say(said)
		case control.CodeRateLimited:
			m.say("help_too_soon")
		case control.CodeNotFound: // answered in the same moment
			m.say("request_gone")
		case control.CodeWrongState, control.CodeNotAllowed:
			if d.Deed == Withdraw {
				m.say("request_gone")
				return
			}
			m.say("help_in_main_room")
		default:
			m.say("try_again")
		}
	})
}

// mayAsk says whether help can be asked for: in the main room the speakers are there, unless they are in breakouts.
func mayAsk(v View) bool {
	return v.Room > 0 || v.Room == 0 && v.Breakouts == control.BreakoutsOpen
}

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
			m.arrived(room.Number)
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
func (m *Machine) arrived(room int) {
	m.room = room
	m.say(nowIn(room)...)
}
