package postgres_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"partyline/control"
	"partyline/control/store/postgres"
	"partyline/control/store/postgres/pgtest"
	"partyline/control/store/storetest"
)

// raw connects to a store's tables.
func raw(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url+"&search_path=partyline")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t testing.TB, conn *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// names are the events in short.
func names(list []control.Record) (out []string) {
	for _, r := range list {
		out = append(out, fmt.Sprintf("%s %d", r.Meeting, r.Seq))
	}
	return out
}

func appendOne(t testing.TB, s *postgres.Store, meeting control.MeetingID, after uint64) {
	t.Helper()
	if err := s.Append(t.Context(), &control.Append{Meeting: meeting, After: after, Records: storetest.Records(meeting, after+1, after+1)}); err != nil {
		t.Fatal(err)
	}
}

// A transaction that drew its position first and commits last: whoever reads what is there would leave it out.
// It runs alone: transactions of other tests on the server hold back too.
func TestHoldsBackWhatMayComeAfter(t *testing.T) {
	url := pgtest.Database(t)
	s := open(t, url)
	defer closeStore(t, s)
	appendOne(t, s, "mtg_b", 0)
	begun := storetest.ReadAll(t, s, 0, 0)[0].Pos

	slow := raw(t, url)
	exec(t, slow, `BEGIN`)
	exec(t, slow, `SELECT begin_append((SELECT epoch FROM owner), 1, 'mtg_a')`)
	appendOne(t, s, "mtg_b", 1)
	if s.HoldsBack(begun) != true {
		t.Error("the store does not say that it holds something back")
	}
	held, err := s.ReadAll(t.Context(), begun, 0)
	if err != nil || len(held) != 0 {
		t.Errorf("a reader got %v, %v before what comes before it", names(held), err)
	}
	last, err := s.LastPos(t.Context())
	if err != nil || last != begun {
		t.Errorf("the log ends at %d, %v; a reader who begins there leaves something out", last, err)
	}
	var naive uint64
	if err := raw(t, url).QueryRow(t.Context(), `SELECT pos FROM events WHERE pos > $1 ORDER BY pos LIMIT 1`, begun).Scan(&naive); err != nil || naive <= begun+1 {
		t.Fatalf("a naive reader got %d, %v: this test tries nothing", naive, err)
	}
	if got, err := s.Read(t.Context(), "mtg_b", 1, 0); err != nil || len(got) != 1 { // a meeting's own events wait for nobody
		t.Errorf("the meeting has %v, %v", names(got), err)
	}
	exec(t, slow, `INSERT INTO events (meeting, seq, pos, xid, at, actor, command, type, version, data, crc)
		SELECT 'mtg_a', seq, currval('event_pos'), pg_current_xact_id(), at, actor, command, type, version, data, crc FROM events WHERE seq = 1`)
	exec(t, slow, `COMMIT`)
	conn := raw(t, url)
	var order []string
	rows, err := conn.Query(t.Context(), `SELECT meeting || ' ' || seq FROM events WHERE xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY pos`)
	if err == nil {
		order, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if d := cmp.Diff([]string{"mtg_b 1", "mtg_a 1", "mtg_b 2"}, order); err != nil || d != "" {
		t.Errorf("%v, -want +got:\n%s", err, d)
	}
}

// An operator is told which transaction holds events back, once it has done so for a while.
func TestTellsWhatHoldsBack(t *testing.T) {
	t.Parallel()
	server, url := pgtest.Start(t) // where nobody else's transactions are
	defer server.Stop(t)
	var log bytes.Buffer
	s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	slow := raw(t, url+"&application_name=nightly")
	exec(t, slow, `BEGIN`)
	exec(t, slow, `CREATE TABLE nightly (n int)`)
	appendOne(t, s, "mtg_a", 0)
	stuck := s.TellHeld(t.Context(), 0)
	if stuck == 0 || log.Len() > 0 {
		t.Errorf("at first %d is stuck, and it says %q", stuck, log.String())
	}
	if stuck = s.TellHeld(t.Context(), stuck); stuck == 0 || !strings.Contains(log.String(), "application=nightly") {
		t.Errorf("then %d is stuck, and it says %q", stuck, log.String())
	}
	exec(t, slow, `COMMIT`)
	if stuck = s.TellHeld(t.Context(), stuck); stuck != 0 {
		t.Errorf("%d is stuck still", stuck)
	}
}

// Readers that resume by pos see every event once and in order, while many meetings are written to side by side, some
// appends are refused, and others use the server.
func TestReadersLeaveNothingOut(t *testing.T) {
	t.Parallel()
	const meetings, each, readers = 8, 40, 3
	url := pgtest.Database(t)
	s := open(t, url)
	defer closeStore(t, s)
	var writing, reading sync.WaitGroup
	for i := range meetings {
		writing.Go(func() {
			id := control.MeetingID(fmt.Sprintf("mtg_%d", i))
			for after := uint64(0); after < each; after += 1 + after%3 {
				a := &control.Append{Meeting: id, After: after, Records: storetest.Records(id, after+1, after+1+after%3)}
				if err := s.Append(t.Context(), a); err != nil {
					t.Error(err)
					return
				}
				_ = s.Append(t.Context(), a) // is refused, and its positions are left out
			}
		})
	}
	done := make(chan struct{})
	others := raw(t, url)
	exec(t, others, `CREATE TABLE other (n int)`)
	reading.Go(func() { // somebody else's transactions
		for {
			_ = pgx.BeginFunc(t.Context(), others, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO other VALUES (1); SELECT pg_sleep(0.02)`)
				return err
			})
			select {
			case <-done:
				return
			default:
			}
		}
	})
	seen := make([][]control.Record, readers)
	for i := range readers {
		reading.Go(func() {
			at, ended := uint64(0), false
			for {
				select {
				case <-done:
					ended = true
				default:
				}
				page, err := s.ReadAll(t.Context(), at, 1+7*i)
				if err != nil {
					t.Error(err)
					return
				}
				seen[i] = append(seen[i], page...)
				if len(page) > 0 {
					at = page[len(page)-1].Pos
				} else if ended && !s.HoldsBack(at) {
					return
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	for i, got := range seen {
		complete(t, i, got, meetings)
	}
	var mixed int
	if err := raw(t, url).QueryRow(t.Context(), `SELECT count(*) FROM (SELECT xid < lag(xid) OVER (ORDER BY pos) AS less FROM events) x WHERE less`).Scan(&mixed); err != nil || mixed > 0 {
		t.Errorf("%d events have a pos above and a transaction below the one before, %v", mixed, err)
	}
}

// complete looks whether a reader saw all events of all meetings, each once and in order.
func complete(t *testing.T, reader int, got []control.Record, meetings int) {
	t.Helper()
	last, pos := map[control.MeetingID]uint64{}, uint64(0)
	for _, r := range got {
		if r.Pos <= pos || r.Seq != last[r.Meeting]+1 {
			t.Fatalf("reader %d: %s %d at %d came after %d at %d", reader, r.Meeting, r.Seq, r.Pos, last[r.Meeting], pos)
		}
		last[r.Meeting], pos = r.Seq, r.Pos
	}
	if len(last) != meetings {
		t.Errorf("reader %d saw %d meetings", reader, len(last))
	}
	for id, seq := range last {
		if seq != last["mtg_0"] {
			t.Errorf("reader %d saw %s up to %d, mtg_0 up to %d", reader, id, seq, last["mtg_0"])
		}
	}
}
