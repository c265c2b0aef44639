package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// purgeStep keeps what is still to be done of an erasure, or of a meeting that is forgotten, after its transaction: with
// that, a crash in between leaves nothing behind. forgotten is the highest pos of a record that is no longer kept.
const purgeStep = `CREATE TABLE purges (
			meeting    TEXT PRIMARY KEY,
			seq        INTEGER NOT NULL,
			recordings INTEGER NOT NULL,
			everything INTEGER NOT NULL
		);
		CREATE TABLE kept (
			one       INTEGER PRIMARY KEY CHECK (one = 1),
			forgotten INTEGER NOT NULL
		);
		INSERT INTO kept VALUES (1, 0);`

// Tuned 2026-11.
const (
	purgeFew      = 100                   // records deleted in one transaction
	purgeTry      = 20 * time.Millisecond // between two tries to empty the WAL
	purgePatience = 2 * time.Second       // of who waits for an erasure; the carer goes on after that
)

// erase rewrites what is stored of a meeting, within a transaction.
func (s *Store) erase(ctx context.Context, meeting control.MeetingID, e control.Erasure) error {
	eraser := e.Begin()
	if err := s.eraseRecords(ctx, meeting, eraser); err != nil {
		return err
	}
	if err := s.eraseAnswers(ctx, meeting, eraser); err != nil {
		return err
	}
	_, err := s.conn.ExecContext(ctx, `INSERT INTO purges (meeting, seq, recordings, everything)
		VALUES (?1, (SELECT COALESCE(MAX(seq), 0) FROM events WHERE meeting = ?1), ?2, 0)
		ON CONFLICT (meeting) DO UPDATE SET seq = excluded.seq, recordings = max(recordings, excluded.recordings)`,
		string(meeting), e.Everything())
	return err
}

// eraseRecords goes by pages, for a large meeting need not fit into memory.
func (s *Store) eraseRecords(ctx context.Context, meeting control.MeetingID, e *control.Eraser) error {
	for after := uint64(0); ; {
		page, err := queryRecords(ctx, s.conn, `SELECT `+columns+` FROM events WHERE meeting = ? AND seq > ? ORDER BY seq LIMIT ?`, string(meeting), int64(after), purgeFew)
		if err != nil {
			return err
		}
		for i := range page {
			if err := s.eraseRecord(ctx, &page[i], e); err != nil {
				return err
			}
			after = page[i].Seq
		}
		if len(page) < purgeFew {
			return nil
		}
	}
}

func (s *Store) eraseRecord(ctx context.Context, r *control.Record, e *control.Eraser) error {
	changed, err := e.Record(r)
	if err != nil || !changed {
		return err
	}
	_, err = s.conn.ExecContext(ctx, `UPDATE events SET data = ?, crc = ? WHERE pos = ?`, []byte(r.Data), kept.Checksum(r), int64(r.Pos))
	return err
}

