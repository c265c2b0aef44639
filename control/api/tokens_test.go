package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
)

// token has a token made and returns it as a header.
func (b *bridge) token(meeting, role string, who control.ParticipantID) (api.IssuedToken, string) {
	b.t.Helper()
	t := decode[api.IssuedToken](b.post(meeting+"/tokens", map[string]any{"role": role, "participant": who}).want(201))
	return t, "Bearer " + t.Secret
}

// TestTokensMayWhatTheirRoleMay walks every operation with every kind of token. What is allowed comes as far as its
// body, which is none that any takes, so that nothing happens.
func TestTokensMayWhatTheirRoleMay(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Rates.Audience, o.Rates.Speaker = 10_000, 10_000 })
	meeting, other := b.meeting(map[string]any{"title": "Mine"}), b.meeting(map[string]any{"title": "Other"})
	ada, bob, eve := b.person(meeting, "Ada", "speaker"), b.person(meeting, "Bob", "audience"), b.person(meeting, "Eve", "audience")
	_, free := b.token(meeting, "speaker", "")
	_, speaker := b.token(meeting, "speaker", ada)
	_, audience := b.token(meeting, "audience", bob)
	_, reader := b.token(meeting, "audience", "")
	unknown := b.answers(request{method: "GET", path: "/v1/meetings/mtg_aaaaaaaaaaaaaaaa", key: audience})
	tests := []struct {
		name, token string
		about       control.ParticipantID
		may         func(r route) bool
	}{
		{"a speaker", speaker, eve, func(r route) bool { return matrix[r.id].tokens != "" }},
		{"a speaker who is nobody", free, eve, func(r route) bool { return matrix[r.id].tokens != "" }},
		{"audience about itself", audience, bob, func(r route) bool { return matrix[r.id].tokens == "everyone" || matrix[r.id].tokens == "own" }},
		{"audience about others", audience, eve, func(r route) bool { return matrix[r.id].tokens == "everyone" }},
		{"audience that is nobody", reader, bob, func(r route) bool { return matrix[r.id].tokens == "everyone" && r.method == "GET" }},
	}
	for _, r := range operations(t, b) {
		for _, tt := range tests {
			ask := request{method: r.method, path: r.path, key: tt.token}
			if r.method != http.MethodGet {
				ask.body, ask.contentType = "x", "text/plain"
			}
			for name, value := range map[string]string{"{meeting}": strings.TrimPrefix(meeting, "/v1/meetings/"), "{participant}": string(tt.about)} {
				ask.path = strings.ReplaceAll(ask.path, name, value)
			}
			ask.path = pathParam.ReplaceAllString(ask.path, "x")
			got := b.answers(ask)
			if allowed := got.status != http.StatusForbidden && got.status != http.StatusUnauthorized; allowed != tt.may(r) {
				t.Errorf("%s, %s: %d %s", r.id, tt.name, got.status, got.body)
			}
			if got.status == http.StatusForbidden {
				got.problem(403, "forbidden", "Authorization")
			}
			if !strings.Contains(r.path, "{meeting}") {
				continue
			}
			ask.path = strings.Replace(ask.path, meeting, other, 1)
			if got := b.answers(ask); got.status != 404 || string(got.body) != string(unknown.body) {
				t.Errorf("%s of another meeting, %s: %d %s", r.id, tt.name, got.status, got.body)
			}
		}
	}
}

