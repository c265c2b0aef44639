package control

import (
	"encoding/json"
	"time"
)

// Command is something that somebody wants of a meeting. Commands carry every
// id and seed that they need, so that [Decide] draws nothing at random.
type Command interface{ command() }

// Meta goes with every command.
type Meta struct {
	ID    CommandID // drawn by the caller of Do if empty
	Actor string    // who: "key:<name>", "token:<id>" of a token that is nobody's, "par_…", "leg_…" of a caller who is not known yet, "system"

	Key  string // idempotency key, already scoped by its user; empty: none
	Hash string // of the request that the key came with

	// If, when set, is asked on the owner just before the command is decided; its error refuses the command.
	If func(*State) error
	// Answer, when set, is called on the owner after the decision and before the append, with the state as it was
	// before. What it returns is kept with the outcome under the key. It must neither block nor keep the state.
	Answer func(before *State, events []Event, value any, at time.Time) (json.RawMessage, error)
}

// The commands of a meeting's life.
type (
	// CreateMeeting makes the meeting; it is the first command of every log. The value is its [MeetingID].
	CreateMeeting struct {
		ID                      MeetingID
		Title                   string
		AccessCode, SpeakerCode string // empty SpeakerCode: speakers cannot identify themselves by code, unless
		DrawSpeakerCode         bool   // one is to be drawn, as an empty AccessCode always is; [Registry.Create] does it
		Options                 Options
		StartsAt, EndsAt        time.Time
		Rooms                   []NewRoom
		Roster                  []NewParticipant
	}
	// LockMeeting has newcomers wait in the lobby, or lets them in again.
	LockMeeting struct{ Locked bool }
	// EndMeeting ends it; every leg is told goodbye.
	EndMeeting struct{}
	// DeleteMeeting ends it and takes it out of the listing.
	DeleteMeeting struct{}
)

// NewRoom is a room to be made; an empty Name becomes "Room N".
type NewRoom struct {
	ID       RoomID
	Name     string
	Capacity int
}

// NewParticipant is a person of the roster.
type NewParticipant struct {
	ID         ParticipantID
	Name       string
	Number     string
	ExternalID string
	FirstName  string // with LastName: what an empty Name is made of
	LastName   string
	Email      string // free in this meeting; empty: none
	PIN        string // 6 to 12 digits, free in this meeting; empty: none
	Role       Role
	Room       string // name of the pre-assigned room; empty: none
	Web        bool   // he is on the web now
}

// The commands about rooms.
type (
	// CreateRooms makes one or many, all or none. With Distribute "random" the audience present is assigned
	// over all rooms at random. The value is the [CreatedRooms].
	CreateRooms struct {
		Rooms      []NewRoom
		Distribute string // "", "manual" or "random"
		Seed       uint64
	}
	// ChangeRoom sets what is not nil.
	ChangeRoom struct {
		Room     RoomID
		Name     *string
		Capacity *int
		Locked   *bool
	}
	// DeleteRoom removes it; its people go to the main room. The value is [Outcomes].
	DeleteRoom struct{ Room RoomID }
)

