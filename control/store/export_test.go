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
