package store

import (
	"context"
	"fmt"
	"time"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// numberStep keeps the numbers that are bound to meetings.
const numberStep = `CREATE TABLE numbers (
			number     TEXT PRIMARY KEY,
			meeting    TEXT    NOT NULL,
			language   TEXT    NOT NULL,
			label      TEXT    NOT NULL,
			trunk      TEXT    NOT NULL,
			created_at INTEGER NOT NULL
		) WITHOUT ROWID;
		CREATE INDEX numbers_by_meeting ON numbers (meeting);`

// Numbers implements control.NumberStore.
func (s *Store) Numbers(ctx context.Context) ([]control.Number, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT number, meeting, language, label, trunk, created_at FROM numbers ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("read the numbers: %w", err)
	}
	defer rows.Close()
	var list []control.Number
	for rows.Next() {
		var n control.Number
		var created int64
		if err := rows.Scan(&n.Number, &n.Meeting, &n.Language, &n.Label, &n.Trunk, &created); err != nil {
			return nil, fmt.Errorf("read the numbers: %w", err)
		}
		n.CreatedAt = time.Unix(0, created).UTC()
		list = append(list, n)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the numbers: %w", err)
	}
	return list, nil
}

// PutNumber implements control.NumberStore.
func (s *Store) PutNumber(ctx context.Context, n control.Number) error {
	return s.inTransaction(ctx, "bind a number", func(ctx context.Context) error {
		result, err := s.conn.ExecContext(ctx, `INSERT INTO numbers (number, meeting, language, label, trunk, created_at)
			SELECT ?1, id, ?3, ?4, ?5, ?6 FROM meetings WHERE id = ?2 AND phase <> 'deleted'
			ON CONFLICT (number) DO UPDATE SET meeting = excluded.meeting, language = excluded.language, label = excluded.label, trunk = excluded.trunk`,
			n.Number, string(n.Meeting), n.Language, n.Label, n.Trunk, n.CreatedAt.UnixNano())
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		if err == nil && changed == 0 {
			err = kept.NoMeeting()
		}
		return err
	})
}

// DeleteNumber implements control.NumberStore.
func (s *Store) DeleteNumber(ctx context.Context, number string) error {
	return s.inTransaction(ctx, "unbind a number", func(ctx context.Context) error {
		_, err := s.conn.ExecContext(ctx, `DELETE FROM numbers WHERE number = ?`, number)
		return err
	})
}
