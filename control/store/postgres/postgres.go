// Package postgres keeps the log of all meetings in PostgreSQL (13 or later), in a schema of its own.
//
// One process owns a store. It holds an advisory lock on a connection of its own, and took an epoch with it; every
// transaction that writes looks at the epoch, so that a process which lost the store without noticing writes no more.
//
// The order over all meetings is that of pos. Pos and transaction id are drawn together, under a lock that is held just
// for that: so both have the same order, and readers who take only what is older than every transaction under way
// leave nothing out. Writers commit side by side.
//
// Two goroutines, ended by Close: one watches the lock, one clears what has expired. A Store is safe for concurrent use.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"partyline/control"
	"partyline/control/webhook"
)

// Options of a store.
type Options struct {
	URL    string       // required: postgres://…
	Logger *slog.Logger // required
	// Fenced is told once that another process has taken the store over: this one can write no more. Nil: nobody is told.
	Fenced func(error)
}

func (o *Options) validate() error {
	switch {
	case o.URL == "":
		return errors.New("postgres: URL is required")
	case o.Logger == nil:
		return errors.New("postgres: Logger is required")
	}
	return nil
}

// Store is the log in a PostgreSQL that this process owns.
type Store struct {
	// Immutable.
	server server
	logger *slog.Logger
	fence  func() // notes, once, that another process has the store
	epoch  int64
	events *pgxpool.Pool // appends
	read   *pgxpool.Pool
	care   *pgxpool.Pool // recordings, snapshots, clearing: what an append never waits for
	open   context.Context
	stop   context.CancelFunc // ends open
	carers sync.WaitGroup

	newest atomic.Uint64         // the highest pos that was given to an event
	lost   atomic.Pointer[error] // why the store takes no writes at the moment; nil: it does
}

var (
	_ control.Store = (*Store)(nil)
	_ webhook.Store = (*Store)(nil)
)

// Open takes the store for this process, checks what is in it and brings it up to date. It refuses one that another
// process has taken, that is damaged, or newer than this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	server, err := parse(o.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{server: server, logger: o.Logger}
	s.open, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.fence = sync.OnceFunc(func() {
		s.logger.Error("the store is given up", "store", server.name, "err", errFenced)
		if o.Fenced != nil {
			o.Fenced(errFenced)
		}
	})
	lock, err := s.take(ctx)
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("open the store at %s: %w", server.name, err)
	}
	if err := s.openPools(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the store at %s: %w", server.name, err), lock.Close(ctx), s.Close())
	}
	s.carers.Go(func() { s.watch(s.open, lock) }) // Close waits for both
	s.carers.Go(func() { s.maintain(s.open) })
	return s, nil
}

// How many connections there are at most. An append takes one for about as long as the server takes to write to its disk.
const (
	appenders = 8
	readers   = 6
	carers    = 3
)

func (s *Store) openPools(ctx context.Context) error {
	for _, p := range []struct {
		pool  **pgxpool.Pool
		conns int32
	}{{&s.events, appenders}, {&s.read, readers}, {&s.care, carers}} {
		pool, err := pgxpool.NewWithConfig(ctx, s.server.pool(p.conns))
		if err != nil {
			return err
		}
		*p.pool = pool
	}
	return nil
}

func (s *Store) pools() []*pgxpool.Pool { return []*pgxpool.Pool{s.events, s.read, s.care} }

// Close lets the store go. No other method may be called after it.
func (s *Store) Close() error {
	s.stop()
	s.carers.Wait()
	for _, p := range s.pools() {
		if p != nil {
			p.Close()
		}
	}
	return nil
}

// Ready says why the store takes no writes at the moment; nil: it does.
func (s *Store) Ready() error {
	if err := s.lost.Load(); err != nil {
		return *err
	}
	return nil
}

// Check says whether a store can be reached, and which it is. It changes nothing and does not ask who owns it.
func Check(ctx context.Context, url string) (name string, err error) {
	server, err := parse(url)
	if err != nil {
		return "", err
	}
	conn, err := pgx.ConnectConfig(ctx, server.conn())
	if err != nil {
		return server.name, err
	}
	defer conn.Close(ctx) //nolint:errcheck // nothing was changed
	return server.name, suits(ctx, conn)
}
