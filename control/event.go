package control

import (
	"encoding/json"
	"time"
)

// Event is the payload of something that happened to a meeting.
type Event interface{ Type() string }

// Record is an event as it stands in the log.
type Record struct {
	Meeting MeetingID
	Seq     uint64 // counts up by one within a meeting, from 1
	Pos     uint64 // the order over all meetings, set by the store
	At      time.Time
	Actor   string
	Command CommandID
	Type    string
	Version int
	Data    json.RawMessage
}

// Relocation is one participant's change of room within an event.
type Relocation struct {
	Participant ParticipantID `json:"participant"`
	From        Location      `json:"from"`
	To          Location      `json:"to"`
}

// Assignment is one participant's new assignment; an empty Room clears it.
type Assignment struct {
	Participant ParticipantID `json:"participant"`
	Room        RoomID        `json:"room,omitempty"`
	Was         RoomID        `json:"was,omitempty"` // the assignment before; empty: none
}

// Why somebody was moved.
const (
	ReasonStart   = "start"
	ReasonStop    = "stop"
	ReasonReset   = "reset"
	ReasonShuffle = "shuffle"
	ReasonUndo    = "undo"
	ReasonAdmin   = "admin"
	ReasonSelf    = "self"
	ReasonDeleted = "room_deleted"
	ReasonHelp    = "help"
	ReasonAssign  = "assignment"
	ReasonOptions = "options" // callers no longer take part in breakouts
)

// The events follow. Each is the whole of what changed; nothing has to be rolled or looked up again to apply it.

type (
	// MeetingCreated is the first event of every log.
	MeetingCreated struct {
		ID          MeetingID `json:"id"`
		Title       string    `json:"title"`
		AccessCode  string    `json:"access_code"`
		SpeakerCode string    `json:"speaker_code,omitempty"`
		Options     Options   `json:"options"`
		StartsAt    time.Time `json:"starts_at,omitzero"`
		EndsAt      time.Time `json:"ends_at,omitzero"` // when it ends by itself; absent: never
	}
	// MeetingLocked says whether newcomers wait in the lobby.
	MeetingLocked struct {
		Locked bool `json:"locked"`
	}
	// MeetingEnded leaves nobody in the meeting.
	MeetingEnded struct{}
	// MeetingDeleted takes an ended meeting out of the listing.
	MeetingDeleted struct{}

	// RoomsCreated carries new rooms with their numbers.
	RoomsCreated struct {
		Rooms []Room `json:"rooms"`
	}
	// RoomChanged carries the whole room.
	RoomChanged struct {
		Room Room `json:"room"`
	}
	// RoomDeleted brings its people to the main room.
	RoomDeleted struct {
		Room  RoomID       `json:"room"`
		Moves []Relocation `json:"moves,omitempty"`
		Moved int          `json:"moved,omitempty"` // in streams: how many
	}

	// ParticipantsAdded puts people on the roster, or present on the web.
	ParticipantsAdded struct {
		Participants []AddedParticipant `json:"participants"`
	}
	// RosterImported says what a file came to, and carries the whole of what it changed of people who were known. The
	// other events of the command have the rest.
	RosterImported struct {
		Rows     int            `json:"rows"`
		Rooms    int            `json:"rooms"`    // made
		Added    int            `json:"added"`    // people
		Changed  int            `json:"changed"`  // people
		Assigned int            `json:"assigned"` // people whose assignment changed
		People   []RosterChange `json:"people,omitempty"`
	}
	// ParticipantChanged carries the whole of what can be changed.
	ParticipantChanged struct {
		Participant  ParticipantID `json:"participant"`
		Name         string        `json:"name"`
		Role         Role          `json:"role"`
		MutedByAdmin bool          `json:"muted_by_admin"`
		GainDB       int           `json:"gain_db"`
		ListenGainDB int           `json:"listen_gain_db,omitempty"`
		Language     string        `json:"language,omitempty"` // of what he is told; absent: the meeting's
		// Identity is who he is now; absent: as before, but that a new name leaves him without first and last name.
		Identity *Identity `json:"identity,omitempty"`
	}
	// ParticipantRemoved takes somebody out; his legs end.
	ParticipantRemoved struct {
		Participant ParticipantID `json:"participant"`
	}
	// ParticipantJoined says that a leg (or the web, then Leg is empty) came in.
	ParticipantJoined struct {
		Participant ParticipantID `json:"participant"`
		New         bool          `json:"new"`             // not seen in this meeting before
		Guest       bool          `json:"guest,omitempty"` // he is not on the roster
		Name        string        `json:"name"`
		Number      string        `json:"number,omitempty"`
		Role        Role          `json:"role"`
		Leg         *Leg          `json:"leg,omitempty"`
		Location    Location      `json:"location"`
		Assignment  RoomID        `json:"assignment,omitempty"`
		Muted       bool          `json:"muted"`
		// KeptOut: why he does not come back to the room that he was in.
		KeptOut string `json:"kept_out,omitempty" enum:"room_full,room_gone,no_phone_breakouts"`
		// MutedByAdmin: newcomers are muted by mute-all, those who return may be muted still.
		MutedByAdmin bool `json:"muted_by_admin,omitempty"`
		// WebSeq: the number of this event, if it is a report of his presence on the web.
		WebSeq uint64 `json:"web_seq,omitempty"`
		// RecordedName: his name, as he has just said it.
		RecordedName *Audio `json:"recorded_name,omitempty"`
		// HandAt: since when his hand is up, if he has called again soon.
		HandAt time.Time `json:"hand_at,omitzero"`
		// Language: of the number that he dialled, if he had none of his own; absent: as it was.
		Language string `json:"language,omitempty"`
	}
	// LegLeft says that a leg has ended.
	LegLeft struct {
		Participant ParticipantID `json:"participant"`
		Leg         LegID         `json:"leg"`
		Reason      string        `json:"reason"`
		Absent      bool          `json:"absent"`   // it was the last way of presence
		Location    Location      `json:"location"` // where he was, and is unless Absent
	}
	// LegHeld says that the far end holds or resumes a leg.
	LegHeld struct {
		Participant ParticipantID `json:"participant"`
		Leg         LegID         `json:"leg"`
		Held        bool          `json:"held"`
	}
	// ParticipantsMoved moves people between rooms.
	ParticipantsMoved struct {
		Moves      []Relocation `json:"moves,omitempty"`
		Moved      int          `json:"moved,omitempty"` // in streams: how many
		Reason     string       `json:"reason"`
		ListenOnly bool         `json:"listen_only,omitempty"` // they hear the room, and are not heard there
	}
	// AssignmentsChanged changes who belongs where while breakouts are open.
	AssignmentsChanged struct {
		Assignments []Assignment `json:"assignments,omitempty"`
		Assigned    int          `json:"assigned,omitempty"` // in streams: how many
	}
	// ParticipantMuted says whether somebody muted himself.
	ParticipantMuted struct {
		Participant ParticipantID `json:"participant"`
		Muted       bool          `json:"muted"`
	}
	// AllMuted mutes or releases the audience, and newcomers with it.
	AllMuted struct {
		Muted  bool            `json:"muted"`
		Except []ParticipantID `json:"except,omitempty"` // who stayed as they were
	}
	// HandRaised says whether a hand is up.
	HandRaised struct {
		Participant ParticipantID `json:"participant"`
		Up          bool          `json:"up"`
	}

	// BreakoutsStarted opens the breakouts and moves everybody at once.
	BreakoutsStarted struct {
		Distribution string       `json:"distribution"`
		EndsAt       time.Time    `json:"ends_at,omitzero"`
		Assignments  []Assignment `json:"assignments,omitempty"`
		Assigned     int          `json:"assigned,omitempty"` // in streams: how many
		Moves        []Relocation `json:"moves,omitempty"`
		Moved        int          `json:"moved,omitempty"` // in streams: how many
	}
	// BreakoutsAreClosing begins the countdown.
	BreakoutsAreClosing struct {
		ClosesAt time.Time `json:"closes_at"`
	}
	// BreakoutsStopped brings everybody back.
	BreakoutsStopped struct {
		Moves []Relocation `json:"moves,omitempty"`
		Moved int          `json:"moved,omitempty"` // in streams: how many
	}
	// BreakoutsReset clears every assignment and brings everybody back.
	BreakoutsReset struct {
		Assignments []Assignment `json:"assignments,omitempty"`
		Assigned    int          `json:"assigned,omitempty"` // in streams: how many
		Moves       []Relocation `json:"moves,omitempty"`
		Moved       int          `json:"moved,omitempty"` // in streams: how many
	}
)

