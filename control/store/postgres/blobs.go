package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// SaveSnapshot implements control.Snapshots. An older snapshot never replaces a newer one.
func (s *Store) SaveSnapshot(ctx context.Context, sn control.Snapshot) error {
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO snapshots (meeting, seq, version, data) VALUES ($1, $2, $3, $4)
			ON CONFLICT (meeting) DO UPDATE SET seq = excluded.seq, version = excluded.version, data = excluded.data WHERE excluded.seq >= snapshots.seq`,
			string(sn.Meeting), int64(sn.Seq), sn.Version, []byte(sn.Data))
	})
	if err != nil {
		return fmt.Errorf("save a snapshot: %w", err)
	}
	return nil
}

// LoadSnapshot implements control.Snapshots.
func (s *Store) LoadSnapshot(ctx context.Context, meeting control.MeetingID) (control.Snapshot, error) {
	sn := control.Snapshot{Meeting: meeting}
	if !storable(meeting) {
		return sn, control.ErrNoSnapshot
	}
	var data []byte
	err := s.row(ctx, `SELECT seq, version, data FROM snapshots WHERE meeting = $1`, []any{string(meeting)}, &sn.Seq, &sn.Version, &data)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return sn, control.ErrNoSnapshot
	case err != nil:
		return sn, fmt.Errorf("load a snapshot: %w", err)
	}
	sn.Data = data
	return sn, nil
}

// PutAudio stores a recording durably. Its meeting hears of it by the command AddAudio, after that.
func (s *Store) PutAudio(ctx context.Context, meeting control.MeetingID, id control.AudioID, data []byte) error {
	if err := kept.TakesAudio(data); err != nil {
		return err
	}
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		// One at a time of a meeting, so that they are counted right.
		b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('partyline audio ' || current_schema() || ' ' || $1, 0))`, string(meeting))
		b.Queue(`SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM audio WHERE meeting = $1 AND (left(id, 4) = 'nam_') = $2`, string(meeting), id.IsName()).QueryRow(func(row pgx.Row) error {
			var count, bytes int
			if err := row.Scan(&count, &bytes); err != nil {
				return err
			}
			if err := kept.RoomForAudio(id, data, count, bytes); err != nil {
				return refusal{err}
			}
			return nil
		})
		b.Queue(`INSERT INTO audio (meeting, id, bytes, data) VALUES ($1, $2, $3, $4)`, string(meeting), string(id), len(data), data)
	})
	if err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	return nil
}

// Audio returns a recording, or a control.Error with CodeNotFound.
func (s *Store) Audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]byte, error) {
	if !storable(meeting) || !storable(id) {
		return nil, kept.NoAudio()
	}
	var data []byte
	err := s.row(ctx, `SELECT data FROM audio WHERE meeting = $1 AND id = $2`, []any{string(meeting), string(id)}, &data)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, kept.NoAudio()
	case err != nil:
		return nil, fmt.Errorf("read a recording: %w", err)
	}
	return data, nil
}
