package postgres

import "context"

// TellHeld is what the store does by itself now and then.
func (s *Store) TellHeld(ctx context.Context, stuck uint64) uint64 { return s.tellHeld(ctx, stuck) }
