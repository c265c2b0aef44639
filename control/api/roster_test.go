package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/api"
	"partyline/control/roster"
)

func (b *bridge) importCSV(meeting, query, file string) answer {
	b.t.Helper()
	return b.send(request{method: "POST", path: meeting + "/rooms/import" + query, body: file, contentType: "text/csv; charset=utf-8"})
}

// csv reads a roster file of the API.
func (b *bridge) csv(path string) []control.ImportRow {
	b.t.Helper()
	got := b.get(path).want(200)
	if ct := got.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/csv; charset=utf-8") || !strings.Contains(got.header.Get("Content-Disposition"), ".csv") {
		b.t.Errorf("%s: %v", path, got.header)
	}
	file := roster.Read(got.body)
	if file.Faults.Total > 0 {
		b.t.Fatalf("%s: %+v in %q", path, file.Faults, got.body)
	}
	for i := range file.Rows {
		file.Rows[i].ID, file.Rows[i].Line = "", 0
	}
	return file.Rows
}

func TestRosterFile(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "Empty"}, {"name": "Blue"}},
		"roster": []map[string]any{{"name": "Ada Lovelace", "email": "ada@example.org", "role": "speaker", "number": "+4930123"}, {"name": "Bob"}}})
	want := []control.ImportRow{
		{First: "Ada", Last: "Lovelace", Email: "ada@example.org", Phone: "+4930123", Role: "speaker"}, {First: "Bob", Role: "audience"},
	}
	if d := cmp.Diff(want, b.csv(m+"/rooms/template.csv")); d != "" {
		t.Errorf("template: -want +got:\n%s", d)
	}
	file := "E-Mail;Room Name;First name;Last name;PIN;Dept\r\nada@example.org;Blue;;;004711;IT\r\n;=Green;Cleo;\"Smith;+1\";;\r\n;blue;Bob;;;HR\r\n"
	dry := decode[api.Imported](b.importCSV(m, "?dry_run=true", file).want(200))
	before := len(decode[api.Page[api.Room]](b.get(m + "/rooms")).Items)
	done := decode[api.Imported](b.importCSV(m, "", file).want(200))
	if !dry.DryRun || done.DryRun || before != 2 {
		t.Errorf("dry run: %v, %v, %d rooms after it", dry.DryRun, done.DryRun, before)
	}
	counts := api.ImportCounts{Lines: 3, RoomsCreated: 1, Added: 1, Changed: 1, Unchanged: 1, Outcomes: map[string]int{"assigned": 3}}
	for _, got := range []api.Imported{dry, done} {
		if d := cmp.Diff(counts, got.Counts); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
		if d := cmp.Diff([]string{"Dept"}, got.IgnoredColumns); d != "" {
			t.Error(d)
		}
		var list []string
		for _, o := range got.Outcomes {
			list = append(list, fmt.Sprintf("%d %s %s %s %s", o.Line, o.Name, o.Person, o.FoundBy, o.RoomName))
		}
		if s := strings.Join(list, "; "); s != "2 Ada Lovelace changed email Blue; 3 Cleo Smith;+1 added  =Green; 4 Bob unchanged name Blue" {
			t.Errorf("outcomes %s", s)
		}
	}
	if o := dry.Outcomes[1]; o.Participant != "" || o.Room != "" || dry.RoomsCreated[0].ID != "" || done.Outcomes[1].Participant == "" {
		t.Errorf("ids: %+v, %+v", o, done.Outcomes[1])
	}
	raw := string(b.get(m + "/rooms/export.csv").want(200).body)
	if !strings.Contains(raw, "\r\n'=Green,Cleo,Smith;'+1,,") || strings.Contains(raw, "004711") {
		t.Errorf("export: %q", raw)
	}
	want = []control.ImportRow{
		{Room: "Empty"},
		{Room: "Blue", First: "Ada", Last: "Lovelace", Email: "ada@example.org", Phone: "+4930123", Role: "speaker"},
		{Room: "Blue", First: "Bob", Role: "audience"},
		{Room: "=Green", First: "Cleo", Last: "Smith;+1", Role: "audience"},
	}
	if d := cmp.Diff(want, b.csv(m+"/rooms/export.csv")); d != "" {
		t.Errorf("export: -want +got:\n%s", d)
	}
	for _, path := range []string{"/rooms/export.csv", "/rooms/template.csv"} { // what was exported is what is there
		again := decode[api.Imported](b.importCSV(m, "", string(b.get(m+path).body)).want(200))
		if again.Seq != done.Seq || again.Counts.Unchanged != 3 {
			t.Errorf("%s imported again: %+v", path, again)
		}
	}
	b.post(m+"/end", nil).want(200)
	b.importCSV(m, "", file).problem(409, "wrong_state", "")
	b.csv(m + "/rooms/export.csv")
}

