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
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// person is what a client knows of somebody in its meeting; rooms go by their names.
type person struct {
	Assignment string
	At         string // the room he is in; empty: he is absent
}

// model is what a client knows of its meeting: the rooms by name, with their capacity, and the people by name.
type model struct {
	Title  string
	Open   bool // the breakouts
	Rooms  map[string]int
	People map[string]person
}

func (m model) clone() model {
	m.Rooms, m.People = maps.Clone(m.Rooms), maps.Clone(m.People)
	return m
}

const mainName = "main"

// assign is what an assignment does: in open breakouts who is there goes along.
func (m *model) assign(who, room string) {
	p := m.People[who]
	p.Assignment = room
	if m.Open && p.At != "" {
		p.At = room
	}
	m.People[who] = p
}

// arrive is what happens to somebody who comes in.
func (m *model) arrive(who string) {
	p := m.People[who]
	p.At = mainName
	if m.Open && p.Assignment != "" {
		p.At = p.Assignment
	}
	m.People[who] = p
}

// each changes everybody.
func (m *model) each(f func(p *person)) {
	for who, p := range m.People {
		f(&p)
		m.People[who] = p
	}
}

func back(p *person) {
	if p.At != "" {
		p.At = mainName
	}
}

// request is something that a client asks for and how it changes the model.
type request struct {
	method, path string
	body         any    // a string is a CSV file
	key          string // Idempotency-Key, of a POST
	apply        func(*model)
}

// client holds one meeting of its own, one request after the other.
type client struct {
	http    *http.Client
	random  *rand.Rand
	url     string
	auth    string
	id      string // of the meeting
	meeting string // its path
	count   int

	broadcasts int // sent

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
		known: model{Title: "Kill", Rooms: map[string]int{}, People: map[string]person{}}, rooms: map[string]string{}, people: map[string]string{},
	}
	var made struct {
		ID string `json:"id"`
	}
	answer, err := c.send(&request{method: "POST", path: "/v1/meetings", body: map[string]any{"title": "Kill", "options": map[string]any{"late_joiners": "main"}}})
	must(t, err)
	must(t, json.Unmarshal(answer, &made))
	c.id, c.meeting = made.ID, "/v1/meetings/"+made.ID
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
	switch kind := c.random.IntN(10); {
	case len(c.known.Rooms) < 2:
		return c.addRoom()
	case len(c.known.People) < 2:
		return c.addPerson()
	case kind < 4:
		return c.define(kind)
	default:
		return c.hold(kind - 4)
	}
}

// define makes up a request that changes who and what there is.
func (c *client) define(kind int) *request {
	switch name := c.name(); {
	case kind == 0:
		return c.addRoom()
	case kind == 1:
		return c.addPerson()
	case kind == 2 && len(c.known.Rooms) > 3:
		return c.deleteRoom(c.room())
	case kind == 2 && len(c.known.People) > 6:
		who := c.who()
		return &request{method: "DELETE", path: c.meeting + "/participants/" + c.people[who], apply: func(m *model) { delete(m.People, who) }}
	case c.random.IntN(2) == 0:
		room, capacity := c.room(), 1000+c.count
		return &request{method: "PATCH", path: c.meeting + "/rooms/" + c.rooms[room], body: map[string]any{"capacity": capacity},
			apply: func(m *model) { m.Rooms[room] = capacity }}
	case c.random.IntN(2) == 0:
		return &request{method: "PATCH", path: c.meeting, body: map[string]any{"title": name}, apply: func(m *model) { m.Title = name }}
	default:
		return c.importPeople()
	}
}

// hold makes up a request of those that breakouts are held with.
func (c *client) hold(kind int) *request {
	switch who, room := c.who(), c.room(); {
	case kind == 0 && !c.known.Open:
		return c.post("/breakouts/start", map[string]any{"distribution": "manual"}, func(m *model) {
			m.Open = true
			m.each(func(p *person) {
				if p.At != "" && p.Assignment != "" {
					p.At = p.Assignment
				}
			})
		})
	case kind == 0:
		return c.post("/breakouts/stop", map[string]any{"countdown_s": 0}, func(m *model) { m.Open = false; m.each(back) })
	case kind == 1 && c.random.IntN(4) == 0:
		return c.post("/breakouts/reset", nil, func(m *model) {
			m.each(back)
			m.each(func(p *person) { p.Assignment = "" })
		})
	case kind == 2 && c.known.Open && c.known.People[who].At != "":
		return c.post("/participants/"+c.people[who]+"/move", map[string]any{"room": c.rooms[room]}, func(m *model) {
			p := m.People[who]
			p.At = room
			m.People[who] = p
		})
	case kind == 4 && c.known.People[who].At == "":
		return c.post("/participants/"+c.people[who]+"/presence", map[string]any{"web": "join"}, func(m *model) { m.arrive(who) })
	case kind == 4 && !c.known.Open && c.random.IntN(3) == 0:
		return c.post("/participants/"+c.people[who]+"/presence", map[string]any{"web": "leave"}, func(m *model) {
			p := m.People[who]
			p.At = ""
			m.People[who] = p
		})
	case kind == 3 && c.broadcasts < 10: // no meeting takes many of them within a minute
		c.broadcasts++
		return c.post("/broadcasts", map[string]any{"prompt": "five_minutes_left"}, func(*model) {})
	default:
		return &request{method: "PUT", path: c.meeting + "/participants/" + c.people[who] + "/assignment",
			body: map[string]any{"room": c.rooms[room]}, apply: func(m *model) { m.assign(who, room) }}
	}
}

