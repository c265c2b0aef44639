package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// keptStep notes the highest pos of an event that is no longer kept.
const keptStep = `CREATE TABLE kept (
		one       boolean PRIMARY KEY DEFAULT true CHECK (one),
		forgotten bigint NOT NULL
	);
	INSERT INTO kept (forgotten) VALUES (0);`

// erasure is what an append rewrites. It is made before the transaction: the records and the kept answers of a meeting
// change by the appends of its one owner alone, and the transaction is refused if there was another.
type erasure struct {
	records  []control.Record
	outcomes []control.Outcome
	whole    bool
}

// eraseFrom reads what there is of a meeting, and rewrites it and the records that are to be appended.
func (s *Store) eraseFrom(ctx context.Context, a *control.Append) (*erasure, *control.Append, error) {
	if a.Erase == nil {
		return nil, a, nil
	}
	e, eraser := &erasure{whole: a.Erase.Everything()}, a.Erase.Begin()
	all, err := s.records(ctx, `SELECT `+columns+` FROM events WHERE meeting = $1 ORDER BY seq`, string(a.Meeting))
	if err != nil {
		return nil, nil, err
	}
	for i := range all {
		changed, err := eraser.Record(&all[i])
		if err != nil {
			return nil, nil, err
		}
		if changed {
			e.records = append(e.records, all[i])
		}
	}
	rewritten := *a
	rewritten.Records = slices.Clone(a.Records)
	for i := range rewritten.Records {
		if _, err := eraser.Record(&rewritten.Records[i]); err != nil {
			return nil, nil, err
		}
	}
	if e.outcomes, err = s.keptAnswers(ctx, a.Meeting, eraser); err != nil {
		return nil, nil, err
	}
	return e, &rewritten, nil
}

func (s *Store) keptAnswers(ctx context.Context, meeting control.MeetingID, e *control.Eraser) ([]control.Outcome, error) {
	return list(ctx, s, `SELECT command, result, answer FROM outcomes WHERE meeting = $1`, []any{string(meeting)}, func(row pgx.CollectableRow) (o control.Outcome, err error) {
		var result, answer []byte
		if err := row.Scan(&o.Command, &result, &answer); err != nil {
			return o, err
		}
		if o.Result, err = e.Answer(result); err != nil {
			return o, err
		}
		o.Answer, err = e.Answer(answer)
		return o, err
	})
}

// queue writes an erasure, after the records of its append. A snapshot that is being made of the log as it was must not
// come after it: an older one never replaces a newer, and version 0 is no snapshot to anybody.
func (e *erasure) queue(b *pgx.Batch, a *control.Append) {
	seqs, data, crc := make([]int64, len(e.records)), make([][]byte, len(e.records)), make([]int64, len(e.records))
	for i := range e.records {
		seqs[i], data[i], crc[i] = int64(e.records[i].Seq), e.records[i].Data, kept.Checksum(&e.records[i])
	}
	b.Queue(`UPDATE events SET data = r.data, crc = r.crc FROM unnest($2::bigint[], $3::bytea[], $4::bigint[]) AS r (seq, data, crc)
		WHERE events.meeting = $1 AND events.seq = r.seq`, string(a.Meeting), seqs, data, crc)
	for _, o := range e.outcomes {
		b.Queue(`UPDATE outcomes SET result = $2, answer = $3 WHERE command = $1`, string(o.Command), []byte(o.Result), []byte(o.Answer))
	}
	b.Queue(`INSERT INTO snapshots (meeting, seq, version, data) VALUES ($1, $2, 0, '')
		ON CONFLICT (meeting) DO UPDATE SET seq = excluded.seq, version = 0, data = ''`, string(a.Meeting), int64(a.After)+int64(len(a.Records)))
	if e.whole {
		b.Queue(`DELETE FROM audio WHERE meeting = $1`, string(a.Meeting))
	}
}

// Over returns meetings that are over and have had no event since a time, in order of their ids.
func (s *Store) Over(ctx context.Context, since time.Time, limit int) ([]control.MeetingID, error) {
	list, err := list(ctx, s, `SELECT id FROM meetings WHERE phase IN ('ended', 'deleted')
		AND (SELECT at FROM events WHERE meeting = meetings.id ORDER BY seq DESC LIMIT 1) < $1 ORDER BY id LIMIT $2`,
		[]any{since.UnixNano(), noLimit(limit)}, pgx.RowTo[control.MeetingID])
	if err != nil {
		return nil, fmt.Errorf("list meetings that are over: %w", err)
	}
	return list, nil
}

// Forget deletes all that is stored of a meeting, in one transaction; nobody waits for it here.
func (s *Store) Forget(ctx context.Context, meeting control.MeetingID) error {
	newest := s.newest.Load()
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		b.Queue(`UPDATE kept SET forgotten = GREATEST(forgotten, (SELECT COALESCE(MAX(pos), 0) FROM events WHERE meeting = $1))`, string(meeting))
		b.Queue(`DELETE FROM meetings WHERE id = $1`, string(meeting))
		for _, table := range []string{"events", "outcomes", "snapshots", "audio", "numbers"} {
			b.Queue(`DELETE FROM `+table+` WHERE meeting = $1`, string(meeting))
		}
	})
	if err != nil {
		return fmt.Errorf("forget a meeting: %w", err)
	}
	// If the newest event went, no reader is to wait for it. One that was appended meanwhile is newer.
	var left uint64
	if err := s.row(ctx, `SELECT COALESCE(MAX(pos), 0) FROM events WHERE pos <= $1`, []any{int64(newest)}, &left); err != nil {
		return fmt.Errorf("forget a meeting: %w", err)
	}
	s.newest.CompareAndSwap(newest, left)
	return nil
}

// Forgotten returns the highest Pos of a record that is no longer kept; 0: all are.
func (s *Store) Forgotten(ctx context.Context) (pos uint64, err error) {
	if err := s.row(ctx, `SELECT forgotten FROM kept`, nil, &pos); err != nil {
		return 0, fmt.Errorf("read how far the log is kept: %w", err)
	}
	return pos, nil
}
