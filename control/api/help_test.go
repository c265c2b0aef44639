package api_test

import (
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/api"
)

// askFor asks for help in the room of somebody.
func (b *bridge) askFor(m string, who control.ParticipantID) api.HelpRequest {
	b.t.Helper()
	return decode[api.HelpRequest](b.post(m+"/help-requests", map[string]any{"participant": who}).want(201))
}

func (b *bridge) helpPath(m string, h api.HelpRequest) string {
	return m + "/help-requests/" + string(h.ID)
}

// roomOf is where somebody is.
func (b *bridge) roomOf(m string, who control.ParticipantID) control.RoomID {
	b.t.Helper()
	return decode[api.Participant](b.get(m + "/participants/" + string(who)).want(200)).Location.Room
}

// TestHelpIsAnswered: a speaker on the web is moved, or only marks it; a key without a person may answer too.
func TestHelpIsAnswered(t *testing.T) {
	for name, tt := range map[string]struct {
		action  string
		by      bool
		body    map[string]any
		outcome string
		moved   bool
		listens bool
	}{
		"accepted":           {"accept", true, map[string]any{}, "accepted", true, false},
		"accepted, moving":   {"accept", true, map[string]any{"move": true}, "accepted", true, false},
		"marked only":        {"accept", true, map[string]any{"move": false}, "accepted", false, false},
		"to listen only":     {"accept", true, map[string]any{"listen_only": true}, "accepted", true, true},
		"accepted by nobody": {"accept", false, nil, "accepted", false, false},
		"declined":           {"decline", true, map[string]any{}, "declined", false, false},
		"declined by nobody": {"decline", false, nil, "declined", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, m, rooms, ada := stageOf(t)
			b.post(m+"/participants/"+string(ada)+"/move", map[string]any{"room": "main"}).want(200)
			bob := b.person(m, "Bob", "audience")
			b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": rooms[0]}).want(200)
			asked := b.askFor(m, bob)
			if again := b.askFor(m, bob); again.ID != asked.ID || asked.State != "open" || asked.ExpiresAt == nil {
				t.Errorf("asked %+v, again %+v", asked, again)
			}
			var body any
			if tt.by {
				tt.body["by"] = ada
				body = tt.body
			}
			got := decode[api.HelpAnswered](b.post(b.helpPath(m, asked)+"/"+tt.action, body).want(200))
			if got.Outcome != tt.outcome || got.Moved != tt.moved || got.ListenOnly != tt.listens || got.Room != rooms[0] || got.Participant != bob || (got.By == ada) != tt.by {
				t.Errorf("answered %+v", got)
			}
			want := map[bool]control.RoomID{true: rooms[0], false: "main"}[tt.moved]
			if at := b.roomOf(m, ada); at != want {
				t.Errorf("Ada is in %s", at)
			}
			read := decode[api.HelpRequest](b.get(b.helpPath(m, asked)).want(200))
			if read.State != tt.outcome || read.EndedAt == nil || (read.By == ada) != tt.by || read.ListenOnly != tt.listens {
				t.Errorf("then read %+v", read)
			}
			if who := decode[api.Participant](b.get(m + "/participants/" + string(ada)).want(200)); who.ListenOnly != tt.listens {
				t.Errorf("Ada listens only: %t", who.ListenOnly)
			}
			b.post(b.helpPath(m, asked)+"/accept", nil).problem(409, "wrong_state", "request")
			b.send(request{method: "DELETE", path: b.helpPath(m, asked)}).problem(409, "wrong_state", "request")
		})
	}
}

// TestListeningOnlyIsRefused: to somebody who is not moved, for then nobody would listen.
func TestListeningOnlyIsRefused(t *testing.T) {
	b, m, rooms, ada := stageOf(t)
	bob := b.person(m, "Bob", "audience")
	b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": rooms[0]}).want(200)
	away := b.post(m+"/participants", map[string]any{"name": "Away", "role": "speaker"}).want(201)
	asked := b.askFor(m, bob)
	accept := b.helpPath(m, asked) + "/accept"
	b.post(accept, map[string]any{"listen_only": true}).problem(422, "invalid", "listen_only")
	b.post(accept, map[string]any{"by": ada, "move": false, "listen_only": true}).problem(422, "invalid", "listen_only")
	b.post(accept, map[string]any{"by": ada, "listen_only": "yes"}).problem(422, "invalid", "listen_only")
	b.post(accept, map[string]any{"by": decode[api.Participant](away).ID, "listen_only": true}).problem(409, "wrong_state", "by")
	if read := decode[api.HelpRequest](b.get(b.helpPath(m, asked)).want(200)); read.State != "open" {
		t.Errorf("after what was refused it is %s", read.State)
	}
}

