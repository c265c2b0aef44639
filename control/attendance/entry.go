package attendance

import (
	"time"

	"partyline/control"
)

// Kind of an entry.
type Kind string

// The two kinds of entry.
const (
	Stay Kind = "stay" // somebody was in one place for a while
	Help Kind = "help" // a room waited for help
)

// Web is how somebody takes part besides the kinds of leg: on the web.
const Web = "web"

// Why a stay began or ended, besides the reasons of moves.
const (
	Joined       = "joined"
	Left         = "left"
	Removed      = "removed"
	MeetingEnded = "meeting_ended"
	Merged       = "merged" // he has become one with another participant
	Split        = "split"  // he is a participant of his own again
)

// Entry is one line of the sheet.
type Entry struct {
	Kind        Kind
	Holding     int                   // in which holding of the meeting, from 1
	Participant control.ParticipantID // who stayed, or asked
	Name        string                // this and the following as they were last in that time
	Email       string
	ExternalID  string
	Number      string // masked
	Role        control.Role

	Place    control.Place
	Room     control.RoomID
	RoomName string    // empty: the main room, or none
	From, To time.Time // To is zero: it is not over
	Ways     []string  // how he took part in that time, in order: kinds of leg, or Web

	Came, Went     string // why a stay began and ended
	CameBy, WentBy By     // on whose account

	Request    control.HelpID
	Outcome    string // of a help request
	AnsweredBy By
}

// By is who caused something.
type By struct {
	Actor string // as in the log: "key:…", "par_…", "system"
	Name  string // if it is a participant
}

// Lasted says how long it took; what is not over lasts until now.
func (e *Entry) Lasted(now time.Time) time.Duration {
	to := e.To
	if to.IsZero() {
		to = now
	}
	return max(0, to.Sub(e.From))
}
