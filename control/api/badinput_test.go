package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
)

// fixture is a meeting with a room, a person and a help request, and another meeting with the same.
type fixture struct {
	*bridge
	m, other              string
	room, otherRoom       control.RoomID
	person, otherPerson   control.ParticipantID
	request, otherRequest control.HelpID
	broadcast             control.BroadcastID
	otherAudio            control.AudioID
	otherBroadcast        control.BroadcastID
}

func newFixture(t *testing.T, b *bridge) fixture {
	t.Helper()
	f := fixture{bridge: b}
	build := func() (string, control.RoomID, control.ParticipantID, control.HelpID, control.AudioID, control.BroadcastID) {
		m := b.meeting(nil)
		room := decode[api.RoomsCreated](b.post(m+"/rooms", map[string]any{"name": "Blue"}).want(201)).Items[0].ID
		person := b.person(m, "Ada", "audience")
		help := decode[api.HelpRequest](b.post(m+"/help-requests", map[string]any{"participant": person}).want(201)).ID
		audio := decode[api.Audio](b.send(request{method: "POST", path: m + "/audio", body: "RIFFdata", contentType: "audio/wav"}).want(201)).ID
		bct := decode[api.Broadcast](b.post(m+"/broadcasts", map[string]any{"audio": audio}).want(201)).ID
		b.broadcast(m, bct, "played")
		return m, room, person, help, audio, bct
	}
	f.m, f.room, f.person, f.request, _, f.broadcast = build()
	f.other, f.otherRoom, f.otherPerson, f.otherRequest, f.otherAudio, f.otherBroadcast = build()
	return f
}

