package store

import (
	"context"
	"database/sql"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// checkpointEvery is how many records are written between two checkpoints (some MiB of WAL).
const checkpointEvery = 1000

// Append implements control.Log. It is not given up half way: when it returns, the transaction is in the log or not.
func (s *Store) Append(ctx context.Context, a *control.Append) error {
	if err := s.inTransaction(ctx, "append", func(ctx context.Context) error { return s.transact(ctx, a) }); err != nil {
		return err
	}
	s.grow(len(a.Records))
	if a.Erase != nil || len(a.Drop) > 0 {
		s.purgeSoon(ctx)
	}
	return nil
}

// grow asks for a checkpoint now and then.
func (s *Store) grow(records int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.written += records; s.written < checkpointEvery {
		return
	}
	s.written = 0
	select {
	case s.grown <- struct{}{}:
	default:
	}
}

func (s *Store) transact(ctx context.Context, a *control.Append) error {
	var last uint64
	if err := s.conn.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM events WHERE meeting = ?`, string(a.Meeting)).Scan(&last); err != nil {
		return err
	}
	if last != a.After {
		return kept.Stale(last, a.After)
	}
	if a.Outcome != nil {
		if err := s.insertOutcome(ctx, a.Outcome); err != nil {
			return err
		}
	}
	if err := s.insertRecords(ctx, a); err != nil {
		return err
	}
	if err := s.drop(ctx, a); err != nil {
		return err
	}
	if a.Erase != nil {
		if err := s.erase(ctx, a.Meeting, *a.Erase); err != nil {
			return err
		}
	}
	if a.Info != nil {
		return s.upsertInfo(ctx, a.Info)
	}
	return nil
}

func (s *Store) insertRecords(ctx context.Context, a *control.Append) error {
	if err := kept.Follows(a); err != nil || len(a.Records) == 0 {
		return err
	}
	insert, err := s.conn.PrepareContext(ctx, `INSERT INTO events (meeting, seq, at, actor, command, type, version, data, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range a.Records {
		r := &a.Records[i]
		result, err := insert.ExecContext(ctx, string(r.Meeting), int64(r.Seq), r.At.UnixNano(), r.Actor, string(r.Command), r.Type, r.Version, []byte(r.Data), kept.Checksum(r))
		if err != nil {
			return err
		}
		pos, err := result.LastInsertId()
		if err != nil {
			return err
		}
		r.Pos = uint64(pos)
	}
	return nil
}

func (s *Store) upsertInfo(ctx context.Context, m *control.MeetingInfo) error {
	_, err := s.conn.ExecContext(ctx, `INSERT INTO meetings (id, title, phase, access_code, speaker_code, created_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, phase = excluded.phase, access_code = excluded.access_code, speaker_code = excluded.speaker_code`,
		string(m.ID), m.Title, string(m.Phase), m.AccessCode, m.SpeakerCode, m.CreatedAt.UnixNano())
	if err == nil && m.Phase == control.Deleted {
		_, err = s.conn.ExecContext(ctx, `DELETE FROM numbers WHERE meeting = ?`, string(m.ID))
	}
	return err
}

func (s *Store) insertOutcome(ctx context.Context, o *control.Outcome) error {
	key := sql.NullString{String: o.Key, Valid: o.Key != ""}
	if key.Valid {
		if _, err := s.conn.ExecContext(ctx, `DELETE FROM outcomes WHERE key = ? AND at <= ?`, o.Key, kept.Expiry().UnixNano()); err != nil {
			return err
		}
		var used bool
		if err := s.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM outcomes WHERE key = ?)`, o.Key).Scan(&used); err != nil {
			return err
		}
		if used {
			return control.ErrOutcomeExists
		}
	}
	_, err := s.conn.ExecContext(ctx, `INSERT INTO outcomes (command, meeting, key, hash, result, answer, at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(o.Command), string(o.Meeting), key, o.Hash, []byte(o.Result), []byte(o.Answer), o.At.UnixNano())
	return err
}
