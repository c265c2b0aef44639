package api_test

import (
	"net/http"
	"strings"
	"testing"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
	"partyline/control/controltest"
)

// dialing is a bridge that may call; its dialer records.
func dialing(t *testing.T, change ...func(*api.Options)) (*bridge, *controltest.Dialer) {
	t.Helper()
	dialer := &controltest.Dialer{}
	limits := control.CallLimits{Parallel: 3, MeetingParallel: 3, PerMinute: 100, PerHour: 100, PerDay: 100, MeetingPerDay: 100, MinutesPerDay: 100}
	return serveWith(t, newStore(t), func(o *control.RegistryOptions) { o.Dialer, o.CallLimits = dialer, limits }, change...), dialer
}

// tell gives a meeting a fact.
func (b *bridge) tell(meeting string, c control.Command) {
	b.t.Helper()
	m, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(meeting, "/v1/meetings/")))
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := m.Do(b.t.Context(), c, control.Meta{Actor: "test"}); err != nil {
		b.t.Fatal(err)
	}
}

func TestCallSomebody(t *testing.T) {
	b, dialer := dialing(t)
	m := b.meeting(nil)
	made := b.post(m+"/calls", map[string]any{"to": "+49 30 123417", "name": "Ada"}).want(http.StatusCreated)
	call := decode[api.Call](made)
	path := m + "/calls/" + string(call.ID)
	if made.header.Get("Location") != path || call.State != "dialing" || call.Number != "+49•••417" || call.Name != "Ada" || call.Role != "audience" || call.Outcome != "" {
		t.Errorf("%s %s", made.header.Get("Location"), made.body)
	}
	if got := dialer.Dialed(); len(got) != 1 || got[0].Number != "+4930123417" {
		t.Errorf("dialed %+v", got)
	}
	state := func(want string) api.Call {
		t.Helper()
		got := decode[api.Call](b.get(path).want(200))
		if got.State != want {
			t.Errorf("%s, want %s", got.State, want)
		}
		return got
	}
	b.tell(m, control.CallRinging{ID: call.ID})
	state("ringing")
	b.tell(m, control.CallTaken{ID: call.ID})
	state("answered")
	b.tell(m, control.Join{Leg: call.Leg, Kind: control.PhoneLeg, Call: call.ID})
	if got := state("joined"); got.RangAt == nil || got.AnsweredAt == nil || got.JoinedAt == nil || got.EndedAt != nil {
		t.Errorf("%+v", got)
	}
	if p := decode[api.Participant](b.get(m + "/participants/" + string(call.Participant)).want(200)); p.Name != "Ada" || p.Number != "+49•••417" {
		t.Errorf("%+v", p)
	}
	b.send(request{method: "DELETE", path: path}).want(204)
	if got := state("ended"); got.Outcome != "hung_up" || got.EndedAt == nil {
		t.Errorf("%+v", got)
	}
	b.send(request{method: "DELETE", path: path}).want(204)
	if got := dialer.HungUp(); len(got) != 1 || got[0] != call.Leg {
		t.Errorf("hung up %v", got)
	}
	other := decode[api.Call](b.post(m+"/calls", map[string]any{"to": "+4930999"}).want(201))
	for query, want := range map[string][]control.CallID{"": {call.ID, other.ID}, "?state=open": {other.ID}, "?state=ended": {call.ID}, "?limit=1": {call.ID}} {
		got := decode[api.Page[api.Call]](b.get(m + "/calls" + query).want(200))
		var ids []control.CallID
		for _, c := range got.Items {
			ids = append(ids, c.ID)
		}
		if len(ids) != len(want) || ids[0] != want[0] {
			t.Errorf("%q: %v, want %v", query, ids, want)
		}
	}
	b.get(m+"/calls/call_none").problem(404, "not_found", "call")
	b.send(request{method: "DELETE", path: m + "/calls/call_none"}).problem(404, "not_found", "call")
}