// TestBadInput: each is a clear problem, and changes nothing.
func TestBadInput(t *testing.T) {
	f := newFixture(t, serve(t, newStore(t)))
	long := strings.Repeat("ä", 10_000)
	one := f.m + "/participants/" + string(f.person)
	room := f.m + "/rooms/" + string(f.room)
	tests := []struct {
		name, method, path string
		body               any
		status             int
		code, field        string
	}{
		{"no JSON", "POST", f.m + "/rooms", `name=Blue`, 400, "malformed_request", "body"},
		{"half of JSON", "POST", f.m + "/rooms", `{"name":"Gr`, 400, "malformed_request", "body"},
		{"two values", "POST", f.m + "/rooms", `{"name":"Green"}{}`, 400, "malformed_request", "body"},
		{"trailing garbage", "POST", f.m + "/rooms", `{"name":"Green"} x`, 400, "malformed_request", "body"},
		{"not UTF-8", "POST", f.m + "/rooms", "{\"name\":\"Gr\xfcn\"}", 400, "malformed_request", "body"},
		{"a name twice", "POST", f.m + "/rooms", `{"name":"Green","name":"Red"}`, 400, "malformed_request", "body"},
		{"deep nesting", "POST", f.m + "/rooms", strings.Repeat("[", 5000) + strings.Repeat("]", 5000), 400, "malformed_request", "body"},
		{"huge number", "POST", f.m + "/rooms", `{"count":1e999}`, 400, "malformed_request", "body"},
		{"unknown field", "POST", f.m + "/rooms", `{"name":"Green","colour":1}`, 422, "invalid", "colour"},
		{"wrong case", "POST", f.m + "/rooms", `{"Name":"Green"}`, 422, "invalid", "Name"},
		{"an array", "POST", f.m + "/rooms", `[]`, 422, "invalid", "body"},
		{"null", "POST", f.m + "/rooms", `null`, 422, "invalid", "body"},
		{"wrong type", "POST", f.m + "/rooms", `{"name":7}`, 422, "invalid", "name"},
		{"fraction", "POST", f.m + "/rooms", `{"count":1.5}`, 422, "invalid", "count"},
		{"body of an action", "POST", f.m + "/lock", `{"why":1}`, 422, "invalid", "why"},
		{"no body where one is needed", "POST", "/v1/meetings", nil, 400, "malformed_request", ""},
		{"unknown query", "GET", f.m + "/rooms?foo=1", nil, 422, "invalid", "foo"},
		{"limit 0", "GET", f.m + "/rooms?limit=0", nil, 422, "invalid", "limit"},
		{"limit too high", "GET", f.m + "/rooms?limit=1001", nil, 422, "invalid", "limit"},
		{"limit no number", "GET", f.m + "/rooms?limit=x", nil, 422, "invalid", "limit"},
		{"cursor of nobody", "GET", f.m + "/rooms?cursor=x", nil, 422, "invalid", "cursor"},

		{"title too long", "POST", "/v1/meetings", map[string]any{"title": long}, 422, "invalid", "title"},
		{"title that nobody sees", "POST", "/v1/meetings", map[string]any{"title": "\u200b"}, 422, "invalid", "title"},
		{"seed beyond what JSON carries exactly", "POST", f.m + "/breakouts/shuffle", `{"seed":9223372036854775808}`, 422, "invalid", "seed"},
		{"no title", "POST", "/v1/meetings", map[string]any{}, 422, "invalid", "title"},
		{"short code", "POST", "/v1/meetings", map[string]any{"title": "x", "access_code": "12345"}, 422, "invalid", "access_code"},
		{"code with letters", "POST", "/v1/meetings", map[string]any{"title": "x", "access_code": "12345a"}, 422, "invalid", "access_code"},
		{"unknown option", "POST", "/v1/meetings", map[string]any{"title": "x", "options": map[string]any{"a": 1}}, 422, "invalid", "options.a"},
		{"option out of range", "PATCH", f.m, map[string]any{"options": map[string]any{"return_countdown_s": 3601}}, 422, "invalid", "options.return_countdown_s"},
		{"option no choice", "PATCH", f.m, map[string]any{"options": map[string]any{"late_joiners": "x"}}, 422, "invalid", "options.late_joiners"},
		{"time malformed", "POST", "/v1/meetings", map[string]any{"title": "x", "starts_at": "tomorrow"}, 422, "invalid", "starts_at"},
		{"301 rooms at once", "POST", f.m + "/rooms", map[string]any{"count": 301}, 422, "invalid", "count"},
		{"301st room", "POST", f.m + "/rooms", map[string]any{"count": 300}, 409, "limit_reached", ""},
		{"301 rooms to begin with", "POST", "/v1/meetings", map[string]any{"title": "x", "rooms": make([]struct{}, 301)}, 422, "invalid", "rooms"},
		{"two rooms of one name", "POST", f.m + "/rooms", map[string]any{"name": " blue "}, 409, "name_taken", "name"},
		{"rename to a name taken", "POST", "/v1/meetings", map[string]any{"title": "x", "rooms": []map[string]any{{"name": "A"}, {"name": "a"}}}, 409, "name_taken", "rooms[1].name"},
		{"room name too long", "POST", f.m + "/rooms", map[string]any{"name": long}, 422, "invalid", "name"},
		{"room name with controls", "POST", f.m + "/rooms", map[string]any{"name": "a\x00b"}, 422, "invalid", "name"},
		{"name and count", "POST", f.m + "/rooms", map[string]any{"name": "Green", "count": 2}, 422, "invalid", "name"},
		{"capacity negative", "PATCH", room, map[string]any{"capacity": -1}, 422, "invalid", "capacity"},
		{"main room renamed", "PATCH", f.m + "/rooms/main", map[string]any{"name": "x"}, 422, "invalid", "room"},
		{"main room deleted", "DELETE", f.m + "/rooms/main", nil, 422, "invalid", "room"},

		{"name of 10,000 characters", "POST", f.m + "/participants", map[string]any{"name": long}, 422, "invalid", "name"},
		{"rename to 10,000 characters", "PATCH", one, map[string]any{"name": long}, 422, "invalid", "name"},
		{"empty name", "POST", f.m + "/participants", map[string]any{"name": ""}, 422, "invalid", "name"},
		{"blank name", "POST", f.m + "/participants", map[string]any{"name": "  "}, 422, "invalid", "name"},
		{"no such role", "PATCH", one, map[string]any{"role": "boss"}, 422, "invalid", "role"},
		{"told in no language", "PATCH", one, map[string]any{"language": "-de"}, 422, "invalid", "language"},
		{"too loud", "PATCH", one, map[string]any{"gain_db": 21}, 422, "invalid", "gain_db"},
		{"roster names no room", "POST", f.m + "/participants", map[string]any{"name": "Bob", "room_name": "Purple"}, 404, "not_found", "room_name"},
		{"number with letters", "POST", f.m + "/participants", map[string]any{"name": "Bob", "number": "+49abc"}, 422, "invalid", "number"},

		{"presence of nothing", "POST", one + "/presence", map[string]any{}, 422, "invalid", "web"},
		{"presence without a body", "POST", one + "/presence", nil, 400, "malformed_request", ""},
		{"presence no choice", "POST", one + "/presence", map[string]any{"web": true}, 422, "invalid", "web"},
		{"presence of a person of another meeting", "POST", f.m + "/participants/" + string(f.otherPerson) + "/presence", map[string]any{"web": "leave"}, 404, "not_found", "participant"},
		{"PIN too short", "PATCH", one, map[string]any{"pin": "12345"}, 422, "invalid", "pin"},
		{"PIN with letters", "POST", f.m + "/participants", map[string]any{"name": "Bob", "pin": "abcdef"}, 422, "invalid", "pin"},
		{"no email", "PATCH", one, map[string]any{"email": "ada"}, 422, "invalid", "email"},
		{"hand no choice", "PATCH", one, map[string]any{"hand": "up"}, 422, "invalid", "hand"},
		{"no such meeting", "GET", "/v1/meetings/mtg_aaaaaaaaaaaaaaaa", nil, 404, "not_found", ""},
		{"meeting id of 10,000 characters", "GET", "/v1/meetings/" + strings.Repeat("x", 10_000), nil, 404, "not_found", ""},
		{"room of another meeting", "PATCH", f.m + "/rooms/" + string(f.otherRoom), map[string]any{"name": "x"}, 404, "not_found", "room"},
		{"delete room of another meeting", "DELETE", f.m + "/rooms/" + string(f.otherRoom), nil, 404, "not_found", "room"},
		{"person of another meeting", "PATCH", f.m + "/participants/" + string(f.otherPerson), map[string]any{"name": "x"}, 404, "not_found", "participant"},
		{"read person of another meeting", "GET", f.m + "/participants/" + string(f.otherPerson), nil, 404, "not_found", "participant"},
		{"remove person of another meeting", "DELETE", f.m + "/participants/" + string(f.otherPerson), nil, 404, "not_found", "participant"},
		{"assign to room of another meeting", "PUT", one + "/assignment", map[string]any{"room": f.otherRoom}, 404, "not_found", "room"},
		{"move to room of another meeting", "POST", one + "/move", map[string]any{"room": f.otherRoom}, 404, "not_found", "room"},
		{"move person of another meeting", "POST", f.m + "/move", map[string]any{"participants": []any{f.person, f.otherPerson}, "room": "main"}, 404, "not_found", "participants"},
		{"help of another meeting", "POST", f.m + "/help-requests/" + string(f.otherRequest) + "/accept", nil, 404, "not_found", "request"},
		{"withdraw help of another meeting", "DELETE", f.m + "/help-requests/" + string(f.otherRequest), nil, 404, "not_found", "request"},
		{"speaker of another meeting", "POST", f.m + "/help-requests/" + string(f.request) + "/accept", map[string]any{"by": f.otherPerson}, 404, "not_found", "by"},
		{"ask help for another meeting", "POST", f.m + "/help-requests", map[string]any{"participant": f.otherPerson}, 404, "not_found", "participant"},
		{"audio of another meeting", "POST", f.m + "/broadcasts", map[string]any{"audio": f.otherAudio}, 404, "not_found", "audio"},
		{"broadcast of another meeting", "GET", f.m + "/broadcasts/" + string(f.otherBroadcast), nil, 404, "not_found", "broadcast"},

		{"move nobody", "POST", f.m + "/move", map[string]any{"participants": []any{}, "room": "main"}, 422, "invalid", "participants"},
		{"move one twice", "POST", f.m + "/move", map[string]any{"participants": []any{f.person, f.person}, "room": "main"}, 422, "invalid", "participants"},
		{"move nowhere", "POST", one + "/move", map[string]any{}, 422, "invalid", "room"},
		{"stop when idle", "POST", f.m + "/breakouts/stop", nil, 409, "wrong_state", ""},
		{"no such distribution", "POST", f.m + "/breakouts/start", map[string]any{"distribution": "x"}, 422, "invalid", "distribution"},
		{"duration negative", "POST", f.m + "/breakouts/start", map[string]any{"duration_s": -1}, 422, "invalid", "duration_s"},

		{"broadcast of nothing", "POST", f.m + "/broadcasts", map[string]any{}, 422, "invalid", "prompt"},
		{"broadcast of two things", "POST", f.m + "/broadcasts", map[string]any{"prompt": "closing_soon", "audio": "aud_x"}, 422, "invalid", "prompt"},
		{"broadcast of a blank text", "POST", f.m + "/broadcasts", map[string]any{"text": " \n "}, 422, "invalid", "text"},
		{"broadcast of a text that nobody sees", "POST", f.m + "/broadcasts", map[string]any{"text": "\u200b"}, 422, "invalid", "text"},
		{"broadcast of a text with controls", "POST", f.m + "/broadcasts", map[string]any{"text": "a\x00b"}, 422, "invalid", "text"},
		{"broadcast of too long a text", "POST", f.m + "/broadcasts", map[string]any{"text": long}, 422, "invalid", "text"},
		{"broadcast of no priority", "POST", f.m + "/broadcasts", map[string]any{"prompt": "closing_soon", "priority": "high"}, 422, "invalid", "priority"},
		{"broadcast in no language", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "language": "x/y"}, 422, "invalid", "language"},
		{"broadcast to an object", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "rooms": []any{map[string]any{}}}, 422, "invalid", "body"},
		{"move an object", "POST", f.m + "/move", map[string]any{"participants": []any{map[string]any{}}, "room": "main"}, 422, "invalid", "body"},
		{"broadcast to no rooms", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "rooms": []any{}}, 422, "invalid", "rooms"},
		{"broadcast to 302 rooms", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "rooms": numbered(302)}, 422, "invalid", "rooms"},
		{"broadcast to a room twice", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "rooms": []any{"main", "main"}}, 422, "invalid", "rooms"},
		{"broadcast to a room of another meeting", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "rooms": []any{f.otherRoom}}, 404, "not_found", "rooms"},
		{"broadcast by the audience", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "by": f.person}, 403, "not_allowed", "by"},
		{"broadcast by somebody of another meeting", "POST", f.m + "/broadcasts", map[string]any{"text": "a", "by": f.otherPerson}, 404, "not_found", "by"},
		{"cancel a broadcast of another meeting", "DELETE", f.m + "/broadcasts/" + string(f.otherBroadcast), nil, 404, "not_found", "broadcast"},
		{"cancel a broadcast that is over", "DELETE", f.m + "/broadcasts/" + string(f.broadcast), nil, 409, "wrong_state", ""},
		{"read help of another meeting", "GET", f.m + "/help-requests/" + string(f.otherRequest), nil, 404, "not_found", "request"},
		{"help in no state", "GET", f.m + "/help-requests?state=lost", nil, 422, "invalid", "state"},
		{"help accepted by the audience", "POST", f.m + "/help-requests/" + string(f.request) + "/accept", map[string]any{"by": f.person}, 403, "not_allowed", "by"},
		{"help declined by the audience", "POST", f.m + "/help-requests/" + string(f.request) + "/decline", map[string]any{"by": f.person}, 403, "not_allowed", "by"},
		{"help declined with a move", "POST", f.m + "/help-requests/" + string(f.request) + "/decline", map[string]any{"move": true}, 422, "invalid", "move"},
		{"help that waits too long", "PATCH", f.m, map[string]any{"options": map[string]any{"help_timeout_s": 86401}}, 422, "invalid", "options.help_timeout_s"},
		{"help guarded too long", "PATCH", f.m, map[string]any{"options": map[string]any{"help_repeat_s": -1}}, 422, "invalid", "options.help_repeat_s"},
		{"no such prompt", "POST", f.m + "/broadcasts", map[string]any{"prompt": "nothing"}, 422, "invalid", "prompt"},
	}
	before := f.snapshot(f.m)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := f.send(request{method: tt.method, path: tt.path, body: tt.body})
			got.t = t
			if p := got.problem(tt.status, tt.code, tt.field); p.Hint == "" {
				t.Errorf("no hint says what to do: %s", got.body)
			}
			if len(got.body) > 2000 {
				t.Errorf("the answer has %d bytes: bad input is echoed", len(got.body))
			}
		})
	}
	if after := f.snapshot(f.m); after != before {
		t.Errorf("something changed:\n%s\n%s", before, after)
	}
}

