package attendant

import (
	"strconv"
	"time"

	"partyline/control"
	"partyline/control/attendant/voice"
)

// notice announces what the caller did not ask for.
func (m *Machine) notice(in Input) {
	switch in := in.(type) {
	case Speaks:
		m.language = in.Language
	case Moved:
		m.moved(in)
	case Silenced:
		m.silenced(in)
	case RoleChanged:
		m.role = in.Role
		if in.Role == control.Speaker {
			m.announce("role", "now_speaker")
		} else {
			m.announce("role", "now_audience")
		}
	case Listens:
		switch {
		case m.doing == Go || m.doing == Accept: // it is said with the answer to his command
		case in.Only:
			m.announce("listening", "listening_only")
		default:
			m.announce("listening", "heard_again")
		}
	case Opened:
		switch {
		case in.Callers:
			m.announce(breakouts, "callers_stay")
		case m.doing != Start: // that is the answer to his command
			m.announce(breakouts, "breakouts_open")
		}
	case Warned:
		m.announce(breakouts, Phrase("time_left").Time(time.Duration(in.Left)*time.Second))
	case Extended:
		m.announce(breakouts, "breakouts_stay_open", Phrase("time_left").Time(about(in.In)))
	case Closing:
		m.announce(breakouts, voice.Closing, Phrase("closing_in").Time(about(in.In)))
	case Closed:
		m.announce(breakouts, "breakouts_closed")
	case HelpWanted:
		if in.Room != m.room {
			m.queue(announcement{about: helpOf(in.Room), patient: true, phrases: []Phrase{voice.HelpTone, asks(in.Room, in.Name, in.Who)}})
		}
	case Doubled:
		m.announce("person", "telephone_joined")
	case Merged:
		if m.doing != Attach {
			m.announce("person", "merged")
		}
	case Split:
		m.announce("person", "split")
	case HandSet, HandUp, HandDown, Floor:
		m.hands(in)
	case CallCame:
		m.callCame(in)
	case HelpOver:
		m.unannounce(helpOf(in.Room))
	case HelpEnded:
		m.helpEnded(in)
	case Over:
		m.part("meeting has ended", "meeting_ended", "goodbye")
	case Departing:
		m.departs()
	case Unheard:
		m.unheard(in.View)
	case Alone, Ahead, SelfMuted, DoorLocked, RoomLocked, RoomRenamed:
		m.happened(in)
	case Ending:
		m.announce("end", Phrase("meeting_ends_in").Time(about(in.In)))
	case Removed:
		if m.waiting() {
			m.part("not let in", "not_let_in", "goodbye")
			return
		}
		m.part("removed from the meeting", "removed", "goodbye")
	}
}

// helpOf is what is said of a room that asks for help.
func helpOf(room int) string { return "help " + strconv.Itoa(room) }

// helpEnded says what came of the caller's request. What he takes back by himself is said with the answer to his command,
// and that his room is gone, or that he is, with his move.
func (m *Machine) helpEnded(in HelpEnded) {
	if in.Outcome == control.HelpWithdrawn {
		if m.doing != Withdraw {
			m.announce("my help", "help_withdrawn")
		}
		return
	}
	if said := answered(in.Outcome, in.Listens); said != nil {
		m.announce("my help", said...)
	}
}

// moved says where the caller is and why. What he does by himself is said with the answer to his command.
func (m *Machine) moved(in Moved) {
	if in.Room == m.room {
		return
	}
	waited := m.waiting()
	m.room, m.muted = in.Room, in.MutedSelf
	m.unannounce("alone") // there
	if waited {
		m.letIn(in)
		return
	}
	if moving := m.doing == Go || m.doing == Accept; moving && (in.Reason == control.ReasonSelf || in.Reason == control.ReasonHelp) {
		return
	}
	phrases := movedTo(in)
	if in.ListenOnly {
		phrases = append(phrases, "listening_only")
	}
	m.announce(breakouts, phrases...) // newer than whatever waits to be said of them
}

// movedTo says where the caller has been brought and why, in few words: the others there want to talk.
func movedTo(in Moved) []Phrase {
	switch in.Reason {
	case control.ReasonOptions:
		return append([]Phrase{"callers_come_back"}, nowIn(in.Room, in.Name)...)
	case control.ReasonStart, control.ReasonShuffle:
		if in.Room > 0 {
			return []Phrase{Phrase("now_in_breakout_room").Room(in.Room, in.Name)}
		}
	case control.ReasonDeleted:
		return append([]Phrase{"room_deleted"}, nowIn(in.Room, in.Name)...)
	case control.ReasonStop, control.ReasonReset, control.ReasonSelf: // himself: on another telephone of his
	default:
		switch {
		case in.Room == 0:
			return []Phrase{"moved_to_main_room"}
		case in.Room > 0:
			return []Phrase{Phrase("moved_to_room").Room(in.Room, in.Name)}
		}
	}
	return nowIn(in.Room, in.Name)
}

func (m *Machine) silenced(in Silenced) {
	switch {
	case in.Muted && in.By.known():
		m.announce("mute", in.By.in("muted_by"))
	case in.Muted:
		m.announce("mute", "muted_by_speaker")
	case in.Still:
		m.announce("mute", append([]Phrase{"unmuted_by_speaker", "muted"}, m.press(ActMute, "", "to_unmute")...)...)
	case in.By.known():
		m.announce("mute", in.By.in("unmuted_by"))
	default:
		m.announce("mute", "unmuted_by_speaker")
	}
}
