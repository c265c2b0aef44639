package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// takePatience is how long the lock may take to come free: a server may not have seen yet that its owner died.
	takePatience = 2 * time.Second
	takeAgain    = 50 * time.Millisecond
	// lookEvery is how often the connection that holds the lock is tried; that it was closed is seen at once.
	lookEvery = time.Second
	lookTime  = 3 * time.Second
	// The pause between attempts to get the lock back.
	firstRetake, maxRetake = 100 * time.Millisecond, 2 * time.Second
)

// errFenced says that this process can write no more.
var errFenced = errors.New("another partyline has taken the store over: this one stops; see that only one is started")

// take makes this process the owner of the store, and returns the connection that holds its lock.
func (s *Store) take(ctx context.Context) (_ *pgx.Conn, err error) {
	conn, err := pgx.ConnectConfig(ctx, s.server.conn())
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close(ctx))
		}
	}()
	if err := suits(ctx, conn); err != nil {
		return nil, err
	}
	for began := time.Now(); ; {
		ok, err := s.tryLock(ctx, conn)
		if err != nil {
			return nil, err
		}
		if ok {
			break
		}
		if time.Since(began) > takePatience {
			return nil, s.inUse(ctx, conn)
		}
		if err := pause(ctx, takeAgain); err != nil {
			return nil, err
		}
	}
	if err := s.prepare(ctx, conn); err != nil {
		return nil, err
	}
	return conn, s.begin(ctx, conn)
}

// begin takes a new epoch, once no transaction of the owner before is under way any more.
func (s *Store) begin(ctx context.Context, conn *pgx.Conn) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('partyline write ' || $1, 0))`, s.server.schema); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `UPDATE owner SET epoch = epoch + 1 RETURNING epoch`).Scan(&s.epoch)
	})
	if err != nil {
		return fmt.Errorf("take the store over: %w", err)
	}
	var newest uint64
	if err := conn.QueryRow(ctx, `SELECT COALESCE(MAX(pos), 0) FROM events`).Scan(&newest); err != nil {
		return err
	}
	s.newest.Store(newest)
	return nil
}

// lockKey is the owner's lock in SQL, of the schema that is the first parameter.
const lockKey = `hashtextextended('partyline owner ' || $1, 0)`

func (s *Store) tryLock(ctx context.Context, conn *pgx.Conn) (ok bool, err error) {
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock(`+lockKey+`)`, s.server.schema).Scan(&ok)
	return ok, err
}

// holder is a session that has the lock.
type holder struct {
	pid   int32
	name  string
	since time.Time
	addr  string
}

func (s *Store) holder(ctx context.Context, conn *pgx.Conn) (h holder, err error) {
	err = conn.QueryRow(ctx, `SELECT a.pid, a.application_name, a.backend_start, COALESCE(host(a.client_addr), 'a local socket')
		FROM pg_locks l JOIN pg_stat_activity a USING (pid), (SELECT `+lockKey+` AS key) k
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() AND l.database = a.datid
		AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295`, s.server.schema).
		Scan(&h.pid, &h.name, &h.since, &h.addr)
	return h, err
}

func (s *Store) inUse(ctx context.Context, conn *pgx.Conn) error {
	h, err := s.holder(ctx, conn)
	who := ""
	if err == nil {
		who = fmt.Sprintf(" (%q, from %s, since %s)", h.name, h.addr, h.since.UTC().Format(time.RFC3339))
	}
	return fmt.Errorf("it is in use by another partyline%s: stop that one first, or give this one a database of its own", who)
}

// watch holds the lock until ctx ends. While it is lost the store takes no writes.
func (s *Store) watch(ctx context.Context, conn *pgx.Conn) {
	for {
		err := look(ctx, conn)
		closeConn(conn) // gives the lock back
		if ctx.Err() != nil {
			return
		}
		s.lose(fmt.Errorf("the connection that holds the lock of the store is lost: %w", err))
		s.logger.Error("the store is lost", "store", s.server.name, "err", err)
		if conn, err = s.retake(ctx); err != nil {
			s.lose(err)
			if ctx.Err() == nil {
				s.fence()
			}
			return
		}
		for _, p := range s.pools() {
			p.Reset() // their connections are those of a server that has gone, or of a network that was
		}
		s.lost.Store(nil)
		s.logger.Info("the store is held again", "store", s.server.name)
	}
}

func (s *Store) lose(err error) { s.lost.Store(&err) }

// look returns when the connection is broken, or ctx has ended.
func look(ctx context.Context, conn *pgx.Conn) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, lookEvery)
		_, err := conn.WaitForNotification(quiet) // there are none; but it sees at once that the connection is closed
		over := quiet.Err() != nil
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !over {
			return err
		}
		if err := within(ctx, lookTime, conn.Ping); err != nil {
			return err
		}
	}
}

// retake gets the lock back. It fails when another process has had the store since, or ctx ends.
func (s *Store) retake(ctx context.Context) (*pgx.Conn, error) {
	for wait := firstRetake; ; wait = min(2*wait, maxRetake) {
		conn, err := s.tryRetake(ctx)
		switch {
		case err == nil:
			return conn, nil
		case errors.Is(err, errFenced) || ctx.Err() != nil:
			return nil, err
		}
		s.logger.Debug("the store is not to be had", "err", err)
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (s *Store) tryRetake(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.server.conn())
	if err != nil {
		return nil, err
	}
	if err := within(ctx, lookTime, func(ctx context.Context) error { return s.lockAgain(ctx, conn) }); err != nil {
		closeConn(conn)
		return nil, err
	}
	return conn, nil
}

func (s *Store) lockAgain(ctx context.Context, conn *pgx.Conn) error {
	ok, err := s.tryLock(ctx, conn)
	if err != nil {
		return err
	}
	var mine bool // asked with the lock or without it: nobody gives an epoch back
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM owner WHERE epoch = $1)`, s.epoch).Scan(&mine); err != nil {
		return err
	}
	if !mine {
		return errFenced
	}
	if ok {
		return nil
	}
	h, err := s.holder(ctx, conn)
	if err != nil {
		return err
	}
	if h.name == s.server.self { // our own session, which the server believes in still
		if _, err := conn.Exec(ctx, `SELECT pg_terminate_backend($1)`, h.pid); err != nil {
			return err
		}
	}
	return fmt.Errorf("the lock is held by %q", h.name)
}

// closeConn closes a connection that may be broken.
func closeConn(conn *pgx.Conn) {
	// That it cannot be closed in good order is why it is closed.
	_ = within(context.Background(), time.Second, conn.Close)
}

func within(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return do(ctx)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
