package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// where says in which room each is, and to which he belongs.
func (b *bridge) where(m string) map[control.ParticipantID]string {
	b.t.Helper()
	out := map[control.ParticipantID]string{}
	for _, p := range decode[api.Page[api.Participant]](b.get(m + "/participants?limit=1000")).Items {
		out[p.ID] = fmt.Sprintf("%s %s, of %s", p.Location.Place, p.Location.Room, p.Assignment)
	}
	return out
}

func (b *bridge) crowd(n, rooms int) (m string, people []control.ParticipantID, ids []control.RoomID) {
	b.t.Helper()
	m = b.meeting(nil)
	ids = b.rooms(m, rooms)
	for i := range n {
		people = append(people, b.person(m, fmt.Sprintf("P%d", i), "audience"))
	}
	return m, people, ids
}

// TestUndo: what a command did to people is taken back, whatever the command.
func TestUndo(t *testing.T) {
	b := serve(t, newStore(t))
	m, people, rooms := b.crowd(9, 3)
	b.post(m+"/assignments", map[string]any{"participants": people[:3], "room": rooms[0]}).want(200)
	steps := []struct {
		name, path string
		body       any
		counts     map[string]int // of the undo
	}{
		{"an assignment", "/assignments", map[string]any{"participants": people[1:5], "room": rooms[1]}, map[string]int{"assigned": 2, "unassigned": 2}},
		{"a plan", "/breakouts/shuffle", map[string]any{"seed": 5}, nil},
		{"a start", "/breakouts/start", nil, map[string]int{"moved": 9}},
		{"and open again", "/breakouts/start", map[string]any{"seed": 1}, nil},
		{"a move", "/move", map[string]any{"participants": people, "room": "main"}, map[string]int{"moved": 9}},
		{"an assignment that moves", "/assignments", map[string]any{"participants": people, "room": rooms[2]}, nil},
		{"a shuffle", "/breakouts/shuffle", map[string]any{"seed": 6}, nil},
		{"a reset", "/breakouts/reset", nil, map[string]int{"moved": 9}},
	}
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			b := *b
			b.t = t
			before := b.where(m)
			made := decode[bulk](b.post(m+tt.path, tt.body).want(200))
			if tt.name == "and open again" {
				return
			}
			after := b.where(m)
			undone := decode[bulk](b.post(m+"/undo", map[string]any{"command_id": made.CommandID}).want(200))
			if got := b.where(m); !maps.Equal(got, before) {
				t.Errorf("was %v\nis  %v", before, got)
			}
			b.outcomes(m, undone)
			if tt.counts != nil && !maps.Equal(undone.Counts, tt.counts) {
				t.Errorf("undone with %v, want %v", undone.Counts, tt.counts)
			}
			b.post(m+"/undo", map[string]any{"command_id": made.CommandID}).problem(409, "wrong_state", "command_id")
			if tt.name != "a start" {
				b.post(m+"/undo", map[string]any{"command_id": undone.CommandID}).want(200)
				if got := b.where(m); !maps.Equal(got, after) {
					t.Errorf("done again: was %v\nis  %v", after, got)
				}
			}
		})
	}
}