// TestManyFaults: a list of thousands of wrong things is not answered with thousands of faults.
func TestManyFaults(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	var wrong []any
	for range 10_001 {
		wrong = append(wrong, 7)
	}
	got := b.post(m+"/move", map[string]any{"participants": wrong, "room": "main"})
	p := got.problem(422, "invalid", "participants")
	if n := strings.Count(string(got.body), `"detail"`); n != 101 || p.Hint == "" {
		t.Errorf("%d details in %d bytes", n, len(got.body))
	}
}

// snapshot is all that can be read of a meeting.
func (b *bridge) snapshot(meeting string) string {
	b.t.Helper()
	var all strings.Builder
	for _, path := range []string{"", "/rooms", "/participants", "/help-requests", "/broadcasts"} {
		all.Write(b.get(meeting + path).want(200).body)
	}
	return all.String()
}

func TestContentTypes(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	tests := []struct {
		path, contentType, body string
		status                  int
	}{
		{"/rooms", "application/json", `{}`, 201},
		{"/rooms", "application/json; charset=UTF-8", `{}`, 201},
		{"/rooms", "application/x-www-form-urlencoded", `{}`, 415},
		{"/rooms", "text/plain", `{}`, 415},
		{"/rooms", "text/x+json", `{}`, 415},
		{"/rooms", "application/json; charset=latin1", `{}`, 415},
		{"/rooms", "nonsense;;;", `{}`, 415},
		{"/audio", "audio/wav", `RIFF`, 201},
		{"/audio", "audio/x-wav", `RIFF`, 201},
		{"/audio", "audio/mpeg", `RIFF`, 415},
		{"/audio", "application/json", `RIFF`, 415},
		{"/audio", "audio/wav", `ID3`, 422},
	}
	for _, tt := range tests {
		got := b.send(request{method: "POST", path: m + tt.path, body: tt.body, contentType: tt.contentType})
		if got.status != tt.status {
			t.Errorf("%s as %s: %d, want %d: %s", tt.path, tt.contentType, got.status, tt.status, got.body)
		}
		if tt.status == 415 {
			got.problem(415, "unsupported_media_type", "Content-Type")
		}
	}
}

