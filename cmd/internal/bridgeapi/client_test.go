package bridgeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/cmd/internal/bridgeapi"
)

// bridge answers every request with what its table has for it, and writes down what it was asked.
type bridge struct {
	answers map[string]string // by method and URI
	asked   []string          // method, URI, body
}

func (b *bridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Authorization") != "Bearer secret" {
		http.Error(w, "no", http.StatusUnauthorized)
		return
	}
	key := r.Method + " " + r.URL.RequestURI()
	b.asked = append(b.asked, key+" "+string(body))
	answer, ok := b.answers[key]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"title":"Not Found","detail":"nothing like that"}`
	}
	fmt.Fprint(w, answer)
}

func client(t *testing.T, b *bridge, key string) *bridgeapi.Client {
	t.Helper()
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	c := bridgeapi.New(s.URL+"/", key)
	t.Cleanup(c.Close)
	return c
}

func TestCommands(t *testing.T) {
	t.Parallel()
	for want, call := range map[string]func(context.Context, *bridgeapi.Client) error{
		`PUT /v1/meetings/m/participants/p/assignment {"room":"r"}`:   func(ctx context.Context, c *bridgeapi.Client) error { return c.Assign(ctx, "m", "p", "r") },
		`POST /v1/meetings/m/participants/p/move {"room":"main"}`:     func(ctx context.Context, c *bridgeapi.Client) error { return c.Move(ctx, "m", "p", "main") },
		`POST /v1/meetings/m/breakouts/start {"distribution":"plan"}`: func(ctx context.Context, c *bridgeapi.Client) error { return c.StartBreakouts(ctx, "m") },
		`POST /v1/meetings/m/breakouts/stop {"countdown_s":3}`:        func(ctx context.Context, c *bridgeapi.Client) error { return c.StopBreakouts(ctx, "m", 3) },
		`POST /v1/meetings/m/help-requests/h/accept {"by":"p"}`:       func(ctx context.Context, c *bridgeapi.Client) error { return c.AcceptHelp(ctx, "m", "h", "p") },
		`DELETE /v1/meetings/m `:                                      func(ctx context.Context, c *bridgeapi.Client) error { return c.DeleteMeeting(ctx, "m") },
		`POST /v1/meetings/m/broadcasts {"audio":"a"}`: func(ctx context.Context, c *bridgeapi.Client) error {
			_, err := c.SendBroadcast(ctx, "m", "a")
			return err
		},
		`POST /v1/meetings/m/audio RIFF`: func(ctx context.Context, c *bridgeapi.Client) error {
			id, err := c.Upload(ctx, "m", []byte("RIFF"))
			if err == nil && id != "x" {
				err = fmt.Errorf("id %q", id)
			}
			return err
		},
		`POST /v1/meetings {"title":"T","rooms":[{"name":"Red"}]}`: func(ctx context.Context, c *bridgeapi.Client) error {
			_, err := c.CreateMeeting(ctx, bridgeapi.NewMeeting{Title: "T", Rooms: []bridgeapi.NewRoom{{Name: "Red"}}})
			return err
		},
	} {
		b := &bridge{answers: map[string]string{}}
		c := client(t, b, "secret")
		if err := call(t.Context(), c); problem(err) != http.StatusNotFound {
			t.Errorf("%s: not refused: %v", want, err)
		}
		var method, uri string
		if _, err := fmt.Sscan(want, &method, &uri); err != nil {
			t.Fatal(err)
		}
		b.answers[method+" "+uri] = `{"id":"x"}`
		if err := call(t.Context(), c); err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if diff := cmp.Diff([]string{want, want}, b.asked); diff != "" {
			t.Error(diff)
		}
	}
}

func problem(err error) int {
	if p, ok := errors.AsType[*bridgeapi.Problem](err); ok {
		return p.Status
	}
	return 0
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	b := &bridge{answers: map[string]string{
		"GET /v1/meetings/m/rooms?limit=1000":              `{"items":[{"id":"a","number":1}],"next_cursor":"n&x"}`,
		"GET /v1/meetings/m/rooms?cursor=n%26x&limit=1000": `{"items":[{"id":"b","number":2}]}`,
		"GET /v1/legs?limit=1000":                          `{"items":[{"id":"l1","call_id":"c1"},{"id":"l2","call_id":"c2"}]}`,
		"GET /v1/meetings/m/participants?limit=1000":       `{"items":[{"id":"p","legs":[{"id":"l2"}],"location":{"place":"room","room":"main"}},{"id":"q","legs":[]}]}`,
		"GET /v1/meetings/m/help-requests?limit=1000":      `{"items":[{"id":"h","room":"a","participant":"p"}]}`,
		"GET /v1/meetings/m/broadcasts/b":                  `{"id":"b","state":"played","deliveries":[{"room":"main","tick":7}]}`,
		"GET /v1/meetings/m":                               `{"id":"m","breakouts":{"state":"open"}}`,
	}}
	c := client(t, b, "secret")
	rooms, err := c.Rooms(t.Context(), "m")
	if diff := cmp.Diff([]bridgeapi.Room{{ID: "a", Number: 1}, {ID: "b", Number: 2}}, rooms); err != nil || diff != "" {
		t.Error(err, diff)
	}
	people, err := c.ByCallID(t.Context(), "m")
	if err != nil || len(people) != 1 || people["c2"].ID != "p" || people["c2"].Location.Room != "main" {
		t.Errorf("%v, %+v", err, people)
	}
	help, err := c.HelpRequests(t.Context(), "m")
	if err != nil || len(help) != 1 || help[0].Participant != "p" {
		t.Errorf("%v, %+v", err, help)
	}
	played, err := c.Broadcast(t.Context(), "m", "b")
	if err != nil || played.State != "played" || played.Deliveries[0].Tick != 7 {
		t.Errorf("%v, %+v", err, played)
	}
	m, err := c.Meeting(t.Context(), "m")
	if err != nil || m.Breakouts.State != "open" {
		t.Errorf("%v, %+v", err, m)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, err := client(t, &bridge{}, "wrong").Rooms(t.Context(), "m")
	if problem(err) != http.StatusUnauthorized {
		t.Errorf("wrong key: %v", err)
	}
	broken := &bridge{answers: map[string]string{"GET /v1/meetings/m": "{"}}
	_, err = client(t, broken, "secret").Meeting(t.Context(), "m")
	if _, ok := errors.AsType[*json.SyntaxError](err); !ok {
		t.Errorf("broken answer: %v", err)
	}
	if _, err := bridgeapi.New("http://127.0.0.1:1", "k").Meeting(t.Context(), "m"); err == nil {
		t.Error("a bridge that is not there answered")
	}
}
