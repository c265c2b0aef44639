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

// where is the answer to "where am I".
func (m *Machine) where(v View) []Phrase {
	phrases := whereabouts(v)
	if left := v.EndsAt.Sub(m.now); v.Breakouts != control.BreakoutsIdle && !v.EndsAt.IsZero() && left > 0 {
		phrases = append(phrases, "time_left")
		phrases = append(phrases, duration(left)...)
	}
	if v.Muted || v.MutedByAdmin {
		phrases = append(phrases, "muted")
	}
	return phrases
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

// help says what can be done right now, and by which keys.
func (m *Machine) help(v View) {
	var phrases []Phrase
	add := func(action Action, more string, purpose Phrase) {
		phrases = append(phrases, m.press(action, more, purpose)...)
	}
	switch {
	case v.MutedByAdmin:
		phrases = append(phrases, "muted_by_speaker")
	case v.Muted:
		add(ActMute, "", "to_unmute")
	default:
		add(ActMute, "", "to_mute")
	}
	switch {
	case v.Role == control.Speaker:
		if len(v.Help) > 0 {
			add(ActQueue, "", "to_serve_help")
		}
	case v.MyRequest != "":
		add(ActAskHelp, "", "to_withdraw_help")
	case mayAsk(v):
		add(ActAskHelp, "", "to_ask_help")
	}
	m.helpMoving(v, add)
	add(ActWhere, "", "to_hear_where")
	m.sayOf(breakouts, phrases...)
}

// helpMoving is the part of help about changing rooms. The way to the main room and to the assigned room is always
// free, that to other rooms by option.
func (m *Machine) helpMoving(v View, add func(action Action, more string, purpose Phrase)) {
	if v.Room > 0 {
		add(ActMainRoom, "", "to_go_main_room")
	}
	if v.Breakouts != control.BreakoutsOpen {
		return
	}
	if v.Own.Number != 0 && v.Own.Number != v.Room {
		add(ActGoRoom, "0#", "to_go_own_room")
	}
	if len(v.Rooms) > 0 && (v.FreeMovement || v.Role == control.Speaker) {
		add(ActGoRoom, "", "to_go_room")
	}
}

// press says which keys to press for an action, and what it is good for; nothing if the map has no key for it.
func (m *Machine) press(action Action, more string, purpose Phrase) []Phrase {
	keys := m.keys.keysFor(m.role, action)
	if keys == "" {
		return nil
	}
	phrases := []Phrase{"press"}
	for _, key := range keys + more {
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
