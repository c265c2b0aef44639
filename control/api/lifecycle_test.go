package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
)

func rfc3339(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }

// TestMeetingIsChanged: codes and times, with If-Match, as one story.
func TestMeetingIsChanged(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	read := func() (api.Meeting, string) {
		got := b.get(m).want(200)
		return decode[api.Meeting](got), got.header.Get("ETag")
	}
	made, tag := read()
	if len(made.AccessCode) != 9 || len(made.SpeakerCode) != 9 || made.AccessCode == made.SpeakerCode || !made.Started || made.Holding != 1 {
		t.Errorf("made as %+v", made)
	}
	patch := func(body string) api.Meeting {
		t.Helper()
		_, tag := read()
		return decode[api.Meeting](b.send(request{method: "PATCH", path: m, body: body, header: map[string]string{"If-Match": tag}}).want(200))
	}
	drawn := patch(`{"access_code":"generate","speaker_code":"generate"}`)
	if drawn.AccessCode == made.AccessCode || drawn.SpeakerCode == made.SpeakerCode || len(drawn.AccessCode) != 9 || len(drawn.SpeakerCode) != 9 {
		t.Errorf("drawn anew: %+v", drawn)
	}
	if got := patch(`{"speaker_code":null}`); got.SpeakerCode != "" || got.AccessCode != drawn.AccessCode {
		t.Errorf("without a speaker code: %+v", got)
	}
	if got := patch(`{"access_code":"482913","speaker_code":"73011826"}`); got.SpeakerCode != "73011826" || got.AccessCode != "482913" {
		t.Errorf("with given codes: %+v", got)
	}
	starts, ends := rfc3339(time.Hour), rfc3339(2*time.Hour)
	got := patch(fmt.Sprintf(`{"starts_at":%q,"ends_at":%q}`, starts, ends))
	if got.Started || got.StartsAt.Format(time.RFC3339) != starts || got.EndsAt.Format(time.RFC3339) != ends {
		t.Errorf("planned: %+v", got)
	}
	if got = patch(`{"ends_at":null}`); got.EndsAt != nil || got.StartsAt == nil {
		t.Errorf("without end: %+v", got)
	}
	if got = patch(`{"starts_at":null}`); got.StartsAt != nil || !got.Started {
		t.Errorf("without times: %+v", got)
	}
	stale := b.send(request{method: "PATCH", path: m, body: `{"access_code":"generate"}`, header: map[string]string{"If-Match": tag}})
	if p := stale.problem(412, "precondition_failed", "If-Match"); !strings.Contains(string(p.Current), "482913") {
		t.Errorf("current: %s", p.Current)
	}
	none := decode[api.Meeting](b.post("/v1/meetings", `{"title":"B","speaker_code":null}`).want(201))
	if none.SpeakerCode != "" {
		t.Errorf("a speaker code that nobody wanted: %+v", none)
	}
}

