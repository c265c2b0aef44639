package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// numberStep keeps the numbers that are bound to meetings.
const numberStep = `CREATE TABLE numbers (
		number     text COLLATE "C" PRIMARY KEY,
		meeting    text COLLATE "C" NOT NULL,
		language   text   NOT NULL,
		label      text   NOT NULL,
		trunk      text   NOT NULL,
		created_at bigint NOT NULL
	);
	CREATE INDEX numbers_by_meeting ON numbers (meeting);`

// Numbers implements control.NumberStore.
func (s *Store) Numbers(ctx context.Context) ([]control.Number, error) {
	list, err := list(ctx, s, `SELECT number, meeting, language, label, trunk, created_at FROM numbers ORDER BY number`, nil, func(row pgx.CollectableRow) (n control.Number, err error) {
		var created int64
		err = row.Scan(&n.Number, &n.Meeting, &n.Language, &n.Label, &n.Trunk, &created)
		n.CreatedAt = time.Unix(0, created).UTC()
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the numbers: %w", err)
	}
	return list, nil
}

// PutNumber implements control.NumberStore. The row of the meeting is locked, so that it is not deleted meanwhile.
func (s *Store) PutNumber(ctx context.Context, n control.Number) error {
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO numbers (number, meeting, language, label, trunk, created_at)
			SELECT $1, id, $3, $4, $5, $6::bigint FROM meetings WHERE id = $2 AND phase <> 'deleted' FOR SHARE
			ON CONFLICT (number) DO UPDATE SET meeting = excluded.meeting, language = excluded.language, label = excluded.label, trunk = excluded.trunk`,
			n.Number, string(n.Meeting), n.Language, n.Label, n.Trunk, n.CreatedAt.UnixNano()).Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				return errRefused
			}
			return nil
		})
	})
	if errors.Is(err, errRefused) {
		return kept.NoMeeting()
	}
	if err != nil {
		return fmt.Errorf("bind a number: %w", err)
	}
	return nil
}

// DeleteNumber implements control.NumberStore.
func (s *Store) DeleteNumber(ctx context.Context, number string) error {
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) { b.Queue(`DELETE FROM numbers WHERE number = $1`, number) })
	if err != nil {
		return fmt.Errorf("unbind a number: %w", err)
	}
	return nil
}