func TestAudienceActsForItself(t *testing.T) {
	b := serve(t, newStore(t))
	meeting := b.meeting(map[string]any{"title": "A", "rooms": []map[string]any{{"name": "Red"}, {"name": "Blue"}}})
	rooms := decode[api.Page[api.Room]](b.get(meeting + "/rooms")).Items
	bob, eve := b.person(meeting, "Bob", "audience"), b.person(meeting, "Eve", "audience")
	_, key := b.token(meeting, "audience", bob)
	b.post(meeting+"/breakouts/start", map[string]any{"distribution": "manual"}).want(200)
	own := meeting + "/participants/" + string(bob)
	do := func(method, path string, body any) answer {
		t.Helper()
		return b.send(request{method: method, path: path, body: body, key: key})
	}
	red := map[string]any{"room": rooms[0].ID}
	do("POST", own+"/move", red).problem(403, "not_allowed", "")
	b.send(request{method: "PATCH", path: meeting, body: map[string]any{"options": map[string]any{"free_movement": true}}}).want(200)
	do("POST", own+"/move", red).want(200)
	do("POST", meeting+"/participants/"+string(eve)+"/move", red).problem(403, "forbidden", "Authorization")

	p := decode[api.Participant](do("PATCH", own, map[string]any{"name": "Robert", "muted": true, "hand": true}).want(200))
	if p.Name != "Robert" || !p.Muted || p.MutedByAdmin || p.HandRaisedAt == nil || p.Location.Room != rooms[0].ID {
		t.Errorf("%+v", p)
	}
	for _, body := range []map[string]any{{"role": "speaker"}, {"gain_db": 3}, {"email": "x@example.org"}, {"name": "B", "number": "+491"}, {"pin": "123456"}} {
		do("PATCH", own, body).problem(403, "forbidden", "")
	}
	b.send(request{method: "PATCH", path: own, body: map[string]any{"muted": true}}).want(200)
	do("PATCH", own, map[string]any{"muted": false}).problem(403, "not_allowed", "")

	do("POST", meeting+"/help-requests", map[string]any{"participant": eve}).problem(403, "forbidden", "participant")
	h := decode[api.HelpRequest](do("POST", meeting+"/help-requests", map[string]any{"participant": bob}).want(201))
	do("DELETE", meeting+"/help-requests/"+string(h.ID), nil).want(204)
	h = decode[api.HelpRequest](b.post(meeting+"/help-requests", map[string]any{"participant": eve}).want(201))
	do("DELETE", meeting+"/help-requests/"+string(h.ID), nil).problem(403, "forbidden", "")

	say := map[string]any{"prompt": "closing_soon"}
	do("POST", meeting+"/broadcasts", say).problem(403, "not_allowed", "by")
	do("POST", meeting+"/broadcasts", map[string]any{"prompt": "closing_soon", "by": eve}).problem(403, "forbidden", "by")
	b.send(request{method: "PATCH", path: meeting, body: map[string]any{"options": map[string]any{"everyone_broadcasts": true}}}).want(200)
	if sent := decode[api.Broadcast](do("POST", meeting+"/broadcasts", say).want(201)); sent.By != string(bob) {
		t.Errorf("%+v", sent)
	}
	for _, r := range b.records(meeting) {
		if own := r.Type == "participant.muted" || r.Type == "participant.hand_raised" || r.Type == "broadcast.sent"; own && r.Actor != string(bob) {
			t.Errorf("%s by %s", r.Type, r.Actor)
		}
	}
}

