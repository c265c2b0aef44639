package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"partyline/control/store/internal/kept"
)

// The steps that make a database what this program needs; each runs once, in a transaction of its own. A released
// step is never changed, new ones are added.
var (
	logSteps = []string{
		// pos is the rowid, so that reading in the order over all meetings is reading the table. AUTOINCREMENT
		// keeps a pos from being given twice. The primary key of design.md is the unique (meeting, seq).
		`CREATE TABLE events (
			pos     INTEGER PRIMARY KEY AUTOINCREMENT,
			meeting TEXT    NOT NULL,
			seq     INTEGER NOT NULL,
			at      INTEGER NOT NULL,
			actor   TEXT    NOT NULL,
			command TEXT    NOT NULL,
			type    TEXT    NOT NULL,
			version INTEGER NOT NULL,
			data    BLOB    NOT NULL,
			crc     INTEGER NOT NULL,
			UNIQUE (meeting, seq)
		);
		CREATE TABLE meetings (
			id           TEXT PRIMARY KEY,
			title        TEXT    NOT NULL,
			phase        TEXT    NOT NULL,
			access_code  TEXT    NOT NULL,
			speaker_code TEXT    NOT NULL,
			created_at   INTEGER NOT NULL
		) WITHOUT ROWID;
		CREATE INDEX meetings_by_phase ON meetings (phase, id);
		CREATE TABLE outcomes (
			command TEXT PRIMARY KEY,
			meeting TEXT    NOT NULL,
			key     TEXT    UNIQUE,
			hash    TEXT    NOT NULL,
			result  BLOB    NOT NULL,
			answer  BLOB,
			at      INTEGER NOT NULL
		);
		CREATE INDEX outcomes_by_age ON outcomes (at);`,
		webhookStep,
		purgeStep,
		numberStep,
		dropStep,
	}
	blobSteps = []string{
		`CREATE TABLE snapshots (
			meeting TEXT PRIMARY KEY,
			seq     INTEGER NOT NULL,
			version INTEGER NOT NULL,
			data    BLOB    NOT NULL
		);
		CREATE TABLE audio (
			meeting TEXT NOT NULL,
			id      TEXT NOT NULL,
			bytes   INTEGER NOT NULL,
			data    BLOB NOT NULL,
			PRIMARY KEY (meeting, id)
		);`,
		`UPDATE snapshots SET seq = seq WHERE 0`, // nothing new, but that what is deleted from now on is overwritten
	}
)

// The schemas before which deleted text was left where it was. A database of an older one is written anew once.
const (
	logOverwrites   = 3
	blobsOverwrites = 2
)

// prepare checks both databases and brings them up to date.
func (s *Store) prepare(ctx context.Context) error {
	for _, d := range []struct {
		file       string
		db         *sql.DB
		steps      []string
		overwrites int
	}{{logFile, s.write, logSteps, logOverwrites}, {blobsFile, s.blobs, blobSteps, blobsOverwrites}} {
		if err := check(ctx, d.db); err != nil {
			return fmt.Errorf("check %s in %s: %w", d.file, s.dir, err)
		}
		if err := kept.Upgrade(ctx, database{d.db, d.overwrites}, d.steps); err != nil {
			return fmt.Errorf("%s in %s: %w", d.file, s.dir, err)
		}
	}
	if err := s.purge(ctx); err != nil && !errors.Is(err, errReaders) {
		return fmt.Errorf("%s in %s: %w", logFile, s.dir, err)
	}
	return s.checkSequences(ctx)
}

// ErrDamaged says that what is in the state directory cannot be trusted. It is left as it is.
var ErrDamaged = errors.New("the database is damaged: put it back from a backup")

func check(ctx context.Context, db *sql.DB) error {
	var report string
	err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&report)
	if e, ok := errors.AsType[*sqlite.Error](err); ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	if err != nil {
		return err
	}
	if report != "ok" {
		return fmt.Errorf("%w (%s)", ErrDamaged, report)
	}
	return nil
}

// checkSequences looks for what SQLite cannot know to be wrong: a log with events missing.
func (s *Store) checkSequences(ctx context.Context) error {
	var meeting string
	err := s.read.QueryRowContext(ctx,
		`SELECT meeting FROM events GROUP BY meeting HAVING MIN(seq) <> 1 OR COUNT(*) <> MAX(seq) LIMIT 1`).Scan(&meeting)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check %s in %s: %w", logFile, s.dir, err)
	}
	return fmt.Errorf("check %s in %s: %w (events of meeting %s are missing)", logFile, s.dir, ErrDamaged, meeting)
}

// database is what kept.Upgrade brings up to date.
type database struct {
	*sql.DB
	overwrites int // the schema from which on what is deleted is overwritten
}

func (db database) Version(ctx context.Context) (version int, err error) {
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL)`); err != nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version)
	return version, err
}

func (db database) Apply(ctx context.Context, version int, step string) error {
	if version == db.overwrites { // before the step, so that it is done again should it be cut off
		if _, err := db.ExecContext(ctx, `VACUUM`); err != nil {
			return err
		}
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it is committed, or what went wrong is returned already
	if _, err := tx.ExecContext(ctx, step); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO schema_version VALUES (?, datetime('now'))`, version); err != nil {
		return err
	}
	return tx.Commit()
}
