package attendant

import (
	"time"

	"partyline/control"
)

// More of what happens in the meeting, as far as it concerns this caller.
type (
	// Alone says that the last of the others has left his breakout room.
	Alone struct{}
	// Ahead says how many wait in the lobby who came before him.
	Ahead struct{ N int }
	// SelfMuted says that he has muted or unmuted himself, maybe elsewhere.
	SelfMuted struct{ Muted bool }
	// DoorLocked says whether newcomers to the meeting have to wait.
	DoorLocked struct{ Locked bool }
	// RoomLocked says whether others may come by themselves into the breakout room that he is in.
	RoomLocked struct{ Locked bool }
	// RoomRenamed says how the room that he is in is called now.
	RoomRenamed struct {
		Room int
		Name string // empty: it is known by its number alone
	}
)

func (Alone) input()       {}
func (Ahead) input()       {}
func (SelfMuted) input()   {}
func (DoorLocked) input()  {}
func (RoomLocked) input()  {}
func (RoomRenamed) input() {}

// aloneAgain is for how long a caller is not told again that he is alone: others may come and go.
const aloneAgain = 30 * time.Second

// happened announces them.
func (m *Machine) happened(in Input) {
	switch in := in.(type) {
	case Alone:
		if m.alone.IsZero() || m.now.Sub(m.alone) >= aloneAgain {
			m.alone = m.now
			m.announce("alone", "only_one")
		}
	case Ahead:
		m.nextInLobby()
	case SelfMuted:
		m.mutedSelf(in.Muted)
	case DoorLocked:
		m.door("door", either(in.Locked, "meeting_locked", "meeting_is_open"))
	case RoomLocked:
		m.door("room door", either(in.Locked, "room_is_locked", "room_is_open"))
	case RoomRenamed:
		m.announce("name", Phrase("room_renamed").Room(in.Room, in.Name))
	}
}

// door says that one is locked or open now, but to whoever has just done it.
func (m *Machine) door(which string, says Phrase) {
	if m.doing != lockDoor && m.doing != unlockDoor {
		m.announce(which, says)
	}
}

func either(yes bool, one, other Phrase) Phrase {
	if yes {
		return one
	}
	return other
}

// mutedSelf tells the caller what he did on the page or on another telephone; what he did on this one he knows.
func (m *Machine) mutedSelf(muted bool) {
	known := m.doing == Mute || m.doing == Unmute || muted == m.muted
	m.muted = muted
	if known {
		return
	}
	m.unannounce(hint)
	m.announce("mute", either(muted, "muted", "unmuted"))
}

// facts are what a caller knows of himself.
type facts struct {
	room     int
	roomName string
	locked   bool // the breakout room is
	shut     bool // the meeting is locked
	role     control.Role
	muted    bool // by himself
	silenced bool // by an admin
	listens  bool // only
	closing  bool // the breakouts are
	language string
}

func factsOf(s *control.State, p *control.Participant) facts {
	f := facts{
		room: roomNumber(s, p.Location), shut: s.Locked, role: p.Role, muted: p.Muted, silenced: p.MutedByAdmin,
		listens: p.ListenOnly, closing: s.Breakouts == control.BreakoutsClosing, language: s.LanguageOf(p),
	}
	if room := s.Rooms[p.Location.Room]; room != nil {
		f.roomName, f.locked = roomName(room), room.Locked
	}
	return f
}

// surroundings tells of what has changed where the caller is, if he has been there before.
func (f *follower) surroundings(was facts) {
	if f.self.room == control.NoRoom || was.room != f.self.room {
		return
	}
	if f.self.shut != was.shut {
		f.tell(DoorLocked{Locked: f.self.shut})
	}
	if f.self.locked != was.locked {
		f.tell(RoomLocked{Locked: f.self.locked})
	}
	if f.self.roomName != was.roomName {
		f.tell(RoomRenamed{Room: f.self.room, Name: f.self.roomName})
	}
}

// company tells the caller when the last of the others leaves his breakout room. All people are looked at only when somebody
// may have left it, or when he has come there himself.
func (f *follower) company(ev control.Event, s *control.State, p *control.Participant, moved bool) {
	switch {
	case f.self.room <= 0:
		f.alone = false
	case moved:
		f.alone = alone(s, p)
	case comes(ev, p.Location):
		f.alone = false
	case leaves(ev, p.Location):
		was := f.alone
		if f.alone = alone(s, p); f.alone && !was {
			f.tell(Alone{})
		}
	}
}

// comes says whether an event brings somebody to a place.
func comes(ev control.Event, here control.Location) bool {
	switch ev := ev.(type) {
	case control.ParticipantJoined:
		return ev.Location == here
	case control.ParticipantsMoved:
		return anyMove(ev.Moves, func(m control.Relocation) bool { return m.To == here })
	case control.ParticipantsAdmitted:
		return anyMove(ev.Moves, func(m control.Relocation) bool { return m.To == here })
	case control.ParticipantSplit:
		return true
	}
	return false
}

// leaves says whether somebody may have left a place with an event.
func leaves(ev control.Event, here control.Location) bool {
	switch ev := ev.(type) {
	case control.LegLeft:
		return ev.Absent && ev.Location == here
	case control.WebLeft:
		return ev.Absent && ev.Location == here
	case control.ParticipantsMoved:
		return anyMove(ev.Moves, func(m control.Relocation) bool { return m.From == here })
	case control.ParticipantRemoved, control.ParticipantErased, control.ParticipantsMerged, control.WebSynced,
		control.CommandUndone, control.BreakoutsShuffled:
		return true
	}
	return false
}

func anyMove(moves []control.Relocation, is func(control.Relocation) bool) bool {
	for _, m := range moves {
		if is(m) && m.From != m.To {
			return true
		}
	}
	return false
}

// alone says whether nobody else is where the participant is.
func alone(s *control.State, me *control.Participant) bool {
	for _, p := range s.Participants {
		if p.Location == me.Location && p != me {
			return false
		}
	}
	return true
}
