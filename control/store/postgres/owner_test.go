package postgres_test

import (
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/store/postgres"
	"partyline/control/store/postgres/pgtest"
	"partyline/control/store/storetest"
)

// await waits for a state.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for began := time.Now(); !cond(); runtime.Gosched() {
		if time.Since(began) > 30*time.Second {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

func TestOneOwner(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	_, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
	for _, want := range []string{"in use by another partyline (\"partyline ", "since 20", "stop that one first", "postgres://partyline@/"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a second Open answered %v, want %q in it", err, want)
		}
	}
	other := open(t, url+"&search_path=elsewhere") // another store in the same database
	appendOne(t, other, "mtg_a", 0)
	closeStore(t, other)
	if got := storetest.ReadAll(t, s, 0, 0); len(got) != 0 {
		t.Errorf("the store has %v of another", names(got))
	}
	closeStore(t, s)
	closeStore(t, open(t, url))
}

// A server that ends all sessions is asked for the lock again, and the store goes on.
func TestLockIsTakenAgain(t *testing.T) {
	t.Parallel()
	for _, lockOnly := range []bool{true, false} {
		url := pgtest.Database(t)
		s := open(t, url)
		defer closeStore(t, s)
		appendOne(t, s, "mtg_a", 0)
		if killSessions(t, url, lockOnly) == 0 {
			t.Fatal("there was no session to kill")
		}
		await(t, "appending", func() bool {
			return s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: 1, Records: storetest.Records("mtg_a", 2, 2)}) == nil
		})
		await(t, "ready", func() bool { return s.Ready() == nil })
		if got := storetest.ReadAll(t, s, 0, 0); len(got) != 2 {
			t.Errorf("the log has %v", names(got))
		}
	}
}

// An owner who has not noticed that another has the store writes nothing more, and stops.
func TestOwnerIsFenced(t *testing.T) {
	t.Parallel()
	for _, notices := range []string{"by an append", "by the lost lock"} {
		url := pgtest.Database(t)
		fenced := make(chan error, 2)
		s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.DiscardHandler), Fenced: func(err error) { fenced <- err }})
		if err != nil {
			t.Fatal(err)
		}
		defer closeStore(t, s)
		appendOne(t, s, "mtg_a", 0)
		exec(t, raw(t, url), `UPDATE owner SET epoch = epoch + 1`) // as Open does
		if notices == "by the lost lock" {
			killSessions(t, url, true)
			fenced <- <-fenced // it was told before any write
		}
		for _, err := range []error{
			s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: 1, Records: storetest.Records("mtg_a", 2, 2)}),
			s.SaveWebhook(t.Context(), storetest.Webhook("whk_a", 1), nil),
			s.PutAudio(t.Context(), "mtg_a", "aud_1", []byte("x")),
		} {
			if err == nil || !strings.Contains(err.Error(), "has taken the store over") {
				t.Errorf("%s: a write was answered with %v", notices, err)
			}
		}
		if err := <-fenced; err == nil || len(fenced) > 0 || s.Ready() == nil {
			t.Errorf("%s: told %v and %d times more, ready: %v", notices, err, len(fenced), s.Ready())
		}
		if got := storetest.ReadAll(t, s, 0, 0); len(got) != 1 {
			t.Errorf("%s: the log has %v", notices, names(got))
		}
	}
}