func (c *client) name() string { return fmt.Sprintf("No. %d", c.count) }

func (c *client) room() string { return pick(c.random, c.known.Rooms) }

func (c *client) who() string { return pick(c.random, c.known.People) }

func pick[V any](random *rand.Rand, m map[string]V) string {
	names := slices.Sorted(maps.Keys(m))
	return names[random.IntN(len(names))]
}

func (c *client) post(path string, body any, apply func(*model)) *request {
	return &request{method: "POST", path: c.meeting + path, body: body, key: c.name(), apply: apply}
}

func (c *client) addRoom() *request {
	name := c.name()
	return c.post("/rooms", map[string]any{"name": name}, func(m *model) { m.Rooms[name] = 0 })
}

// addPerson adds somebody who is there.
func (c *client) addPerson() *request {
	name := c.name()
	return c.post("/participants", map[string]any{"name": name, "web": true}, func(m *model) { m.People[name] = person{At: mainName} })
}

// importPeople adds three who are expected in a room.
func (c *client) importPeople() *request {
	room := c.room()
	var file strings.Builder
	file.WriteString("room_name,first_name,last_name,email\n")
	for i := range 3 {
		fmt.Fprintf(&file, "%s,P%d,%d,p%d.%d@example.org\n", room, c.count, i, c.count, i)
	}
	return c.post("/rooms/import", file.String(), func(m *model) {
		for i := range 3 {
			m.People[fmt.Sprintf("P%d %d", c.count, i)] = person{Assignment: room}
		}
	})
}

func (c *client) deleteRoom(room string) *request {
	return &request{method: "DELETE", path: c.meeting + "/rooms/" + c.rooms[room], apply: func(m *model) {
		delete(m.Rooms, room)
		m.each(func(p *person) {
			if p.Assignment == room {
				p.Assignment = ""
			}
			if p.At == room {
				p.At = mainName
			}
		})
	}}
}

// acknowledged takes over what was asked for, and the ids of what was made.
func (c *client) acknowledged(answer []byte) error {
	c.asked.apply(&c.known)
	if c.asked.method == "POST" {
		var made struct {
			ID    string `json:"id"`
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
			Outcomes []struct {
				Participant string `json:"participant"`
				Name        string `json:"name"`
			} `json:"outcomes"`
		}
		if err := json.Unmarshal(answer, &made); err != nil {
			return err
		}
		switch path, _ := strings.CutPrefix(c.asked.path, c.meeting); path {
		case "/rooms":
			c.rooms[c.asked.key] = made.Items[0].ID
		case "/participants":
			c.people[c.asked.key] = made.ID
		case "/rooms/import":
			for _, o := range made.Outcomes {
				c.people[o.Name] = o.Participant
			}
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

// encode is the request's body and what it is.
func (r *request) encode() (body []byte, contentType string, err error) {
	switch b := r.body.(type) {
	case nil:
		return nil, "", nil
	case string:
		return []byte(b), "text/csv", nil
	}
	body, err = json.Marshal(r.body)
	return body, "application/json", err
}

func (c *client) send(r *request) (answer []byte, err error) {
	body, contentType, err := r.encode()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(context.Background(), r.method, c.url+r.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.auth)
	if body != nil {
		req.Header.Set("Content-Type", contentType)
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
			t.Fatalf("%s %s: neither before nor after the request:\n%s", c.asked.method, c.asked.path, cmp.Diff(c.known, got))
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
	m := model{Rooms: map[string]int{}, People: map[string]person{}}
	var meeting struct {
		Title     string `json:"title"`
		Breakouts struct {
			State string `json:"state"`
		} `json:"breakouts"`
	}
	var rooms, people struct {
		Items []struct {
			ID         string `json:"id"`
			Name       string `json:"name"`
			Capacity   int    `json:"capacity"`
			Assignment string `json:"assignment"`
			Location   struct {
				Room string `json:"room"`
			} `json:"location"`
		} `json:"items"`
	}
	for path, to := range map[string]any{"": &meeting, "/rooms?limit=1000": &rooms, "/participants?limit=1000": &people} {
		answer, err := c.send(&request{method: "GET", path: c.meeting + path})
		must(t, err)
		must(t, json.Unmarshal(answer, to))
	}
	m.Title, m.Open = meeting.Title, meeting.Breakouts.State == "open"
	names := map[string]string{"": "", mainName: mainName}
	for _, r := range rooms.Items {
		m.Rooms[r.Name], names[r.ID] = r.Capacity, r.Name
	}
	for _, p := range people.Items {
		m.People[p.Name] = person{names[p.Assignment], names[p.Location.Room]}
	}
	return m
}

// contiguous reads the meeting's events from the log: none is missing and none is there twice. It says how many there are.
func (c *client) contiguous(t *testing.T) int {
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
		if event.id == "" {
			continue
		}
		var e struct {
			Seq int `json:"seq"`
		}
		must(t, json.Unmarshal([]byte(event.data), &e))
		if seen++; e.Seq != seen {
			t.Fatalf("event %d where %d was due: %s", e.Seq, seen, event.data)
		}
		if seen >= meeting.Seq {
			return seen
		}
	}
	t.Fatalf("the stream ended after %d of %d events", seen, meeting.Seq)
	return 0
}
