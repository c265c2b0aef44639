package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/api"
)

// message is one server-sent event.
type message struct{ id, event, data string }

// reader follows a stream.
type reader struct {
	t        testing.TB
	contract *contract
	body     io.Closer
	lines    *bufio.Scanner
	last     string // the last id seen
	beats    int    // comments seen
}

// follow opens a stream; an id resumes.
func (b *bridge) follow(path, lastID string) *reader {
	b.t.Helper()
	s := b.tryFollow(path, lastID)
	if s == nil {
		b.t.Fatal("too many streams")
	}
	return s
}

// tryFollow opens a stream, or returns nil if there are too many.
func (b *bridge) tryFollow(path, lastID string) *reader {
	b.t.Helper()
	r := request{method: "GET", path: path}
	if lastID != "" {
		r.header = map[string]string{"Last-Event-ID": lastID}
	}
	res, err := b.server.Client().Do(b.request(context.Background(), r)) // the test closes it
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode == http.StatusServiceUnavailable {
		_ = res.Body.Close()
		return nil
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		body, _ := io.ReadAll(res.Body)
		b.t.Fatalf("stream: %s %s", res.Status, body)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 8<<20)
	s := &reader{t: b.t, body: res.Body, lines: lines, contract: contractOf(b.t, b.api)}
	b.t.Cleanup(s.close)
	return s
}

func (s *reader) close() { _ = s.body.Close() }

// next returns the next event.
func (s *reader) next() message {
	s.t.Helper()
	m, ok := s.read()
	if !ok {
		s.t.Fatalf("the stream ended after %q: %v", s.last, s.lines.Err())
	}
	return m
}

func (s *reader) read() (message, bool) {
	var m message
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			m.id, s.last = value, value
		case "event":
			m.event = value
		case "data":
			m.data = value
		case "":
			if strings.HasPrefix(s.lines.Text(), ":") {
				s.beats++
			} else if m.data != "" {
				s.contract.streamed(s.t, m)
				return m, true
			}
		}
	}
	return m, false
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// seqOf reads the sequence of an event.
func (m message) seqOf(t testing.TB) uint64 {
	t.Helper()
	var e api.Event
	if err := json.Unmarshal([]byte(m.data), &e); err != nil {
		t.Fatalf("%v: %s", err, m.data)
	}
	if e.Type != m.event || e.Meeting == "" || e.At.IsZero() || e.Actor == "" || e.Version != 1 {
		t.Errorf("incomplete event: %s %s", m.event, m.data)
	}
	return e.Seq
}

func TestStreamFromStart(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.post(m+"/lock", nil).want(200)
	s := b.follow(m+"/events?from=start", "")
	if got := s.next(); got.event != "meeting.created" || got.seqOf(t) != 1 {
		t.Errorf("first %+v", got)
	}
	if got := s.next(); got.event != "meeting.locked" || got.seqOf(t) != 2 || !strings.Contains(got.data, `"actor":"key:test"`) || !strings.Contains(got.data, `"data":{"locked":true}`) {
		t.Errorf("second %+v", got)
	}
	b.post(m+"/unlock", nil).want(200)
	if got := s.next(); got.event != "meeting.locked" || got.seqOf(t) != 3 {
		t.Errorf("live %+v", got)
	}
}

func TestStreamFromNow(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	s := b.follow(m+"/events", "")
	b.post(m+"/lock", nil).want(200)
	if got := s.next(); got.seqOf(t) != 2 {
		t.Errorf("first %+v", got)
	}
}

func TestStreamFromSnapshot(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	b.rooms(m, 2)
	b.person(m, "Ada", "audience")
	s := b.follow(m+"/events?from=snapshot", "")
	first := s.next()
	var snap api.Snapshot
	if err := json.Unmarshal([]byte(first.data), &snap); err != nil {
		t.Fatal(err)
	}
	if first.event != "snapshot" || snap.Seq != 3 || len(snap.Rooms) != 2 || len(snap.Participants) != 1 || snap.Meeting.Title != "Workshop" {
		t.Errorf("snapshot %+v", first)
	}
	b.post(m+"/lock", nil).want(200)
	if got := s.next(); got.seqOf(t) != 4 {
		t.Errorf("after the snapshot: %+v", got)
	}
	resumed := b.follow(m+"/events?from=snapshot", first.id) // Last-Event-ID goes before from
	if got := resumed.next(); got.seqOf(t) != 4 {
		t.Errorf("resumed after the snapshot: %+v", got)
	}
}

