package control

import "time"

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

	ListenGainDB int  // how much louder it hears the others
	Apart        bool // not a telephone: it does not hear what is for phones only
	Waits        bool // in the lobby
}

// Sound is something that can be played into rooms: one of its first three fields is set.
type Sound struct {
	Prompt   string  // a phrase of the prompt catalogue, e.g. "arrival"
	Person   string  // whose name is in the phrase; empty: nobody's, or it is not known
	Named    AudioID // a recording in which he says it himself; empty: there is none
	Else     string  // the prompt that is played where no name can be said; empty: there is no name in it
	Audio    AudioID // an uploaded recording
	Text     string  // to be spoken; a bridge that cannot speak says that there is a message
	Language string  // of prompt and text; empty: the default
}

// Play is a sound that is to be played into rooms.
type Play struct {
	Broadcast  BroadcastID // empty: a tone, which is played in passing
	Rooms      []int       // nil: all rooms that have legs
	Sound      Sound
	PhonesOnly bool // legs that are set apart do not hear it

	Live  LegID         // what this leg says is the sound, after a tone; it does not hear itself
	Limit time.Duration // of a live one: then it ends, whole

	// Began, of a broadcast, is called once, from any goroutine, when it has begun everywhere or cannot be played;
	// not if it was stopped before.
	Began func(PlayReport)
	// Ended, of a broadcast, is called once, after Began.
	Ended func(PlayReport)
}

// PlayReport says where and when a sound began, and how it ended.
type PlayReport struct {
	Rooms  []RoomStart // at its end: also those that took it up later
	Spoken bool        // of a text, when it began: it is spoken
	Whole  bool        // at its end: it was played to its end
	Err    error       // the sound could not be played at all
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
	// Play plays into rooms. Of broadcasts there is one at a time, in all its rooms at the same sample: who goes from one
	// room to another hears it go on there.
	Play(meeting MeetingID, p Play)
	// Stop stops a broadcast, if it has not ended.
	Stop(meeting MeetingID, id BroadcastID)
	// Release forgets a meeting that has ended.
	Release(meeting MeetingID)
}
