PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL);
INSERT INTO schema_version VALUES(1,'2026-11-23 09:16:40');
CREATE TABLE events (
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
INSERT INTO events VALUES(1,'mtg_a',1,1700000000000000001,'key:test','cmd_1','meeting.locked',1,X'7b226c6f636b6564223a66616c73652c226e616d65223a224772c3bcc39f65205c75323032382031227d',3096962297);
INSERT INTO events VALUES(2,'mtg_a',2,1700000000000000002,'key:test','cmd_2','meeting.locked',1,X'7b226c6f636b6564223a747275652c226e616d65223a224772c3bcc39f65205c75323032382032227d',4184528866);
INSERT INTO events VALUES(3,'mtg_a',3,1700000000000000003,'key:test','cmd_3','meeting.locked',1,X'7b226c6f636b6564223a66616c73652c226e616d65223a224772c3bcc39f65205c75323032382033227d',2918661410);
INSERT INTO events VALUES(4,'mtg_a',4,1700000000000000004,'key:test','cmd_4','meeting.locked',1,X'7b226c6f636b6564223a747275652c226e616d65223a224772c3bcc39f65205c75323032382034227d',902912936);
INSERT INTO events VALUES(5,'mtg_a',5,1700000000000000005,'key:test','cmd_5','meeting.locked',1,X'7b226c6f636b6564223a66616c73652c226e616d65223a224772c3bcc39f65205c75323032382035227d',2455131983);
CREATE TABLE meetings (
			id           TEXT PRIMARY KEY,
			title        TEXT    NOT NULL,
			phase        TEXT    NOT NULL,
			access_code  TEXT    NOT NULL,
			speaker_code TEXT    NOT NULL,
			created_at   INTEGER NOT NULL
		) WITHOUT ROWID;
INSERT INTO meetings VALUES('mtg_a','Spring workshop','open','482913057','',1700000000000000000);
CREATE TABLE outcomes (
			command TEXT PRIMARY KEY,
			meeting TEXT    NOT NULL,
			key     TEXT    UNIQUE,
			hash    TEXT    NOT NULL,
			result  BLOB    NOT NULL,
			answer  BLOB,
			at      INTEGER NOT NULL
		);
INSERT INTO outcomes VALUES('cmd_1','mtg_a','k','h',X'31',NULL,1795425400262829034);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('events',5);
CREATE INDEX meetings_by_phase ON meetings (phase, id);
CREATE INDEX outcomes_by_age ON outcomes (at);
COMMIT;
