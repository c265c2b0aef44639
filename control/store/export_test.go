package store

import (
	"context"
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
