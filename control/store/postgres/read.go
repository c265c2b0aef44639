package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// readTime bounds one reading.
const readTime = 12 * time.Second

const (
	columns = `pos, meeting, seq, at, actor, command, type, version, data, crc`
	// settled are the events that nothing can come before any more: every transaction as old as theirs has ended.
	settled = `xid < pg_snapshot_xmin(pg_current_snapshot())`
)

// Read implements control.Log.
func (s *Store) Read(ctx context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error) {
	if !storable(meeting) {
		return nil, nil
	}
	return s.records(ctx, `SELECT `+columns+` FROM events WHERE meeting = $1 AND seq > $2 ORDER BY seq LIMIT $3`, string(meeting), int64(after), noLimit(limit))
}

// storable says whether a text can be in the database at all: PostgreSQL takes no NUL and nothing but UTF-8. What was asked
// for by such a name is not there, which is no failure of the server's.
func storable[T ~string](text T) bool {
	return utf8.ValidString(string(text)) && !strings.ContainsRune(string(text), 0)
}

// ReadAll returns the records of all meetings whose Pos is above after, in order, at most limit (0: all). It holds back
// those that a transaction under way may yet put others before.
func (s *Store) ReadAll(ctx context.Context, after uint64, limit int) ([]control.Record, error) {
	return s.records(ctx, `SELECT `+columns+` FROM events WHERE pos > $1 AND `+settled+` ORDER BY pos LIMIT $2`, int64(after), noLimit(limit))
}

// HoldsBack says whether there are events after a Pos that ReadAll may not have returned yet.
func (s *Store) HoldsBack(after uint64) bool { return after < s.newest.Load() }

// noLimit makes SQL's "all" of ours.
func noLimit(limit int) *int {
	if limit <= 0 {
		return nil
	}
	return &limit
}

func (s *Store) records(ctx context.Context, query string, args ...any) ([]control.Record, error) {
	list, err := list(ctx, s, query, args, func(row pgx.CollectableRow) (r control.Record, err error) {
		var at, crc int64
		var data []byte
		if err := row.Scan(&r.Pos, &r.Meeting, &r.Seq, &at, &r.Actor, &r.Command, &r.Type, &r.Version, &data, &crc); err != nil {
			return r, err
		}
		r.At, r.Data = time.Unix(0, at).UTC(), data
		return r, kept.Verify(&r, crc)
	})
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return list, nil
}

// list reads all rows of a query.
func list[T any](ctx context.Context, s *Store, query string, args []any, read pgx.RowToFunc[T]) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	rows, err := s.read.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, read)
}

// row reads the one row of a query.
func (s *Store) row(ctx context.Context, query string, args []any, into ...any) error {
	return within(ctx, readTime, func(ctx context.Context) error { return s.read.QueryRow(ctx, query, args...).Scan(into...) })
}

// LastPos returns the Pos of the newest record that ReadAll returns; 0: there is none.
func (s *Store) LastPos(ctx context.Context) (pos uint64, err error) {
	if err := s.row(ctx, `SELECT GREATEST(forgotten, (SELECT COALESCE(MAX(pos), 0) FROM events WHERE `+settled+`)) FROM kept`, nil, &pos); err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return pos, nil
}

// Meetings implements control.Log.
func (s *Store) Meetings(ctx context.Context, q control.MeetingQuery) ([]control.MeetingInfo, error) {
	if !storable(q.After) {
		q.After = control.MeetingID(strings.ToValidUTF8(strings.ReplaceAll(string(q.After), "\x00", ""), ""))
	}
	where, phase := `phase = $1`, q.Phase
	if q.Phase == "" {
		where, phase = `phase <> $1`, control.Deleted
	}
	list, err := list(ctx, s,
		`SELECT id, title, phase, access_code, speaker_code, created_at FROM meetings WHERE `+where+` AND id > $2 ORDER BY id LIMIT $3`,
		[]any{string(phase), string(q.After), noLimit(q.Limit)}, func(row pgx.CollectableRow) (m control.MeetingInfo, err error) {
			var created int64
			err = row.Scan(&m.ID, &m.Title, &m.Phase, &m.AccessCode, &m.SpeakerCode, &created)
			m.CreatedAt = time.Unix(0, created).UTC()
			return m, err
		})
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	return list, nil
}

// Outcome implements control.Log.
func (s *Store) Outcome(ctx context.Context, key string) (control.Outcome, error) {
	if !storable(key) {
		return control.Outcome{}, control.ErrNoOutcome
	}
	return s.outcome(ctx, `key = $1`, key)
}

// CommandOutcome returns what is kept of a command of a meeting, or control.ErrNoOutcome.
func (s *Store) CommandOutcome(ctx context.Context, meeting control.MeetingID, id control.CommandID) (control.Outcome, error) {
	if !storable(id) || !storable(meeting) {
		return control.Outcome{}, control.ErrNoOutcome
	}
	return s.outcome(ctx, `command = $1 AND meeting = $2`, string(id), string(meeting))
}

func (s *Store) outcome(ctx context.Context, where string, args ...any) (control.Outcome, error) {
	var o control.Outcome
	var key *string
	var at int64
	var result, answer []byte
	args = append(args, kept.Expiry().UnixNano())
	err := s.row(ctx, fmt.Sprintf(`SELECT command, meeting, key, hash, result, answer, at FROM outcomes WHERE %s AND at > $%d`, where, len(args)), args,
		&o.Command, &o.Meeting, &key, &o.Hash, &result, &answer, &at)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return o, control.ErrNoOutcome
	case err != nil:
		return o, fmt.Errorf("read an outcome: %w", err)
	}
	if key != nil {
		o.Key = *key
	}
	o.Result, o.Answer, o.At = result, answer, time.Unix(0, at).UTC()
	return o, nil
}