// endless is a body that never ends.
type endless struct{ sent int64 }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.sent += int64(len(p))
	return len(p), nil
}

// TestHugeBodies: a body of 1 GB, announced or not, is refused at its limit.
func TestHugeBodies(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	for _, tt := range []struct {
		path, contentType string
		limit             int64
	}{{"/rooms", "application/json", 1 << 20}, {"/audio", "audio/wav", 10 << 20}} {
		for _, announced := range []int64{-1, 1 << 30} {
			body := &endless{}
			req := b.request(t.Context(), request{method: "POST", path: m + tt.path, body: io.Reader(body), contentType: tt.contentType})
			req.ContentLength = announced
			res, err := b.server.Client().Do(req)
			if err != nil {
				// The server has answered and closed; the client may see the closing first.
				if body.sent > tt.limit+8<<20 {
					t.Errorf("%s: %d bytes were taken: %v", tt.path, body.sent, err)
				}
				continue
			}
			raw, err := io.ReadAll(res.Body)
			if err != nil {
				t.Errorf("%s: %v", tt.path, err)
			}
			if err := res.Body.Close(); err != nil {
				t.Errorf("%s: %v", tt.path, err)
			}
			answer{t: t, status: res.StatusCode, header: res.Header, body: raw}.problem(413, "too_large", "")
		}
	}
	runtime.ReadMemStats(&is)
	if grown := int64(is.TotalAlloc) - int64(was.TotalAlloc); grown > 200<<20 {
		t.Errorf("%d MiB were allocated", grown>>20)
	}
	b.get(m).want(200)
	exact := fmt.Sprintf(`{"name":"Green"%s}`, strings.Repeat(" ", 1<<20-len(`{"name":"Green"}`)))
	b.post(m+"/rooms", exact).want(201)
	b.post(m+"/rooms", exact+" ").problem(413, "too_large", "")
}

