package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// writeTime bounds a transaction up to its commit, and the commit.
	writeTime = 12 * time.Second
	// doubtTime is how long the server is asked what became of a commit that it did not answer. Its restart takes less.
	doubtTime = 20 * time.Second
	askAgain  = 50 * time.Millisecond
)

// SQLSTATEs. A reader of the log finds the first in Appendix A of PostgreSQL's manual; the second is begin_write's.
const (
	uniqueViolation = "23505"
	ownerChanged    = "PL001"
)

// begin is the first statement of every transaction.
const begin = `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE`

// transaction queues its statements behind begin, the first of which gives its id to xid.
type transaction func(b *pgx.Batch, xid *string)

// write runs a transaction as a whole or not at all. Like an append in SQLite it is not given up half way: when it
// returns, the transaction is in the database or not, but for what settle says.
func (s *Store) write(ctx context.Context, pool *pgxpool.Pool, t transaction) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	err := s.try(ctx, pool, t)
	if e := (*brokenError)(nil); errors.As(err, &e) {
		err = s.try(ctx, pool, t) // once more: the connection may have been that of a server that was restarted
	}
	return err
}

// inTransaction is write for what returns nothing.
func (s *Store) inTransaction(ctx context.Context, pool *pgxpool.Pool, queue func(*pgx.Batch)) error {
	return s.write(ctx, pool, func(b *pgx.Batch, xid *string) {
		b.Queue(`SELECT begin_write($1)::text`, s.epoch).QueryRow(func(row pgx.Row) error { return row.Scan(xid) })
		queue(b)
	})
}

// brokenError is a connection that broke before the commit was sent: nothing was written.
type brokenError struct{ error }

func (e *brokenError) Unwrap() error { return e.error }

func (s *Store) try(ctx context.Context, pool *pgxpool.Pool, t transaction) error {
	if err := s.Ready(); err != nil {
		return err
	}
	begun, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	conn, err := pool.Acquire(begun)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	var xid string
	b := &pgx.Batch{}
	b.Queue(begin)
	t(b, &xid)
	if err := conn.SendBatch(begun, b).Close(); err != nil {
		return s.giveUp(ctx, conn.Conn(), err)
	}
	return s.commit(ctx, conn.Conn(), xid)
}

// giveUp ends a transaction that failed before its commit. Only a session whose failure is understood is used again:
// another may have been cut in the middle of begin_append, and would keep its lock.
func (s *Store) giveUp(ctx context.Context, conn *pgx.Conn, err error) error {
	e, ours := errors.AsType[*pgconn.PgError](err)
	switch {
	case ours && e.Code == ownerChanged:
		s.lose(errFenced)
		s.fence()
		err = errFenced
	case ours && e.Code == uniqueViolation, errors.Is(err, errRefused):
	default:
		closed := conn.IsClosed()
		closeConn(conn)
		if closed {
			return &brokenError{err}
		}
		return err
	}
	if within(ctx, lookTime, func(ctx context.Context) error { _, err := conn.Exec(ctx, `ROLLBACK`); return err }) != nil {
		closeConn(conn)
	}
	return err
}

func (s *Store) commit(ctx context.Context, conn *pgx.Conn, xid string) error {
	var tag pgconn.CommandTag
	err := within(ctx, writeTime, func(ctx context.Context) (err error) {
		tag, err = conn.Exec(ctx, `COMMIT`)
		return err
	})
	switch {
	case err != nil:
		closeConn(conn)
		return s.settle(xid, fmt.Errorf("commit: %w", err))
	case tag.String() != "COMMIT":
		return fmt.Errorf("commit: the server answered %s", tag)
	}
	return nil
}

// settle finds out what became of a transaction whose commit was not answered. It waits for a server that is away, but
// not for ever: what happened meanwhile must be dealt with. If it turns out later that the transaction was committed, the
// next append of the meeting gets control.ErrConflict.
func (s *Store) settle(xid string, err error) error {
	ctx, cancel := context.WithTimeout(s.open, doubtTime)
	defer cancel()
	for {
		var status *string
		asked := within(ctx, lookTime, func(ctx context.Context) error {
			return s.care.QueryRow(ctx, `SELECT pg_xact_status($1::text::xid8)`, xid).Scan(&status)
		})
		switch {
		case asked == nil && status != nil && *status == "committed":
			s.logger.Warn("a commit was not answered but done", "err", err)
			return nil
		case asked == nil && status != nil && *status == "aborted", isFuture(asked):
			return err
		}
		if pause(ctx, askAgain) != nil {
			s.logger.Error("nobody knows whether a commit was done", "xid", xid, "err", err)
			return fmt.Errorf("%w; the store does not say whether it was done", err)
		}
	}
}

// isFuture: the server knows no such transaction; one that took its place began without it.
func isFuture(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == "22023"
}
