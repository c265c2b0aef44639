package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/api"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	anyID   = regexp.MustCompile(`\b(mtg|room|par|cmd|help|bct|aud)_[a-z2-7]{16}\b`)
	anyTime = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[^"]*Z"`)
)

// golden compares JSON with a file, with ids numbered and times hidden.
type golden struct {
	t   *testing.T
	ids map[string]string
}

func (g *golden) check(name string, body []byte) {
	g.t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, body, "", "  "); err != nil {
		g.t.Fatalf("%s: %v: %s", name, err, body)
	}
	got := anyTime.ReplaceAll(anyID.ReplaceAllFunc(pretty.Bytes(), g.number), []byte(`"TIME"`))
	got = append(bytes.TrimSpace(got), '\n')
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			g.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		g.t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// number names ids by the order in which they are first seen.
func (g *golden) number(id []byte) []byte {
	name, ok := g.ids[string(id)]
	if !ok {
		kind, _, _ := bytes.Cut(id, []byte("_"))
		name = fmt.Sprintf("%s_%d", kind, len(g.ids)+1)
		g.ids[string(id)] = name
	}
	return []byte(name)
}

// TestGolden goes through a meeting and compares every answer with its file.
func TestGolden(t *testing.T) {
	b := serve(t, newStore(t))
	g := &golden{t: t, ids: map[string]string{}}
	b.mixer.Report = func(control.MeetingID, []int, control.Sound) control.PlayReport {
		return control.PlayReport{Rooms: []control.RoomStart{{Room: 0, Tick: 7, Listeners: 2}}}
	}
	step := func(name, method, path string, body any, status int) answer {
		t.Helper()
		contentType := ""
		if name == "audio_uploaded" {
			contentType = "audio/wav"
		}
		got := b.send(request{method: method, path: path, body: body, contentType: contentType}).want(status)
		g.check(name, got.body)
		return got
	}
	created := step("meeting_created", "POST", "/v1/meetings", map[string]any{
		"title": "Spring workshop", "access_code": "482913057", "speaker_code": "730118264", "starts_at": "2030-01-02T03:04:05Z", "ends_at": "2030-01-02T05:00:00Z",
		"options": map[string]any{"free_movement": true},
		"rooms":   []map[string]any{{"name": "Blue"}, {"name": "Grün", "capacity": 5}},
		"roster":  []map[string]any{{"name": "Ada Lovelace", "role": "speaker", "room_name": "blue", "number": "+4930123417", "external_id": "u1"}, {"name": "Bob"}},
	}, 201)
	m := created.header.Get("Location")
	step("meeting", "GET", m, nil, 200)
	step("meetings", "GET", "/v1/meetings", nil, 200)
	step("meeting_changed", "PATCH", m, map[string]any{"title": "Summer workshop", "options": map[string]any{"return_countdown_s": 5}}, 200)
	rooms := decode[api.Page[api.Room]](step("rooms", "GET", m+"/rooms", nil, 200)).Items
	step("rooms_created", "POST", m+"/rooms", map[string]any{"count": 2}, 201)
	step("room_main", "GET", m+"/rooms/main", nil, 200)
	step("room_changed", "PATCH", m+"/rooms/"+string(rooms[0].ID), map[string]any{"name": "Navy", "locked": true, "capacity": 9}, 200)
	step("participants", "GET", m+"/participants", nil, 200)
	step("meeting_opened", "POST", m+"/open", nil, 200)
	added := step("participant_added", "POST", m+"/participants", map[string]any{"name": "Cleo", "web": true}, 201)
	cleo := added.header.Get("Location")
	id := decode[api.Participant](added).ID
	step("participant_changed", "PATCH", cleo, map[string]any{"role": "speaker", "muted": true, "gain_db": -6}, 200)
	step("participant_assigned", "PUT", cleo+"/assignment", map[string]any{"room": rooms[1].ID}, 200)
	step("breakouts_started", "POST", m+"/breakouts/start", map[string]any{"distribution": "plan", "duration_s": 600}, 200)
	step("participant_moved", "POST", cleo+"/move", map[string]any{"room": "main"}, 200)
	step("participants_moved", "POST", m+"/move", map[string]any{"participants": []any{id}, "room": rooms[1].ID}, 200)
	asked := decode[api.HelpRequest](step("help_asked", "POST", m+"/help-requests", map[string]any{"participant": id}, 201))
	step("help_requests", "GET", m+"/help-requests", nil, 200)
	step("help_accepted", "POST", m+"/help-requests/"+string(asked.ID)+"/accept", map[string]any{"by": id}, 200)
	step("audio_uploaded", "POST", m+"/audio", "RIFF and more", 201)
	sent := step("broadcast_sent", "POST", m+"/broadcasts", map[string]any{"prompt": "closing_soon"}, 201)
	b.wait(sent.header.Get("Location"), func(a answer) bool { return decode[api.Broadcast](a).State == "played" })
	step("broadcast", "GET", sent.header.Get("Location"), nil, 200)
	step("broadcasts", "GET", m+"/broadcasts", nil, 200)
	step("help_closed", "GET", m+"/help-requests?state=closed", nil, 200)
	text := step("broadcast_text_sent", "POST", m+"/broadcasts", map[string]any{
		"text": "Please come\nback.", "language": "en", "priority": "urgent", "rooms": []any{"main"}, "phones_only": true, "by": id,
	}, 201)
	b.wait(text.header.Get("Location"), func(a answer) bool { return decode[api.Broadcast](a).State == "played" })
	step("broadcast_text", "GET", text.header.Get("Location"), nil, 200)
	step("breakouts_closing", "POST", m+"/breakouts/stop", nil, 200)
	step("breakouts_stopped", "POST", m+"/breakouts/stop", map[string]any{"countdown_s": 0}, 200)
	step("participant_unassigned", "DELETE", cleo+"/assignment", nil, 200)
	step("breakouts_reset", "POST", m+"/breakouts/reset", nil, 200)
	step("muted_all", "POST", m+"/mute-all", nil, 200)
	step("meeting_locked", "POST", m+"/lock", nil, 200)
	step("meeting_ended", "POST", m+"/end", nil, 200)
	step("problem_wrong_state", "POST", m+"/rooms", nil, 409)
	step("problem_invalid", "POST", "/v1/meetings", map[string]any{"title": "", "access_code": "1"}, 422)
}

// wait asks until the answer fits. It waits for a state, not for a time.
func (b *bridge) wait(path string, fits func(answer) bool) {
	b.t.Helper()
	for !fits(b.get(path).want(200)) {
		if b.t.Context().Err() != nil {
			b.t.Fatalf("%s never came to fit", path)
		}
	}
}
