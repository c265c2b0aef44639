package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestKillLosesNothing kills the bridge again and again while clients change meetings. After each restart every meeting is
// as it was acknowledged, but for the one request that each client was waiting for, which was done or was not; sent again
// with its key, it has been done once.
func TestKillLosesNothing(t *testing.T) {
	kills := 5
	if os.Getenv("PARTYLINE_LONG") != "" {
		kills = 50
	}
	checkLeaks(t)
	const clients = 4
	dir := t.TempDir()
	p := serve(t, dir)
	all := make([]*client, clients)
	for i := range all {
		all[i] = newClient(t, p, i)
	}
	random := rand.New(rand.NewPCG(1, 2))
	total := 0
	for range kills {
		total += untilKilled(t, p, all, 1+random.IntN(200))
		p = serve(t, dir)
		for _, c := range all {
			c.recover(t, p)
		}
	}
	t.Logf("%d requests were acknowledged, %d kills", total, kills)
	for _, c := range all {
		c.http.CloseIdleConnections()
	}
	p.end(os.Interrupt)
}

// untilKilled lets all clients work and kills the bridge in the middle of it, after about that many requests.
func untilKilled(t *testing.T, p *process, all []*client, requests int) int {
	t.Helper()
	var done atomic.Int64
	enough := make(chan struct{})
	var wait sync.WaitGroup
	for _, c := range all {
		wait.Go(func() { // waited for below
			for c.step() {
				if done.Add(1) == int64(requests) {
					close(enough)
				}
			}
		})
	}
	stopped := make(chan struct{})
	go func() { wait.Wait(); close(stopped) }() // ends with the clients
	select {
	case <-enough:
	case <-stopped:
	case <-time.After(patience):
		t.Error("the clients make no progress")
	}
	p.kill()
	<-stopped
	for i, c := range all {
		if c.failed != nil {
			t.Errorf("client %d: %v", i, c.failed)
		}
	}
	return int(done.Load())
}

// model is what a client knows of its meeting: the rooms by name, with their capacity; the people by name, with the name
// of the room that they are assigned to.
type model struct {
	Title  string
	Rooms  map[string]int
	People map[string]string
}

func (m model) clone() model {
	return model{m.Title, maps.Clone(m.Rooms), maps.Clone(m.People)}
}

// request is something that a client asks for and how it changes the model.
type request struct {
	method, path string
	body         any
	key          string // Idempotency-Key, of a POST
	apply        func(*model)
}

// client changes one meeting of its own, one request after the other.
type client struct {
	http    *http.Client
	random  *rand.Rand
	url     string
	auth    string
	meeting string // path
	count   int

	known  model             // acknowledged
	rooms  map[string]string // ids by name
	people map[string]string // ids by name
	asked  *request          // not answered
	failed error
}

func newClient(t *testing.T, p *process, n int) *client {
	t.Helper()
	c := &client{
		http: &http.Client{Transport: &http.Transport{}, Timeout: patience}, random: rand.New(rand.NewPCG(3, uint64(n))), url: p.url, auth: p.key,
		known: model{Title: "Kill", Rooms: map[string]int{}, People: map[string]string{}}, rooms: map[string]string{}, people: map[string]string{},
	}
	var made struct {
		ID string `json:"id"`
	}
	answer, err := c.send(&request{method: "POST", path: "/v1/meetings", body: map[string]any{"title": "Kill"}})
	must(t, err)
	must(t, json.Unmarshal(answer, &made))
	c.meeting = "/v1/meetings/" + made.ID
	return c
}

// step sends one request. It says false when the bridge has gone, or something is wrong.
func (c *client) step() bool {
	c.asked = c.next()
	answer, err := c.send(c.asked)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		c.failed = err
		return false
	case err != nil:
		return false // it may have been done
	}
	c.failed = c.acknowledged(answer)
	return c.failed == nil
}

// next makes up a request that must work.
func (c *client) next() *request {
	c.count++
	name := fmt.Sprintf("No. %d", c.count)
	rooms, people := slices.Sorted(maps.Keys(c.known.Rooms)), slices.Sorted(maps.Keys(c.known.People))
	switch kind := c.random.IntN(8); {
	case kind == 0 || len(rooms) == 0:
		return &request{method: "POST", path: c.meeting + "/rooms", body: map[string]any{"name": name}, key: name,
			apply: func(m *model) { m.Rooms[name] = 0 }}
	case kind == 1 || len(people) == 0:
		return &request{method: "POST", path: c.meeting + "/participants", body: map[string]any{"name": name}, key: name,
			apply: func(m *model) { m.People[name] = "" }}
	case kind == 2:
		return &request{method: "PATCH", path: c.meeting, body: map[string]any{"title": name}, apply: func(m *model) { m.Title = name }}
	case kind == 3 && len(rooms) > 3:
		return c.deleteRoom(rooms[c.random.IntN(len(rooms))])
	case kind == 4 && len(people) > 3:
		who := people[c.random.IntN(len(people))]
		return &request{method: "DELETE", path: c.meeting + "/participants/" + c.people[who], apply: func(m *model) { delete(m.People, who) }}
	case kind <= 5:
		room, capacity := rooms[c.random.IntN(len(rooms))], c.count
		return &request{method: "PATCH", path: c.meeting + "/rooms/" + c.rooms[room], body: map[string]any{"capacity": capacity},
			apply: func(m *model) { m.Rooms[room] = capacity }}
	default:
		who, room := people[c.random.IntN(len(people))], rooms[c.random.IntN(len(rooms))]
		return &request{method: "PUT", path: c.meeting + "/participants/" + c.people[who] + "/assignment",
			body: map[string]any{"room": c.rooms[room]}, apply: func(m *model) { m.People[who] = room }}
	}
}