func TestCallsThatAreRefused(t *testing.T) {
	b, dialer := dialing(t)
	m := b.meeting(nil)
	ada, eve := b.person(m, "Ada", "speaker"), b.person(m, "Eve", "audience")
	for name, tt := range map[string]struct {
		body        any
		status      int
		code, field string
	}{
		"nothing":                 {map[string]any{}, 422, "invalid", "to"},
		"an empty number":         {map[string]any{"to": ""}, 422, "invalid", "to"},
		"a long number":           {map[string]any{"to": strings.Repeat("1", 65)}, 422, "invalid", "to"},
		"a number as a number":    {map[string]any{"to": 4930123417}, 422, "invalid", "to"},
		"an unknown field":        {map[string]any{"to": "+49301", "headers": map[string]any{"X": "y"}}, 422, "invalid", "headers"},
		"a country that is shut":  {map[string]any{"to": "+33123456789"}, 403, "not_allowed", "to"},
		"nobody":                  {map[string]any{"participant": "par_none"}, 404, "not_found", "participant"},
		"somebody without number": {map[string]any{"participant": eve}, 422, "invalid", "participant"},
		"an odd role":             {map[string]any{"to": "+49301", "role": "king"}, 422, "invalid", "role"},
		"a stranger as a speaker": {map[string]any{"to": "+49301", "role": "speaker"}, 403, "not_allowed", "role"},
		"by the audience":         {map[string]any{"to": "+49301", "by": eve}, 403, "not_allowed", "by"},
		"a speaker who is there":  {map[string]any{"to": "+49301", "participant": ada}, 403, "not_allowed", "role"},
		"no such room":            {map[string]any{"to": "+49301", "room": "room_none"}, 404, "not_found", "room"},
	} {
		p := b.post(m+"/calls", tt.body).problem(tt.status, tt.code, tt.field)
		if tt.status != 422 && p.Hint == "" {
			t.Errorf("%s: no hint", name)
		}
	}
	if n := len(dialer.Dialed()); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	for i := range 3 {
		b.post(m+"/calls", map[string]any{"to": "+4930" + strings.Repeat("1", i+1)}).want(201)
	}
	b.post(m+"/calls", map[string]any{"to": "+49301"}).problem(409, "limit_reached", "to")
	b.post(m+"/end", nil).want(200)
	b.post(m+"/calls", map[string]any{"to": "+49301"}).problem(409, "wrong_state", "")
}

func TestCallsWithoutADialer(t *testing.T) {
	b := serve(t, newStore(t))
	p := b.post(b.meeting(nil)+"/calls", map[string]any{"to": "+4930123417"}).problem(403, "not_allowed", "to")
	if p.Hint == "" || !strings.Contains(p.Detail, "calls nobody") {
		t.Errorf("%+v", p)
	}
}

// TestWhoMayCall: speakers by their token, in their own name.
func TestWhoMayCall(t *testing.T) {
	b, dialer := dialing(t, func(o *api.Options) {
		o.Keys = keyring(t, access.NewKey("test", secret, access.Admin), access.NewKey("calls", "only-calls", access.Calls), access.NewKey("rest", "no-calls-at-all", access.MeetingsWrite))
	})
	m := b.meeting(nil)
	ada := b.person(m, "Ada", "speaker")
	_, speaker := b.token(m, "speaker", ada)
	_, audience := b.token(m, "audience", b.person(m, "Eve", "audience"))
	ask := func(key, to string) answer {
		return b.send(request{method: "POST", path: m + "/calls", body: map[string]any{"to": to}, key: key})
	}
	if call := decode[api.Call](ask(speaker, "+49301").want(201)); call.By != ada {
		t.Errorf("%+v", call)
	}
	ask("Bearer only-calls", "+49302").want(201)
	ask("Bearer no-calls-at-all", "+49303").problem(403, "forbidden", "Authorization")
	ask(audience, "+49303").problem(403, "forbidden", "Authorization")
	b.send(request{method: "GET", path: m + "/calls", key: audience}).problem(403, "forbidden", "Authorization")
	if n := len(dialer.Dialed()); n != 2 {
		t.Errorf("%d calls", n)
	}
}

// TestCalledNumbersAreMasked: in a SIP address too, in answers and events.
func TestCalledNumbersAreMasked(t *testing.T) {
	b, _ := dialing(t)
	m := b.meeting(nil)
	call := decode[api.Call](b.post(m+"/calls", map[string]any{"to": "sip:+4930123417@192.0.2.7"}).want(201))
	if call.Number != "sip:+49•••417@192.0.2.7" {
		t.Errorf("%+v", call)
	}
	for _, path := range []string{m + "/calls", m + "/calls/" + string(call.ID)} {
		if got := b.get(path).want(200); strings.Contains(string(got.body), "123417") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	event, err := api.EncodeEvent(recordOf(t, control.CallDialled{Call: "call_a", Number: "sip:+4930123417@192.0.2.7"}))
	if err != nil || strings.Contains(string(event), "123417") {
		t.Errorf("%s, %v", event, err)
	}
}

func recordOf(t *testing.T, e control.Event) control.Record {
	t.Helper()
	typ, version, data, err := control.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return control.Record{Meeting: "mtg_a", Seq: 1, Type: typ, Version: version, Data: data}
}