// records is the whole log of a meeting, as a stream shows it to an API key.
func (b *bridge) records(meeting string) []api.Event {
	b.t.Helper()
	last := decode[api.Meeting](b.get(meeting)).Seq
	s := b.follow(meeting+"/events?from=start", "")
	defer s.close()
	var all []api.Event
	for len(all) == 0 || all[len(all)-1].Seq < last {
		var e api.Event
		if err := json.Unmarshal([]byte(s.next().data), &e); err != nil {
			b.t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// TestAudienceSeesNoPersonalData: neither in lists, nor in events from the first one on, nor by searching.
func TestAudienceSeesNoPersonalData(t *testing.T) {
	b := serve(t, newStore(t))
	meeting := b.meeting(map[string]any{"title": "A", "access_code": "314159265", "speaker_code": "271828182", "roster": []map[string]any{
		{"name": "Bob", "email": "bob@example.org", "number": "+4930123417"},
		{"name": "Eve", "email": "eve@example.org", "number": "+4930999417", "external_id": "ext-9", "first_name": "Evelyn", "last_name": "Liddell", "pin": "987654"},
	}})
	people := decode[api.Page[api.Participant]](b.get(meeting + "/participants")).Items
	bob, eve := people[0].ID, people[1].ID
	b.send(request{method: "PATCH", path: meeting + "/participants/" + string(eve), body: map[string]any{"last_name": "Hargreaves"}}).want(200)
	b.post(meeting+"/rooms", map[string]any{"name": "Red"}).want(201)
	_, key := b.token(meeting, "audience", bob)
	secrets := []string{"314159265", "271828182", "eve@", "417", "ext-9", "Evelyn", "Liddell", "Hargreaves", "987654"}
	times := regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`) // whose digits are nobody's
	clean := func(what, text string, own bool) {
		t.Helper()
		text = times.ReplaceAllString(text, "")
		for _, s := range secrets {
			if strings.Contains(text, s) && (!own || s != "417") {
				t.Errorf("%s shows %s:\n%s", what, s, text)
			}
		}
	}
	ask := func(path string) answer { return b.send(request{method: "GET", path: meeting + path, key: key}) }
	for _, path := range []string{"", "/rooms", "/participants", "/participants/" + string(eve), "/broadcasts", "/help-requests"} {
		clean(path, string(ask(path).want(200).body), path == "/participants")
	}
	if got := decode[api.Participant](ask("/participants/" + string(bob)).want(200)); got.Email != "bob@example.org" {
		t.Errorf("he does not see himself: %+v", got)
	}
	for _, path := range []string{"", "/participants/" + string(eve)} {
		if tag := ask(path).header.Get("ETag"); tag != "" {
			t.Errorf("what is hidden is in the ETag %s of %q", tag, path)
		}
	}
	for _, query := range []string{"q=eve@example", "external_id=ext-9"} {
		if got := decode[api.Page[api.Participant]](ask("/participants?" + query).want(200)); len(got.Items) != 0 {
			t.Errorf("%s finds %+v", query, got.Items)
		}
	}
	last := decode[api.Meeting](b.get(meeting)).Seq
	s := b.followAs(meeting+"/events?from=start", key)
	for seq := uint64(0); seq < last; {
		e := s.next()
		clean(e.event, e.data, false)
		var head struct {
			Seq  uint64
			Data struct{ Rooms []control.Room }
		}
		if err := json.Unmarshal([]byte(e.data), &head); err != nil {
			t.Fatal(err)
		}
		if seq = head.Seq; e.event == "rooms.created" && head.Data.Rooms[0].Number != 1 {
			t.Errorf("the number of a room is hidden: %s", e.data)
		}
	}
	s.close()
	s = b.followAs(meeting+"/events?from=snapshot", key)
	clean("snapshot", s.next().data, true)
	s.close()
}

// followAs opens a stream with a credential.
func (b *bridge) followAs(path, key string) *reader {
	b.t.Helper()
	res, err := b.server.Client().Do(b.request(b.t.Context(), request{method: "GET", path: path, key: key}))
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		b.t.Fatalf("stream: %s", res.Status)
	}
	s := &reader{t: b.t, body: res.Body, lines: bufio.NewScanner(res.Body), contract: contractOf(b.t, b.api)}
	b.t.Cleanup(s.close)
	return s
}

func TestTokensEnd(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Rates.Audience, o.Rates.Speaker = 10_000, 10_000 })
	meeting := b.meeting(map[string]any{"title": "A"})
	ada, bob, eve := b.person(meeting, "Ada", "speaker"), b.person(meeting, "Bob", "audience"), b.person(meeting, "Eve", "audience")
	status := func(key string) answer {
		t.Helper()
		return b.send(request{method: "GET", path: meeting, key: key})
	}
	gone := func(what, key string) {
		t.Helper()
		got := status(key)
		p := got.problem(401, "unauthorized", "Authorization")
		if c := got.header.Get("WWW-Authenticate"); c != `Bearer realm="partyline", error="invalid_token"` || p.Hint == "" {
			t.Errorf("%s: %q, %+v", what, c, p)
		}
	}
	parent, parentKey := b.token(meeting, "speaker", ada)
	child := decode[api.IssuedToken](b.send(request{method: "POST", path: meeting + "/tokens", key: parentKey,
		body: map[string]any{"role": "audience", "participant": bob, "expires_in_s": 86400}}).want(201))
	if child.ExpiresAt.After(parent.ExpiresAt) || child.IssuedBy != parent.ID {
		t.Errorf("a child %+v outlives its parent %+v", child, parent)
	}
	stream := b.followAs(meeting+"/events", "Bearer "+child.Secret)
	status("Bearer " + child.Secret).want(200)
	b.send(request{method: "DELETE", path: meeting + "/tokens/" + string(parent.ID)}).want(204)
	gone("revoked", parentKey)
	gone("revoked with the one it was made by", "Bearer "+child.Secret)
	for e, ok := stream.read(); ok; e, ok = stream.read() {
		if e.event == "tokens.revoked" {
			t.Error("a revoked token still gets events")
		}
	}
	b.send(request{method: "DELETE", path: meeting + "/tokens/" + string(parent.ID)}).problem(404, "not_found", "token")

	_, demoted := b.token(meeting, "speaker", ada)
	b.send(request{method: "PATCH", path: meeting + "/participants/" + string(ada), body: map[string]any{"role": "audience"}}).want(200)
	b.send(request{method: "POST", path: meeting + "/lock", key: demoted}).problem(403, "forbidden", "Authorization")

	_, bobs := b.token(meeting, "audience", bob)
	_, eves := b.token(meeting, "audience", eve)
	b.send(request{method: "DELETE", path: meeting + "/tokens?participant=" + string(eve)}).want(204)
	gone("all of a participant", eves)
	status(bobs).want(200)
	b.send(request{method: "DELETE", path: meeting + "/participants/" + string(bob)}).want(204)
	gone("of somebody who was removed", bobs)

	brief := decode[api.IssuedToken](b.post(meeting+"/tokens", map[string]any{"role": "audience", "expires_in_s": 1}).want(201))
	for deadline := time.Now().Add(10 * time.Second); status("Bearer "+brief.Secret).status == 200; {
		if time.Now().After(deadline) {
			t.Fatal("a token of one second does not end")
		}
	}
	gone("expired", "Bearer "+brief.Secret)
	if page := decode[api.Page[api.Token]](b.get(meeting + "/tokens")); len(page.Items) != 1 || page.Items[0].Participant != ada || page.Items[0].Role != "audience" {
		t.Errorf("listed %+v", page.Items)
	}

	_, last := b.token(meeting, "audience", eve)
	final := b.followAs(meeting+"/events", last)
	b.post(meeting+"/end", nil).want(200)
	if e := final.next(); e.event != "meeting.ended" {
		t.Errorf("the last event is %q", e.event)
	}
	if e, ok := final.read(); ok {
		t.Errorf("after the end: %+v", e)
	}
	gone("of a meeting that has ended", last)
	b.post(meeting+"/tokens", map[string]any{"role": "audience"}).problem(409, "wrong_state", "")
}

func TestTokensThatAreRefused(t *testing.T) {
	b := serve(t, newStore(t))
	meeting := b.meeting(map[string]any{"title": "A"})
	bob := b.person(meeting, "Bob", "audience")
	for name, tt := range map[string]struct {
		body        map[string]any
		status      int
		code, field string
	}{
		"no role":            {map[string]any{}, 422, "invalid", "role"},
		"odd role":           {map[string]any{"role": "admin"}, 422, "invalid", "role"},
		"unknown person":     {map[string]any{"role": "audience", "participant": "par_x"}, 404, "not_found", "participant"},
		"above the person":   {map[string]any{"role": "speaker", "participant": bob}, 403, "not_allowed", "role"},
		"no time":            {map[string]any{"role": "audience", "expires_in_s": 0}, 422, "invalid", "expires_in_s"},
		"longer than a day":  {map[string]any{"role": "audience", "expires_in_s": 86401}, 422, "invalid", "expires_in_s"},
		"fields of its own":  {map[string]any{"role": "audience", "id": "tok_x"}, 422, "invalid", "id"},
		"time that is words": {map[string]any{"role": "audience", "expires_in_s": "1h"}, 422, "invalid", "expires_in_s"},
	} {
		t.Run(name, func(t *testing.T) {
			b := *b
			b.t = t
			b.post(meeting+"/tokens", tt.body).problem(tt.status, tt.code, tt.field)
		})
	}
}

// TestTokenIsIssuedOnce: a retry gets the same token, which is neither in the store nor in the log.
func TestTokenIsIssuedOnce(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	store := newStore(t)
	logged := func(o *api.Options) {
		o.Logger = slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	b := serve(t, store, logged)
	meeting := b.meeting(map[string]any{"title": "A"})
	ask := request{method: "POST", path: meeting + "/tokens", body: map[string]any{"role": "audience"}, header: map[string]string{"Idempotency-Key": "one"}}
	first := decode[api.IssuedToken](b.send(ask).want(201))
	again := b.send(ask).want(201)
	if got := decode[api.IssuedToken](again); got != first || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Location") != meeting+"/tokens/"+string(first.ID) {
		t.Errorf("first %+v, then %+v", first, got)
	}
	b.stop()
	b = serve(t, store, logged) // after a restart
	b.send(request{method: "GET", path: meeting, key: "Bearer " + first.Secret}).want(200)
	if got := decode[api.IssuedToken](b.send(ask).want(201)); got != first {
		t.Errorf("after a restart %+v", got)
	}
	proof := first.Secret[strings.LastIndex(first.Secret, ".")+1:]
	records, err := store.ReadAll(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if strings.Contains(string(r.Data), proof) {
			t.Errorf("%s has the token", r.Type)
		}
		if r.Type == "token.issued" && r.Actor != "key:test" {
			t.Errorf("%s by %s", r.Type, r.Actor)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if strings.Contains(log.String(), proof) || strings.Contains(log.String(), secret) {
		t.Errorf("a secret was logged:\n%s", &log)
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (l lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// TestRateOfAToken: that of the audience is small.
func TestRateOfAToken(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Rates.Audience = 1 })
	meeting := b.meeting(map[string]any{"title": "A"})
	_, key := b.token(meeting, "audience", "")
	_, other := b.token(meeting, "audience", "")
	refused := 0
	for range 15 {
		if got := b.send(request{method: "GET", path: meeting, key: key}); got.status != http.StatusOK {
			got.problem(429, "rate_limited", "Authorization")
			refused++
		}
	}
	if refused == 0 {
		t.Error("it may ask as often as it likes")
	}
	b.send(request{method: "GET", path: meeting, key: other}).want(200)
}

// TestForgedTokens: what this bridge has not made is nothing, and counts as a guess.
func TestForgedTokens(t *testing.T) {
	b := serve(t, newStore(t))
	meeting := b.meeting(map[string]any{"title": "A"})
	tok, _ := b.token(meeting, "speaker", "")
	stranger := access.NewSigner(bytes.Repeat([]byte{1}, 32))
	for _, forged := range []string{
		stranger.Sign(tok.Meeting, tok.ID), access.NewSigner(make([]byte, 32)).Sign("mtg_bbbbbbbbbbbbbbbb", tok.ID),
		access.NewSigner(make([]byte, 32)).Sign(tok.Meeting, "tok_bbbbbbbbbbbbbbbb"), tok.Secret + "a", strings.ToUpper(tok.Secret), "pt." + secret,
	} {
		b.send(request{method: "GET", path: meeting, key: "Bearer " + forged}).problem(401, "unauthorized", "Authorization")
	}
}

// FuzzAuthorization: whatever the header, the answer is 401 or 429, and never that of somebody who is known.
func FuzzAuthorization(f *testing.F) {
	b := serve(f, newStore(f))
	meeting := b.meeting(map[string]any{"title": "A"})
	tok, _ := b.token(meeting, "speaker", "")
	for _, seed := range []string{"", "Bearer", "Bearer ", "Basic x", "Bearer " + tok.Secret + "x", "Bearer pt.a.b.c", "bearer\t" + secret} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/meetings", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["Authorization"] = []string{header}
		rec := &recorder{header: http.Header{}}
		b.api.ServeHTTP(rec, req)
		if strings.Contains(header, secret) || strings.Contains(header, tok.Secret) || strings.Contains(header, "another-key") {
			return
		}
		if rec.status != http.StatusUnauthorized && rec.status != http.StatusTooManyRequests {
			t.Errorf("%q: %d", header, rec.status)
		}
	})
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return len(p), nil }
