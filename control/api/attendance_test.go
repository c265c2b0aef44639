package api_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/api"
	"partyline/control/controltest"
)

// TestAttendance: the sheet of a meeting while it goes on, after it has ended, and after a restart.
func TestAttendance(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "=Blue"}}})
	host := b.person(m, "Host", "speaker")
	ada := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Ada", "email": "ada@example.org", "web": true}).want(201)).ID
	b.post(m+"/breakouts/start", map[string]any{"distribution": "random"}).want(200)
	asked := decode[api.HelpRequest](b.post(m+"/help-requests", map[string]any{"participant": ada}).want(201))
	b.post(m+"/help-requests/"+string(asked.ID)+"/accept", map[string]any{"by": host}).want(200)

	page := decode[api.Page[api.Attendance]](b.get(m + "/attendance?limit=2").want(200))
	b.post(m+"/breakouts/stop", map[string]any{"countdown_s": 0}).want(200)
	var got []string
	line := func(items []api.Attendance) {
		for _, e := range items {
			by := ""
			if e.CameBy != nil {
				by = e.CameBy.Actor
			}
			if e.AnsweredBy != nil {
				by = e.AnsweredBy.Name
			}
			got = append(got, fmt.Sprintf("%s %s %s%s %s %s %v %s%s %s", e.Kind, e.Name, e.RoomName, e.Email, e.Came, by, e.Ways, e.Went, e.Outcome, map[bool]string{true: "open"}[e.To == nil]))
			if e.Seconds < 0 || e.Participant == "" || e.Role == "" || e.Place != "room" || e.Room == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	line(page.Items)
	for page.NextCursor != "" { // as of the first page: what was open then is open still
		page = decode[api.Page[api.Attendance]](b.get(m + "/attendance?limit=2&cursor=" + page.NextCursor).want(200))
		line(page.Items)
	}
	want := []string{
		"stay Ada ada@example.org joined key:test [web] start ",
		"help Ada =Blueada@example.org  Host [] accepted ",
		"stay Host  joined key:test [web] help ",
		"stay Host =Blue help key:test [web]  open",
		"stay Ada =Blueada@example.org start key:test [web]  open",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	b.post(m+"/end", nil).want(200)
	ended := b.get(m + "/attendance").want(200)
	for _, e := range decode[api.Page[api.Attendance]](ended).Items {
		if e.To == nil {
			t.Errorf("the meeting has ended, and this has not: %+v", e)
		}
	}
	file := b.get(m + "/attendance.csv").want(200)
	b.stop()
	b = serve(t, store)
	if d := cmp.Diff(string(ended.body), string(b.get(m+"/attendance").want(200).body)); d != "" {
		t.Errorf("-before +after a restart:\n%s", d)
	}
	checkAttendanceFile(t, file)
	b.get(m+"/attendance?cursor=x").problem(422, "invalid", "cursor")
	for _, path := range []string{"/attendance", "/attendance.csv"} {
		b.get("/v1/meetings/mtg_aaaaaaaaaaaaaaaa"+path).problem(404, "not_found", "")
	}
}

func checkAttendanceFile(t *testing.T, file answer) {
	t.Helper()
	if ct := file.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/csv") || !strings.HasPrefix(string(file.body), "\ufeffkind,name,") {
		t.Errorf("%s: %q", ct, file.body)
	}
	rows, err := csv.NewReader(strings.NewReader(string(file.body))).ReadAll()
	if err != nil || len(rows) != 8 || len(rows[0]) != 19 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	if d := cmp.Diff([]string{"help", "Ada", "ada@example.org", "", "audience", "'=Blue"}, rows[2][:6]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestAttendanceOfALongLog: more events than are held at a time, and a page from their middle.
func TestAttendanceOfALongLog(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada, room := b.person(m, "Ada", "speaker"), b.rooms(m, 1)[0]
	b.post(m+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	for i := range 130 {
		to := []control.RoomID{room, control.MainRoom}[i%2]
		b.post(m+"/participants/"+string(ada)+"/move", map[string]any{"room": to}).want(200)
	}
	n, cursor := 0, ""
	for {
		page := decode[api.Page[api.Attendance]](b.get(m + "/attendance?limit=50&cursor=" + cursor).want(200))
		n += len(page.Items)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if n != 131 {
		t.Errorf("%d entries", n)
	}
}

// fragileStore fails to read the log when it has been read so many times.
type fragileStore struct {
	*controltest.Store
	reads atomic.Int64 // that still succeed
}

func (s *fragileStore) Read(ctx context.Context, meeting control.MeetingID, after uint64, limit int) ([]control.Record, error) {
	if s.reads.Add(-1) < 0 {
		return nil, errors.New("disk gone")
	}
	return s.Store.Read(ctx, meeting, after, limit)
}

// TestAttendanceWithoutStore: no half of a file passes for the whole.
func TestAttendanceWithoutStore(t *testing.T) {
	log := &fragileStore{Store: controltest.NewStore()}
	log.reads.Store(1000)
	b := serve(t, log)
	m := b.meeting(nil)
	b.person(m, "Ada", "speaker")
	for range 60 {
		b.post(m+"/lock", nil).want(200)
		b.post(m+"/unlock", nil).want(200)
	}
	b.get(m + "/attendance.csv").want(200)
	log.reads.Store(0)
	b.get(m+"/attendance").problem(503, "store_unavailable", "")
	b.get(m+"/attendance.csv").problem(503, "store_unavailable", "")
	log.reads.Store(2) // the look before it begins, and the first page
	req := b.request(t.Context(), request{method: "GET", path: m + "/attendance.csv"})
	req.Close = true
	b.server.Client().CloseIdleConnections() // on a new connection the client does not try again
	res, err := b.server.Client().Do(req)
	if err == nil {
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err == nil {
			t.Errorf("half of a file looks whole: %d %q", res.StatusCode, body)
		}
	}
}
