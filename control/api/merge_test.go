package api_test

import (
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// call has somebody dial into a meeting and returns his id.
func (b *bridge) call(meeting, name string) control.ParticipantID {
	b.t.Helper()
	m, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(meeting, "/v1/meetings/")))
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := m.Do(b.t.Context(), control.Join{Leg: control.LegID("leg_" + name), Kind: control.PhoneLeg, Number: "+4930" + name}, control.Meta{Actor: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Value.(control.Joined).Participant
}

func TestMergeAndSplit(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "Blue"}}})
	ada, phone := b.person(m, "Ada", "audience"), b.call(m, "123456")
	one := m + "/participants/" + string(ada)
	merge := request{method: "POST", path: one + "/merge", body: map[string]any{"participant": phone}, header: map[string]string{"Idempotency-Key": "k"}}
	merged := b.send(merge).want(200)
	p := decode[api.Participant](merged)
	if p.ID != ada || !p.Web || len(p.Legs) != 1 || p.Legs[0].Number != "+49•••456" || p.Number != "+49•••456" || p.Name != "Ada" {
		t.Errorf("merged: %+v", p)
	}
	if again := b.send(merge).want(200); string(again.body) != string(merged.body) {
		t.Errorf("a replay answered %s", again.body)
	}
	if got := decode[api.Participant](b.get(one)); len(got.Legs) != 1 {
		t.Errorf("read: %+v", got)
	}
	b.get(m+"/participants/"+string(phone)).problem(404, "not_found", "participant")
	if leg := decode[api.Participant](b.get(one)).Legs[0].ID; b.mixer.Room(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")), leg) != 0 {
		t.Error("the leg is not in the main room")
	}
	split := b.post(one+"/split", nil).want(200)
	if p := decode[api.Participant](split); p.ID != phone || len(p.Legs) != 1 || p.Web || split.header.Get("Location") != m+"/participants/"+string(phone) {
		t.Errorf("split: %+v", p)
	}
	b.post(m+"/participants/"+string(phone)+"/merge", map[string]any{"participant": ada}).want(200)
	if p := decode[api.Participant](b.post(m+"/participants/"+string(phone)+"/split", map[string]any{"web": true}).want(200)); p.ID != ada || !p.Web {
		t.Errorf("the web was split off as %+v", p)
	}
	all := b.events(m)
	for _, want := range []string{`"participants.merged"`, `"participant.split"`} {
		if strings.Count(all, want) != 2 {
			t.Errorf("%d events %s", strings.Count(all, want), want)
		}
	}
	if strings.Contains(all, "+4930123456") {
		t.Error("the stream shows a number")
	}
	rows := string(b.get(m + "/attendance").want(200).body)
	if !strings.Contains(rows, `"merged"`) || !strings.Contains(rows, `"split"`) {
		t.Errorf("attendance: %s", rows)
	}
}

func TestMergeIsRefused(t *testing.T) {
	b := serve(t, newStore(t))
	m, other := b.meeting(nil), b.meeting(nil)
	ada, eve, phone := b.person(m, "Ada", "audience"), b.person(m, "Eve", "audience"), b.call(m, "1")
	stranger := b.call(other, "2")
	bob := decode[api.Participant](b.post(m+"/participants", map[string]any{"name": "Bob"}).want(201)).ID
	one := m + "/participants/" + string(ada)
	for name, tt := range map[string]struct {
		path        string
		body        any
		status      int
		code, field string
	}{
		"with himself":            {one + "/merge", map[string]any{"participant": ada}, 422, "invalid", "participant"},
		"two on the web":          {one + "/merge", map[string]any{"participant": eve}, 409, "wrong_state", "participant"},
		"somebody absent":         {one + "/merge", map[string]any{"participant": bob}, 409, "wrong_state", "participant"},
		"into somebody absent":    {m + "/participants/" + string(bob) + "/merge", map[string]any{"participant": phone}, 409, "wrong_state", "participant"},
		"of another meeting":      {one + "/merge", map[string]any{"participant": stranger}, 404, "not_found", "participant"},
		"in another meeting":      {other + "/participants/" + string(ada) + "/merge", map[string]any{"participant": stranger}, 404, "not_found", "participant"},
		"nobody":                  {one + "/merge", map[string]any{}, 422, "invalid", "participant"},
		"split without legs":      {one + "/split", nil, 422, "invalid", "legs"},
		"split a leg of another":  {one + "/split", map[string]any{"legs": []any{"leg_1"}}, 404, "not_found", "legs"},
		"split the web alone":     {one + "/split", map[string]any{"web": true}, 409, "wrong_state", "legs"},
		"split one of one":        {m + "/participants/" + string(phone) + "/split", map[string]any{"legs": []any{"leg_1"}}, 409, "wrong_state", "legs"},
		"split the web of a call": {m + "/participants/" + string(phone) + "/split", map[string]any{"web": true}, 409, "wrong_state", "web"},
		"split nobody":            {m + "/participants/par_x/split", nil, 404, "not_found", "participant"},
	} {
		before := b.snapshot(m)
		t.Run(name, func(t *testing.T) {
			got := b.post(tt.path, tt.body)
			got.t = t
			got.problem(tt.status, tt.code, tt.field)
		})
		if b.snapshot(m) != before {
			t.Errorf("%s changed something", name)
		}
	}
}
