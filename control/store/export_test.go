package store

import (
	"context"
	"errors"
	"fmt"
)

// Fill makes the disk seem full, or lets the log grow again.
func (s *Store) Fill(ctx context.Context, full bool) error {
	pages := 1 << 30
	if full {
		pages = 1 // not fewer than there are
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages))
	return err
}

// Clear is what the store does by itself every hour.
func (s *Store) Clear(ctx context.Context) error { return s.clear(ctx) }

// Outcomes counts those that are kept, expired ones too.
func (s *Store) Outcomes(ctx context.Context) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM outcomes`).Scan(&n)
	return n, err
}

// Exec runs a statement on the log.
func (s *Store) Exec(ctx context.Context, sql string) error {
	_, err := s.care.ExecContext(ctx, sql)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", sql, err)
}

// HoldReader begins to read, so that the WAL cannot be emptied until done is called.
func (s *Store) HoldReader(ctx context.Context) (done func() error, err error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `BEGIN`); err != nil {
		return nil, err
	}
	var n int
	err = conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM events`).Scan(&n)
	return func() error {
		_, err := conn.ExecContext(ctx, `ROLLBACK`)
		return errors.Join(err, conn.Close())
	}, err
}

// Purge is what the store does by itself every half a minute.
func (s *Store) Purge(ctx context.Context) error { return s.purge(ctx) }
