package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"partyline/control/store/internal/kept"
)

// How often the store looks after itself.
const (
	checkpointAfter = 30 * time.Second
	clearAfter      = time.Hour
)

// maintain keeps the WAL short and clears what has expired, on connections of its own.
func (s *Store) maintain(ctx context.Context) {
	checkpoint, clearing := time.NewTicker(checkpointAfter), time.NewTicker(clearAfter)
	defer checkpoint.Stop()
	defer clearing.Stop()
	s.note(ctx, "clear", s.clear(ctx))
	for {
		select {
		case <-ctx.Done():
			return
		case <-checkpoint.C:
			s.note(ctx, "checkpoint", s.checkpoint(ctx))
			s.note(ctx, "purge", s.purge(ctx))
		case <-s.grown:
			s.note(ctx, "checkpoint", s.checkpoint(ctx))
		case <-clearing.C:
			s.note(ctx, "clear", s.clear(ctx))
		}
	}
}

func (s *Store) note(ctx context.Context, task string, err error) {
	if err != nil && ctx.Err() == nil {
		s.logger.Error("look after the store", "task", task, "err", err)
	}
}

// checkpoint moves what is in the WAL into the database without making the writer wait.
func (s *Store) checkpoint(ctx context.Context) error {
	_, err := s.care.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	return err
}

// clear deletes outcomes that have expired, and the blobs of deleted meetings.
func (s *Store) clear(ctx context.Context) error {
	if err := s.clearOutcomes(ctx); err != nil {
		return err
	}
	deleted, err := s.deletedMeetings(ctx)
	if err != nil {
		return err
	}
	for _, id := range deleted {
		for _, table := range []string{"audio", "snapshots"} {
			if _, err := s.blobs.ExecContext(ctx, `DELETE FROM `+table+` WHERE meeting = ?`, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// clearOutcomes deletes a few at a time, since the writer waits meanwhile.
func (s *Store) clearOutcomes(ctx context.Context) error {
	const few = 50
	for {
		result, err := s.care.ExecContext(ctx,
			`DELETE FROM outcomes WHERE rowid IN (SELECT rowid FROM outcomes WHERE at <= ? LIMIT ?)`, kept.Expiry().UnixNano(), few)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n < few {
			return err
		}
	}
}

func (s *Store) deletedMeetings(ctx context.Context) ([]string, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id FROM meetings WHERE phase = 'deleted'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Backup writes a copy of the store, as it is now, into a directory that has none. The store goes on meanwhile.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the backup directory: %w", err)
	}
	// The log first: what it says of recordings is then in the copy of the blobs.
	for _, d := range []struct {
		file string
		db   *sql.DB
	}{{logFile, s.care}, {blobsFile, s.blobs}} {
		to := filepath.Join(dir, d.file)
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("back up %s: %s exists already", d.file, to)
		}
		if _, err := d.db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
			return fmt.Errorf("back up %s: %w", d.file, err)
		}
		if err := syncFile(to); err != nil {
			return fmt.Errorf("back up %s: %w", d.file, err)
		}
	}
	return syncDir(dir)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := f.Chmod(0o600); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}
