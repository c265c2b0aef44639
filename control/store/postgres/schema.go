package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"partyline/control/store/internal/kept"
)

// steps make a schema what this program needs. A released step is never changed, new ones are added. Keys are compared
// byte by byte (COLLATE "C"), as in SQLite.
var steps = []string{
	`CREATE TABLE owner (
		one   boolean PRIMARY KEY DEFAULT true CHECK (one),
		epoch bigint NOT NULL
	);
	INSERT INTO owner (epoch) VALUES (0);
	CREATE SEQUENCE event_pos;
	CREATE TABLE events (
		meeting text COLLATE "C" NOT NULL,
		seq     bigint  NOT NULL,
		pos     bigint  NOT NULL UNIQUE,
		xid     xid8    NOT NULL,
		at      bigint  NOT NULL,
		actor   text    NOT NULL,
		command text    NOT NULL,
		type    text    NOT NULL,
		version integer NOT NULL,
		data    bytea   NOT NULL,
		crc     bigint  NOT NULL,
		PRIMARY KEY (meeting, seq)
	);
	CREATE TABLE meetings (
		id           text COLLATE "C" PRIMARY KEY,
		title        text   NOT NULL,
		phase        text   NOT NULL,
		access_code  text   NOT NULL,
		speaker_code text   NOT NULL,
		created_at   bigint NOT NULL
	);
	CREATE INDEX meetings_by_phase ON meetings (phase, id);
	CREATE TABLE outcomes (
		command text COLLATE "C" PRIMARY KEY,
		meeting text   NOT NULL,
		key     text COLLATE "C" CONSTRAINT outcomes_key UNIQUE,
		hash    text   NOT NULL,
		result  bytea  NOT NULL,
		answer  bytea,
		at      bigint NOT NULL
	);
	CREATE INDEX outcomes_by_age ON outcomes (at);
	CREATE TABLE webhooks (
		id       text COLLATE "C" PRIMARY KEY,
		endpoint bytea  NOT NULL,
		position bigint NOT NULL,
		progress bytea  NOT NULL
	);
	CREATE TABLE snapshots (
		meeting text COLLATE "C" PRIMARY KEY,
		seq     bigint  NOT NULL,
		version integer NOT NULL,
		data    bytea   NOT NULL
	);
	CREATE TABLE audio (
		meeting text COLLATE "C",
		id      text COLLATE "C",
		bytes   integer NOT NULL,
		data    bytea   NOT NULL,
		PRIMARY KEY (meeting, id)
	);

	-- Every transaction that writes begins with this. The lock is shared by them; who takes the store over takes it alone
	-- and changes the epoch, so that no transaction of the owner before him can end after that.
	CREATE FUNCTION begin_write(mine bigint) RETURNS xid8 LANGUAGE plpgsql AS $$
	BEGIN
		PERFORM pg_advisory_xact_lock_shared(hashtextextended('partyline write ' || current_schema(), 0));
		PERFORM FROM owner WHERE epoch = mine;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'another process has taken the store over' USING ERRCODE = 'PL001';
		END IF;
		RETURN pg_current_xact_id();
	END $$;

	-- An append begins with this: it draws n positions, the last of which is currval('event_pos'), and the transaction's
	-- id. The lock is the session's, so that it ends here and not with the transaction.
	CREATE FUNCTION begin_append(mine bigint, n bigint, of_meeting text, OUT xid xid8, OUT first bigint, OUT last bigint) LANGUAGE plpgsql AS $$
	DECLARE
		ordering bigint := hashtextextended('partyline order ' || current_schema(), 0);
	BEGIN
		IF n > 0 THEN
			PERFORM pg_advisory_lock(ordering);
			xid := pg_current_xact_id();
			first := nextval('event_pos');
			IF n > 1 THEN
				PERFORM setval('event_pos', first + n - 1);
			END IF;
			PERFORM pg_advisory_unlock(ordering);
		END IF;
		xid := begin_write(mine);
		SELECT COALESCE(MAX(seq), 0) INTO last FROM events WHERE meeting = of_meeting;
	END $$;`,
	keptStep,
	numberStep,
}

// oldest is the first PostgreSQL with xid8.
const oldest = 130000

// suits says why a server cannot hold a store; nil: it can.
func suits(ctx context.Context, conn *pgx.Conn) error {
	var version int
	var encoding string
	var standby bool
	err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'), pg_is_in_recovery()`).Scan(&version, &encoding, &standby)
	switch {
	case err != nil:
		return err
	case version < oldest:
		return fmt.Errorf("the server is PostgreSQL %d; 13 or later is needed", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database has the encoding %s; make one with UTF8", encoding)
	case standby:
		return errors.New("the server is a standby, which takes no writes; name the primary, or add target_session_attrs=read-write to the URL")
	}
	return nil
}

// prepare brings the schema up to date and checks what is in it; the owner's lock is held.
func (s *Store) prepare(ctx context.Context, conn *pgx.Conn) error {
	var there bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`, s.server.schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := conn.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{s.server.schema}.Sanitize()); err != nil {
			return fmt.Errorf("make the schema %s: %w", s.server.schema, err)
		}
	}
	if err := kept.Upgrade(ctx, database{conn}, steps); err != nil {
		return err
	}
	if err := checkSequences(ctx, conn); err != nil {
		return err
	}
	return forgetForeignIDs(ctx, conn)
}

// database is what kept.Upgrade brings up to date.
type database struct{ *pgx.Conn }

func (db database) Version(ctx context.Context) (version int, err error) {
	if _, err := db.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_version (version integer PRIMARY KEY, applied_at timestamptz NOT NULL)`); err != nil {
		return 0, err
	}
	err = db.QueryRow(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_version`).Scan(&version)
	return version, err
}

func (db database) Apply(ctx context.Context, version int, step string) error {
	return pgx.BeginFunc(ctx, db.Conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, step); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO schema_version VALUES ($1, $2)`, version, time.Now())
		return err
	})
}

// ErrDamaged says that what is in the database cannot be trusted. It is left as it is.
var ErrDamaged = errors.New("the database is damaged: put it back from a backup")

// checkSequences looks for what PostgreSQL cannot know to be wrong: a log with events missing.
func checkSequences(ctx context.Context, conn *pgx.Conn) error {
	var meeting string
	err := conn.QueryRow(ctx, `SELECT meeting FROM events GROUP BY meeting HAVING MIN(seq) <> 1 OR COUNT(*) <> MAX(seq) LIMIT 1`).Scan(&meeting)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("check the log: %w", err)
	}
	return fmt.Errorf("%w (events of meeting %s are missing)", ErrDamaged, meeting)
}

// forgetForeignIDs: in a database that was put back from a dump of another server the transaction ids are that server's.
// Nobody would be shown an event until this one's had come so far.
func forgetForeignIDs(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `UPDATE events SET xid = '0' WHERE xid <> '0' AND
		(SELECT xid >= pg_snapshot_xmax(pg_current_snapshot()) FROM events ORDER BY pos DESC LIMIT 1)`)
	if err != nil {
		return fmt.Errorf("check the transaction ids: %w", err)
	}
	return nil
}