// TestBadLifecycle: each is a clear problem, and changes nothing.
func TestBadLifecycle(t *testing.T) {
	b := serve(t, newStore(t))
	m, other := b.meeting(map[string]any{"title": "A", "access_code": "111111"}), b.meeting(map[string]any{"title": "B", "access_code": "222222", "speaker_code": "333333"})
	ended := b.meeting(map[string]any{"title": "C", "access_code": "444444"})
	b.post(ended+"/end", nil).want(200)
	b.post("/v1/meetings", map[string]any{"title": "D", "access_code": "444444"}).want(201)
	person := m + "/participants/" + string(b.person(m, "Ada", "audience"))
	stranger := m + "/participants/" + string(b.person(other, "Bob", "audience"))
	absent := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Cid"}).want(201)).ID
	past, ahead := rfc3339(-48*time.Hour), rfc3339(time.Hour)
	tests := []struct {
		name, method, path, body string
		status                   int
		code, field              string
	}{
		{"begun long ago", "POST", "/v1/meetings", `{"title":"x","starts_at":"` + past + `"}`, 422, "invalid", "starts_at"},
		{"the year 1", "POST", "/v1/meetings", `{"title":"x","starts_at":"0001-01-01T00:00:00Z"}`, 422, "invalid", "starts_at"},
		{"the year 9999", "POST", "/v1/meetings", `{"title":"x","ends_at":"9999-01-01T00:00:00Z"}`, 422, "invalid", "ends_at"},
		{"ended already", "POST", "/v1/meetings", `{"title":"x","ends_at":"` + past + `"}`, 422, "invalid", "ends_at"},
		{"ends before it begins", "POST", "/v1/meetings", `{"title":"x","starts_at":"` + rfc3339(2*time.Hour) + `","ends_at":"` + ahead + `"}`, 422, "invalid", "ends_at"},
		{"no time zone", "POST", "/v1/meetings", `{"title":"x","ends_at":"2030-01-02T03:04:05"}`, 422, "invalid", "ends_at"},
		{"short speaker code", "POST", "/v1/meetings", `{"title":"x","speaker_code":"12345"}`, 422, "invalid", "speaker_code"},
		{"one code for both", "POST", "/v1/meetings", `{"title":"x","access_code":"555555","speaker_code":"555555"}`, 422, "invalid", "speaker_code"},
		{"speaker code of another", "POST", "/v1/meetings", `{"title":"x","speaker_code":"333333"}`, 409, "code_taken", "speaker_code"},

		{"put off while people are in", "PATCH", m, `{"starts_at":"` + ahead + `"}`, 409, "wrong_state", "starts_at"},
		{"time malformed", "PATCH", m, `{"ends_at":"tomorrow"}`, 422, "invalid", "ends_at"},
		{"time a number", "PATCH", m, `{"ends_at":7}`, 422, "invalid", "ends_at"},
		{"the year 1 again", "PATCH", m, `{"ends_at":"0001-01-01T00:00:00Z"}`, 422, "invalid", "ends_at"},
		{"ends in the past", "PATCH", m, `{"ends_at":"` + past + `"}`, 422, "invalid", "ends_at"},
		{"code of another", "PATCH", m, `{"access_code":"222222"}`, 409, "code_taken", "access_code"},
		{"code of another's speakers", "PATCH", m, `{"speaker_code":"333333"}`, 409, "code_taken", "speaker_code"},
		{"its own code twice", "PATCH", m, `{"speaker_code":"111111"}`, 422, "invalid", "speaker_code"},
		{"no code at all", "PATCH", m, `{"access_code":null}`, 422, "invalid", "access_code"},
		{"empty code", "PATCH", m, `{"access_code":""}`, 422, "invalid", "access_code"},
		{"code with letters", "PATCH", m, `{"speaker_code":"generated"}`, 422, "invalid", "speaker_code"},
		{"lobby no bool", "PATCH", m, `{"options":{"lobby":"yes"}}`, 422, "invalid", "options.lobby"},

		{"its code is taken meanwhile", "POST", ended + "/open", ``, 409, "code_taken", "access_code"},
		{"by a code that is taken", "POST", ended + "/open", `{"access_code":"222222"}`, 409, "code_taken", "access_code"},
		{"ends before it is opened", "POST", ended + "/open", `{"access_code":"generate","ends_at":"` + past + `"}`, 422, "invalid", "ends_at"},
		{"open with other codes", "POST", m + "/open", `{"access_code":"777777"}`, 409, "wrong_state", ""},
		{"open with a field too many", "POST", m + "/open", `{"code":"777777"}`, 422, "invalid", "code"},
		{"open what is not there", "POST", "/v1/meetings/mtg_aaaaaaaaaaaaaaaa/open", ``, 404, "not_found", ""},
		{"lock what has ended", "POST", ended + "/lock", ``, 409, "wrong_state", ""},
		{"admit in what has ended", "POST", ended + "/lobby/admit", ``, 409, "wrong_state", ""},

		{"admit somebody else's", "POST", stranger + "/admit", ``, 404, "not_found", "participants"},
		{"admit who is not here", "POST", m + "/participants/" + string(absent) + "/admit", ``, 409, "wrong_state", "participants"},
		{"deny who is in", "POST", person + "/deny", ``, 409, "wrong_state", "participant"},
		{"deny somebody else's", "POST", stranger + "/deny", ``, 404, "not_found", "participant"},
		{"admit with a body", "POST", person + "/admit", `{"room":"main"}`, 422, "invalid", "room"},
		{"no such phase", "GET", "/v1/meetings?phase=deleted", ``, 422, "invalid", "phase"},
	}
	before := b.get(m).body
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request{method: tt.method, path: tt.path}
			if tt.body != "" {
				r.body = tt.body
			}
			got := b.send(r)
			got.t = t
			got.problem(tt.status, tt.code, tt.field)
		})
	}
	if after := b.get(m).body; string(after) != string(before) {
		t.Errorf("%s became %s", before, after)
	}
	if phase := decode[api.Meeting](b.get(ended)).Phase; phase != "ended" {
		t.Errorf("what was refused left it %s", phase)
	}
}

