package control

import "time"

// Role of a participant.
type Role string

// The two roles.
const (
	Speaker  Role = "speaker"
	Audience Role = "audience"
)

// Phase of a meeting's life.
type Phase string

// The phases.
const (
	Open  Phase = "open"  // people may come in
	Ended Phase = "ended" // over; nothing but reading is possible
	// Deleted meetings are in the log alone.
	Deleted Phase = "deleted"
)

// BreakoutsPhase is the state of a meeting's breakouts.
type BreakoutsPhase string

// The states of the breakouts.
const (
	BreakoutsIdle    BreakoutsPhase = "idle"
	BreakoutsOpen    BreakoutsPhase = "open"
	BreakoutsClosing BreakoutsPhase = "closing" // counting down to ClosesAt
)

// Place is where a participant is: Absent, Attendant, Lobby or InRoom.
type Place string

// The four places of a participant. Only InRoom goes with a room.
const (
	Absent    Place = "absent"
	Attendant Place = "attendant"
	Lobby     Place = "lobby"
	InRoom    Place = "room"
)

// Location is where a participant is now.
type Location struct {
	Place Place  `json:"place"`
	Room  RoomID `json:"room,omitempty"` // set if and only if Place is InRoom
}

// LegKind says what a leg is.
type LegKind string

// The kinds of leg.
const (
	PhoneLeg   LegKind = "phone"
	LinkLeg    LegKind = "link"
	BrowserLeg LegKind = "browser"
)

// Limits that hold for every meeting.
const (
	MaxRooms        = 300 // breakout rooms of a meeting, the main room not counted
	MaxNameRunes    = 64
	MaxTitleRunes   = 200
	MaxParticipants = 10_000
	MaxLegs         = 1_500 // unless the registry is told otherwise
	MaxAudio        = 1_000 // recordings of a meeting
	MaxAudioTotal   = 64 << 20
	MaxGainDB       = 20
	MaxCountdown    = time.Hour
	MaxDuration     = 24 * time.Hour
)

