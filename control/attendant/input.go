package attendant

import (
	"time"

	"partyline/control"
)

// Input is something that happens to a caller.
type Input interface{ input() }

// Tag ties an answer to the question; answers to older questions are not heard any more.
type Tag uint32

// What comes from the telephone and the clock.
type (
	// Answered begins the conversation. Code is one that was dialled with the call, or ""; Bound says that the dialled number
	// is a meeting's.
	Answered struct {
		Code     string
		Bound    bool
		Language string // of the number that was dialled; "": English until his meeting is known
	}
	// Key is one key of the telephone.
	Key struct{ Digit byte }
	// Played says that what was said last has been said.
	Played struct{}
	// Tick says that [Machine.Deadline] has passed.
	Tick struct{}
)

// The answers to what the machine asked for.
type (
	// Entered answers [Enter]: the caller is in the meeting.
	Entered struct {
		Tag  Tag
		View View
	}
	// Refused answers [Enter]: he is not. CodeNotFound means that no meeting has the code.
	Refused struct {
		Tag  Tag
		Code control.Code
	}
	// Seen answers [Look].
	Seen struct {
		Tag   Tag
		View  View
		Found any // what [Look] asked for besides
	}
	// Done answers [Do]; Code is empty if it was done.
	Done struct {
		Tag  Tag
		Code control.Code
	}
	// Resumed begins the conversation with a caller who was in a meeting before a restart.
	Resumed struct{ View View }
)

// What happens in the meeting, as far as it concerns this caller.
type (
	// Moved says in which room he is now (0: the main room, [control.NoRoom]: none) and why, one of control's reasons;
	// Muted, whether he is by himself or an admin.
	Moved struct {
		Room       int
		Name       string // of the room; empty: it is known by its number alone
		Reason     string
		ListenOnly bool // nobody there hears him
		Muted      bool
		MutedSelf  bool
	}
	// Listens says that he is not heard any more in the room that he is in, or is again.
	Listens struct{ Only bool }
	// Ending says that the meeting ends by itself, and when.
	Ending struct{ In time.Duration }
	// Silenced says that a speaker muted him or lets him speak again; Still, that he stays muted by himself; By, which speaker,
	// if that is known.
	Silenced struct {
		Muted, Still bool
		By           Person
	}
	// RoleChanged says what he is now.
	RoleChanged struct{ Role control.Role }
	// Opened says that breakouts opened and he stays where he is; Callers, that all callers do.
	Opened struct{ Callers bool }
	// Warned says how many seconds the breakouts stay open.
	Warned struct{ Left int }
	// Extended says that the breakouts stay open, and for how long.
	Extended struct{ In time.Duration }
	// Closing says how long the breakouts stay open.
	Closing struct{ In time.Duration }
	// Closed says that breakouts closed and he stays where he is.
	Closed struct{}
	// HelpWanted says, to speakers, that a room asks for help.
	HelpWanted struct {
		Room int
		Name string // of the room
		Who  Person // asks
	}
	// Merged says that the caller and another connection of his are one participant now, and which.
	Merged struct{ Participant control.ParticipantID }
	// Split says that they are two again, and which one the caller is.
	Split struct{ Participant control.ParticipantID }
	// HelpOver says, to speakers, that a room asks no longer.
	HelpOver struct{ Room int }
	// HelpEnded says what came of the caller's own request: one of control's outcomes; Listens, that who accepted it only
	// listens.
	HelpEnded struct {
		Outcome string
		Listens bool
	}
	// Over says that the meeting has ended.
	Over struct{}
	// Removed says that he has been removed from it.
	Removed struct{}
)

// Output is something that the machine wants done.
type Output interface{ output() }

// The outputs.
type (
	// Say replaces what is being said. [Played] follows when it has been said.
	Say struct {
		Phrases  []Phrase
		Language string // a tag, or "": English
	}
	// Hush stops what is being said. Nothing follows.
	Hush struct{}
	// Enter brings the caller into the meeting that has this code, or the dialled number if there is none: [Entered],
	// [Refused] or [Found] follows.
	Enter struct {
		Tag  Tag
		Code string
	}
	// Look asks how things stand: [Seen] follows. Of, unless it is nil, finds out what else is to be known.
	Look struct {
		Tag Tag
		Of  func(s *control.State, me *control.Participant) any
	}
	// Do has something done in the meeting: [Done] follows.
	Do struct {
		Tag     Tag
		Deed    Deed
		Room    control.RoomID // with Go
		Request control.HelpID // with Withdraw, Accept, Decline
		Speaker bool           // the meeting refuses it to everybody else, with CodeNotAllowed
		// Command is the deed in the meeting's words, me being the caller; nil: it is one of the deeds below.
		Command func(me control.ParticipantID) control.Command
	}
	// HangUp ends the call.
	HangUp struct{ Reason string }
)

// Deed is what a caller has done in the meeting, in a word or two.
type Deed string

// The deeds that bring no Command of their own.
const (
	Mute     Deed = "mute"
	Unmute   Deed = "unmute"
	Go       Deed = "go"
	Ask      Deed = "ask for help"
	Withdraw Deed = "withdraw"
	Accept   Deed = "accept"
	Decline  Deed = "decline"
)

func (Answered) input()    {}
func (Key) input()         {}
func (Played) input()      {}
func (Tick) input()        {}
func (Entered) input()     {}
func (Refused) input()     {}
func (Seen) input()        {}
func (Done) input()        {}
func (Resumed) input()     {}
func (Moved) input()       {}
func (Ending) input()      {}
func (Silenced) input()    {}
func (RoleChanged) input() {}
func (Opened) input()      {}
func (Closing) input()     {}
func (Closed) input()      {}
func (HelpWanted) input()  {}
func (HelpOver) input()    {}
func (HelpEnded) input()   {}
func (Merged) input()      {}
func (Split) input()       {}
func (Over) input()        {}
func (Removed) input()     {}
func (Listens) input()     {}
func (Extended) input()    {}
func (Warned) input()      {}

func (Say) output()    {}
func (Hush) output()   {}
func (Enter) output()  {}
func (Look) output()   {}
func (Do) output()     {}
func (HangUp) output() {}