// TestLobby: who waits is shown as waiting, no room has him, and each way out of the lobby.
func TestLobby(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "A", "options": map[string]any{"lobby": true}})
	host := b.person(m, "Host", "speaker")
	b.post(m+"/lock", nil).want(200)
	var caller control.ParticipantID
	live, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := live.Do(t.Context(), control.Join{Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4930123417"}, control.Meta{Actor: "leg_1"})
	if err != nil {
		t.Fatal(err)
	}
	caller = r.Value.(control.Joined).Participant
	ada, bob, cid := b.person(m, "Ada", "audience"), b.person(m, "Bob", "audience"), b.person(m, "Cid", "audience")
	at := func(id control.ParticipantID, want string) {
		t.Helper()
		if p := decode[api.Participant](b.get(m + "/participants/" + string(id)).want(200)); p.Location.Place != want {
			t.Errorf("%s is at %+v, want %s", p.Name, p.Location, want)
		}
	}
	waiting := func(want int) {
		t.Helper()
		if c := decode[api.Meeting](b.get(m)).Counts; c.Waiting != want {
			t.Errorf("%+v, want %d who wait", c, want)
		}
	}
	at(host, "room")
	at(caller, "lobby")
	waiting(4)
	if room := b.mixer.Room(live.ID(), "leg_1"); room != control.NoRoom {
		t.Errorf("the caller's leg is in room %d", room)
	}
	for range 2 { // a second time it is no news
		got := decode[api.Moved](b.post(m+"/participants/"+string(caller)+"/admit", nil).want(200))
		if len(got.Outcomes) != 1 || got.Outcomes[0].Room != control.MainRoom {
			t.Errorf("%+v", got)
		}
	}
	if room := b.mixer.Room(live.ID(), "leg_1"); room != 0 {
		t.Errorf("the caller's leg is in room %d", room)
	}
	b.post(m+"/participants/"+string(ada)+"/deny", nil).want(200)
	b.get(m + "/participants/" + string(ada)).want(404)
	b.send(request{method: "DELETE", path: m + "/participants/" + string(bob)}).want(204)
	if got := decode[api.Meeting](b.post(m+"/unlock", nil).want(200)); got.Counts.Waiting != 1 { // by the option
		t.Errorf("unlocked: %+v", got.Counts)
	}
	retry := request{method: "POST", path: m + "/lobby/admit", header: map[string]string{"Idempotency-Key": "admit-1"}}
	first := b.send(retry).want(200)
	if got := decode[api.Moved](first); len(got.Outcomes) != 1 || got.Outcomes[0].Participant != cid || got.Outcomes[0].Outcome != "moved" {
		t.Errorf("%+v", got)
	}
	dan := b.person(m, "Dan", "audience")
	if again := b.send(retry).want(200); string(again.body) != string(first.body) {
		t.Errorf("a retry is answered with %s", again.body)
	}
	at(dan, "lobby") // he came after the first
	b.send(request{method: "PATCH", path: m, body: `{"options":{"lobby":false}}`}).want(200)
	at(dan, "room")
	waiting(0)
}

// TestHeldAgain: one definition, two meetings, one sheet of attendance; which is there when the meeting is deleted.
func TestHeldAgain(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	m := b.meeting(map[string]any{"title": "A", "rooms": []map[string]any{{"name": "Blue"}},
		"roster": []map[string]any{{"name": "Ada", "room_name": "Blue"}}})
	first := decode[api.Meeting](b.get(m))
	b.person(m, "Host", "speaker")
	b.post(m+"/lock", nil).want(200)
	b.post(m+"/end", nil).want(200)
	if got := decode[api.Page[api.MeetingSummary]](b.get("/v1/meetings?phase=ended")).Items; len(got) != 1 {
		t.Errorf("ended are %+v", got)
	}
	starts, ends := rfc3339(time.Hour), rfc3339(2*time.Hour)
	retry := request{method: "POST", path: m + "/open", body: map[string]any{"starts_at": starts, "ends_at": ends}, header: map[string]string{"Idempotency-Key": "open-1"}}
	answered := b.send(retry).want(200)
	again := decode[api.Meeting](answered)
	if again.Phase != "open" || again.Holding != 2 || again.Locked || again.Started || again.AccessCode != first.AccessCode ||
		again.Counts != (api.Counts{Rooms: 1, Participants: 2}) || again.StartsAt.Format(time.RFC3339) != starts || again.EndsAt.Format(time.RFC3339) != ends {
		t.Errorf("held again as %+v", again)
	}
	read := b.get(m).want(200)
	if string(read.body) != string(answered.body) || string(b.send(retry).want(200).body) != string(answered.body) {
		t.Errorf("answered %s, read %s", answered.body, read.body)
	}
	b.stop()
	b = serve(t, store) // codes and times are armed from the log
	if _, role, err := b.registry.ByCode(first.SpeakerCode); err != nil || role != control.Speaker {
		t.Errorf("by the speakers' code: %s, %v", role, err)
	}
	if p := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Eve", "web": true}).want(201)); p.Location.Place != "lobby" {
		t.Errorf("%+v", p)
	}
	if got := decode[api.Meeting](b.post(m+"/open", nil).want(200)); !got.Started || got.Counts.Waiting != 0 || got.Holding != 2 {
		t.Errorf("begun before its time: %+v", got)
	}
	sheet := b.get(m + "/attendance").want(200)
	holdings := map[int]int{}
	for _, e := range decode[api.Page[api.Attendance]](sheet).Items {
		holdings[e.Holding]++
	}
	if holdings[1] != 1 || holdings[2] != 2 { // the host; Eve in the lobby and in the room
		t.Errorf("%v: %s", holdings, sheet.body)
	}
	b.send(request{method: "DELETE", path: m}).want(http.StatusNoContent)
	b.get(m).problem(404, "not_found", "")
	for range 2 {
		if got := decode[api.Page[api.Attendance]](b.get(m + "/attendance").want(200)).Items; len(got) != 3 || got[2].To == nil {
			t.Errorf("of the deleted meeting: %+v", got)
		}
		b.get(m + "/attendance.csv").want(200)
		b.stop()
		b = serve(t, store)
	}
	b.post(m+"/open", nil).problem(404, "not_found", "")
}