// State is a meeting as its events made it. The owner goroutine alone touches it.
type State struct {
	ID          MeetingID `json:"id"`
	Title       string    `json:"title"`
	AccessCode  string    `json:"access_code"`
	SpeakerCode string    `json:"speaker_code,omitempty"`
	Options     Options   `json:"options"`
	Phase       Phase     `json:"phase"`
	Locked      bool      `json:"locked,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
	StartsAt    time.Time `json:"starts_at,omitzero"`   // zero: not scheduled
	Started     bool      `json:"started,omitempty"`    // StartsAt has come, or a speaker before it
	OverAt      time.Time `json:"over_at,omitzero"`     // when the meeting ends by itself; zero: never
	EndWarned   int       `json:"end_warned,omitempty"` // seconds before OverAt of the last warning given; 0: none
	Holding     int       `json:"holding,omitempty"`    // see HoldingNumber

	Breakouts BreakoutsPhase `json:"breakouts"`
	OpenedAt  time.Time      `json:"opened_at,omitzero"` // when the breakouts opened
	EndsAt    time.Time      `json:"ends_at,omitzero"`   // when open breakouts end by themselves; zero: never
	ClosesAt  time.Time      `json:"closes_at,omitzero"` // when closing breakouts are stopped
	WarnedS   int            `json:"warned_s,omitempty"` // warnings so long before the end and longer are over; 0: all

	Rooms         map[RoomID]*Room               `json:"rooms"`      // the breakout rooms
	RoomOrder     []RoomID                       `json:"room_order"` // in order of creation
	Participants  map[ParticipantID]*Participant `json:"participants"`
	Order         []ParticipantID                `json:"order"` // in order of arrival in the roster
	Legs          map[LegID]ParticipantID        `json:"legs"`
	Help          map[HelpID]*HelpRequest        `json:"help"`               // open ones only
	HelpLog       []EndedHelp                    `json:"help_log,omitempty"` // the last MaxHelpLog that are not, oldest first
	Audio         map[AudioID]Audio              `json:"audio"`
	Broadcasts    map[BroadcastID]*Broadcast     `json:"broadcasts"`      // the last MaxBroadcasts
	BroadcastLog  []BroadcastID                  `json:"broadcast_order"` // oldest first
	LastBroadcast BroadcastID                    `json:"last_broadcast,omitempty"`

	Calls []OutgoingCall `json:"calls,omitempty"` // that the meeting makes, and the last MaxCalls that it has made; oldest first

	Tokens map[TokenID]Token `json:"tokens,omitempty"` // that may still hold; see [State.Token]

	PhoneCodes map[ParticipantID]PhoneCode `json:"phone_codes,omitempty"` // of people who may attach a telephone; see [State.PhoneCode]

	MutedAll bool `json:"muted_all,omitempty"` // audience is muted by a speaker, newcomers too
	Erased   bool `json:"erased,omitempty"`    // who was in it is no longer known, and nothing has happened since

	Undone  []CommandID `json:"undone,omitempty"`    // the last maxUndone, the latest last
	WebAsOf uint64      `json:"web_as_of,omitempty"` // as_of of the last list of who is on the web

	Seq uint64 `json:"seq"` // of the last event applied; 0: none
}

// NewState is a meeting before its first event.
func NewState() *State {
	return &State{
		Breakouts:    BreakoutsIdle,
		Rooms:        map[RoomID]*Room{},
		Participants: map[ParticipantID]*Participant{},
		Legs:         map[LegID]ParticipantID{},
		Help:         map[HelpID]*HelpRequest{},
		Audio:        map[AudioID]Audio{},
		Broadcasts:   map[BroadcastID]*Broadcast{},
		Tokens:       map[TokenID]Token{},
		PhoneCodes:   map[ParticipantID]PhoneCode{},
	}
}

// Options of a meeting.
type Options struct {
	Breakouts          bool   `json:"breakouts" doc:"Breakouts may be opened in this meeting." default:"true"`
	PhoneBreakouts     bool   `json:"phone_breakouts" doc:"Callers take part in breakouts; off: who is there by telephone alone stays in the main room." default:"true"`
	FreeMovement       bool   `json:"free_movement" doc:"Audience may change rooms by themselves."`
	EveryoneBroadcasts bool   `json:"everyone_broadcasts" doc:"Audience may broadcast to all rooms."`
	LateJoiners        string `json:"late_joiners" enum:"assign,main" doc:"Where somebody goes who comes while breakouts are open and has no assignment." default:"assign"`
	WarningsS          []int  `json:"warnings_s,omitempty" minItems:"0" maxItems:"10" minimum:"1" maximum:"3600" example:"[60,10]" doc:"How many seconds before the end of the breakouts everybody in the rooms is warned, the longest first; absent: never."`
	ReturnCountdownS   int    `json:"return_countdown_s" minimum:"0" maximum:"3600" doc:"Countdown of a stop that names none." default:"10"`
	HelpTimeoutS       int    `json:"help_timeout_s,omitempty" minimum:"0" maximum:"86400" doc:"How long a call for help waits for an answer before it times out; absent: for ever." example:"300"`
	HelpRepeatS        int    `json:"help_repeat_s,omitempty" minimum:"0" maximum:"3600" doc:"How long a room, and the one who asked, cannot call for help again after it was declined; absent: they can at once." example:"30"`
	PersonalPINs       string `json:"personal_pins,omitempty" enum:"off,optional,required" default:"off" doc:"After the code callers are asked for their personal PIN. optional: they may skip it, or go on without it after three wrong ones; required: without it they do not come in."`
	IdentifyByNumber   bool   `json:"identify_by_number,omitempty" doc:"Who calls from a number of the roster is that person. Numbers can be forged: nobody becomes a speaker by it."`
	RedialS            *int   `json:"redial_s,omitempty" minimum:"0" maximum:"86400" example:"600" doc:"Who calls again from the same number within so many seconds is the same person, in the same room, with mute and hand as they were; absent: 600; 0: never."`
	RecordNames        string `json:"record_names,omitempty" enum:"off,unknown,all" default:"off" doc:"Callers say their name before they come in: those who are not known, or all of whom there is no recording. Speakers hear it, and rooms where arrivals are announced by name."`
	Lobby              bool   `json:"lobby,omitempty" doc:"Newcomers wait in the lobby until they are admitted; absent: they do not. Speakers never wait."`
	MutedOnEntry       bool   `json:"muted_on_entry" doc:"Audience is muted when they come in."`
	AnnounceArrivals   string `json:"announce_arrivals" enum:"off,tone,name" doc:"What a room hears when somebody comes or goes: nothing, a soft tone, or his name, where it is known and can be spoken." default:"tone"`
	Language           string `json:"language" doc:"Prompt language." default:"en"`
}

// DefaultOptions are the options of a meeting that names none.
func DefaultOptions() Options {
	return Options{Breakouts: true, PhoneBreakouts: true, LateJoiners: "assign", WarningsS: []int{60, 10}, ReturnCountdownS: 10, AnnounceArrivals: "tone", Language: "en",
		HelpTimeoutS: 300, HelpRepeatS: 30, PersonalPINs: PINsOff, RecordNames: NamesOff, RedialS: new(defaultRedialS)}
}

// Room is a breakout room.
type Room struct {
	ID       RoomID `json:"id"`
	Name     string `json:"name"`
	Number   int    `json:"number"`             // what callers key in after *3; 1 to 300, stable for the room's life, the smallest free one at creation
	Capacity int    `json:"capacity,omitempty"` // 0: no limit
	Locked   bool   `json:"locked,omitempty"`   // nobody may go there by himself
}

// Participant is a person in a meeting.
type Participant struct {
	ID           ParticipantID `json:"id"`
	Name         string        `json:"name"`
	Number       string        `json:"number,omitempty"`      // the caller's number, to be masked when shown to others; empty for web
	ExternalID   string        `json:"external_id,omitempty"` // the control plane's own id
	FirstName    string        `json:"first_name,omitempty"`  // as the roster has it; empty: Name is all there is
	LastName     string        `json:"last_name,omitempty"`
	Email        string        `json:"email,omitempty"`  // unique within the meeting
	PIN          string        `json:"pin,omitempty"`    // 6 to 12 digits, unique within the meeting, never shown
	Erased       bool          `json:"erased,omitempty"` // who he was is no longer known, unless somebody has named him since
	Role         Role          `json:"role"`
	Location     Location      `json:"location"`
	Assignment   RoomID        `json:"assignment,omitempty"` // empty: unassigned
	KeptOut      string        `json:"kept_out,omitempty"`   // why he came back to another room than he was in: an outcome
	LastRoom     RoomID        `json:"last_room,omitempty"`  // where he was when he was lost from breakouts that still are open; empty: nowhere
	Outside      bool          `json:"outside,omitempty"`    // he came to the lobby and was not let in yet
	Guest        bool          `json:"guest,omitempty"`      // he came by himself and is not on the roster
	Legs         []Leg         `json:"legs,omitempty"`
	Web          bool          `json:"web,omitempty"`            // present on the web
	WebSeq       uint64        `json:"web_seq,omitempty"`        // of the last report of his presence on the web alone
	Muted        bool          `json:"muted,omitempty"`          // by himself
	MutedByAdmin bool          `json:"muted_by_admin,omitempty"` // or by mute-all
	ListenOnly   bool          `json:"listen_only,omitempty"`    // hears the room and is not heard there; the next move ends it
	Hand         time.Time     `json:"hand,omitzero"`            // since when the hand is up; zero: down
	GainDB       int           `json:"gain_db,omitempty"`        // how loud others hear him, -20 to 20
	ListenGainDB int           `json:"listen_gain_db,omitempty"` // how loud he hears others, -20 to 20
	Language     string        `json:"language,omitempty"`       // that he hears prompts in; empty: the meeting's
	JoinedAt     time.Time     `json:"joined_at,omitzero"`       // the last time he came in
	Merged       []Absorbed    `json:"merged,omitempty"`         // who has become one with him
	RecordedName *Audio        `json:"recorded_name,omitempty"`  // as he has said it himself; nil: he has not
	Lost         []LostLeg     `json:"lost,omitempty"`           // his last legs that have ended since he came in, the latest last
}

// Present says whether the participant is in the meeting by any way.
func (p *Participant) Present() bool { return p.Location.Place != Absent }

// Leg is one media connection of a participant.
type Leg struct {
	ID     LegID   `json:"id"`
	Kind   LegKind `json:"kind"`
	Held   bool    `json:"held,omitempty"`
	Number string  `json:"number,omitempty"` // that called; empty: unknown
	// KnownBy says how it is known whose it is; empty: by nothing but that it came, or it was said so through the API.
	KnownBy string `json:"known_by,omitempty" enum:"redial,number,pin,phone_code"`
}

// Audio is an uploaded recording; its samples are in the store, not in the log.
type Audio struct {
	ID         AudioID `json:"id"`
	DurationMS int     `json:"duration_ms"`
	Bytes      int     `json:"bytes"`

	By ParticipantID `json:"by,omitempty"` // who said it, on his telephone; empty: it was uploaded
}