func TestImportRefusals(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Limits.Import = 9 << 20 })
	m := b.meeting(nil)
	const head = "room_name,first_name,last_name,email\n"
	got := b.importCSV(m, "", head+"Blue,Ada,Lovelace,ada@example.org\nRed,Ada,Lovelace,ada@example.org\nBlue,Bob\nBlue,C,D,e at f\n").problem(422, "invalid", "body")
	if !strings.Contains(got.Detail, "3 things are wrong") || got.Hint == "" {
		t.Errorf("%+v", got)
	}
	p := decode[api.Problem](b.importCSV(m, "?dry_run=true", head+"Blue,Ada,Lovelace,ada@example.org\nRed,Ada,Lovelace,ada@example.org\nBlue,Bob\nBlue,C,D,e at f\n").want(422))
	var lines []string
	for _, l := range p.Lines {
		lines = append(lines, fmt.Sprintf("%d %s: %s", l.Line, l.Column, l.Detail))
		if l.Hint == "" {
			t.Errorf("no hint: %+v", l)
		}
	}
	if s := strings.Join(lines, "; "); p.Faults != 3 || s != `3 email: ada@example.org is in two rooms: "Blue" on line 2, "Red" here; `+
		"4 : the line has fewer cells (2) than the header (4); 5 email: is not an email address" {
		t.Errorf("%d: %s", p.Faults, s)
	}
	b.importCSV(m, "", head+"Gr\xfcn,A,B,\n").problem(422, "invalid", "body")
	b.send(request{method: "POST", path: m + "/rooms/import"}).problem(422, "invalid", "body")
	b.importCSV(m, "?dry_run=maybe", head).problem(422, "invalid", "dry_run")
	b.post(m+"/rooms/import", map[string]any{}).problem(415, "unsupported_media_type", "Content-Type")
	b.importCSV(m, "", strings.Repeat("x", 9<<20+1)).problem(413, "too_large", "")
	b.importCSV("/v1/meetings/mtg_aaaaaaaaaaaaaaaa", "", head).problem(404, "not_found", "")
	if s := b.get(m + "/rooms").want(200); string(s.body) != `{"items":[]}`+"\n" {
		t.Errorf("refused, and left %s", s.body)
	}
}

// TestImportOnce: a retry with the same key gets the same answer, and adds nobody twice.
func TestImportOnce(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	r := request{method: "POST", path: m + "/rooms/import", contentType: "text/csv", header: map[string]string{"Idempotency-Key": "k1"},
		body: "room_name,first_name,last_name,email\nBlue,Ada,Lovelace,\n"}
	first, second := b.send(r).want(200), b.send(r).want(200)
	if d := cmp.Diff(decode[api.Imported](first), decode[api.Imported](second)); d != "" || second.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("-first +second:\n%s", d)
	}
	r.path += "?dry_run=true"
	b.send(r).problem(422, "idempotency_mismatch", "Idempotency-Key")
}

// TestPINsAreNotShown: not in the streams, not in the views, not in the files.
func TestPINsAreNotShown(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	m := b.meeting(nil)
	const head = "room_name,first_name,last_name,email,pin,phone\n"
	b.importCSV(m, "", head+"Blue,Ada,L,ada@example.org,481516,+493012345678\n").want(200)
	b.importCSV(m, "", head+"Blue,Ada,L,ada@example.org,234248,+493012345679\n").want(200)
	id := control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/"))
	b.post(m+"/end", nil).want(200)
	log, err := store.Read(t.Context(), id, 0, 0)
	var stored strings.Builder
	for _, r := range log {
		stored.Write(r.Data)
	}
	if err != nil || !strings.Contains(stored.String(), "481516") || !strings.Contains(stored.String(), "234248") {
		t.Fatalf("the log has no PINs: %v", err)
	}
	s := b.follow(m+"/events?from=start", "")
	var shown strings.Builder
	for range log {
		shown.WriteString(s.next().data)
	}
	shown.Write(b.get(m + "/participants").body)
	for _, secret := range []string{"481516", "234248", "2345678", "2345679"} {
		if strings.Contains(shown.String(), secret) {
			t.Errorf("%s is shown", secret)
		}
	}
	if !strings.Contains(shown.String(), "ada@example.org") {
		t.Error("the streams show nothing of her")
	}
}

func TestLargeRosterFile(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	var file strings.Builder
	file.WriteString("room_name,first_name,last_name,email\n")
	for i := range 50_000 {
		n := i % 3000
		fmt.Fprintf(&file, "Room %d,First,Last %d,p%d@example.org\n", n%300, n, n)
	}
	got := decode[api.Imported](b.importCSV(m, "", file.String()).want(200))
	if got.Counts.Repeated != 47_000 || got.Counts.Added != 3000 || got.Counts.RoomsCreated != 300 {
		t.Errorf("%+v", got.Counts)
	}
	if got := len(b.csv(m + "/rooms/export.csv")); got != 3000 {
		t.Errorf("%d lines exported", got)
	}
	b.importCSV(m, "", "room_name,first_name,last_name,email\nThe 301st,,,\n").problem(422, "invalid", "body")
}