func (c *client) deleteRoom(room string) *request {
	return &request{method: "DELETE", path: c.meeting + "/rooms/" + c.rooms[room], apply: func(m *model) {
		delete(m.Rooms, room)
		for who, assigned := range m.People {
			if assigned == room {
				m.People[who] = ""
			}
		}
	}}
}

// acknowledged takes over what was asked for, and the id of what was made.
func (c *client) acknowledged(answer []byte) error {
	c.asked.apply(&c.known)
	if c.asked.method == "POST" {
		var made struct {
			ID    string `json:"id"`
			Name  string `json:"name"`
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
		}
		if err := json.Unmarshal(answer, &made); err != nil {
			return err
		}
		if len(made.Items) == 1 {
			c.rooms[c.asked.key] = made.Items[0].ID
		} else {
			c.people[c.asked.key] = made.ID
		}
	}
	c.asked = nil
	return nil
}

// refusal is an answer that is no success.
type refusal struct {
	request *request
	status  int
	body    string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s %s: %d %s", r.request.method, r.request.path, r.status, r.body)
}

func (c *client) send(r *request) (answer []byte, err error) {
	body, err := json.Marshal(r.body)
	if err != nil || r.body == nil {
		body = nil
	}
	req, err := http.NewRequestWithContext(context.Background(), r.method, c.url+r.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.auth)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", c.meeting+r.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, res.Body.Close()) }()
	if answer, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, &refusal{r, res.StatusCode, string(answer)}
	}
	return answer, nil
}

// recover compares what the bridge knows after a restart with what it had acknowledged before.
func (c *client) recover(t *testing.T, p *process) {
	t.Helper()
	c.url, c.auth = p.url, p.key
	c.http.CloseIdleConnections()
	got := c.read(t)
	if c.asked != nil {
		c.settle(t, got)
		got = c.read(t)
	}
	if diff := cmp.Diff(c.known, got); diff != "" {
		t.Fatalf("the meeting is not as it was acknowledged (-acknowledged +is):\n%s", diff)
	}
	c.contiguous(t)
}

// settle finds out what became of the request that was not answered. A POST is sent again with its key.
func (c *client) settle(t *testing.T, got model) {
	t.Helper()
	done := c.known.clone()
	c.asked.apply(&done)
	switch {
	case c.asked.key != "":
		if !cmp.Equal(got, done) && !cmp.Equal(got, c.known) {
			t.Fatalf("neither before nor after the request:\n%s", cmp.Diff(c.known, got))
		}
		answer, err := c.send(c.asked)
		must(t, err)
		must(t, c.acknowledged(answer))
	case cmp.Equal(got, done):
		c.known = done
	}
	c.asked = nil
}

// read is the meeting as the bridge has it.
func (c *client) read(t *testing.T) model {
	t.Helper()
	m := model{Rooms: map[string]int{}, People: map[string]string{}}
	var meeting struct {
		Title string `json:"title"`
	}
	var rooms, people struct {
		Items []struct {
			ID         string `json:"id"`
			Name       string `json:"name"`
			Capacity   int    `json:"capacity"`
			Assignment string `json:"assignment"`
		} `json:"items"`
	}
	for path, to := range map[string]any{"": &meeting, "/rooms?limit=1000": &rooms, "/participants?limit=1000": &people} {
		answer, err := c.send(&request{method: "GET", path: c.meeting + path})
		must(t, err)
		must(t, json.Unmarshal(answer, to))
	}
	m.Title = meeting.Title
	names := map[string]string{"": ""}
	for _, r := range rooms.Items {
		m.Rooms[r.Name], names[r.ID] = r.Capacity, r.Name
	}
	for _, p := range people.Items {
		m.People[p.Name] = names[p.Assignment]
	}
	return m
}

// contiguous reads the meeting's events from the log: none is missing and none is there twice.
func (c *client) contiguous(t *testing.T) {
	t.Helper()
	answer, err := c.send(&request{method: "GET", path: c.meeting})
	must(t, err)
	var meeting struct {
		Seq int `json:"seq"`
	}
	must(t, json.Unmarshal(answer, &meeting))
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+c.meeting+"/events?from=start", nil)
	must(t, err)
	req.Header.Set("Authorization", "Bearer "+c.auth)
	res, err := c.http.Do(req)
	must(t, err)
	defer res.Body.Close()
	seen := 0
	for event := range serverSent(res.Body) {
		var e struct {
			Seq int `json:"seq"`
		}
		must(t, json.Unmarshal([]byte(event.data), &e))
		if seen++; e.Seq != seen {
			t.Fatalf("event %d where %d was due: %s", e.Seq, seen, event.data)
		}
		if seen >= meeting.Seq {
			return
		}
	}
	t.Fatalf("the stream ended after %d of %d events", seen, meeting.Seq)
}

// sse is one server-sent event.
type sse struct{ id, name, data string }

// serverSent reads a stream of events that have data.
func serverSent(r io.Reader) func(yield func(sse) bool) {
	return func(yield func(sse) bool) {
		var e sse
		buf, chunk := "", make([]byte, 4096)
		for {
			n, err := r.Read(chunk)
			buf += string(chunk[:n])
			for {
				line, rest, ok := strings.Cut(buf, "\n")
				if !ok {
					break
				}
				buf = rest
				field, value, _ := strings.Cut(line, ": ")
				switch field {
				case "id":
					e.id = value
				case "event":
					e.name = value
				case "data":
					e.data = value
				case "":
					if e.data != "" && !yield(e) {
						return
					}
					e = sse{}
				}
			}
			if err != nil {
				return
			}
		}
	}
}
