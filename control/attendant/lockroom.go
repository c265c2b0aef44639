package attendant

import "partyline/control"

// ActLockRoom locks or unlocks the room that the caller is in. The main room's door is the meeting's.
const ActLockRoom Action = "lock_room"

var _ = declare(command{
	action: ActLockRoom, speaker: []string{"*7"}, speakers: true, order: 90,
	run: func(m *Machine) { learn(m, doorOf, m.lockRoom) },
	help: func(m *Machine, v View) []Phrase {
		if v.Room == 0 {
			return m.press(ActLockRoom, "", "to_lock_meeting")
		}
		return m.press(ActLockRoom, "", "to_lock_room")
	},
})

// door is what can be locked where somebody is.
type door struct {
	room   control.RoomID
	locked bool
}

func doorOf(s *control.State, me *control.Participant) door {
	if r := s.Rooms[me.Location.Room]; r != nil {
		return door{r.ID, r.Locked}
	}
	return door{control.MainRoom, s.Locked}
}

// The deeds about doors.
const (
	lockDoor   Deed = "lock"
	unlockDoor Deed = "unlock"
)

func (m *Machine) lockRoom(_ View, d door) {
	question, done, deed := Phrase("lock_room_question"), Phrase("room_is_locked"), lockDoor
	switch {
	case d.room == control.MainRoom && d.locked:
		question, done, deed = "unlock_meeting_question", "meeting_is_open", unlockDoor
	case d.room == control.MainRoom:
		question, done = "lock_meeting_question", "meeting_locked"
	case d.locked:
		question, done, deed = "unlock_room_question", "room_is_open", unlockDoor
	}
	m.confirm(func(m *Machine) {
		m.tell(Do{Deed: deed, Room: d.room, Speaker: true, Command: func(control.ParticipantID) control.Command {
			locked := !d.locked
			if d.room == control.MainRoom {
				return control.LockMeeting{Locked: locked}
			}
			return control.ChangeRoom{Room: d.room, Locked: &locked}
		}}, done, map[control.Code]Phrase{control.CodeNotFound: "room_deleted"})
	}, question)
}