func TestUploadsAreBounded(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	b := serve(t, newStore(t), func(o *api.Options) {
		o.Limits.Uploads = 1
		o.DecodeAudio = func([]byte) (time.Duration, error) {
			close(begun) // a second one would panic
			<-finish
			return time.Second, nil
		}
	})
	upload := request{method: "POST", path: b.meeting(nil) + "/audio", body: "a wave", contentType: "audio/wav"}
	first := make(chan error, 1)
	go func() {
		res, err := b.server.Client().Do(b.request(t.Context(), upload))
		if err == nil {
			if res.StatusCode != http.StatusCreated {
				err = fmt.Errorf("first upload: %s", res.Status)
			}
			_ = res.Body.Close()
		}
		first <- err
	}()
	<-begun
	b.send(upload).problem(503, "overloaded", "")
	close(finish)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestSlowBodiesAreCut(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Limits.BodyTime = 50e6 })
	m := b.meeting(nil)
	r, w := io.Pipe()
	defer w.Close()
	got := b.send(request{method: "POST", path: m + "/rooms", body: io.Reader(r)})
	got.problem(408, "request_timeout", "")
}

// putCounter counts the recordings that are stored.
type putCounter struct {
	backend
	puts atomic.Int32
}

func (s *putCounter) PutAudio(ctx context.Context, m control.MeetingID, id control.AudioID, wav []byte) error {
	s.puts.Add(1)
	return s.backend.PutAudio(ctx, m, id, wav)
}

