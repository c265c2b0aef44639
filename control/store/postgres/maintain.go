package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"partyline/control/store/internal/kept"
)

// How often the store looks after itself.
const (
	clearAfter = time.Hour
	// heldAfter is how old a transaction that holds events back may be before an operator is told of it.
	heldAfter = 30 * time.Second
)

// maintain clears what has expired, and tells of what holds events back, until ctx ends.
func (s *Store) maintain(ctx context.Context) {
	clearing, held := time.NewTicker(clearAfter), time.NewTicker(heldAfter)
	defer clearing.Stop()
	defer held.Stop()
	s.note(ctx, "clear", s.clear(ctx))
	var stuck uint64 // the pos that could not be read the last time
	for {
		select {
		case <-ctx.Done():
			return
		case <-clearing.C:
			s.note(ctx, "clear", s.clear(ctx))
		case <-held.C:
			stuck = s.tellHeld(ctx, stuck)
		}
	}
}

func (s *Store) note(ctx context.Context, task string, err error) {
	if err != nil && ctx.Err() == nil {
		s.logger.Error("look after the store", "task", task, "err", err)
	}
}

// clear deletes outcomes that have expired, and the blobs of deleted meetings.
func (s *Store) clear(ctx context.Context) error {
	return s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		b.Queue(`DELETE FROM outcomes WHERE at <= $1`, kept.Expiry().UnixNano())
		for _, table := range []string{"audio", "snapshots"} {
			b.Queue(`DELETE FROM ` + table + ` WHERE meeting IN (SELECT id FROM meetings WHERE phase = 'deleted')`)
		}
	})
}

// tellHeld warns of a transaction of whomever that has kept events from the streams of all meetings and from webhooks
// since the last time. It returns the newest event that is held back.
func (s *Store) tellHeld(ctx context.Context, stuck uint64) uint64 {
	newest := s.newest.Load()
	last, err := s.LastPos(ctx)
	if err != nil || last >= newest {
		return 0
	}
	if stuck == 0 || last >= stuck {
		return newest
	}
	var pid int
	var database, name string
	err = s.row(ctx, `SELECT pid, COALESCE(datname, ''), application_name FROM pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY age(backend_xid) DESC LIMIT 1`,
		nil, &pid, &database, &name)
	if err != nil {
		s.logger.Warn("events are held back by an old transaction on the server; look at pg_prepared_xacts", "store", s.server.name)
	} else {
		s.logger.Warn("events are held back by an old transaction on the server", "store", s.server.name, "pid", pid, "database", database, "application", name)
	}
	return stuck
}