// RosterChange is a participant's entry in the roster as it is now.
type RosterChange struct {
	Participant  ParticipantID `json:"participant"`
	Name         string        `json:"name"`
	FirstName    string        `json:"first_name,omitempty"`
	LastName     string        `json:"last_name,omitempty"`
	Email        string        `json:"email,omitempty"`
	Number       string        `json:"number,omitempty"`
	PIN          string        `json:"pin,omitempty"` // not shown in streams
	Role         Role          `json:"role"`
	MutedByAdmin bool          `json:"muted_by_admin,omitempty"`
	ExternalID   string        `json:"external_id,omitempty"` // that he has got now; absent: as before
}

// AddedParticipant is a person put on the roster.
type AddedParticipant struct {
	ID         ParticipantID `json:"id"`
	Name       string        `json:"name"`
	Number     string        `json:"number,omitempty"`
	ExternalID string        `json:"external_id,omitempty"`
	FirstName  string        `json:"first_name,omitempty"`
	LastName   string        `json:"last_name,omitempty"`
	Email      string        `json:"email,omitempty"`
	PIN        string        `json:"pin,omitempty"` // not shown in streams
	Role       Role          `json:"role"`
	Assignment RoomID        `json:"assignment,omitempty"`
	Web        bool          `json:"web,omitempty"`
	Location   Location      `json:"location"`
	Guest      bool          `json:"guest,omitempty"` // he is not on the roster, but split off from somebody

	Muted        bool `json:"muted,omitempty"`
	MutedByAdmin bool `json:"muted_by_admin,omitempty"`

	WebSeq uint64 `json:"web_seq,omitempty"` // the number of this event, if it is a report of his presence on the web
}
