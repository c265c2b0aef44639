package api_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/api"
)

// bulk is what the answers of commands about many people have in common.
type bulk struct {
	CommandID  control.CommandID `json:"command_id"`
	Counts     map[string]int
	Outcomes   []api.Outcome
	NextCursor string `json:"next_cursor"`
	Breakouts  api.Breakouts
}

// outcomes reads all pages of what a command came to, and checks that the answer's first page is one of them.
func (b *bridge) outcomes(m string, made bulk) map[control.ParticipantID]api.Outcome {
	b.t.Helper()
	all := map[control.ParticipantID]api.Outcome{}
	for _, o := range made.Outcomes {
		all[o.Participant] = o
	}
	path := m + "/commands/" + string(made.CommandID) + "/outcomes?limit=70"
	first := decode[api.Page[api.Outcome]](b.get(path).want(200))
	for i, o := range first.Items {
		if made.Outcomes[i] != o {
			b.t.Errorf("outcome %d: answered %v, then read %v", i, made.Outcomes[i], o)
		}
	}
	for next := made.NextCursor; next != ""; {
		page := decode[api.Page[api.Outcome]](b.get(path + "&cursor=" + next).want(200))
		for _, o := range page.Items {
			if _, twice := all[o.Participant]; twice {
				b.t.Errorf("%s is on two pages", o.Participant)
			}
			all[o.Participant] = o
		}
		next = page.NextCursor
	}
	counts := map[string]int{}
	for _, o := range all {
		counts[o.Outcome]++
	}
	if d := cmp.Diff(made.Counts, counts); d != "" {
		b.t.Errorf("-counted by the answer +read:\n%s", d)
	}
	return all
}

// TestEveryBulkCommandHasOutcomes: the answer has counts and the first people, the rest is read page by page.
func TestEveryBulkCommandHasOutcomes(t *testing.T) {
	b := serve(t, newStore(t))
	var roster []map[string]any
	for i := range 230 {
		roster = append(roster, map[string]any{"name": fmt.Sprintf("P%d", i), "web": i < 220})
	}
	m := b.meeting(map[string]any{"title": "x", "rooms": []map[string]any{{"name": "A"}, {"name": "B", "capacity": 5}, {"name": "C"}}, "roster": roster})
	rooms := decode[api.Page[api.Room]](b.get(m + "/rooms")).Items
	var everybody []control.ParticipantID
	for _, p := range decode[api.Page[api.Participant]](b.get(m + "/participants?limit=1000")).Items {
		everybody = append(everybody, p.ID)
	}
	steps := []struct {
		name, method, path string
		body               any
		status             int
		counts             map[string]int
	}{
		{"start", "POST", "/breakouts/start", nil, 200, map[string]int{"moved": 220, "not_present": 10}},
		{"move to a room for five", "POST", "/move", map[string]any{"participants": everybody, "room": rooms[1].ID}, 200, map[string]int{"unchanged": 5, "room_full": 215, "not_present": 10}},
		{"move", "POST", "/move", map[string]any{"participants": everybody[:150], "room": rooms[0].ID}, 200, nil},
		{"shuffle", "POST", "/breakouts/shuffle", map[string]any{"seed": 3}, 200, nil},
		{"more rooms", "POST", "/rooms", map[string]any{"count": 2, "distribution": "random"}, 201, nil},
		{"delete a room", "DELETE", "/rooms/" + string(rooms[1].ID), nil, 200, map[string]int{"moved": 5}},
		{"reset", "POST", "/breakouts/reset", nil, 200, map[string]int{"moved": 215, "unchanged": 5, "not_present": 10}},
		{"reset again", "POST", "/breakouts/reset", nil, 200, map[string]int{"unchanged": 220, "not_present": 10}},
		{"extend what has no end", "POST", "/breakouts/extend", map[string]any{"duration_s": 5}, 409, nil},
		{"stop", "POST", "/breakouts/stop", map[string]any{"countdown_s": 0}, 200, map[string]int{"unchanged": 220, "not_present": 10}},
		{"shuffle makes a plan", "POST", "/breakouts/shuffle", nil, 200, map[string]int{"assigned": 230}},
	}
	for _, tt := range steps {
		t.Run(tt.name, func(t *testing.T) {
			b := *b
			b.t = t
			got := b.send(request{method: tt.method, path: m + tt.path, body: tt.body}).want(tt.status)
			if tt.status >= 300 {
				return
			}
			made := decode[bulk](got)
			all := b.outcomes(m, made)
			if tt.counts != nil && !maps.Equal(tt.counts, made.Counts) {
				t.Errorf("came to %v, want %v", made.Counts, tt.counts)
			}
			if len(all) > 100 && (len(made.Outcomes) != 100 || made.NextCursor == "") {
				t.Errorf("the answer has %d people of %d, and the cursor %q", len(made.Outcomes), len(all), made.NextCursor)
			}
		})
	}
}

func TestOutcomesOfNobody(t *testing.T) {
	b := serve(t, newStore(t))
	m, other := b.meeting(nil), b.meeting(nil)
	ids := b.rooms(m, 1)
	started := decode[bulk](b.post(m+"/breakouts/start", nil).want(200))
	page := decode[api.Page[api.Outcome]](b.get(m + "/commands/" + string(started.CommandID) + "/outcomes").want(200))
	if len(page.Items) != 0 || page.NextCursor != "" {
		t.Errorf("an empty meeting has outcomes: %+v", page)
	}
	b.get(other+"/commands/"+string(started.CommandID)+"/outcomes").problem(404, "not_found", "command_id")
	b.get(m+"/commands/cmd_none/outcomes").problem(404, "not_found", "command_id")
	b.get("/v1/meetings/mtg_none/commands/"+string(started.CommandID)+"/outcomes").problem(404, "not_found", "")
	b.get(m+"/commands/"+string(started.CommandID)+"/outcomes?cursor=!").problem(422, "invalid", "cursor")
	made := decode[bulk](b.post(m+"/rooms", nil).want(201)) // is about nobody
	b.get(m+"/commands/"+string(made.CommandID)+"/outcomes").problem(404, "not_found", "command_id")
	person := b.person(m, "Ada", "audience")
	moved := decode[bulk](b.post(fmt.Sprintf("%s/participants/%s/move", m, person), map[string]any{"room": ids[0]}).want(200))
	again := decode[bulk](b.post(fmt.Sprintf("%s/participants/%s/move", m, person), map[string]any{"room": ids[0]}).want(200))
	if got := b.outcomes(m, moved)[person].Outcome; got != "unchanged" { // late joiners are assigned to the only room
		t.Errorf("the move came to %q", got)
	}
	b.outcomes(m, again)
}