// Whoever takes the store over waits for what the owner before him has begun.
func TestTakeOverWaits(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	closeStore(t, open(t, url))
	old := raw(t, url)
	exec(t, old, `BEGIN`)
	exec(t, old, `SELECT begin_write((SELECT epoch FROM owner))`)
	exec(t, old, `INSERT INTO meetings VALUES ('mtg_a', 'of the owner before', 'open', '1', '', 0)`)
	opened := make(chan *postgres.Store)
	go func() { // ends by sending, which is waited for below
		s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Error(err)
		}
		opened <- s
	}()
	watcher := raw(t, url)
	await(t, "waiting", func() bool {
		var n int
		err := watcher.QueryRow(t.Context(), `SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&n)
		return err == nil && n == 1
	})
	exec(t, old, `COMMIT`)
	s := <-opened
	if s == nil {
		return
	}
	defer closeStore(t, s)
	if list, err := s.Meetings(t.Context(), control.MeetingQuery{}); err != nil || len(list) != 1 {
		t.Errorf("the listing is %v, %v", list, err)
	}
}

// A commit whose answer is lost was done, or was not, and the store says which.
func TestCommitWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		cut  cut
		done bool
	}{
		{"the server never gets it", cutCommit, false},
		{"the answer is lost", cutAnswer, true},
		{"the answer is lost and the server is away", cutAndDown, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, url := newProxy(t, pgtest.Database(t))
			s := open(t, url)
			defer closeStore(t, s)
			appendOne(t, s, "mtg_a", 0)
			p.set(tt.cut, false)
			result := make(chan error)
			a := &control.Append{Meeting: "mtg_a", After: 1, Records: storetest.Records("mtg_a", 2, 4)}
			go func() { result <- s.Append(t.Context(), a) }() // waited for below
			if tt.cut == cutAndDown {
				await(t, "the lock is lost", func() bool { return s.Ready() != nil })
				p.set(cutNothing, false)
			}
			err := <-result
			if (err == nil) != tt.done {
				t.Fatalf("Append answered %v, done: %v", err, tt.done)
			}
			want, after := 1, uint64(1)
			if tt.done {
				want, after = 4, 4
			}
			await(t, "ready", func() bool { return s.Ready() == nil })
			got := storetest.ReadAll(t, s, 0, 0)
			if len(got) != want {
				t.Errorf("the log has %v", names(got))
			}
			if tt.done && a.Records[2].Pos != got[3].Pos {
				t.Errorf("the last record has pos %d, and is read with %d", a.Records[2].Pos, got[3].Pos)
			}
			appendOne(t, s, "mtg_a", after)
		})
	}
}

// A session that is cut in the middle of drawing positions leaves its lock to nobody: the next append goes on.
func TestOrderingLockIsLetGo(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url+"&statement_timeout=300")
	defer closeStore(t, s)
	appendOne(t, s, "mtg_a", 0)
	other := raw(t, url)
	exec(t, other, `SELECT pg_advisory_lock(hashtextextended('partyline order partyline', 0))`)
	if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", After: 1, Records: storetest.Records("mtg_a", 2, 2)}); err == nil {
		t.Fatal("an append did without the lock")
	}
	exec(t, other, `SELECT pg_advisory_unlock_all()`)
	appendOne(t, s, "mtg_a", 1)
	appendOne(t, s, "mtg_b", 0)
}

// The store goes on where an error of the append's own ended its transaction.
func TestRefusedAppendsCostNoConnection(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	defer closeStore(t, s)
	appendOne(t, s, "mtg_a", 0)
	pids := func() (list []int32) {
		rows, err := raw(t, url).Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query IN ('COMMIT', 'ROLLBACK') ORDER BY pid`)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var pid int32
			if err := rows.Scan(&pid); err != nil {
				t.Fatal(err)
			}
			list = append(list, pid)
		}
		return list
	}
	before := pids()
	for range 5 {
		err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Records: storetest.Records("mtg_a", 1, 1)})
		if !errors.Is(err, control.ErrConflict) {
			t.Errorf("a stale append was answered with %v", err)
		}
	}
	after := pids() // there may be one more: the pool opens them as it needs them
	for _, pid := range before {
		if !slices.Contains(after, pid) {
			t.Errorf("the sessions were %v and are %v", before, after)
		}
	}
	if len(before) == 0 || len(after) > len(before)+1 {
		t.Errorf("the sessions were %v and are %v", before, after)
	}
}
