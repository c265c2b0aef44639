package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"partyline/control"
	"partyline/control/store/internal/kept"
)

// errRefused is in every error of ours that ends a transaction whose session is as it should be.
var errRefused = errors.New("refused")

// refusal is such an error.
type refusal struct{ error }

func (r refusal) Unwrap() []error { return []error{r.error, errRefused} }

// Append implements control.Log.
func (s *Store) Append(ctx context.Context, a *control.Append) error {
	if err := kept.Follows(a); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	n := uint64(len(a.Records))
	e, written, err := s.eraseFrom(ctx, a)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	var first *uint64
	err = s.write(ctx, s.events, func(b *pgx.Batch, xid *string) {
		b.Queue(`SELECT xid::text, first, last FROM begin_append($1, $2, $3)`, s.epoch, int64(n), string(a.Meeting)).QueryRow(func(row pgx.Row) error {
			var last uint64
			if err := row.Scan(xid, &first, &last); err != nil {
				return err
			}
			if last != a.After {
				return refusal{kept.Stale(last, a.After)}
			}
			return nil
		})
		if a.Outcome != nil {
			queueOutcome(b, a.Outcome)
		}
		queueRecords(b, written)
		if e != nil {
			e.queue(b, a)
		}
		if len(a.Drop) > 0 {
			b.Queue(`DELETE FROM audio WHERE meeting = $1 AND id = ANY($2::text[])`, string(a.Meeting), a.Drop)
		}
		if a.Info != nil {
			queueInfo(b, a.Info)
		}
	})
	if err != nil {
		return fmt.Errorf("append: %w", meaning(err))
	}
	for i := range a.Records {
		a.Records[i].Pos = *first + uint64(i)
	}
	if n > 0 {
		s.given(*first + n - 1)
	}
	return nil
}

// meaning makes what control knows of the database's refusals.
func meaning(err error) error {
	e, ok := errors.AsType[*pgconn.PgError](err)
	switch {
	case ok && e.Code == uniqueViolation && e.ConstraintName == "events_pkey":
		return fmt.Errorf("%w (%w)", control.ErrConflict, err)
	case ok && e.Code == uniqueViolation && e.ConstraintName == "outcomes_key":
		return fmt.Errorf("%w (%w)", control.ErrOutcomeExists, err)
	}
	return err
}

// given notes the newest pos.
func (s *Store) given(pos uint64) {
	for {
		newest := s.newest.Load()
		if newest >= pos || s.newest.CompareAndSwap(newest, pos) {
			return
		}
	}
}

// queueRecords writes all records with one statement; begin_append has drawn their pos.
func queueRecords(b *pgx.Batch, a *control.Append) {
	n := len(a.Records)
	if n == 0 {
		return
	}
	at, crc, version := make([]int64, n), make([]int64, n), make([]int32, n)
	actor, command, typ, data := make([]string, n), make([]string, n), make([]string, n), make([][]byte, n)
	for i := range a.Records {
		r := &a.Records[i]
		at[i], crc[i], version[i] = r.At.UnixNano(), kept.Checksum(r), int32(r.Version)
		actor[i], command[i], typ[i], data[i] = r.Actor, string(r.Command), r.Type, r.Data
	}
	b.Queue(`INSERT INTO events (meeting, seq, pos, xid, at, actor, command, type, version, data, crc)
		SELECT $1, $2::bigint + i, currval('event_pos') - $3::bigint + i, pg_current_xact_id(), at, actor, command, type, version, data, crc
		FROM unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::integer[], $9::bytea[], $10::bigint[])
			WITH ORDINALITY AS r (at, actor, command, type, version, data, crc, i)`,
		string(a.Meeting), int64(a.After), int64(n), at, actor, command, typ, version, data, crc)
}

func queueInfo(b *pgx.Batch, m *control.MeetingInfo) {
	b.Queue(`INSERT INTO meetings (id, title, phase, access_code, speaker_code, created_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, phase = excluded.phase, access_code = excluded.access_code, speaker_code = excluded.speaker_code`,
		string(m.ID), m.Title, string(m.Phase), m.AccessCode, m.SpeakerCode, m.CreatedAt.UnixNano())
	if m.Phase == control.Deleted {
		b.Queue(`DELETE FROM numbers WHERE meeting = $1`, string(m.ID))
	}
}

func queueOutcome(b *pgx.Batch, o *control.Outcome) {
	var key *string
	if o.Key != "" {
		key = &o.Key
		b.Queue(`DELETE FROM outcomes WHERE key = $1 AND at <= $2`, o.Key, kept.Expiry().UnixNano())
	}
	b.Queue(`INSERT INTO outcomes (command, meeting, key, hash, result, answer, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(o.Command), string(o.Meeting), key, o.Hash, []byte(o.Result), []byte(o.Answer), o.At.UnixNano())
}
