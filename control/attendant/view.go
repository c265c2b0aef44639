package attendant

import (
	"time"

	"partyline/control"
)

// View is how a meeting stands for one caller.
type View struct {
	Role         control.Role
	Room         int            // where he is: 0 is the main room, [control.NoRoom] none
	RoomName     string         // empty: it is known by its number alone
	Here         control.RoomID // the same room; empty: none
	Others       int            // people there beside him
	With         []Person       // some of them, for a speaker
	Guest        bool           // nobody knows who he is
	Telephones   int            // by which he is there
	Language     string
	Muted        bool
	MutedByAdmin bool
	ListenOnly   bool   // nobody here hears him
	MayBroadcast bool   // to all rooms
	OnAir        bool   // somebody speaks to all rooms
	KeptOut      string // why he came in elsewhere than in his room, one of control's outcomes; "": he did not

	Hand     bool // his own is up
	Hands    bool // somebody else's here is
	MutedAll bool // the audience is muted

	Broadcast bool // there is one that can be repeated

	NotStarted bool // the meeting; with Room none, these say why he waits
	Locked     bool
	Lobby      bool // newcomers have to be let in
	Ahead      int  // who waits and came before him

	Breakouts    control.BreakoutsPhase
	EndsAt       time.Time // of the breakouts; zero: open-ended
	FreeMovement bool
	Rooms        []RoomRef // by number
	Own          RoomRef   // the assigned room; zero: none

	Help      []HelpCall     // open requests, the oldest first
	MyRequest control.HelpID // his own open one for this room, or ""
	RoomAsks  bool           // somebody else of his room has asked
	Called    Called         // what came of the last request of his room
	OverAt    time.Time      // when the meeting ends by itself; zero: it does not
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
	v.MayBroadcast = p.Role == control.Speaker || s.Options.EveryoneBroadcasts
	if _, leg := s.OnAir(); leg != "" {
		v.OnAir = true
	}
	if s.Breakouts == control.BreakoutsClosing {
		v.EndsAt = s.ClosesAt
	}
	v.Guest = p.Guest
	for _, l := range p.Legs {
		if l.Kind == control.PhoneLeg {
			v.Telephones++
		}
	}
	v.OverAt = s.OverAt
	v.seeRooms(s, p)
	v.seePeople(s, p)
	v.seeHelp(s, p)
	v.seeLobby(s, p)
	return v, true
}

// roomNumber is the keypad number of a location.
func roomNumber(s *control.State, l control.Location) int {
	if l.Place != control.InRoom {
		return control.NoRoom
	}
	return s.RoomNumber(l.Room)
}
