// Package store keeps the log of all meetings in SQLite: log.db has the events, the listing of meetings and the
// outcomes of commands, blobs.db what may be large or lost: recordings and snapshots. Both are in WAL mode with
// synchronous=FULL, so that nothing acknowledged is lost by a crash or a power cut.
//
// One connection writes to log.db; readers, checkpoints, backups and blobs have their own and never make it wait.
// One goroutine, ended by Close, checkpoints and clears what has expired. A Store is safe for concurrent use.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"partyline/control"
	"partyline/control/store/statedir"
)

const (
	logFile   = "log.db"
	blobsFile = "blobs.db"

	readers     = 4
	busyTimeout = 10 * time.Second
)

// Options of a store.
type Options struct {
	Dir    string       // required: the state directory; made if it is missing
	Logger *slog.Logger // required
}

func (o *Options) validate() error {
	switch {
	case o.Dir == "":
		return errors.New("store: Dir is required")
	case o.Logger == nil:
		return errors.New("store: Logger is required")
	}
	return nil
}

// Store is the log in a state directory that it has locked.
type Store struct {
	// Immutable.
	dir    string
	logger *slog.Logger
	lock   *statedir.Lock
	write  *sql.DB // log.db, one connection
	read   *sql.DB // log.db
	care   *sql.DB // log.db, for checkpoints and backups
	blobs  *sql.DB // blobs.db
	stop   context.CancelFunc
	carer  sync.WaitGroup
	grown  chan struct{} // capacity 1: the log has grown enough for a checkpoint
	purges sync.Mutex    // held while something is purged

	mu      sync.Mutex // held during a transaction
	conn    *sql.Conn  // guarded by mu
	written int        // records since the last checkpoint; guarded by mu
}

var _ control.Store = (*Store)(nil)

// Open locks the state directory, checks what is in it and opens it. It refuses a directory that another process
// uses, and one whose log is damaged, missing or newer than this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(o.Dir) // SQLite takes its files as URLs, which know no relative paths
	if err != nil {
		return nil, fmt.Errorf("find the state directory: %w", err)
	}
	o.Dir = dir
	lock, err := statedir.Take(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: o.Dir, logger: o.Logger, lock: lock, grown: make(chan struct{}, 1), stop: func() {}}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.refuseToStartEmpty(); err != nil {
		return err
	}
	for _, db := range []struct {
		db     **sql.DB
		file   string
		conns  int
		pragma []string
	}{
		{&s.write, logFile, 1, []string{"synchronous(FULL)", "wal_autocheckpoint(0)", "secure_delete(1)"}},
		{&s.read, logFile, readers, []string{"query_only(1)"}},
		{&s.care, logFile, 1, []string{"synchronous(FULL)", "secure_delete(1)"}},
		{&s.blobs, blobsFile, 2, []string{"synchronous(FULL)", "secure_delete(1)"}},
	} {
		if err := touch(s.dir, db.file); err != nil {
			return err
		}
		opened, err := sql.Open("sqlite", dsn(filepath.Join(s.dir, db.file), db.pragma))
		if err != nil {
			return fmt.Errorf("open %s: %w", db.file, err)
		}
		opened.SetMaxOpenConns(db.conns)
		opened.SetMaxIdleConns(db.conns)
		*db.db = opened
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("open %s: %w", logFile, err)
	}
	s.conn = conn
	caring, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.carer.Go(func() { s.maintain(caring) }) // Close waits for it
	return nil
}

func dsn(path string, pragmas []string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "journal_mode(WAL)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// refuseToStartEmpty: blobs are made after the log, so a directory that has them without a log has lost it.
func (s *Store) refuseToStartEmpty() error {
	blobs, err := os.Stat(filepath.Join(s.dir, blobsFile))
	if err != nil || blobs.Size() == 0 {
		return nil
	}
	log, err := os.Stat(filepath.Join(s.dir, logFile))
	if err != nil || log.Size() == 0 {
		return fmt.Errorf("the log in %s is missing while %s is there: put %s back from a backup, or use an empty directory", s.dir, blobsFile, logFile)
	}
	return nil
}

// touch makes a database file that nobody else can read; SQLite gives its other files the same mode.
func touch(dir, name string) error {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open %s: %w", name, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", name, err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("open the state directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the state directory: %w", err)
	}
	return nil
}

// Close writes everything back and unlocks the state directory. No other method may be called after it.
func (s *Store) Close() error {
	s.stop()
	s.carer.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
		s.conn = nil
	}
	for _, db := range []*sql.DB{s.read, s.write, s.care, s.blobs} { // the last one to close a file checkpoints it
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.Release())...)
}
