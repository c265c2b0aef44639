package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// MaxAudioBytes bounds one recording.
const MaxAudioBytes = kept.MaxAudioBytes

// SaveSnapshot implements control.Snapshots. An older snapshot never replaces a newer one.
func (s *Store) SaveSnapshot(ctx context.Context, sn control.Snapshot) error {
	_, err := s.blobs.ExecContext(ctx, `INSERT INTO snapshots (meeting, seq, version, data) VALUES (?, ?, ?, ?)
		ON CONFLICT (meeting) DO UPDATE SET seq = excluded.seq, version = excluded.version, data = excluded.data WHERE excluded.seq >= seq`,
		string(sn.Meeting), int64(sn.Seq), sn.Version, []byte(sn.Data))
	if err != nil {
		return fmt.Errorf("save a snapshot: %w", err)
	}
	return nil
}

// LoadSnapshot implements control.Snapshots.
func (s *Store) LoadSnapshot(ctx context.Context, meeting control.MeetingID) (control.Snapshot, error) {
	sn := control.Snapshot{Meeting: meeting}
	var data []byte
	err := s.blobs.QueryRowContext(ctx, `SELECT seq, version, data FROM snapshots WHERE meeting = ?`, string(meeting)).Scan(&sn.Seq, &sn.Version, &data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
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
	tx, err := s.blobs.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // it is committed, or what went wrong is returned already
	var count, bytes int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM audio WHERE meeting = ? AND (substr(id, 1, 4) = 'nam_') = ?`, string(meeting), id.IsName()).
		Scan(&count, &bytes)
	if err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	if err := kept.RoomForAudio(id, data, count, bytes); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO audio (meeting, id, bytes, data) VALUES (?, ?, ?, ?)`, string(meeting), string(id), len(data), data); err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store a recording: %w", err)
	}
	return nil
}

// Audio returns a recording, or a control.Error with CodeNotFound.
func (s *Store) Audio(ctx context.Context, meeting control.MeetingID, id control.AudioID) ([]byte, error) {
	var data []byte
	err := s.blobs.QueryRowContext(ctx, `SELECT data FROM audio WHERE meeting = ? AND id = ?`, string(meeting), string(id)).Scan(&data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, kept.NoAudio()
	case err != nil:
		return nil, fmt.Errorf("read a recording: %w", err)
	}
	return data, nil
}