// TestHelpHistory: what has ended is listed by how it ended.
func TestHelpHistory(t *testing.T) {
	b, m, rooms, _ := stageOf(t)
	b.send(request{method: "PATCH", path: m, body: map[string]any{"options": map[string]any{"help_repeat_s": 0}}}).want(200)
	bob := b.person(m, "Bob", "audience")
	b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": rooms[0]}).want(200)
	b.post(b.helpPath(m, b.askFor(m, bob))+"/decline", nil).want(200)
	withdrawn := b.askFor(m, bob)
	b.send(request{method: "DELETE", path: b.helpPath(m, withdrawn)}).want(204)
	b.send(request{method: "DELETE", path: b.helpPath(m, withdrawn)}).want(204)
	b.post(b.helpPath(m, b.askFor(m, bob))+"/accept", nil).want(200)
	b.askFor(m, bob)
	for query, want := range map[string]int{
		"": 1, "?state=open": 1, "?state=closed": 3, "?state=all": 4, "?state=declined": 1, "?state=withdrawn": 1, "?state=accepted": 1,
		"?state=timed_out": 0, "?state=ended": 0, "?state=closed&limit=2": 2,
	} {
		if got := decode[api.Page[api.HelpRequest]](b.get(m + "/help-requests" + query).want(200)); len(got.Items) != want {
			t.Errorf("%q lists %d requests, want %d", query, len(got.Items), want)
		}
	}
	b.post(m+"/breakouts/stop", map[string]any{"countdown_s": 0}).want(200)
	if got := decode[api.Page[api.HelpRequest]](b.get(m + "/help-requests?state=ended").want(200)); len(got.Items) != 1 {
		t.Errorf("after the stop %d have ended", len(got.Items))
	}
}

// TestHelpRepeatGuard: after a decline it is said how long to wait.
func TestHelpRepeatGuard(t *testing.T) {
	b, m, rooms, _ := stageOf(t)
	bob := b.person(m, "Bob", "audience")
	b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": rooms[0]}).want(200)
	b.post(b.helpPath(m, b.askFor(m, bob))+"/decline", nil).want(200)
	if p := b.post(m+"/help-requests", map[string]any{"participant": bob}).problem(429, "rate_limited", "participant"); p.Hint != "ask again in 30 s" {
		t.Errorf("the hint is %q", p.Hint)
	}
}

// TestHelpThatCannotBeFollowed: it says how to accept all the same.
func TestHelpThatCannotBeFollowed(t *testing.T) {
	b, m, _, ada := stageOf(t)
	bob := b.person(m, "Bob", "audience")
	rooms := b.rooms(m, 1)
	b.post(m+"/participants/"+string(bob)+"/move", map[string]any{"room": rooms[0]}).want(200)
	asked := b.askFor(m, bob)
	b.post(m+"/breakouts/stop", map[string]any{"countdown_s": 600}).want(200)
	if p := b.post(b.helpPath(m, asked)+"/accept", map[string]any{"by": ada}).problem(409, "wrong_state", ""); p.Hint == "" {
		t.Error("no hint")
	}
	b.post(b.helpPath(m, asked)+"/accept", map[string]any{"by": ada, "move": false}).want(200)
}

// TestHelpTimesOut by the option, and is read as such.
func TestHelpTimesOut(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(map[string]any{"title": "x", "options": map[string]any{"help_timeout_s": 1}})
	events := b.follow(m+"/events", "")
	defer events.close()
	asked := b.askFor(m, b.person(m, "Bob", "audience"))
	for !strings.Contains(events.next().data, `"outcome":"timed_out"`) {
	}
	if got := decode[api.HelpRequest](b.get(b.helpPath(m, asked))); got.State != "timed_out" || got.WaitedS != 1 || got.EndedAt == nil {
		t.Errorf("read %+v", got)
	}
}
