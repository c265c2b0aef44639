package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// patch changes a participant and returns him.
func (b *bridge) patch(path string, body any) api.Participant {
	b.t.Helper()
	return decode[api.Participant](b.send(request{method: "PATCH", path: path, body: body}).want(200))
}

func TestParticipantsAreEdited(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	added := b.post(m+"/participants", map[string]any{"name": "Ada", "pin": "123456", "web": true}).want(201)
	ada := added.header.Get("Location")
	for _, step := range []struct {
		change string
		fits   func(p api.Participant) bool
	}{
		{`{"first_name":"Ada","last_name":"Lovelace"}`, func(p api.Participant) bool { return p.Name == "Ada" && p.LastName == "Lovelace" }},
		{`{"name":"Ada Lovelace","first_name":"Ada","last_name":"Lovelace"}`, func(p api.Participant) bool { return p.Name == "Ada Lovelace" && p.FirstName == "Ada" }},
		{`{"last_name":"King"}`, func(p api.Participant) bool { return p.Name == "Ada King" }},
		{`{"email":"ada@example.org","external_id":"u1","number":"+4930123417"}`,
			func(p api.Participant) bool {
				return p.Email == "ada@example.org" && p.ExternalID == "u1" && p.Number == "+49•••417"
			}},
		{`{"hand":true}`, func(p api.Participant) bool { return p.HandRaisedAt != nil }},
		{`{"hand":false}`, func(p api.Participant) bool { return p.HandRaisedAt == nil }},
		{`{"role":"speaker","muted":true,"gain_db":-3,"pin":"98765432"}`, func(p api.Participant) bool { return p.Role == "speaker" && p.Muted && p.GainDB == -3 }},
		{`{"listen_gain_db":6}`, func(p api.Participant) bool { return p.ListenGainDB == 6 && p.GainDB == -3 }},
		{`{"language":"de"}`, func(p api.Participant) bool { return p.Language == "de" }},
		{`{"language":""}`, func(p api.Participant) bool { return p.Language == "" }},
		{`{"email":"","number":"","pin":"","external_id":""}`, func(p api.Participant) bool { return p.Email == "" && p.Number == "" && p.ExternalID == "" }},
		{`{}`, func(p api.Participant) bool { return p.Name == "Ada King" }},
	} {
		if p := b.patch(ada, step.change); !step.fits(p) {
			t.Errorf("%s made %+v", step.change, p)
		}
	}
	all := string(b.send(request{method: "GET", path: ada}).want(200).body) + string(added.body) + b.events(m)
	for _, secret := range []string{"123456", "98765432", "+4930123417"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s is shown: %s", secret, all)
		}
	}
}

// events is what the stream has from the first event on.
func (b *bridge) events(meeting string) string {
	b.t.Helper()
	last := decode[api.Meeting](b.get(meeting)).Seq
	s := b.follow(meeting+"/events?from=start", "")
	var all strings.Builder
	for {
		got, ok := s.read()
		if !ok {
			b.t.Fatal("the stream ended")
		}
		all.WriteString(got.data + "\n")
		if strings.Contains(got.data, fmt.Sprintf(`"seq":%d,`, last)) {
			return all.String()
		}
	}
}

func TestParticipantETag(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada := m + "/participants/" + string(b.person(m, "Ada", "audience"))
	old := b.get(ada).want(200).header.Get("ETag")
	b.post(ada+"/presence", map[string]any{"web": "leave"}).want(200)
	if now := b.get(ada).header.Get("ETag"); now != old || now == "" {
		t.Errorf("ETag %q after he left, was %q", now, old)
	}
	change := request{method: "PATCH", path: ada, body: `{"name":"Eve"}`, header: map[string]string{"If-Match": old}}
	b.send(change).want(200)
	if p := b.send(change).problem(412, "precondition_failed", "If-Match"); !strings.Contains(string(p.Current), `"Eve"`) {
		t.Errorf("current %s", p.Current)
	}
	b.send(request{method: "DELETE", path: ada, header: map[string]string{"If-Match": old}}).problem(412, "precondition_failed", "If-Match")
	b.send(request{method: "DELETE", path: ada}).want(204)
	b.get(ada).problem(404, "not_found", "participant")
}

func TestPresence(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "Blue"}},
		"roster": []map[string]any{{"name": "Ada", "room_name": "Blue"}}})
	ada := m + "/participants/" + string(decode[api.Page[api.Participant]](b.get(m + "/participants")).Items[0].ID)
	join := func(web string) api.Participant {
		t.Helper()
		return decode[api.Participant](b.post(ada+"/presence", map[string]any{"web": web}).want(200))
	}
	if p := join("join"); !p.Web || p.Location.Room != control.MainRoom || p.JoinedAt == nil {
		t.Errorf("joined: %+v", p)
	}
	before := decode[api.Meeting](b.get(m)).Seq
	join("join")
	if after := decode[api.Meeting](b.get(m)).Seq; after != before {
		t.Errorf("joining twice made events: %d after %d", after, before)
	}
	b.post(m+"/breakouts/start", nil).want(200)
	if p := join("leave"); p.Web || p.Location.Place != "absent" {
		t.Errorf("left: %+v", p)
	}
	if p := join("join"); p.Location.Place != "room" || p.Location.Room == control.MainRoom {
		t.Errorf("back: %+v", p)
	}
	keyed := request{method: "POST", path: ada + "/presence", body: `{"web":"leave"}`, header: map[string]string{"Idempotency-Key": "k"}}
	first := b.send(keyed).want(200)
	join("join")
	if again := b.send(keyed).want(200); string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") == "" {
		t.Errorf("a replay answered %s", again.body)
	}
	if p := decode[api.Participant](b.get(ada)); !p.Web {
		t.Error("a replay was done again")
	}
}

