package api_test

import (
	"strings"
	"testing"

	"partyline/control/api"
)

// TestNumbers: a number is bound, changed, read and taken away; it outlives a restart, and not its meeting.
func TestNumbers(t *testing.T) {
	store := newStore(t)
	b := serve(t, store, func(o *api.Options) { o.HasTrunk = func(name string) bool { return name == "carrier" } })
	m, other := b.meeting(nil), b.meeting(map[string]any{"title": "Other"})
	id := func(m string) string { return strings.TrimPrefix(m, "/v1/meetings/") }
	put := func(number string, body map[string]any, header ...string) answer {
		r := request{method: "PUT", path: "/v1/numbers/" + number, body: body, header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			r.header[header[i]] = header[i+1]
		}
		return b.send(r)
	}
	made := put("%2B4930123456", map[string]any{"meeting": id(m), "language": "de", "label": " Berlin ", "trunk": "carrier"}).want(200)
	n := decode[api.Number](made)
	if n.Number != "+4930123456" || string(n.Meeting) != id(m) || n.Label != "Berlin" || n.Language != "de" || n.Trunk != "carrier" || n.CreatedAt.IsZero() {
		t.Errorf("bound %+v", n)
	}
	read := b.get("/v1/numbers/+4930123456").want(200)
	if decode[api.Number](read) != n || read.header.Get("ETag") != made.header.Get("ETag") || read.header.Get("ETag") == "" {
		t.Errorf("read %s, %s", read.body, read.header.Get("ETag"))
	}
	put("Sales", map[string]any{"meeting": id(m)}).want(200)
	put("100", map[string]any{"meeting": id(other)}).want(200)
	list := decode[api.Page[api.Number]](b.get("/v1/numbers?limit=2").want(200))
	if len(list.Items) != 2 || list.Items[0].Number != "+4930123456" || list.Items[1].Number != "100" {
		t.Errorf("listed %+v", list)
	}
	list = decode[api.Page[api.Number]](b.get("/v1/numbers?cursor=" + list.NextCursor).want(200))
	if len(list.Items) != 1 || list.Items[0].Number != "sales" {
		t.Errorf("then %+v", list)
	}
	if list = decode[api.Page[api.Number]](b.get("/v1/numbers?meeting=" + id(other)).want(200)); len(list.Items) != 1 {
		t.Errorf("of the other %+v", list)
	}

	put("+4930123456", map[string]any{"meeting": id(other)}, "If-Match", `"x"`).problem(412, "precondition_failed", "If-Match")
	put("+4940", map[string]any{"meeting": id(other)}, "If-Match", "*").problem(412, "precondition_failed", "If-Match")
	moved := decode[api.Number](put("+4930123456", map[string]any{"meeting": id(other)}, "If-Match", made.header.Get("ETag")).want(200))
	if string(moved.Meeting) != id(other) || moved.Label != "" || moved.Trunk != "" || !moved.CreatedAt.Equal(n.CreatedAt) {
		t.Errorf("moved %+v", moved)
	}

	b.stop()
	b = serve(t, store)
	if got := decode[api.Number](b.get("/v1/numbers/+4930123456").want(200)); got != moved {
		t.Errorf("after the restart %+v", got)
	}
	found, _, err := b.registry.ByNumber("004930123456", "")
	if err != nil || string(found.ID()) != id(other) {
		t.Errorf("it leads to %v, %v", found, err)
	}
	b.send(request{method: "DELETE", path: "/v1/numbers/sales"}).want(204)
	b.send(request{method: "DELETE", path: "/v1/numbers/sales"}).problem(404, "not_found", "number")
	b.send(request{method: "DELETE", path: other}).want(204)
	if list = decode[api.Page[api.Number]](b.get("/v1/numbers").want(200)); len(list.Items) != 0 {
		t.Errorf("numbers of a deleted meeting: %+v", list)
	}
	b.get("/v1/numbers/100").problem(404, "not_found", "number")
}

func TestBadNumbers(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.HasTrunk = func(string) bool { return false } })
	m := strings.TrimPrefix(b.meeting(nil), "/v1/meetings/")
	for _, tt := range []struct {
		number string
		body   map[string]any
		status int
		code   string
		field  string
	}{
		{"+1", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"+1234567890123456", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"123456", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"493012345678", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"a%20b", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"a%40example.org", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"%00x", map[string]any{"meeting": m}, 422, "invalid", "number"},
		{"x", map[string]any{"meeting": m}, 422, "invalid", "e164"},
		{strings.Repeat("x", 65), map[string]any{"meeting": m}, 422, "invalid", "e164"},
		{"sales", map[string]any{}, 422, "invalid", "meeting"},
		{"sales", map[string]any{"meeting": "mtg_none"}, 404, "not_found", "meeting"},
		{"sales", map[string]any{"meeting": m, "language": "english!"}, 422, "invalid", "language"},
		{"sales", map[string]any{"meeting": m, "language": "a1"}, 422, "invalid", "language"},
		{"sales", map[string]any{"meeting": m, "label": "a\nb"}, 422, "invalid", "label"},
		{"sales", map[string]any{"meeting": m, "trunk": "carrier"}, 422, "invalid", "trunk"},
		{"sales", map[string]any{"meeting": m, "colour": "red"}, 422, "invalid", "colour"},
	} {
		t.Run(tt.number+tt.field, func(t *testing.T) {
			b := *b
			b.t = t
			b.send(request{method: "PUT", path: "/v1/numbers/" + tt.number, body: tt.body}).problem(tt.status, tt.code, tt.field)
		})
	}
	if got := b.registry.Numbers(); len(got) > 0 {
		t.Errorf("bound %+v", got)
	}
}
