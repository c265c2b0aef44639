package api_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"partyline/control/api"
	"partyline/control/controltest"
)

// FuzzBodies sends any body to any route: no panic, no 5xx, nothing slow, and problems have their form.
func FuzzBodies(f *testing.F) {
	b := serve(f, controltest.NewStore(), func(o *api.Options) { o.Logger = nil })
	m := b.meeting(nil)
	room, person := b.rooms(m, 1)[0], b.person(m, "Ada", "speaker")
	var routes []string
	param := regexp.MustCompile(`\{[^}]+\}`)
	err := chi.Walk(b.api.Routes(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		ends := method == http.MethodDelete || strings.HasSuffix(route, "/end") // the meeting is to stay
		if method != http.MethodGet && !ends {
			route = strings.NewReplacer("/v1/meetings/{meeting}", m, "{room}", string(room), "{participant}", string(person)).Replace(route)
			routes = append(routes, method+" "+param.ReplaceAllString(route, "x"))
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	for i := range routes {
		for _, body := range []string{``, `{}`, `{"name":"Blue","count":3}`, `{"room":"main","participants":["` + string(person) + `"]}`,
			`{"title":"x","options":{"language":"en"},"roster":[{"name":"Bob"}],"rooms":[{}]}`, `{"prompt":"closing_soon"}`, `[[[[`, "room_name,first_name,last_name,email\nBlue,Ada,Lovelace,a@b.c\n", `{"a":1e400}`, "RIFF\x00"} {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		method, path, _ := strings.Cut(routes[int(which)%len(routes)], " ")
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+secret)
		switch {
		case strings.HasSuffix(path, "/audio"):
			r.Header.Set("Content-Type", "audio/wav")
		case strings.HasSuffix(path, "/import"):
			r.Header.Set("Content-Type", "text/csv")
		}
		w := httptest.NewRecorder()
		began := time.Now()
		b.api.ServeHTTP(w, r)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s %s took %s", method, path, took)
		}
		if w.Code >= 500 {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		if w.Code >= 400 {
			answer{t: t, status: w.Code, header: w.Header(), body: w.Body.Bytes()}.isProblem()
		}
	})
}

// isProblem fails the test unless the answer has the form of a problem.
func (a answer) isProblem() {
	a.t.Helper()
	p := decode[problem](a)
	if p.Status != a.status || p.Code == "" || p.Title == "" || a.header.Get("Content-Type") != "application/problem+json" {
		a.t.Errorf("not a problem: %d %v %s", a.status, a.header, a.body)
	}
}