// TestStreamResumes: readers that are cut again and again, also by a restart, get every event once and in order.
func TestStreamResumes(t *testing.T) {
	log := newStore(t)
	b := serve(t, log)
	m := b.meeting(nil)
	const n = 60
	var writer sync.WaitGroup
	defer writer.Wait()
	half := make(chan struct{})
	writer.Go(func() {
		for i := range n / 2 {
			b.post(m+"/rooms", map[string]any{"name": fmt.Sprint("early ", i)}).want(201)
		}
		close(half)
	})
	one, all := &cursorOf{path: m + "/events?from=start"}, &cursorOf{path: "/v1/events?from=start"}
	for one.count < n/4 {
		one.read(t, b, 3)
		all.read(t, b, 5)
	}
	<-half
	one.read(t, b, n/2+1-one.count)
	b.stop()
	b = serve(t, log)
	writer.Go(func() {
		for i := range n / 2 {
			b.post(m+"/rooms", map[string]any{"name": fmt.Sprint("late ", i)}).want(201)
		}
	})
	for one.count < n+1 {
		one.read(t, b, min(7, n+1-one.count))
	}
	for all.count < n+1 {
		all.read(t, b, min(11, n+1-all.count))
	}
}

// cursorOf reads a stream in pieces and checks that the sequence has no gap and no double.
type cursorOf struct {
	path  string
	last  string
	count int
}

func (c *cursorOf) read(t *testing.T, b *bridge, n int) {
	t.Helper()
	s := b.follow(c.path, c.last)
	defer s.close()
	for range n {
		c.count++
		if seq := s.next().seqOf(t); seq != uint64(c.count) {
			t.Fatalf("%s: event %d came as number %d", c.path, seq, c.count)
		}
		c.last = s.last
	}
}

// TestStreamBeginsWithWhatIsStored: facts that wait for the store have numbers that are not theirs for good.
func TestStreamBeginsWithWhatIsStored(t *testing.T) {
	store := newFailingStore()
	b := serve(t, store)
	m := b.meeting(nil)
	meeting, err := b.registry.Meeting(control.MeetingID(strings.TrimPrefix(m, "/v1/meetings/")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := meeting.Do(t.Context(), control.Join{Leg: "leg_1", Kind: control.PhoneLeg}, control.Meta{}); err != nil {
		t.Fatal(err)
	}
	last := b.follow(m+"/events?from=start", "").next().id
	store.Fail(io.ErrShortWrite)
	if _, err := meeting.Do(t.Context(), control.LegGone{Leg: "leg_1"}, control.Meta{}); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"", "?from=snapshot"} {
		b.get(m+"/events"+query).problem(503, "store_unavailable", "")
		b.get("/v1/events"+query).problem(503, "store_unavailable", "")
	}
	resumed := b.follow(m+"/events", last) // what is stored can be had all the time
	if got := resumed.next(); got.event != "participant.joined" {
		t.Errorf("resumed with %+v", got)
	}
	store.Fail(nil)
	if got := resumed.next(); got.event != "participant.leg_left" {
		t.Errorf("then came %+v", got)
	}
	b.follow(m+"/events?from=snapshot", "").next()
}

// TestStreamLooksAgain: nothing wakes a reader when the store holds nothing back any more.
func TestStreamLooksAgain(t *testing.T) {
	store := newFailingStore()
	b := serve(t, store, func(o *api.Options) { o.Limits.Heartbeat = time.Hour })
	m := b.meeting(nil)
	all, one := b.follow("/v1/events?from=start", ""), b.follow(m+"/events?from=start", "")
	for _, s := range []*reader{all, one} {
		if got := s.next(); got.event != "meeting.created" {
			t.Fatalf("began with %+v", got)
		}
	}
	store.Hold(true)
	b.post(m+"/lock", nil).want(200)
	if got := one.next(); got.event != "meeting.locked" { // one meeting's events are in order anyway
		t.Errorf("then came %+v", got)
	}
	for store.Told() == 0 {
		runtime.Gosched()
	}
	fromNow := b.follow("/v1/events", "") // "now" is before what is held back: it must not be left out
	store.Hold(false)
	for _, s := range []*reader{all, fromNow} {
		if got := s.next(); got.event != "meeting.locked" {
			t.Errorf("then came %+v", got)
		}
	}
}

func TestStreamResets(t *testing.T) {
	b := serve(t, newStore(t))
	m, other := b.meeting(nil), b.meeting(nil)
	b.post(other+"/lock", nil).want(200)
	foreign := b.follow(other+"/events?from=start", "").next().id
	own := b.follow(m+"/events?from=start", "").next().id
	for _, tt := range []struct{ path, id string }{
		{m + "/events", foreign},
		{m + "/events", "nonsense"},
		{m + "/events", "1"},
		{m + "/events", strings.TrimSuffix(own, "1") + "999"},
		{m + "/events", strings.TrimSuffix(own, "1") + "-1"},
		{m + "/events", "all.1"},
		{"/v1/events", own},
		{"/v1/events", "all.99999"},
	} {
		s := b.follow(tt.path, tt.id)
		got := s.next()
		if got.event != "reset" || !strings.Contains(got.data, `"seq":`) {
			t.Errorf("%s after %q: %+v", tt.path, tt.id, got)
		}
		resumed := b.follow(tt.path, got.id)
		b.post(m+"/lock", nil).want(200)
		b.post(m+"/unlock", nil).want(200)
		if first := resumed.next(); first.event == "reset" {
			t.Errorf("%s: reset again after %q", tt.path, got.id)
		}
		s.close()
		resumed.close()
	}
	b.get("/v1/meetings/mtg_x/events").problem(404, "not_found", "")
	b.get(m+"/events?from=yesterday").problem(422, "invalid", "from")
}

func TestStreamOfAllMeetings(t *testing.T) {
	b := serve(t, newStore(t))
	first := b.meeting(nil)
	s := b.follow("/v1/events?from=snapshot", "")
	var overview api.Overview
	if err := json.Unmarshal([]byte(s.next().data), &overview); err != nil {
		t.Fatal(err)
	}
	if len(overview.Meetings) != 1 || overview.Meetings[0].Seq != 1 {
		t.Errorf("overview %+v", overview)
	}
	second := b.meeting(nil)
	b.post(first+"/lock", nil).want(200)
	for _, want := range []string{second, first} {
		if got := s.next(); !strings.Contains(got.data, strings.TrimPrefix(want, "/v1/meetings/")) {
			t.Errorf("%+v is not of %s", got, want)
		}
	}
}

func TestStreamBeats(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Limits.Heartbeat = 5 * time.Millisecond })
	m := b.meeting(nil)
	s := b.follow(m+"/events", "")
	for s.beats < 3 && s.lines.Scan() {
		if strings.HasPrefix(s.lines.Text(), ":") {
			s.beats++
		}
	}
	if s.beats < 3 {
		t.Errorf("%d signs of life", s.beats)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Limits.Streams = 2 })
	m := b.meeting(nil)
	first := b.follow(m+"/events", "")
	b.follow(m+"/events", "")
	got := b.get(m + "/events")
	got.problem(503, "overloaded", "")
	first.close()
	for b.streamRefused(m) { // until the server has noticed
		continue
	}
}

