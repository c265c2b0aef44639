package control

import (
	"slices"
	"time"
)

// Limits of broadcasts.
const (
	MaxBroadcasts     = 100 // that a meeting remembers, besides those that are not over
	MaxQueued         = 20  // that wait
	MaxPerMinute      = 30  // that are ordered in any minute,
	MaxOwnPerMinute   = 6   // and by one participant
	MaxBroadcastRunes = 2000
)

// Broadcast is one message played into rooms.
type Broadcast struct {
	ID         BroadcastID `json:"id"`
	Prompt     string      `json:"prompt,omitempty"` // the recorded prompt, or
	Audio      AudioID     `json:"audio,omitempty"`  // the uploaded recording, or
	Text       string      `json:"text,omitempty"`   // what is to be spoken
	Language   string      `json:"language,omitempty"`
	Urgent     bool        `json:"urgent,omitempty"`
	PhonesOnly bool        `json:"phones_only,omitempty"`
	Rooms      []RoomID    `json:"rooms,omitempty"` // empty: all
	At         time.Time   `json:"at"`
	BeganAt    time.Time   `json:"began_at,omitzero"`
	EndedAt    time.Time   `json:"ended_at,omitzero"`
	By         string      `json:"by,omitempty"`         // the participant; empty: the API
	Leg        LegID       `json:"leg,omitempty"`        // of a live one: whose sound it is
	LimitS     int         `json:"limit_s,omitempty"`    // of a live one: how long it may be
	Spoken     bool        `json:"spoken,omitempty"`     // the text was spoken; else callers were told that there is a message
	Deliveries []Delivery  `json:"deliveries,omitempty"` // empty until it has begun
	State      string      `json:"state"`                // one of the Broadcast… constants
	Failed     string      `json:"failed,omitempty"`     // why it failed or was cancelled, if that is not plain
}

// The states of a broadcast.
const (
	BroadcastQueued    = "queued"
	BroadcastPlaying   = "playing"
	BroadcastPlayed    = "played"
	BroadcastCancelled = "cancelled"
	BroadcastFailed    = "failed"
	// BroadcastInterrupted is how a broadcast ends that an urgent one interrupts: it is queued again.
	BroadcastInterrupted = "interrupted"
)

// The priorities of a broadcast.
const (
	PriorityNormal = "normal"
	PriorityUrgent = "urgent"
)

// Delivery is the receipt of one room.
type Delivery struct {
	Room      RoomID `json:"room"`
	Listeners int    `json:"listeners" doc:"Legs that heard it begin, or that came first where nobody was."`
	Tick      int64  `json:"tick" doc:"The mixer's tick at which it began in this room; 0: no leg was there."`
	Web       int    `json:"web,omitempty" doc:"People of this room who are on the web, and are told by the event."`
	Outcome   string `json:"outcome,omitempty" enum:"playing,played,cancelled,interrupted,failed,emptied,room_deleted,nobody" doc:"How it ended in this room."`
}

// How a broadcast ended in a room, besides the states of the broadcast as a whole.
const (
	DeliveryEmptied = "emptied"      // no leg was left to hear the end
	DeliveryDeleted = "room_deleted" // the room was
	DeliveryNobody  = "nobody"       // no leg was there
)

// over says that nothing will happen to it any more.
func (b *Broadcast) over() bool { return b.State != BroadcastQueued && b.State != BroadcastPlaying }

// live are the broadcasts that are not over, the oldest first.
func (s *State) live() (list []*Broadcast) {
	for _, id := range s.BroadcastLog {
		if b := s.Broadcasts[id]; !b.over() {
			list = append(list, b)
		}
	}
	return list
}

// nextBroadcast is the one to be played next: the oldest urgent one that waits, else the oldest; nil: none waits.
func (s *State) nextBroadcast() *Broadcast {
	var next *Broadcast
	for _, b := range s.live() {
		if b.State == BroadcastQueued && (next == nil || b.Urgent && !next.Urgent) {
			next = b
		}
	}
	return next
}

// addresses says whether a broadcast is meant for a room.
func (b *Broadcast) addresses(room RoomID) bool {
	return len(b.Rooms) == 0 || slices.Contains(b.Rooms, room)
}

// homeless says that none of the rooms is left that a broadcast is meant for.
func (s *State) homeless(b *Broadcast) bool {
	return len(b.Rooms) > 0 && !slices.ContainsFunc(b.Rooms, s.HasRoom)
}

// remember puts a new broadcast into the log, and drops what has been over for long.
func (s *State) remember(b *Broadcast) {
	s.Broadcasts[b.ID] = b
	s.BroadcastLog = append(s.BroadcastLog, b.ID)
	s.LastBroadcast = b.ID
	if len(s.BroadcastLog) <= MaxBroadcasts {
		return
	}
	for i, id := range s.BroadcastLog {
		if s.Broadcasts[id].over() {
			delete(s.Broadcasts, id)
			s.BroadcastLog = slices.Delete(s.BroadcastLog, i, i+1)
			return
		}
	}
}