// TestUndoSaysWhoIsNotPutBack: only those go back who still are where the command put them.
func TestUndoSaysWhoIsNotPutBack(t *testing.T) {
	b := serve(t, newStore(t))
	m, people, rooms := b.crowd(5, 3)
	b.post(m+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	move := func(who []control.ParticipantID, room control.RoomID) bulk {
		return decode[bulk](b.post(m+"/move", map[string]any{"participants": who, "room": room}).want(200))
	}
	move(people[3:4], rooms[1])
	made := move(people, rooms[0])
	move(people[1:2], rooms[2])
	b.post(m+"/participants/"+string(people[2])+"/presence", map[string]any{"web": "leave"}).want(200)
	b.send(request{method: "DELETE", path: m + "/rooms/" + string(rooms[1])}).want(200)
	b.send(request{method: "DELETE", path: m + "/participants/" + string(people[4])}).want(204)
	undone := b.outcomes(m, decode[bulk](b.post(m+"/undo", map[string]any{"command_id": made.CommandID}).want(200)))
	for i, want := range []string{"moved", "changed_since", "left", "room_gone", "left"} {
		if got := undone[people[i]].Outcome; got != want {
			t.Errorf("person %d: %s, want %s", i, got, want)
		}
	}
	stopped := decode[bulk](b.post(m+"/breakouts/stop", map[string]any{"countdown_s": 0}).want(200))
	b.post(m+"/undo", map[string]any{"command_id": stopped.CommandID}).problem(409, "wrong_state", "command_id")
	b.post(m+"/undo", map[string]any{"command_id": "cmd_none"}).problem(404, "not_found", "command_id")
	b.post(b.meeting(nil)+"/undo", map[string]any{"command_id": made.CommandID}).problem(404, "not_found", "command_id")
	b.post(m+"/undo", map[string]any{}).problem(422, "invalid", "command_id")
	gone := decode[bulk](b.send(request{method: "DELETE", path: m + "/rooms/" + string(rooms[2])}).want(200))
	b.post(m+"/undo", map[string]any{"command_id": gone.CommandID}).problem(409, "wrong_state", "command_id")
}

// TestPlanIfMatch: of two admins the second finds out that the plan has changed.
func TestPlanIfMatch(t *testing.T) {
	b := serve(t, newStore(t))
	m, people, rooms := b.crowd(3, 2)
	etag := b.get(m + "/assignments").want(200).header.Get("ETag")
	one := m + "/participants/" + string(people[0]) + "/assignment"
	ask := func(method, path, etag string, body any) answer {
		return b.send(request{method: method, path: path, body: body, header: map[string]string{"If-Match": etag}})
	}
	ask("PUT", one, etag, map[string]any{"room": rooms[0]}).want(200)
	for _, tt := range []struct {
		method, path string
		body         any
	}{
		{"PUT", one, map[string]any{"room": rooms[1]}},
		{"DELETE", one, nil},
		{"POST", m + "/assignments", map[string]any{"participants": people, "room": rooms[1]}},
		{"POST", m + "/breakouts/start", nil},
		{"POST", m + "/breakouts/shuffle", nil},
		{"POST", m + "/breakouts/reset", nil},
	} {
		p := ask(tt.method, tt.path, etag, tt.body).problem(412, "precondition_failed", "If-Match")
		var now api.Page[api.PlanEntry]
		if err := json.Unmarshal(p.Current, &now); err != nil || len(now.Items) != 1 || now.Items[0] != (api.PlanEntry{Participant: people[0], Room: rooms[0]}) {
			t.Errorf("%s %s: current is %s", tt.method, tt.path, p.Current)
		}
		if got := b.get(m + "/assignments").header.Get("ETag"); got != p.ETag || got == etag {
			t.Errorf("%s %s: the ETag is %s, the problem says %s", tt.method, tt.path, got, p.ETag)
		}
	}
	ask("POST", m+"/breakouts/start", b.get(m+"/assignments").header.Get("ETag"), nil).want(200)
	b.post(m+"/assignments", map[string]any{"participants": people, "room": "main"}).problem(422, "invalid", "room")
	b.post(m+"/assignments", map[string]any{"participants": []string{"par_x"}, "room": rooms[0]}).problem(404, "not_found", "participants")
	back := decode[bulk](b.post(m+"/assignments", map[string]any{"participants": people}).want(200))
	if back.Counts["moved"] != 3 {
		t.Errorf("taking assignments back of open breakouts came to %v", back.Counts)
	}
}

// TestEventsCarryCounts: of few people the event names all, of many it says how many.
func TestEventsCarryCounts(t *testing.T) {
	b := serve(t, newStore(t))
	var roster []map[string]any
	for i := range 130 {
		roster = append(roster, map[string]any{"name": fmt.Sprintf("P%d", i), "web": true})
	}
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "A"}, {"name": "B"}}, "roster": roster})
	started := decode[bulk](b.post(m+"/breakouts/start", nil).want(200))
	some := started.Outcomes[0].Participant
	b.post(m+"/move", map[string]any{"participants": []any{some}, "room": "main"}).want(200)
	req := b.request(t.Context(), request{method: "GET", path: m + "/events?from=start"})
	res, err := b.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	type data struct {
		Moved, Assigned    int
		Moves, Assignments []any
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for seen := 0; seen < 2 && lines.Scan(); {
		var e struct {
			Type      string
			CommandID control.CommandID `json:"command_id"`
			Data      data
		}
		text, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		switch e.Type {
		case "breakouts.started":
			seen++
			if e.Data.Moved != 130 || e.Data.Assigned != 130 || e.Data.Moves != nil || e.Data.Assignments != nil || e.CommandID != started.CommandID {
				t.Errorf("start: %+v of %s", e.Data, e.CommandID)
			}
		case "participants.moved":
			seen++
			if e.Data.Moved != 1 || len(e.Data.Moves) != 1 {
				t.Errorf("move: %+v", e.Data)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}
