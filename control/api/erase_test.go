package api_test

import (
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// TestErase: over HTTP, of people who are there, were removed, or of meetings that ended or were deleted; the second time
// nothing more happens; and nothing of who it was is read anywhere afterwards.
func TestErase(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	m := b.meeting(map[string]any{"title": "Talk of Ada", "rooms": []map[string]any{{"name": "Ada's room"}}})
	id := strings.TrimPrefix(m, "/v1/meetings/")
	add := func(key, name string) string {
		return string(decode[api.Participant](b.keyed(m+"/participants", key, map[string]any{
			"name": name, "email": name + "@example.org", "number": "+49301230417", "external_id": "x-" + name, "web": true, "first_name": name,
		}).want(201)).ID)
	}
	ada, bob, cy := add("k-ada", "Ada"), add("k-bob", "Bob"), add("k-cy", "Cy")
	b.send(request{method: "DELETE", path: m + "/participants/" + bob}).want(204)
	b.post(m+"/participants/par_none/erase", nil).problem(404, "not_found", "participant")
	b.post("/v1/meetings/mtg_none/erase", nil).problem(404, "not_found", "")
	b.post(m+"/erase", nil).problem(409, "wrong_state", "")

	for _, who := range []string{ada, bob} {
		first := decode[api.Erasure](b.post(m+"/participants/"+who+"/erase", map[string]any{}).want(200))
		again := decode[api.Erasure](b.post(m+"/participants/"+who+"/erase", nil).want(200))
		if first.CommandID == "" || again.CommandID != "" || string(again.Participant) != who || string(again.Meeting) != id {
			t.Errorf("erasing %s twice answered %+v and %+v", who, first, again)
		}
	}
	p := decode[api.Participant](b.get(m + "/participants/" + ada).want(200))
	if p.Name != "Erased" || p.Location.Place != "absent" || p.Email+p.Number+p.ExternalID+p.FirstName != "" {
		t.Errorf("he is shown as %+v", p)
	}
	leaks := func(names ...string) {
		t.Helper()
		texts := map[string]string{
			"the stream": b.soFar(m), "the attendance": string(b.get(m + "/attendance").want(200).body),
			"the file": string(b.get(m + "/attendance.csv").want(200).body), "all": b.soFar("/v1"),
		}
		for where, text := range texts {
			for _, name := range names {
				if strings.Contains(text, name) {
					t.Errorf("%s has %q: %s", where, name, text)
				}
			}
			if !strings.Contains(text, "Erased") {
				t.Errorf("%s has nobody: %s", where, text)
			}
		}
	}
	leaks("Bob", "Ada@", "x-Ada", `"Ada"`)
	if got := string(b.keyed(m+"/participants", "k-ada", map[string]any{
		"name": "Ada", "email": "Ada@example.org", "number": "+49301230417", "external_id": "x-Ada", "web": true, "first_name": "Ada",
	}).want(201).body); strings.Contains(got, "Ada") {
		t.Errorf("the kept answer is %s", got)
	}
	if got := b.soFar(m); !strings.Contains(got, "Cy") || !strings.Contains(got, `"actor":"key:test"`) {
		t.Errorf("somebody else, or who did it, is gone too: %s", got)
	}

	b.send(request{method: "DELETE", path: m}).want(204)
	b.get(m).problem(404, "not_found", "")
	b.post(m+"/end", nil).problem(404, "not_found", "")
	if !strings.Contains(string(b.get(m+"/attendance").want(200).body), "Cy") {
		t.Error("the attendance of a deleted meeting is gone")
	}
	b.stop()
	b = serve(t, store) // it is in the log alone now
	if !strings.Contains(string(b.get(m+"/attendance.csv").want(200).body), "Cy") {
		t.Error("the attendance of a deleted meeting is gone after a restart")
	}
	b.post(m+"/participants/"+cy+"/erase", nil).want(200)
	b.get(m).problem(404, "not_found", "")
	first := decode[api.Erasure](b.post(m+"/erase", nil).want(200))
	again := decode[api.Erasure](b.post(m+"/erase", nil).want(200))
	if first.CommandID == "" || again.CommandID != "" || first.Participant != "" {
		t.Errorf("erasing the meeting twice answered %+v and %+v", first, again)
	}
	for where, text := range map[string]string{
		"all events": b.soFar("/v1"), "the attendance": string(b.get(m + "/attendance").want(200).body),
	} {
		if strings.Contains(text, "Cy") || strings.Contains(text, "Ada") {
			t.Errorf("%s has a name: %s", where, text)
		}
	}
}

// soFar is all that a stream has from its start until it has nothing more to tell.
func (b *bridge) soFar(path string) string {
	b.t.Helper()
	s := b.follow(path+"/events?from=start", "")
	defer s.close()
	var all strings.Builder
	for s.lines.Scan() && s.lines.Text() != ":" {
		all.WriteString(s.lines.Text() + "\n")
	}
	return all.String()
}

// TestResetAfterForgetting: who may have missed events of a meeting that is no longer kept is told to begin anew, with the
// state; who has seen them goes on.
func TestResetAfterForgetting(t *testing.T) {
	store := newStore(t)
	b := serve(t, store)
	gone := b.meeting(map[string]any{"title": "Old"})
	reader := b.follow("/v1/events?from=start", "")
	before := reader.next().id
	b.send(request{method: "DELETE", path: gone}).want(204)
	b.meeting(map[string]any{"title": "New"})
	reader.next()
	reader.next()
	after := reader.next().id
	if err := store.Forget(t.Context(), control.MeetingID(strings.TrimPrefix(gone, "/v1/meetings/"))); err != nil {
		t.Fatal(err)
	}
	reset := b.follow("/v1/events", before).next()
	if reset.event != "reset" || !strings.Contains(reset.data, "New") || strings.Contains(reset.data, "Old") {
		t.Errorf("a reader of old was sent %+v", reset)
	}
	for _, id := range []string{reset.id, after} {
		s := b.follow("/v1/events", id)
		b.meeting(map[string]any{"title": "Newest"})
		if m := s.next(); m.event != "meeting.created" || !strings.Contains(m.data, "Newest") {
			t.Errorf("after %s came %+v", id, m)
		}
	}
	if all := b.soFar("/v1"); strings.Contains(all, "Old") {
		t.Errorf("the stream has what is forgotten: %s", all)
	}
}
