package attendant

import (
	"time"

	"partyline/control"
)

// whereabouts says in which room the caller is and with how many.
func whereabouts(v View) []Phrase {
	if v.Room == control.NoRoom {
		return whyWaiting(v)
	}
	return []Phrase{isIn(v.Room, v.RoomName), Phrase("others").N(v.Others)}
}

// isIn says in which room the caller is.
func isIn(room int, name string) Phrase {
	if room == 0 {
		return "in_main_room"
	}
	return Phrase("in_room").Room(room, name)
}

// keptOut says why the caller is not in the room that was his.
func keptOut(why string) []Phrase {
	switch why {
	case control.OutcomeRoomFull:
		return []Phrase{"your_room_full"}
	case control.OutcomeRoomGone:
		return []Phrase{"room_deleted"}
	case control.OutcomeNoPhone:
		return []Phrase{"callers_stay"}
	}
	return nil
}

// nowIn says in which room the caller has come to be.
func nowIn(room int, name string) []Phrase {
	switch room {
	case control.NoRoom:
		return []Phrase{"in_lobby"}
	case 0:
		return []Phrase{"back_in_main_room"}
	}
	return []Phrase{Phrase("now_in_room").Room(room, name)}
}

// about rounds a time for the ear: to the second below 90 s, else to the minute.
func about(d time.Duration) time.Duration {
	if d < 90*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(time.Minute)
}

// press says which keys to press for an action, and what it is good for; nothing if the map has no key for it.
func (m *Machine) press(action Action, more string, purpose Phrase) []Phrase {
	keys := m.keys.keysFor(m.role, action)
	if keys == "" {
		return nil
	}
	return []Phrase{purpose.Keys(keys + more)}
}
