package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
)

func TestIfMatch(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "Blue"}}})
	room := m + "/rooms/" + string(decode[api.Page[api.Room]](b.get(m + "/rooms")).Items[0].ID)
	for _, tt := range []struct {
		path            string
		change, change2 map[string]any
	}{
		{m, map[string]any{"title": "y"}, map[string]any{"options": map[string]any{"language": "de"}}},
		{room, map[string]any{"name": "Red"}, map[string]any{"locked": true}},
	} {
		old := b.get(tt.path).want(200).header.Get("ETag")
		patch := func(etag string, body any) answer {
			return b.send(request{method: "PATCH", path: tt.path, body: body, header: map[string]string{"If-Match": etag}})
		}
		changed := patch(old, tt.change).want(200)
		now := changed.header.Get("ETag")
		if now == old || now == "" {
			t.Errorf("%s: ETag %q after %q", tt.path, now, old)
		}
		for _, stale := range []string{old, `"x"`, `W/` + now} {
			p := patch(stale, tt.change2).problem(412, "precondition_failed", "If-Match")
			if p.ETag != now || !strings.Contains(string(p.Current), `"id"`) {
				t.Errorf("%s: etag %q, current %s", tt.path, p.ETag, p.Current)
			}
		}
		patch(`"x", `+now, tt.change2).want(200)
		patch("*", tt.change).want(200)
	}
	b.send(request{method: "DELETE", path: room, header: map[string]string{"If-Match": `"x"`}}).problem(412, "precondition_failed", "If-Match")
	etag := b.get(room).header.Get("ETag")
	// What happens in a room does not change its ETag, nor that of the meeting.
	meetingTag := b.get(m).header.Get("ETag")
	b.post(m+"/participants", map[string]any{"name": "Ada", "web": true}).want(201)
	b.post(m+"/breakouts/start", nil).want(200)
	if got := b.get(m).header.Get("ETag"); got != meetingTag {
		t.Errorf("ETag of the meeting changed from %s to %s", meetingTag, got)
	}
	b.send(request{method: "DELETE", path: room, header: map[string]string{"If-Match": etag}}).want(200)
	b.get(room).problem(404, "not_found", "room")
	b.send(request{method: "DELETE", path: m, header: map[string]string{"If-Match": `"x"`}}).problem(412, "precondition_failed", "If-Match")
	b.send(request{method: "DELETE", path: m, header: map[string]string{"If-Match": meetingTag}}).want(204)
}

func TestPages(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	rooms := b.rooms(m, 7)
	var seen []control.RoomID
	cursor, pages := "", 0
	for {
		page := decode[api.Page[api.Room]](b.get(m + "/rooms?limit=3&cursor=" + url.QueryEscape(cursor)).want(200))
		for _, r := range page.Items {
			seen = append(seen, r.ID)
		}
		pages++
		if cursor = page.NextCursor; cursor == "" {
			break
		}
		if pages == 1 { // what the cursor points at may go meanwhile
			b.send(request{method: "DELETE", path: m + "/rooms/" + string(rooms[2])}).want(200)
		}
	}
	if pages != 3 || fmt.Sprint(seen) != fmt.Sprint(rooms) {
		t.Errorf("%d pages: %v, want %v", pages, seen, rooms)
	}
	if got := string(b.get(m + "/participants").want(200).body); got != `{"items":[]}`+"\n" {
		t.Errorf("an empty list is %s", got)
	}
}

func TestMeetingPages(t *testing.T) {
	b := serve(t, newStore(t))
	want := map[string]bool{}
	for range 5 {
		want[strings.TrimPrefix(b.meeting(nil), "/v1/meetings/")] = true
	}
	cursor, pages := "", 0
	for pages == 0 || cursor != "" {
		page := decode[api.Page[api.MeetingSummary]](b.get("/v1/meetings?limit=2&cursor=" + cursor).want(200))
		for _, m := range page.Items {
			if !want[string(m.ID)] {
				t.Errorf("%s came twice or from nowhere", m.ID)
			}
			delete(want, string(m.ID))
		}
		cursor = page.NextCursor
		pages++
	}
	if pages != 3 || len(want) != 0 {
		t.Errorf("%d pages, %v missing", pages, want)
	}
}