func (b *bridge) streamRefused(m string) bool {
	b.t.Helper()
	res, err := b.server.Client().Do(b.request(b.t.Context(), request{method: "GET", path: m + "/events"}))
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusServiceUnavailable
}

func TestCloseEndsStreams(t *testing.T) {
	b := serve(t, newStore(t))
	m := b.meeting(nil)
	s := b.follow(m+"/events", "")
	b.api.Close()
	if got, ok := s.read(); ok {
		t.Errorf("after Close: %+v", got)
	}
}

// TestSlowReadersAreCut: a reader that takes nothing ends, and resumes later without a gap.
func TestSlowReadersAreCut(t *testing.T) {
	b := serve(t, newStore(t), func(o *api.Options) { o.Limits.SlowReader = 500 * time.Millisecond; o.Limits.Streams = 1 })
	b.meeting(nil)
	const wide = 12
	for range wide {
		b.wideMeeting()
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET /v1/events?from=start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", secret); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, len("HTTP/1.1 200"))); err != nil { // it has its slot now
		t.Fatal(err)
	}
	c := b.tryFollow("/v1/events?from=start", "")
	for c == nil { // until it is cut
		c = b.tryFollow("/v1/events?from=start", "")
	}
	for seen := 0; seen < wide+1; {
		if m := c.next(); m.event == "meeting.created" {
			seen++
		}
	}
}

// wideMeeting makes a meeting whose first events have about a megabyte.
func (b *bridge) wideMeeting() {
	b.t.Helper()
	roster := make([]map[string]any, 3000)
	for i := range roster {
		roster[i] = map[string]any{"name": fmt.Sprintf("%064d", i), "external_id": fmt.Sprintf("%0128d", i)}
	}
	b.meeting(map[string]any{"title": "wide", "roster": roster})
}
