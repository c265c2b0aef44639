package postgres_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/store/postgres"
	"partyline/control/store/postgres/pgtest"
	"partyline/control/store/storetest"
)

func TestReopen(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Records: storetest.Records("mtg_a", 1, 10)}); err != nil {
		t.Fatal(err)
	}
	want := storetest.ReadAll(t, s, 0, 0)
	closeStore(t, s)
	s = open(t, url)
	defer closeStore(t, s)
	if d := cmp.Diff(want, storetest.ReadAll(t, s, 0, 0)); d != "" {
		t.Errorf("-written +read after opening again:\n%s", d)
	}
}

// A database that was put back from a dump has the transaction ids of another server, which this one may not reach for years.
func TestPutBackFromADump(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	appendOne(t, s, "mtg_a", 0)
	appendOne(t, s, "mtg_a", 1)
	closeStore(t, s)
	exec(t, raw(t, url), `UPDATE events SET xid = (4000000000000 + pos)::text::xid8`)
	s = open(t, url)
	defer closeStore(t, s)
	appendOne(t, s, "mtg_b", 0)
	if d := cmp.Diff([]string{"mtg_a 1", "mtg_a 2", "mtg_b 1"}, names(storetest.ReadAll(t, s, 0, 0))); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, damage, want string }{
		{"events are missing", `DELETE FROM events WHERE seq = 2`, "events of meeting mtg_a are missing"},
		{"a newer schema", `INSERT INTO schema_version VALUES (999, now())`, "written by a newer partyline"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Database(t)
			s := open(t, url)
			if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Records: storetest.Records("mtg_a", 1, 3)}); err != nil {
				t.Fatal(err)
			}
			closeStore(t, s)
			exec(t, raw(t, url), tt.damage)
			s, err := postgres.Open(t.Context(), postgres.Options{URL: url, Logger: slog.New(slog.DiscardHandler)})
			if err == nil {
				closeStore(t, s)
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Open answered %q, want %q in it", err, tt.want)
			}
		})
	}
}

func TestReadingFindsDamage(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	defer closeStore(t, s)
	appendOne(t, s, "mtg_a", 0)
	exec(t, raw(t, url), `UPDATE events SET data = set_byte(data, 3, get_byte(data, 3) # 1)`)
	if _, err := s.Read(t.Context(), "mtg_a", 0, 0); err == nil || !strings.Contains(err.Error(), "event 1 of meeting mtg_a is damaged") {
		t.Errorf("Read answered %v", err)
	}
}

func TestAudioIsBounded(t *testing.T) {
	t.Parallel()
	s := fresh(t)
	for i := range control.MaxAudio {
		if err := s.PutAudio(t.Context(), "mtg_a", control.AudioID(fmt.Sprint(i)), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	err := s.PutAudio(t.Context(), "mtg_a", "aud_more", []byte("x"))
	if e, ok := errors.AsType[*control.Error](err); !ok || e.Code != control.CodeLimit {
		t.Errorf("one recording too many was answered with %v", err)
	}
}

// What has expired is cleared at the start, as it is every hour.
func TestExpiredOutcomesAreCleared(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	s := open(t, url)
	for i, at := range []time.Time{time.Now(), time.Now().Add(-control.OutcomeTTL - time.Minute)} {
		o := &control.Outcome{Meeting: "mtg_a", Command: control.CommandID(fmt.Sprintf("cmd_%d", i)), Result: []byte("{}"), At: at}
		if err := s.Append(t.Context(), &control.Append{Meeting: "mtg_a", Outcome: o}); err != nil {
			t.Fatal(err)
		}
	}
	closeStore(t, s)
	defer closeStore(t, open(t, url))
	conn := raw(t, url)
	await(t, "one outcome left", func() bool {
		var n int
		return conn.QueryRow(t.Context(), `SELECT count(*) FROM outcomes`).Scan(&n) == nil && n == 1
	})
}