func TestParticipantsAreFound(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "roster": []map[string]any{
		{"name": "Ada Lovelace", "role": "speaker", "external_id": "u1"}, {"name": "Bob Ádám"}, {"name": "Cleo", "email": "love@example.org"}}})
	b.person(m, "Dora", "audience")
	for query, want := range map[string]string{
		"": "Ada Lovelace, Bob Ádám, Cleo, Dora", "q=LOVE": "Ada Lovelace, Cleo", "q=áDÁM": "Bob Ádám", "q=nobody": "",
		"role=speaker": "Ada Lovelace", "role=audience&present=true": "Dora", "place=room": "Dora", "place=absent&q=o": "Ada Lovelace, Bob Ádám, Cleo",
		"room=main": "Dora", "external_id=u1": "Ada Lovelace", "external_id=u2": "",
	} {
		if got := names(decode[api.Page[api.Participant]](b.get(m + "/participants?" + query).want(200)).Items); got != want {
			t.Errorf("%s found %q, want %q", query, got, want)
		}
	}
	for query, field := range map[string]string{"place=here": "place", "role=king": "role", "q=" + strings.Repeat("x", 65): "q", "cursor=xx": "cursor"} {
		b.get(m+"/participants?"+query).problem(422, "invalid", field)
	}
	b.get(m+"/participants?room=room_x").problem(404, "not_found", "room")
}

func names(people []api.Participant) string {
	var list []string
	for _, p := range people {
		list = append(list, p.Name)
	}
	return strings.Join(list, ", ")
}

// TestPagesOfParticipants: while people come and go, nobody is missed and nobody comes twice.
func TestPagesOfParticipants(t *testing.T) {
	b := serve(t, newStore(t))
	roster := make([]map[string]any, 3000)
	for i := range roster {
		roster[i] = map[string]any{"name": fmt.Sprintf("P%04d", i), "role": []string{"audience", "speaker"}[i%2]}
	}
	m := b.meeting(map[string]any{"title": "wide", "roster": roster})
	page := func(query string) api.Page[api.Participant] {
		t.Helper()
		return decode[api.Page[api.Participant]](b.get(m + "/participants?" + query).want(200))
	}
	first := page("role=speaker&limit=1000")
	// Somebody before the cursor becomes a speaker, another goes, and the last one of the page too.
	b.patch(m+"/participants/"+string(page("q=P0002").Items[0].ID), map[string]any{"role": "speaker"})
	for _, p := range []api.Participant{first.Items[0], first.Items[999]} {
		b.send(request{method: "DELETE", path: m + "/participants/" + string(p.ID)}).want(204)
	}
	second := page("role=speaker&limit=1000&cursor=" + url.QueryEscape(first.NextCursor))
	if len(first.Items) != 1000 || len(second.Items) != 500 || second.NextCursor != "" || second.Items[0].Name != "P2001" {
		t.Errorf("%d and %d speakers, the second page begins with %s", len(first.Items), len(second.Items), second.Items[0].Name)
	}
	last := page("q=P2999&limit=1")
	if len(last.Items) != 1 || last.NextCursor != "" {
		t.Errorf("the last one: %d, next %q", len(last.Items), last.NextCursor)
	}
}

func TestListIsNotSentTwice(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.person(m, "Ada", "audience")
	etag := b.get(m + "/participants").want(200).header.Get("ETag")
	again := request{method: "GET", path: m + "/participants", header: map[string]string{"If-None-Match": `"x", ` + etag}}
	if got := b.send(again).want(304); len(got.body) > 0 || got.header.Get("ETag") != etag {
		t.Errorf("304 with %q, ETag %s", got.body, got.header.Get("ETag"))
	}
	b.person(m, "Bob", "audience")
	if got := decode[api.Page[api.Participant]](b.send(again).want(200)); len(got.Items) != 2 {
		t.Errorf("%d items", len(got.Items))
	}
}

func TestMuteAllBut(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada, bob := b.person(m, "Ada", "audience"), b.person(m, "Bob", "audience")
	b.post(m+"/mute-all", map[string]any{"except": []any{ada}}).want(200)
	for id, want := range map[control.ParticipantID]bool{ada: false, bob: true} {
		if p := decode[api.Participant](b.get(m + "/participants/" + string(id))); p.MutedByAdmin != want {
			t.Errorf("%s: muted %v", p.Name, p.MutedByAdmin)
		}
	}
	b.post(m+"/release", nil).want(200)
	b.post(m+"/mute-all", nil).want(200)
	b.post(m+"/mute-all", map[string]any{"except": []any{"par_x"}}).problem(404, "not_found", "except")
	b.post(m+"/mute-all", map[string]any{"but": []any{}}).problem(422, "invalid", "but")
}

// TestFloorIsGiven by an admin to whose hand is up.
func TestFloorIsGiven(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	ada := b.post(m+"/participants", map[string]any{"name": "Ada", "web": true}).want(201).header.Get("Location")
	b.post(ada+"/floor", nil).problem(409, "wrong_state", "participant")
	b.post(m+"/mute-all", nil).want(200)
	b.patch(ada, `{"hand":true}`)
	if p := decode[api.Participant](b.post(ada+"/floor", nil).want(200)); p.Muted || p.HandRaisedAt != nil {
		t.Errorf("muted %v, hand %v", p.Muted, p.HandRaisedAt)
	}
	b.post(m+"/participants/par_none/floor", nil).problem(404, "not_found", "participant")
	if all := b.events(m); !strings.Contains(all, "participant.floor_given") {
		t.Errorf("the stream does not say so: %s", all)
	}
}
