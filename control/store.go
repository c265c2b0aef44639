package control

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// What a [Store] answers besides plain failures.
var (
	// ErrConflict: the log has gone on past Append.After; another writer owns the meeting.
	ErrConflict = errors.New("the log has gone on: stale sequence")
	// ErrOutcomeExists: the idempotency key was used before. Nothing was written.
	ErrOutcomeExists = errors.New("the idempotency key was used before")
	// ErrNoSnapshot: no snapshot is kept of the meeting.
	ErrNoSnapshot = errors.New("no snapshot")
	// ErrNoOutcome: no outcome is kept under the key.
	ErrNoOutcome = errors.New("no outcome")
)

// OutcomeTTL is how long the outcome of a command is kept.
const OutcomeTTL = 24 * time.Hour

// Append is one transaction of the log: all of it is written, or nothing.
type Append struct {
	Meeting MeetingID
	After   uint64       // sequence of the last event that the writer knows; the log must end there
	Records []Record     // numbered After+1 and on; the store sets their Pos
	Info    *MeetingInfo // what the listing says from now on; nil: as before
	Outcome *Outcome     // kept for OutcomeTTL; nil: none
	Erase   *Erasure     // what is to be rewritten of the meeting, these records too; nil: nothing
	Drop    []AudioID    // recordings that are to be deleted
}

// MeetingInfo is what the listing of meetings knows of one.
type MeetingInfo struct {
	ID          MeetingID
	Title       string
	Phase       Phase
	AccessCode  string
	SpeakerCode string
	CreatedAt   time.Time
}

// Outcome is the result of one command, as it can be read again.
type Outcome struct {
	Key     string // idempotency key, already scoped by its user; empty: none
	Hash    string // of the request that the key came with
	Meeting MeetingID
	Command CommandID
	Result  json.RawMessage // the command's value, see [Decide]
	Answer  json.RawMessage // what [Meta].Answer rendered; may be empty
	At      time.Time
}

// Snapshot is a meeting's state after the event numbered Seq; it bounds the replay and may be lost at any time.
type Snapshot struct {
	Meeting MeetingID
	Seq     uint64
	Version int
	Data    json.RawMessage
}

// MeetingQuery selects meetings of the listing, in order of their ids.
type MeetingQuery struct {
	After MeetingID // only ids above it
	Limit int       // 0: all
	Phase Phase     // empty: every phase but deleted
}

// Store is the durable log and what belongs to it. It is safe for concurrent
// use. A nil error of Append means that the records survive a crash; any other
// says that nothing was written. A store that cannot tell finds out before it returns.
type Store interface {
	Log
	Snapshots
	NumberStore
}

// Log is the log of all meetings.
type Log interface {
	Append(ctx context.Context, a *Append) error
	// Read returns a meeting's records numbered above after, in order, at most limit (0: all).
	Read(ctx context.Context, meeting MeetingID, after uint64, limit int) ([]Record, error)
	Meetings(ctx context.Context, q MeetingQuery) ([]MeetingInfo, error)
	// Outcome returns what is kept under an idempotency key, or ErrNoOutcome.
	Outcome(ctx context.Context, key string) (Outcome, error)
	// Over returns meetings that are over and have had no event since a time, at most limit (0: all).
	Over(ctx context.Context, since time.Time, limit int) ([]MeetingID, error)
	// Forget deletes all that is stored of a meeting, its snapshot and recordings too, without making writers wait long.
	Forget(ctx context.Context, meeting MeetingID) error
}

// Snapshots keeps the last snapshot of each meeting.
type Snapshots interface {
	SaveSnapshot(ctx context.Context, s Snapshot) error
	LoadSnapshot(ctx context.Context, meeting MeetingID) (Snapshot, error)
}
