package attendant

import (
	"cmp"
	"slices"
	"time"

	"partyline/control"
)

// View is how a meeting stands for one caller.
type View struct {
	Role         control.Role
	Room         int  // where he is: 0 is the main room, [control.NoRoom] none
	Others       int  // people there beside him
	Guest        bool // nobody knows who he is
	Telephones   int  // by which he is there
	Language     string
	Muted        bool
	MutedByAdmin bool
	ListenOnly   bool   // nobody here hears him
	KeptOut      string // why he came in elsewhere than in his room, one of control's outcomes; "": he did not

	Hand     bool // his own is up
	Hands    bool // somebody else's here is
	MutedAll bool // the audience is muted

	Broadcast bool // there is one that can be repeated

	NotStarted bool // the meeting; with Room none, these say why he waits
	Locked     bool
	Lobby      bool // newcomers have to be let in

	Breakouts    control.BreakoutsPhase
	EndsAt       time.Time // of the breakouts; zero: open-ended
	FreeMovement bool
	Rooms        []RoomRef // by number
	Own          RoomRef   // the assigned room; zero: none

	Help      []HelpCall     // open requests, the oldest first
	MyRequest control.HelpID // his own open one for this room, or ""
	RoomAsks  bool           // somebody else of his room has asked
}

// RoomRef names a breakout room.
type RoomRef struct {
	Number int
	ID     control.RoomID
}

// HelpCall is a room's request.
type HelpCall struct {
	ID   control.HelpID
	Room int
	at   time.Time
}

// see makes the view of a participant. It runs on the meeting's goroutine and keeps nothing of the state.
func see(s *control.State, id control.ParticipantID) (View, bool) {
	p := s.Participants[id]
	if p == nil || s.Phase == control.Ended {
		return View{}, false
	}
	v := View{
		Role: p.Role, Room: roomNumber(s, p.Location), Language: s.LanguageOf(p), Muted: p.Muted, MutedByAdmin: p.MutedByAdmin, KeptOut: p.KeptOut,
		ListenOnly: p.ListenOnly,
		Hand:       !p.Hand.IsZero(), MutedAll: s.MutedAll,
		NotStarted: s.NotStarted(), Locked: s.Locked, Lobby: s.Options.Lobby,
		Breakouts: s.Breakouts, EndsAt: s.EndsAt, FreeMovement: s.Options.FreeMovement,
	}
	v.Broadcast = s.LastHeard(p.ID) != nil
	if s.Breakouts == control.BreakoutsClosing {
		v.EndsAt = s.ClosesAt
	}
	v.Guest = p.Guest
	for _, l := range p.Legs {
		if l.Kind == control.PhoneLeg {
			v.Telephones++
		}
	}
	if p.Location.Place == control.InRoom {
		v.seeOthers(s, p)
	}
	for _, room := range s.Rooms {
		v.Rooms = append(v.Rooms, RoomRef{Number: room.Number, ID: room.ID})
	}
	slices.SortFunc(v.Rooms, func(a, b RoomRef) int { return cmp.Compare(a.Number, b.Number) })
	if room := s.Rooms[p.Assignment]; room != nil {
		v.Own = RoomRef{Number: room.Number, ID: room.ID}
	}
	v.seeHelp(s, p)
	return v, true
}

func (v *View) seeHelp(s *control.State, p *control.Participant) {
	for _, request := range s.Help {
		v.Help = append(v.Help, HelpCall{ID: request.ID, Room: s.RoomNumber(request.Room), at: request.At})
		switch {
		case p.Location.Place != control.InRoom || request.Room != p.Location.Room: // he may have asked there, and gone
		case request.Participant == p.ID:
			v.MyRequest = request.ID
		default:
			v.RoomAsks = true
		}
	}
	slices.SortFunc(v.Help, func(a, b HelpCall) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.ID, b.ID))
	})
}

func (v *View) seeOthers(s *control.State, me *control.Participant) {
	for _, p := range s.Participants {
		if p.Location == me.Location && p != me {
			v.Others++
			v.Hands = v.Hands || !p.Hand.IsZero()
		}
	}
}

// roomNumber is the keypad number of a location.
func roomNumber(s *control.State, l control.Location) int {
	if l.Place != control.InRoom {
		return control.NoRoom
	}
	return s.RoomNumber(l.Room)
}

// find returns the room with a number.
func (v *View) find(number int) (RoomRef, bool) {
	i, ok := slices.BinarySearchFunc(v.Rooms, number, func(r RoomRef, n int) int { return cmp.Compare(r.Number, n) })
	if !ok {
		return RoomRef{}, false
	}
	return v.Rooms[i], true
}

// highest is the highest room number.
func (v *View) highest() int {
	if len(v.Rooms) == 0 {
		return 0
	}
	return v.Rooms[len(v.Rooms)-1].Number
}