func TestParticipantFilters(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada, bob := b.person(m, "Ada", "audience"), b.person(m, "Bob", "audience")
	b.post(m+"/participants", map[string]any{"name": "Absent"}).want(201)
	room := b.rooms(m, 1)[0]
	b.post(m+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": room}).want(200)
	for query, want := range map[string][]control.ParticipantID{
		"?room=main": {ada}, "?room=" + string(room): {bob}, "?present=true": {ada, bob}, "?present=true&limit=1": {ada},
	} {
		var got []control.ParticipantID
		for _, p := range decode[api.Page[api.Participant]](b.get(m + "/participants" + query).want(200)).Items {
			got = append(got, p.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	b.get(m+"/participants?room=room_x").problem(404, "not_found", "room")
}

// TestCallersAreMasked: nobody sees a caller's whole number, in whatever answer.
func TestCallersAreMasked(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	meeting, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")))
	if err != nil {
		t.Fatal(err)
	}
	join := control.Join{Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4915112345678"}
	if _, err := meeting.Do(t.Context(), join, control.Meta{Actor: "leg_1"}); err != nil {
		t.Fatal(err)
	}
	b.post(m+"/participants", map[string]any{"name": "Bob", "number": "+4915112345999"}).want(201)
	answers := []string{string(b.get(m + "/participants").body)}
	for _, from := range []string{"start", "snapshot"} {
		s := b.follow(m+"/events?from="+from, "")
		for range map[string]int{"start": 3, "snapshot": 1}[from] {
			answers = append(answers, s.next().data)
		}
		s.close()
	}
	for _, a := range answers {
		if strings.Contains(a, "5112345") {
			t.Errorf("a number is shown: %s", a)
		}
	}
	if !strings.Contains(answers[0], `"kind":"phone"`) || !strings.Contains(answers[0], "678") {
		t.Errorf("the caller is not shown: %s", answers[0])
	}
}

func TestDurationEndsBreakouts(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.rooms(m, 1)
	started := decode[api.BreakoutsChanged](b.post(m+"/breakouts/start", map[string]any{"duration_s": 3600}).want(200))
	got := decode[api.Meeting](b.get(m)).Breakouts
	if got.EndsAt == nil || started.Breakouts.EndsAt == nil || !got.EndsAt.Equal(*started.Breakouts.EndsAt) || time.Until(*got.EndsAt) < 59*time.Minute {
		t.Errorf("ends at %v, answered %v", got.EndsAt, started.Breakouts.EndsAt)
	}
}

// TestAnswersEqualWhatIsRead: the answer made in the transaction is what a GET says afterwards.
func TestAnswersEqualWhatIsRead(t *testing.T) {
	b := serve(t, newStore(t))
	created := b.post("/v1/meetings", map[string]any{"title": "x", "rooms": []map[string]any{{"name": "A"}}, "roster": []map[string]any{{"name": "Bob", "room_name": "A"}}}).want(201)
	m := created.header.Get("Location")
	same := func(what string, answered, read answer) {
		t.Helper()
		if string(answered.body) != string(read.body) {
			t.Errorf("%s: answered %s, then read %s", what, answered.body, read.body)
		}
	}
	same("create", created, b.get(m))
	for _, action := range []string{"lock", "lock", "mute-all", "release", "unlock"} {
		same(action, b.post(m+"/"+action, nil).want(200), b.get(m))
	}
	room := b.post(m+"/rooms", map[string]any{"name": "B", "capacity": 3}).want(201)
	made := decode[struct{ Items []json.RawMessage }](room).Items[0]
	same("room", answer{t: t, body: append(made, '\n')}, b.get(room.header.Get("Location")))
	person := b.post(m+"/participants", map[string]any{"name": "Ada", "number": "+4930123417", "web": true}).want(201)
	same("participant", person, b.get(person.header.Get("Location")))
	for _, step := range []struct{ action, body string }{{"start", `{"duration_s":60}`}, {"stop", `{"countdown_s":60}`}, {"reset", `{}`}, {"stop", `{"countdown_s":0}`}} {
		got := decode[api.BreakoutsChanged](b.post(m+"/breakouts/"+step.action, step.body).want(200))
		read := decode[api.Meeting](b.get(m))
		if fmt.Sprint(jsonOf(t, got.Breakouts)) != fmt.Sprint(jsonOf(t, read.Breakouts)) || got.Seq != read.Seq {
			t.Errorf("%s: answered %s seq %d, then read %s seq %d", step.action, jsonOf(t, got.Breakouts), got.Seq, jsonOf(t, read.Breakouts), read.Seq)
		}
	}
	b.post(m+"/breakouts/start", nil).want(200)
	same("end", b.post(m+"/end", nil).want(200), b.get(m))
}
