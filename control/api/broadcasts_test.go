package api_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/api"
)

// numbered are n names that are no ids.
func numbered(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint("room_", i)
	}
	return list
}

// broadcast waits until a broadcast is in a state, and returns it.
func (b *bridge) broadcast(m string, id control.BroadcastID, state string) (got api.Broadcast) {
	b.t.Helper()
	b.wait(m+"/broadcasts/"+string(id), func(a answer) bool {
		got = decode[api.Broadcast](a)
		return got.State == state
	})
	return got
}

// caller lets somebody call a meeting.
func (b *bridge) caller(m, name string) control.ParticipantID {
	b.t.Helper()
	meeting, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")))
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := meeting.Do(b.t.Context(), control.Join{Leg: control.LegID("leg_" + name), Kind: control.PhoneLeg, Name: name}, control.Meta{Actor: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Value.(control.Joined).Participant
}

// stageOf is a meeting with two rooms, a caller in each, and Ada, a speaker, on the web in the first.
func stageOf(t *testing.T) (b *bridge, m string, rooms []control.RoomID, ada control.ParticipantID) {
	t.Helper()
	b = serve(t, newStore(t))
	b.mixer.Hold = true
	m = b.meeting(nil)
	rooms = b.rooms(m, 2)
	ada = b.person(m, "Ada", "speaker")
	b.post(m+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	for i, name := range []string{"ben", "cid"} {
		b.post(m+"/participants/"+string(b.caller(m, name))+"/move", map[string]any{"room": rooms[i]}).want(200)
	}
	b.post(m+"/participants/"+string(ada)+"/move", map[string]any{"room": rooms[0]}).want(200)
	b.mixer.Plays()
	return b, m, rooms, ada
}

// plays are the broadcasts that the mixer was given since.
func (b *bridge) plays() []controlPlay {
	var list []controlPlay
	for _, p := range b.mixer.Plays() {
		if p.Broadcast != "" {
			list = append(list, controlPlay{p.Rooms, p.Sound, p.PhonesOnly})
		}
	}
	return list
}

type controlPlay struct {
	Rooms      []int
	Sound      control.Sound
	PhonesOnly bool
}

func TestBroadcasts(t *testing.T) {
	b, m, rooms, ada := stageOf(t)
	for name, tt := range map[string]struct {
		body map[string]any
		play controlPlay
		want []api.Delivery
	}{
		"to all": {
			map[string]any{"prompt": "closing_soon"},
			controlPlay{nil, control.Sound{Prompt: "closing_soon", Language: "en"}, false},
			[]api.Delivery{{Room: rooms[0], Listeners: 1, Tick: 1, Web: 1, Outcome: "played"}, {Room: rooms[1], Listeners: 1, Tick: 1, Outcome: "played"}},
		},
		"to some rooms": {
			map[string]any{"prompt": "closing_soon", "language": "de", "rooms": []any{rooms[1], "main"}},
			controlPlay{[]int{0, 2}, control.Sound{Prompt: "closing_soon", Language: "de"}, false},
			[]api.Delivery{{Room: "main", Outcome: "nobody"}, {Room: rooms[1], Listeners: 1, Tick: 1, Outcome: "played"}},
		},
		"to phones, by a speaker": {
			map[string]any{"text": "Hello", "phones_only": true, "by": ada},
			controlPlay{nil, control.Sound{Text: "Hello", Language: "en"}, true},
			[]api.Delivery{{Room: rooms[0], Listeners: 1, Tick: 1, Outcome: "played"}, {Room: rooms[1], Listeners: 1, Tick: 1, Outcome: "played"}},
		},
	} {
		sent := b.post(m+"/broadcasts", tt.body).want(201)
		made := decode[api.Broadcast](sent)
		if made.State != "queued" || sent.header.Get("Location") != m+"/broadcasts/"+string(made.ID) {
			t.Errorf("%s: %s at %s", name, made.State, sent.header.Get("Location"))
		}
		b.broadcast(m, made.ID, "playing")
		b.mixer.Finish(made.ID)
		got := b.broadcast(m, made.ID, "played")
		if d := cmp.Diff(tt.want, got.Deliveries); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
		if d := cmp.Diff([]controlPlay{tt.play}, b.plays()); d != "" {
			t.Errorf("%s: -want +played:\n%s", name, d)
		}
		if (got.Spoken != nil) != (got.Text != "") || got.BeganAt == nil || got.EndedAt == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestBroadcastQueue: cancel one that waits and the one that is played, urgent before normal, and the limit.
func TestBroadcastQueue(t *testing.T) {
	b, m, _, _ := stageOf(t)
	send := func(priority string) control.BroadcastID {
		return decode[api.Broadcast](b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon", "priority": priority}).want(201)).ID
	}
	cancel := func(id control.BroadcastID) answer {
		return b.send(request{method: "DELETE", path: m + "/broadcasts/" + string(id)})
	}
	first, second := send("normal"), send("normal")
	b.broadcast(m, first, "playing")
	urgent := send("urgent")
	b.broadcast(m, urgent, "playing")
	if got := b.broadcast(m, first, "queued"); len(got.Deliveries) > 0 || got.BeganAt != nil {
		t.Errorf("interrupted: %+v", got)
	}
	cancel(second).want(204)
	cancel(second).want(204)
	b.broadcast(m, second, "cancelled")
	cancel(urgent).want(204)
	if got := b.broadcast(m, urgent, "cancelled"); len(got.Deliveries) != 2 || got.Deliveries[0].Outcome != "cancelled" {
		t.Errorf("cancelled: %+v", got)
	}
	b.broadcast(m, first, "playing")
	b.mixer.Finish(first)
	b.broadcast(m, first, "played")
	cancel(first).problem(409, "wrong_state", "")
	if got := b.mixer.Stopped(); len(got) != 2 {
		t.Errorf("stopped: %v", got)
	}
	for range control.MaxQueued + 1 { // one of them is played
		last := send("normal")
		if b.get(m + "/broadcasts/" + string(last)).want(200); last == "" {
			t.Error("no id")
		}
	}
	b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon"}).problem(409, "limit_reached", "")
}

func TestBroadcastRate(t *testing.T) {
	b, m, _, ada := stageOf(t)
	b.mixer.Hold = false
	for range control.MaxOwnPerMinute {
		id := decode[api.Broadcast](b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon", "by": ada}).want(201)).ID
		b.broadcast(m, id, "played")
	}
	got := b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon", "by": ada})
	if p := got.problem(429, "rate_limited", "by"); p.Hint == "" || got.header.Get("Retry-After") == "" {
		t.Errorf("refused without a hint: %s", got.body)
	}
	b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon"}).want(201)
}

// TestBroadcastEvents: what a follower on the web learns, and what a newcomer finds in his snapshot.
func TestBroadcastEvents(t *testing.T) {
	b, m, rooms, _ := stageOf(t)
	s := b.follow(m+"/events", "")
	defer s.close()
	id := decode[api.Broadcast](b.post(m+"/broadcasts", map[string]any{"text": "Hi", "rooms": []any{rooms[0]}}).want(201)).ID
	b.broadcast(m, id, "playing")
	snap := b.follow(m+"/events?from=snapshot", "")
	defer snap.close()
	var whole api.Snapshot
	if err := json.Unmarshal([]byte(snap.next().data), &whole); err != nil || len(whole.Broadcasts) != 1 || whole.Broadcasts[0].Text != "Hi" {
		t.Errorf("the snapshot has %+v, %v", whole.Broadcasts, err)
	}
	b.mixer.Finish(id)
	for _, want := range []struct{ typ, data string }{
		{"broadcast.sent", fmt.Sprintf(`{"id":%q,"text":"Hi","language":"en","rooms":1,"room_ids":[%q]}`, id, rooms[0])},
		{"broadcast.started", fmt.Sprintf(`{"id":%q,"deliveries":[{"room":%q,"listeners":1,"tick":1,"web":1,"outcome":"playing"}]}`, id, rooms[0])},
		{"broadcast.ended", fmt.Sprintf(`{"id":%q,"outcome":"played","deliveries":[{"room":%q,"listeners":1,"tick":1,"web":1,"outcome":"played"}]}`, id, rooms[0])},
	} {
		got := s.next()
		var e struct {
			Type string
			Data json.RawMessage
		}
		if err := json.Unmarshal([]byte(got.data), &e); err != nil || e.Type != want.typ || string(e.Data) != want.data {
			t.Errorf("%v: %s %s\nwant %s %s", err, e.Type, e.Data, want.typ, want.data)
		}
	}
}

// TestLiveBroadcast: what a speaker says on his telephone is a broadcast that can be read, followed and ended.
func TestLiveBroadcast(t *testing.T) {
	b, m, rooms, _ := stageOf(t)
	meeting, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")))
	if err != nil {
		t.Fatal(err)
	}
	join := control.Join{Leg: "leg_dan", Kind: control.PhoneLeg, Name: "Dan", Role: control.Speaker}
	joined, err := meeting.Do(t.Context(), join, control.Meta{Actor: "test"})
	if err != nil {
		t.Fatal(err)
	}
	dan := joined.Value.(control.Joined).Participant
	s := b.follow(m+"/events", "")
	defer s.close()
	live := control.GoLive{ID: "bct_live", By: dan, Leg: "leg_dan", Limit: time.Minute}
	if _, err := meeting.Do(t.Context(), live, control.Meta{Actor: string(dan)}); err != nil {
		t.Fatal(err)
	}
	got := b.broadcast(m, "bct_live", "playing")
	if got.Kind != "live" || got.By != string(dan) || got.Limit != 60 || got.Priority != "urgent" || got.Audio+control.AudioID(got.Prompt+got.Text) != "" || len(got.Deliveries) != 3 {
		t.Errorf("it is %+v", got)
	}
	live.ID = "bct_more"
	if _, err := meeting.Do(t.Context(), live, control.Meta{}); err == nil {
		t.Error("there are two")
	}
	id := b.post(m+"/broadcasts", map[string]any{"prompt": "closing_soon", "priority": "urgent"}).want(201)
	b.broadcast(m, decode[api.Broadcast](id).ID, "queued")
	b.send(request{method: "DELETE", path: m + "/broadcasts/bct_live"}).want(204)
	ended := b.broadcast(m, "bct_live", "cancelled")
	outcomes := map[control.RoomID]string{}
	for _, d := range ended.Deliveries {
		outcomes[d.Room] = d.Outcome
	}
	if d := cmp.Diff(map[control.RoomID]string{"main": "cancelled", rooms[0]: "cancelled", rooms[1]: "cancelled"}, outcomes); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	b.broadcast(m, decode[api.Broadcast](id).ID, "playing")
	var e struct {
		Type, Actor string
		Data        map[string]any
	}
	if err := json.Unmarshal([]byte(s.next().data), &e); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"id": "bct_live", "by": string(dan), "leg": "leg_dan", "limit_s": 60.0, "priority": "urgent", "rooms": 3.0}
	if d := cmp.Diff(want, e.Data); d != "" || e.Type != "broadcast.sent" || e.Actor != string(dan) {
		t.Errorf("%s by %s: -want +got:\n%s", e.Type, e.Actor, d)
	}
}