// eraseAnswers: those are a day's at most.
func (s *Store) eraseAnswers(ctx context.Context, meeting control.MeetingID, e *control.Eraser) error {
	answers, err := s.keptAnswers(ctx, meeting)
	if err != nil {
		return err
	}
	for _, o := range answers {
		if o.Result, err = e.Answer(o.Result); err != nil {
			return err
		}
		if o.Answer, err = e.Answer(o.Answer); err != nil {
			return err
		}
		if _, err := s.conn.ExecContext(ctx, `UPDATE outcomes SET result = ?, answer = ? WHERE command = ?`,
			[]byte(o.Result), []byte(o.Answer), string(o.Command)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) keptAnswers(ctx context.Context, meeting control.MeetingID) ([]control.Outcome, error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT command, result, answer FROM outcomes WHERE meeting = ?`, string(meeting))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []control.Outcome
	for rows.Next() {
		var o control.Outcome
		var result, answer []byte
		if err := rows.Scan(&o.Command, &result, &answer); err != nil {
			return nil, err
		}
		o.Result, o.Answer = result, answer
		list = append(list, o)
	}
	return list, rows.Err()
}

// purgeSoon has what an erasure left behind purged before its caller is answered, if nobody reads the log for long.
func (s *Store) purgeSoon(ctx context.Context) {
	for began := time.Now(); ; time.Sleep(purgeTry) {
		err := s.purge(ctx)
		if err == nil {
			return
		}
		if !errors.Is(err, errReaders) || time.Since(began) > purgePatience {
			s.logger.Warn("what was erased is still in free space of the files; it is tried again", "err", err)
			return
		}
	}
}

// errReaders: somebody reads an older state of the log, so that the WAL cannot be emptied yet.
var errReaders = errors.New("the log is being read")

type purge struct {
	meeting                control.MeetingID
	seq                    uint64
	recordings, everything bool
}

// purge does what is left to do after erasures, and of meetings that are forgotten. What was overwritten in the databases
// is still in their WALs; those are emptied.
func (s *Store) purge(ctx context.Context) error {
	s.purges.Lock()
	defer s.purges.Unlock()
	list, err := s.purgesLeft(ctx)
	if err != nil {
		return err
	}
	drops, err := s.deleteDropped(ctx)
	if err != nil || len(list) == 0 && len(drops) == 0 {
		return err
	}
	for _, p := range list {
		if err := s.purgeOne(ctx, p); err != nil {
			return fmt.Errorf("purge meeting %s: %w", p.meeting, err)
		}
	}
	for _, db := range []*sql.DB{s.blobs, s.care} {
		if err := truncate(ctx, db); err != nil {
			return err
		}
	}
	for _, p := range list {
		if _, err := s.care.ExecContext(ctx, `DELETE FROM purges WHERE meeting = ? AND seq = ?`, string(p.meeting), int64(p.seq)); err != nil {
			return err
		}
	}
	return s.forgetDropped(ctx, drops)
}

func (s *Store) purgesLeft(ctx context.Context) ([]purge, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT meeting, seq, recordings, everything FROM purges`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []purge
	for rows.Next() {
		var p purge
		if err := rows.Scan(&p.meeting, &p.seq, &p.recordings, &p.everything); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

func (s *Store) purgeOne(ctx context.Context, p purge) error {
	if p.everything {
		if err := s.deleteRows(ctx, p.meeting); err != nil {
			return err
		}
	}
	if p.recordings || p.everything {
		if _, err := s.blobs.ExecContext(ctx, `DELETE FROM audio WHERE meeting = ?`, string(p.meeting)); err != nil {
			return err
		}
	}
	if p.everything {
		_, err := s.blobs.ExecContext(ctx, `DELETE FROM snapshots WHERE meeting = ?`, string(p.meeting))
		return err
	}
	// One that is being made of the log as it was must not come after this: an older one never replaces a newer, and
	// version 0 is no snapshot to anybody.
	_, err := s.blobs.ExecContext(ctx, `INSERT INTO snapshots (meeting, seq, version, data) VALUES (?, ?, 0, x'')
		ON CONFLICT (meeting) DO UPDATE SET seq = excluded.seq, version = 0, data = x'' WHERE seq < excluded.seq`, string(p.meeting), int64(p.seq))
	return err
}

// deleteRows deletes the newest first and a few at a time, since the writer waits meanwhile. The meeting is out of the
// listing already.
func (s *Store) deleteRows(ctx context.Context, meeting control.MeetingID) error {
	for _, delete := range []string{
		`DELETE FROM events WHERE pos IN (SELECT pos FROM events WHERE meeting = ? ORDER BY seq DESC LIMIT ?)`,
		`DELETE FROM outcomes WHERE rowid IN (SELECT rowid FROM outcomes WHERE meeting = ? LIMIT ?)`,
	} {
		for {
			result, err := s.care.ExecContext(ctx, delete, string(meeting), purgeFew)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			if n < purgeFew {
				break
			}
		}
	}
	return nil
}

// truncate writes the WAL back and empties it. It does not wait for readers, since the writer would wait with it.
func truncate(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA busy_timeout = 0`); err != nil {
		return err
	}
	var busy, frames, written int
	err = conn.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &written)
	if _, back := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, busyTimeout.Milliseconds())); back != nil {
		return errors.Join(err, back)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); busy != 0 || ok && e.Code()&0xff == sqlite3.SQLITE_BUSY {
		return errReaders
	}
	return err
}

// Over returns meetings that are over and have had no event since a time, in order of their ids.
func (s *Store) Over(ctx context.Context, since time.Time, limit int) ([]control.MeetingID, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id FROM meetings WHERE phase IN ('ended', 'deleted')
		AND (SELECT at FROM events WHERE meeting = meetings.id ORDER BY seq DESC LIMIT 1) < ? ORDER BY id LIMIT ?`, since.UnixNano(), noLimit(limit))
	if err != nil {
		return nil, fmt.Errorf("list meetings that are over: %w", err)
	}
	defer rows.Close()
	var list []control.MeetingID
	for rows.Next() {
		var id control.MeetingID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("list meetings that are over: %w", err)
		}
		list = append(list, id)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list meetings that are over: %w", err)
	}
	return list, nil
}

// Forget deletes all that is stored of a meeting. When it returns nil, or after a crash at the next start, nothing is left.
func (s *Store) Forget(ctx context.Context, meeting control.MeetingID) error {
	err := s.inTransaction(ctx, "forget a meeting", func(ctx context.Context) error {
		for _, step := range []string{
			`UPDATE kept SET forgotten = max(forgotten, (SELECT COALESCE(MAX(pos), 0) FROM events WHERE meeting = ?))`,
			`DELETE FROM meetings WHERE id = ?`,
			`DELETE FROM numbers WHERE meeting = ?`,
			`INSERT OR REPLACE INTO purges (meeting, seq, recordings, everything) VALUES (?, 0, 1, 1)`,
		} {
			if _, err := s.conn.ExecContext(ctx, step, string(meeting)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.purge(ctx); err != nil && !errors.Is(err, errReaders) { // the WAL is emptied later
		return fmt.Errorf("forget a meeting: %w", err)
	}
	return nil
}

// Forgotten returns the highest Pos of a record that is no longer kept; 0: all are.
func (s *Store) Forgotten(ctx context.Context) (uint64, error) {
	var pos uint64
	if err := s.read.QueryRowContext(ctx, `SELECT forgotten FROM kept`).Scan(&pos); err != nil {
		return 0, fmt.Errorf("read how far the log is kept: %w", err)
	}
	return pos, nil
}
