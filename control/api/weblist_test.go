package api_test

import (
	"fmt"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

func (b *bridge) putList(meeting string, asOf uint64, people ...map[string]any) answer {
	b.t.Helper()
	if people == nil {
		people = []map[string]any{}
	}
	return b.send(request{method: "PUT", path: meeting + "/participants", body: map[string]any{"as_of": asOf, "participants": people}})
}

func TestWebList(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	user := func(n int) map[string]any {
		return map[string]any{"external_id": fmt.Sprintf("u%d", n), "name": fmt.Sprintf("N%d", n)}
	}
	got := decode[api.WebSynced](b.putList(m, 1, user(1), user(2)).want(200))
	if got.Counts["added"] != 2 || len(got.Outcomes) != 2 || got.Seq != 3 {
		t.Errorf("first: %+v", got)
	}
	if again := decode[api.WebSynced](b.putList(m, 1, user(1), user(2)).want(200)); again.Seq != 3 || again.Counts["unchanged"] != 2 {
		t.Errorf("again: %+v", again)
	}
	got = decode[api.WebSynced](b.putList(m, 3, user(2)).want(200))
	if got.Counts["left"] != 1 {
		t.Errorf("less: %+v", got)
	}
	kept := decode[api.Page[api.Outcome]](b.get(m + "/commands/" + string(got.CommandID) + "/outcomes").want(200))
	if len(kept.Items) != 2 {
		t.Errorf("kept: %+v", kept)
	}
	b.putList(m, 2, user(1)).problem(409, "wrong_state", "as_of")
	b.putList(m, 99, user(1)).problem(422, "invalid", "as_of")
	b.putList(m, 4, map[string]any{"name": "x"}).problem(422, "invalid", "participants[0].external_id")
	b.putList(m, 4, map[string]any{"external_id": "u9"}).problem(422, "invalid", "participants[0].name")
	b.putList(m, 4, user(1), user(1)).problem(422, "invalid", "participants[1].external_id")
	b.send(request{method: "PUT", path: m + "/participants", body: `{"participants":[]}`}).problem(422, "invalid", "as_of")
	b.send(request{method: "PUT", path: m + "/participants", body: `{"as_of":-1,"participants":[]}`}).problem(422, "invalid", "as_of")
	b.send(request{method: "PUT", path: m + "/participants", body: `{"as_of":1}`}).problem(422, "invalid", "participants")
	if left := names(decode[api.Page[api.Participant]](b.get(m + "/participants?present=true")).Items); left != "N2" {
		t.Errorf("there are %q", left)
	}
	b.post(m+"/end", nil).want(200)
	b.putList(m, 4, user(1)).problem(409, "wrong_state", "")
}

// TestAWideWebList: 3,000 people, with long names, are one append.
func TestAWideWebList(t *testing.T) {
	store := newFailingStore()
	b := serve(t, store)
	m := b.meeting(map[string]any{"title": "wide", "rooms": make([]struct{}, 300)})
	people := make([]map[string]any, 3000)
	for i := range people {
		people[i] = map[string]any{"external_id": fmt.Sprintf("%0128d", i), "name": strings.Repeat("ä", 60) + fmt.Sprintf("%04d", i), "email": fmt.Sprintf("p%d@example.org", i)}
	}
	before := len(store.Appends())
	got := decode[api.WebSynced](b.putList(m, 1, people...).want(200))
	if n := len(store.Appends()) - before; n != 1 || got.Counts["added"] != 3000 || len(got.Outcomes) != 100 || got.NextCursor == "" {
		t.Errorf("%d appends, %v", n, got.Counts)
	}
	b.post(m+"/breakouts/start", nil).want(200)
	got = decode[api.WebSynced](b.putList(m, got.Seq, people[:1500]...).want(200))
	if got.Counts["left"] != 1500 || got.Counts["unchanged"] != 1500 {
		t.Errorf("half of them: %v", got.Counts)
	}
	if p := decode[api.Page[api.Participant]](b.get(m + "/participants?external_id=" + fmt.Sprintf("%0128d", 7))).Items; len(p) != 1 || p[0].Location.Room == control.MainRoom {
		t.Errorf("the seventh: %+v", p)
	}
}
