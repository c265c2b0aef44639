package attendant

import (
	"time"

	"partyline/control"
)

// whereabouts says in which room the caller is and with how many.
func whereabouts(v View) []Phrase {
	var phrases []Phrase
	switch v.Room {
	case control.NoRoom:
		return whyWaiting(v)
	case 0:
		phrases = append(phrases, "in_main_room")
	default:
		phrases = append(phrases, "in_room", number(v.Room))
	}
	switch v.Others {
	case 0:
		return append(phrases, "only_one")
	case 1:
		return append(phrases, "one_other")
	}
	return append(phrases, number(v.Others), "others")
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
func nowIn(room int) []Phrase {
	switch room {
	case control.NoRoom:
		return []Phrase{"in_lobby"}
	case 0:
		return []Phrase{"back_in_main_room"}
	}
	return []Phrase{"now_in_room", number(room)}
}

// asks says that a room asks for help.
func asks(room int) []Phrase {
	if room == 0 {
		return []Phrase{"the_main_room", "asks_for_help"}
	}
	return []Phrase{"room", number(room), "asks_for_help"}
}

// duration says a time to the second below 90 s, else to the minute.
func duration(d time.Duration) []Phrase {
	unit, one, many := time.Second, Phrase("second"), Phrase("seconds")
	if d >= 90*time.Second {
		unit, one, many = time.Minute, "minute", "minutes"
	}
	return amount(int(d.Round(unit)/unit), one, many)
}

func amount(n int, one, many Phrase) []Phrase {
	if n == 1 {
		return []Phrase{number(n), one}
	}
	return []Phrase{number(n), many}
}

// exactly says a number of seconds in minutes and seconds.
func exactly(s int) []Phrase {
	var phrases []Phrase
	if s >= 60 {
		phrases = amount(s/60, "minute", "minutes")
	}
	if s%60 > 0 || s == 0 {
		phrases = append(phrases, amount(s%60, "second", "seconds")...)
	}
	return phrases
}

// press says which keys to press for an action, and what it is good for; nothing if the map has no key for it.
func (m *Machine) press(action Action, more string, purpose Phrase) []Phrase {
	keys := m.keys.keysFor(m.role, action)
	if keys == "" {
		return nil
	}
	return pressing(keys+more, purpose)
}

// pressing says which keys to press, and what for.
func pressing(keys string, purpose Phrase) []Phrase {
	phrases := []Phrase{"press"}
	for _, key := range keys {
		switch key {
		case '*':
			phrases = append(phrases, "star")
		case '#':
			phrases = append(phrases, "pound")
		default:
			phrases = append(phrases, number(int(key-'0')))
		}
	}
	return append(phrases, purpose)
}
