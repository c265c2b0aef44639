package api_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
)

// aTrace is of a call that came and ended, with lines that a stranger has made up.
func aTrace() api.Trace {
	at := time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	far := netip.MustParseAddrPort("192.0.2.7:5060")
	t := api.Trace{CallID: "a84b\x1b[2J@192.0.2.7", Dropped: 3,
		Legs: []api.TraceLeg{{ID: "leg_a", Ended: at.Add(12 * time.Second), Reason: "far_end", RTP: api.RTPCounts{PacketsIn: 500, Lost: 2}}}}
	for i, text := range []string{"INVITE sip:300@192.0.2.1 SIP/2.0\r\nSubject: \x1b[31m\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n", "ACK sip:a SIP/2.0\r\n\r\n", "A", "B", "C", "BYE sip:a SIP/2.0\r\n\r\n"} {
		t.Messages = append(t.Messages, api.TraceMessage{At: at.Add(time.Duration(i) * time.Millisecond), Out: i == 1, Network: "udp", Remote: far, Text: text, Cut: i})
	}
	return t
}

func traced(t *testing.T) *bridge {
	t.Helper()
	return serve(t, newStore(t), func(o *api.Options) {
		o.Keys = keyring(t, access.NewKey("test", secret, access.Admin), access.NewKey("calls", "only-calls", access.Calls, access.MeetingsWrite, access.MeetingsRead))
		o.Trace = func(id control.LegID) (api.Trace, bool) { return aTrace(), id == "leg_a" }
		o.TraceOf = func(id string) (api.Trace, bool) { return api.Trace{CallID: id}, id == "a/b@c" }
	})
}

func TestTraceAsJSON(t *testing.T) {
	b := traced(t)
	got := decode[api.CallTrace](b.get("/v1/legs/leg_a/trace").want(200))
	if got.Running || got.Dropped != 3 || len(got.Legs) != 1 || got.Legs[0].RTP.PacketsIn != 500 || got.Legs[0].Reason != "far_end" || len(got.Messages) != 7 {
		t.Fatalf("trace %+v", got)
	}
	if m := got.Messages[1]; m.Direction != "out" || m.Remote != "192.0.2.7:5060" || m.Transport != "udp" || m.Text != "SIP/2.0 200 OK\r\n\r\n" || m.Cut != 1 {
		t.Errorf("message %+v", m)
	}
	refused := decode[api.CallTrace](b.get("/v1/traces?call_id=a%2Fb@c").want(200))
	if refused.CallID != "a/b@c" || refused.Legs == nil || refused.Messages == nil {
		t.Errorf("refused call %+v", refused)
	}
}

func TestTraceAsLadder(t *testing.T) {
	b := traced(t)
	got := b.send(request{method: "GET", path: "/v1/legs/leg_a/trace", header: map[string]string{"Accept": "text/plain"}}).want(200)
	if kind := got.header.Get("Content-Type"); kind != "text/plain; charset=utf-8" {
		t.Errorf("type %q", kind)
	}
	text := string(got.body)
	for _, want := range []string{
		"leg leg_a, ended by far_end at 2026-11-25T09:30:12.000Z\n  rtp: 500 in, 0 out, 2 lost,",
		"09:30:00.000  192.0.2.7:5060 udp        ---->  INVITE sip:300@192.0.2.1 SIP/2.0\n09:30:00.001  192.0.2.7:5060 udp        <----  SIP/2.0 200 OK\n",
		"  C\n              … 3 messages left out …\n",
		"the bridge -> 192.0.2.7:5060 (udp)\n  SIP/2.0 200 OK\n",
		"  … 6 bytes left out\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the ladder lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("a stranger moves the reader's cursor")
	}
	if refused := b.send(request{method: "GET", path: "/v1/traces?call_id=a/b@c", header: map[string]string{"Accept": "text/plain"}}).want(200); !strings.Contains(string(refused.body), "a/b@c, refused") {
		t.Errorf("refused call:\n%s", refused.body)
	}
}

func TestTraceRefusals(t *testing.T) {
	b := traced(t)
	for name, tt := range map[string]struct {
		path, key   string
		status      int
		code, field string
	}{
		"no such leg":        {"/v1/legs/leg_b/trace", "", http.StatusNotFound, "not_found", "leg"},
		"no such call":       {"/v1/traces?call_id=x", "", http.StatusNotFound, "not_found", "call_id"},
		"no Call-ID":         {"/v1/traces", "", http.StatusUnprocessableEntity, "invalid", "call_id"},
		"an empty one":       {"/v1/traces?call_id=", "", http.StatusUnprocessableEntity, "invalid", "call_id"},
		"a long one":         {"/v1/traces?call_id=" + strings.Repeat("x", 513), "", http.StatusUnprocessableEntity, "invalid", "call_id"},
		"not everything":     {"/v1/legs/leg_a/trace", "only-calls", http.StatusForbidden, "forbidden", "Authorization"},
		"nor by its Call-ID": {"/v1/traces?call_id=a/b@c", "only-calls", http.StatusForbidden, "forbidden", "Authorization"},
	} {
		r := request{method: "GET", path: tt.path}
		if tt.key != "" {
			r.header = map[string]string{"Authorization": "Bearer " + tt.key}
		}
		t.Run(name, func(*testing.T) { b.send(r).problem(tt.status, tt.code, tt.field) })
	}
	none := serve(t, newStore(t))
	none.get("/v1/legs/leg_a/trace").problem(404, "not_found", "leg")
	none.get("/v1/traces?call_id=x").problem(404, "not_found", "call_id")
}
