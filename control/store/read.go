package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

const columns = `pos, meeting, seq, at, actor, command, type, version, data, crc`

// Read implements control.Log.
func (s *Store) Read(ctx context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error) {
	return s.records(ctx, `SELECT `+columns+` FROM events WHERE meeting = ? AND seq > ? ORDER BY seq LIMIT ?`, string(meeting), int64(after), noLimit(limit))
}

// ReadAll returns the records of all meetings whose Pos is above after, in order, at most limit (0: all).
func (s *Store) ReadAll(ctx context.Context, after uint64, limit int) ([]control.Record, error) {
	return s.records(ctx, `SELECT `+columns+` FROM events WHERE pos > ? ORDER BY pos LIMIT ?`, int64(after), noLimit(limit))
}

// HoldsBack says whether events after a Pos are kept that ReadAll does not return yet: never. There is one writer, and what
// it has committed is read.
func (s *Store) HoldsBack(uint64) bool { return false }

// Ready says why the store takes no writes at the moment: that is only known by an attempt.
func (s *Store) Ready() error { return nil }

// noLimit makes SQLite's "all" of ours.
func noLimit(limit int) int {
	if limit <= 0 {
		return -1
	}
	return limit
}

func (s *Store) records(ctx context.Context, query string, args ...any) ([]control.Record, error) {
	return queryRecords(ctx, s.read, query, args...)
}

// querier is a database, or the one connection of a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func queryRecords(ctx context.Context, db querier, query string, args ...any) ([]control.Record, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	defer rows.Close()
	var list []control.Record
	for rows.Next() {
		var r control.Record
		var at, crc int64
		var data []byte
		if err := rows.Scan(&r.Pos, &r.Meeting, &r.Seq, &at, &r.Actor, &r.Command, &r.Type, &r.Version, &data, &crc); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		r.At, r.Data = time.Unix(0, at).UTC(), data
		if err := kept.Verify(&r, crc); err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return list, nil
}

// LastPos returns the Pos of the newest record; 0: the log is empty.
func (s *Store) LastPos(ctx context.Context) (uint64, error) {
	var pos uint64
	if err := s.read.QueryRowContext(ctx, `SELECT max(forgotten, (SELECT COALESCE(MAX(pos), 0) FROM events)) FROM kept`).Scan(&pos); err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return pos, nil
}

// Meetings implements control.Log.
func (s *Store) Meetings(ctx context.Context, q control.MeetingQuery) ([]control.MeetingInfo, error) {
	where, phase := `phase = ?`, q.Phase
	if q.Phase == "" {
		where, phase = `phase <> ?`, control.Deleted
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, title, phase, access_code, speaker_code, created_at FROM meetings WHERE `+where+` AND id > ? ORDER BY id LIMIT ?`,
		string(phase), string(q.After), noLimit(q.Limit))
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	defer rows.Close()
	var list []control.MeetingInfo
	for rows.Next() {
		var m control.MeetingInfo
		var created int64
		if err := rows.Scan(&m.ID, &m.Title, &m.Phase, &m.AccessCode, &m.SpeakerCode, &created); err != nil {
			return nil, fmt.Errorf("list meetings: %w", err)
		}
		m.CreatedAt = time.Unix(0, created).UTC()
		list = append(list, m)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	return list, nil
}

// Outcome implements control.Log.
func (s *Store) Outcome(ctx context.Context, key string) (control.Outcome, error) {
	return s.outcome(ctx, `key = ?`, key)
}

// CommandOutcome returns what is kept of a command of a meeting, or control.ErrNoOutcome.
func (s *Store) CommandOutcome(ctx context.Context, meeting control.MeetingID, id control.CommandID) (control.Outcome, error) {
	return s.outcome(ctx, `command = ? AND meeting = ?`, string(id), string(meeting))
}

func (s *Store) outcome(ctx context.Context, where string, args ...any) (control.Outcome, error) {
	var o control.Outcome
	var key sql.NullString
	var at int64
	var result, answer []byte
	err := s.read.QueryRowContext(ctx, `SELECT command, meeting, key, hash, result, answer, at FROM outcomes WHERE `+where+` AND at > ?`,
		append(args, kept.Expiry().UnixNano())...).Scan(&o.Command, &o.Meeting, &key, &o.Hash, &result, &answer, &at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return o, control.ErrNoOutcome
	case err != nil:
		return o, fmt.Errorf("read an outcome: %w", err)
	}
	o.Key, o.Result, o.Answer, o.At = key.String, result, answer, time.Unix(0, at).UTC()
	return o, nil
}
