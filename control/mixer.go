package control

// NoRoom is the room number of a leg that is in no room: it hears only the attendant.
const NoRoom = -1

// Placement is the wanted place of every leg of one meeting. It is immutable once published.
type Placement struct {
	Gen  uint64 // counts up by one with every publication of a meeting
	Legs []LegPlace
}

// LegPlace is the wanted place of one leg.
type LegPlace struct {
	Leg    LegID
	Room   int // keypad number of the room, 0 for the main room, or NoRoom
	Muted  bool
	GainDB int
}

// Sound is something that can be played into rooms: one of its fields is set.
type Sound struct {
	Prompt string  // a phrase of the prompt catalogue, e.g. "arrival"
	Audio  AudioID // an uploaded recording
}

// PlayReport says where and when a sound began.
type PlayReport struct {
	Rooms []RoomStart
	Err   error // the sound could not be played at all
}

// RoomStart is the beginning of a sound in one room.
type RoomStart struct {
	Room      int
	Tick      int64
	Listeners int
}

// Mixer is what a meeting needs of the media side. No method blocks.
type Mixer interface {
	// Place publishes the wanted placement of a meeting; the last one counts.
	Place(meeting MeetingID, p *Placement)
	// Adopt hands a leg that talks to the attendant over to the meeting.
	Adopt(meeting MeetingID, leg LegID)
	// Play plays a sound into the rooms (nil: all rooms that have legs) and
	// calls began, if it is not nil, once from any goroutine when it has begun everywhere.
	Play(meeting MeetingID, rooms []int, sound Sound, began func(PlayReport))
	// Release forgets a meeting that has ended.
	Release(meeting MeetingID)
}