// The commands about participants.
type (
	// AddParticipant puts somebody on the roster, or present on the web. The value is a [ParticipantID].
	AddParticipant struct{ New NewParticipant }
	// ChangeParticipant sets what is not nil.
	ChangeParticipant struct {
		Self        bool // asked for by the participant himself: muted is then as by [Mute]
		Participant ParticipantID
		Name        *string
		Role        *Role
		Muted       *bool // by an admin
		GainDB      *int
		ListenGain  *int    // how much louder he hears others
		Language    *string // of what he is told; empty: the meeting's
		Hand        *bool
		// Who he is; empty takes it back. Without Name, a name that is made of first and last name follows them.
		FirstName, LastName, Email, Number, ExternalID, PIN *string
	}
	// RemoveParticipant takes somebody out of the meeting and ends his legs.
	RemoveParticipant struct {
		Participant ParticipantID
		Waiting     bool // only if he waits in the lobby
	}
	// Join brings a leg in. The value is a [Joined]. Who it is says Code; else the number of somebody who has called
	// from it a short time ago, or, by option, of the roster's, if one absent participant alone has it. A number can be
	// forged: it never makes a speaker, only Code and Role do.
	Join struct {
		Participant ParticipantID // who it is if he exists, else the id that a new participant gets
		Leg         LegID
		Kind        LegKind
		Number      string // caller number, may be empty
		Name        string
		Role        Role
		Language    string // of the number that was dialled; empty: none
		Code        string // a PIN, a phone code or the speaker code; refused with CodeNotFound if it is none. Empty: none
		Named       *Audio // his name, as he has just said it; nil: he has not
		Call        CallID // of a leg that was called: who it is, and where he goes, is what that call says
	}
	// LegGone is the fact that a leg has ended.
	LegGone struct {
		Leg    LegID
		Reason string
	}
	// LegsGone is the fact that many legs have ended at once, e.g. by a restart of the bridge.
	LegsGone struct {
		Legs   []LegID
		Reason string
	}
	// HoldLeg is the fact that the far end holds or resumes a leg.
	HoldLeg struct {
		Leg  LegID
		Held bool
	}
	// Mute mutes or unmutes oneself. Unmuting is refused with CodeNotAllowed while an admin mutes.
	Mute struct {
		Participant ParticipantID
		Muted       bool
	}
	// RaiseHand raises or lowers a hand.
	RaiseHand struct {
		Participant ParticipantID
		Up          bool
	}
	// MuteAll mutes the audience, but for some, or releases it.
	MuteAll struct {
		Muted  bool
		Except []ParticipantID // who stay as they are
	}
	// Assign sets the assignment of each, an empty Room clears it. Open breakouts move the assigned people at
	// once, and those whose assignment was cleared to the main room. The value is [Outcomes].
	Assign struct {
		Participants []ParticipantID
		Room         RoomID
	}
	// Move moves each to a room now, whatever the assignment and the room's lock; capacity bounds the audience. The
	// value is [Outcomes].
	Move struct {
		Participants []ParticipantID
		Room         RoomID
		Self         bool // asked for by the one participant himself: options and locks are obeyed too
		ListenOnly   bool // they hear the room and are not heard there, until they move again
	}
)

// The commands about breakouts.
type (
	// StartBreakouts opens the breakouts and moves everybody present in one event. The value is [Outcomes].
	StartBreakouts struct {
		Distribution    string // "random", "plan", "manual"; empty: plan if any assignment exists, else random
		Unassigned      string // "random" or "main"; empty: random, but main with "manual"
		Duration        time.Duration
		IncludeSpeakers bool
		Seed            uint64
	}
	// StopBreakouts brings everybody back, after Countdown if it is positive; [DefaultCountdown] takes that of
	// the options. A second stop may bring them back sooner, never later. The value is [Outcomes].
	StopBreakouts struct{ Countdown time.Duration }
	// ResetBreakouts clears every assignment and brings everybody back to the main room; open breakouts stay
	// open. The value is [Outcomes].
	ResetBreakouts struct{}
	// Due applies whatever has become due by the clock (the countdown, the duration).
	Due struct{}
)

// DefaultCountdown is the countdown of a stop that names none.
const DefaultCountdown time.Duration = -1

// Joined is the value of [Join].
type Joined struct {
	Participant ParticipantID `json:"participant"`
	Location    Location      `json:"location"`
	Returned    bool          `json:"returned"` // known before, and back
}

// CreatedRooms is the value of [CreateRooms].
type CreatedRooms struct {
	Rooms    []RoomID `json:"rooms"`
	Outcomes Outcomes `json:"outcomes,omitempty"`
}

func (CreateMeeting) command()     {}
func (LockMeeting) command()       {}
func (EndMeeting) command()        {}
func (DeleteMeeting) command()     {}
func (CreateRooms) command()       {}
func (ChangeRoom) command()        {}
func (DeleteRoom) command()        {}
func (AddParticipant) command()    {}
func (ChangeParticipant) command() {}
func (RemoveParticipant) command() {}
func (Join) command()              {}
func (LegGone) command()           {}
func (LegsGone) command()          {}
func (HoldLeg) command()           {}
func (Mute) command()              {}
func (RaiseHand) command()         {}
func (MuteAll) command()           {}
func (Assign) command()            {}
func (Move) command()              {}
func (StartBreakouts) command()    {}
func (StopBreakouts) command()     {}
func (ResetBreakouts) command()    {}
func (Due) command()               {}