func TestEndedMeetingStoresNoRecording(t *testing.T) {
	store := &putCounter{backend: newStore(t)}
	b := serve(t, store)
	m := b.meeting(nil)
	b.post(m+"/end", nil).want(200)
	b.send(request{method: "POST", path: m + "/audio", body: "RIFF", contentType: "audio/wav"}).problem(409, "wrong_state", "")
	if n := store.puts.Load(); n != 0 {
		t.Errorf("%d recordings were stored", n)
	}
}

func TestWrongState(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{}}})
	b.post(m+"/breakouts/start", nil).want(200)
	b.post(m+"/breakouts/start", nil).problem(409, "wrong_state", "")
	b.post(m+"/end", nil).want(200)
	b.post(m+"/rooms", nil).problem(409, "wrong_state", "")
	b.get(m).want(200)
	b.send(request{method: "DELETE", path: m}).want(204)
	b.get(m).problem(404, "not_found", "")
}

func TestStoreDown(t *testing.T) {
	store := newFailingStore()
	b := serve(t, store)
	m := b.meeting(nil)
	store.Fail(io.ErrShortWrite)
	got := b.post(m+"/rooms", nil)
	got.problem(503, "store_unavailable", "")
	if got.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	store.Fail(nil)
	b.post(m+"/rooms", nil).want(201)
	var page api.Page[api.Room]
	if err := json.Unmarshal(b.get(m+"/rooms").body, &page); err != nil || len(page.Items) != 1 {
		t.Errorf("%v, %d rooms", err, len(page.Items))
	}
}
