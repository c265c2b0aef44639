package webhook_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/webhook"
)

// valid checks a delivery the way a receiver does that knows a secret.
func valid(d delivery, secret string) bool {
	seconds, err := strconv.ParseInt(d.timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(d.id + "." + d.timestamp + "." + string(d.body)))
	return slices.Contains(strings.Fields(d.signature), "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// Every event comes in order, signed, with the body that was asked for.
func TestDelivers(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	s := start(t, m.options(t), nil)
	m.add(t, "mtg_a", 3) // before the endpoint was made: not wanted
	e := create(t, s, webhook.Spec{URL: rec.URL + "/hooks?x=y"})
	m.add(t, "mtg_a", 40)
	m.add(t, "mtg_b", 2)
	for i, id := range append(ids("mtg_a", 4, 43), ids("mtg_b", 1, 2)...) {
		d := rec.next(t)
		if d.id != id || d.path != "/hooks" || strings.Contains(d.id, ".") {
			t.Fatalf("delivery %d is %s at %s, want %s", i, d.id, d.path, id)
		}
		if !valid(d, e.Secrets[0].Value) {
			t.Errorf("the signature of %s is wrong: %s", d.id, d.signature)
		}
		if d.body = append(d.body, '!'); valid(d, e.Secrets[0].Value) {
			t.Error("a changed body passes")
		}
	}
	await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Position == 45 && e.Progress.LastStatus == 204 })
}

// Nothing wakes a worker when the store holds nothing back any more.
func TestLooksAgainForWhatWasHeldBack(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	s := start(t, m.options(t), nil)
	create(t, s, webhook.Spec{URL: rec.URL})
	m.add(t, "mtg_a", 1)
	if d := rec.next(t); d.id != ids("mtg_a", 1, 1)[0] {
		t.Fatalf("first came %s", d.id)
	}
	m.Hold(true)
	m.add(t, "mtg_a", 2)
	for m.Told() == 0 {
		runtime.Gosched()
	}
	m.Hold(false)
	for _, id := range ids("mtg_a", 2, 3) {
		if d := rec.next(t); d.id != id {
			t.Errorf("then came %s, want %s", d.id, id)
		}
	}
}

func TestFromStartAndFilters(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	s := start(t, m.options(t), nil)
	m.add(t, "mtg_a", 2)
	m.add(t, "mtg_b", 2)
	all, err := s.Create(t.Context(), webhook.Spec{URL: rec.URL, Meetings: []control.MeetingID{"mtg_b"}}, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	rec.want(t, "mtg_b-1", "mtg_b-2")
	other := create(t, s, webhook.Spec{URL: rec.URL, Types: []string{"meeting.ended"}}) // the log of the test has none
	m.add(t, "mtg_a", 1500)
	for _, id := range []webhook.ID{all.ID, other.ID} {
		await(t, s, id, func(e webhook.Endpoint) bool { return e.Progress.Position == 1504 })
	}
	if n := len(rec.got); n != 0 {
		t.Errorf("%d deliveries that were not wanted", n)
	}
}

// A failure is tried again, with the same id and a new signature; what comes after waits for it.
func TestOrderOverFailures(t *testing.T) {
	m := newMemory()
	rec := newReceiver(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 2 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	s := start(t, m.options(t), nil)
	e := create(t, s, webhook.Spec{URL: rec.URL})
	m.add(t, "mtg_a", 3)
	rec.want(t, "mtg_a-1", "mtg_a-2")
	p := await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 }).Progress
	if p.State() != webhook.Retrying || p.LastStatus != 500 || p.LastError != "it answered 500 Internal Server Error" {
		t.Errorf("%+v", p)
	}
	if _, err := s.Resume(t.Context(), e.ID, nil); err != nil { // rather than wait
		t.Fatal(err)
	}
	rec.want(t, "mtg_a-2", "mtg_a-3")
}

// Redirects are not followed, wherever they lead.
func TestRedirectsAreNotFollowed(t *testing.T) {
	target := newReceiver(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		m := newMemory()
		rec := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target.URL)
			w.WriteHeader(status)
		})
		s := start(t, m.options(t), nil)
		e := create(t, s, webhook.Spec{URL: rec.URL})
		m.add(t, "mtg_a", 1)
		p := await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 }).Progress
		if p.LastStatus != status || !strings.Contains(p.LastError, "redirects are not followed") {
			t.Errorf("%d: %+v", status, p)
		}
	}
	if len(target.got) != 0 {
		t.Error("a redirect was followed")
	}
}

// Answers without end and huge headers cost little.
func TestHugeAnswers(t *testing.T) {
	m := newMemory()
	rec := newReceiver(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 2 {
			w.Header().Set("X", strings.Repeat("x", 1<<20))
		}
		w.WriteHeader(http.StatusOK)
		for block := make([]byte, 1<<20); n != 2 && r.Context().Err() == nil; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	s := start(t, m.options(t), nil)
	e := create(t, s, webhook.Spec{URL: rec.URL})
	var was, is runtime.MemStats
	runtime.ReadMemStats(&was)
	m.add(t, "mtg_a", 2)
	p := await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 }).Progress
	runtime.ReadMemStats(&is)
	if p.Position != 1 || p.LastStatus != 0 {
		t.Errorf("%+v", p)
	}
	if grown := int64(is.HeapAlloc) - int64(was.HeapAlloc); grown > 32<<20 {
		t.Errorf("%d MiB are held", grown>>20)
	}
}

// A receiver that takes its time is cut, and holds up neither others nor a stop.
func TestSlowReceiver(t *testing.T) {
	m, fast, gone := newMemory(), newReceiver(t, nil), make(chan struct{})
	slow := newReceiver(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-gone:
		}
	})
	defer close(gone)
	o := m.options(t)
	o.Timeout = 100 * time.Millisecond
	s := start(t, o, nil)
	a, b := create(t, s, webhook.Spec{URL: slow.URL}), create(t, s, webhook.Spec{URL: fast.URL})
	m.add(t, "mtg_a", 100)
	fast.want(t, ids("mtg_a", 1, 100)...)
	p := await(t, s, a.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 }).Progress
	if p.LastError != "no answer within 100ms" || p.LastStatus != 0 {
		t.Errorf("%+v", p)
	}
	await(t, s, b.ID, func(e webhook.Endpoint) bool { return e.Progress.Position == 100 })
	if err := s.Delete(t.Context(), a.ID, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(a.ID); err == nil || len(s.List()) != 1 {
		t.Error("a deleted endpoint is still there")
	}
}

// While two secrets are active a receiver that knows either is content; then only the new one is left.
func TestRotation(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	s := start(t, m.options(t), nil)
	first := create(t, s, webhook.Spec{URL: rec.URL})
	old := first.Secrets[0].Value
	second, err := s.Rotate(t.Context(), first.ID, time.Hour, nil)
	if err != nil {
		t.Fatal(err)
	}
	fresh := second.Secrets[0].Value
	m.add(t, "mtg_a", 1)
	if d := rec.next(t); fresh == old || !valid(d, old) || !valid(d, fresh) || len(strings.Fields(d.signature)) != 2 {
		t.Errorf("while both are active: %s", d.signature)
	}
	if _, err := s.Rotate(t.Context(), first.ID, 0, nil); err != nil {
		t.Fatal(err)
	}
	m.add(t, "mtg_a", 1)
	if d := rec.next(t); valid(d, old) || valid(d, fresh) || len(strings.Fields(d.signature)) != 1 {
		t.Errorf("after an immediate change: %s", d.signature)
	}
}

func TestReplay(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	s := start(t, m.options(t), nil)
	e := create(t, s, webhook.Spec{URL: rec.URL})
	m.add(t, "mtg_a", 3)
	m.add(t, "mtg_b", 3)
	rec.want(t, append(ids("mtg_a", 1, 3), ids("mtg_b", 1, 3)...)...)
	for _, tt := range []struct {
		from webhook.From
		want []string
	}{
		{webhook.From{Meeting: "mtg_b", Seq: 2}, ids("mtg_b", 2, 3)},
		{webhook.From{Meeting: "mtg_a", Seq: 3}, append(ids("mtg_a", 3, 3), ids("mtg_b", 1, 3)...)},
		{webhook.From{After: 4}, ids("mtg_b", 2, 3)},
		{webhook.From{After: 0}, append(ids("mtg_a", 1, 3), ids("mtg_b", 1, 3)...)},
		{webhook.From{After: 6}, nil},
	} {
		if _, err := s.Replay(t.Context(), e.ID, tt.from, nil); err != nil {
			t.Fatal(err)
		}
		rec.want(t, tt.want...)
		await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Position == 6 })
	}
	for _, from := range []webhook.From{{After: 7}, {Meeting: "mtg_a", Seq: 4}, {Meeting: "mtg_x", Seq: 1}, {Meeting: "mtg_a"}} {
		if _, err := s.Replay(t.Context(), e.ID, from, nil); err == nil {
			t.Errorf("%+v was taken", from)
		}
	}
	if len(rec.got) != 0 {
		t.Error("a refused replay sent something")
	}
}

// A new URL is tried at once; other changes leave the back-off as it is.
func TestChange(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	dead := newReceiver(t, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	s := start(t, m.options(t), nil)
	e := create(t, s, webhook.Spec{URL: dead.URL})
	m.add(t, "mtg_a", 2)
	await(t, s, e.ID, func(e webhook.Endpoint) bool { return e.Progress.Attempts == 1 })
	set := func(f func(*webhook.Spec)) (webhook.Endpoint, error) {
		return s.Change(t.Context(), e.ID, func(now webhook.Endpoint) (webhook.Spec, error) { f(&now.Spec); return now.Spec, nil })
	}
	if got, err := set(func(s *webhook.Spec) { s.Description = "mine" }); err != nil || got.Progress.Attempts != 1 || got.Spec.Description != "mine" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := set(func(s *webhook.Spec) { s.URL = "nonsense" }); err == nil {
		t.Error("nonsense was taken")
	}
	refusal := errors.New("refused")
	if _, err := s.Change(t.Context(), e.ID, func(webhook.Endpoint) (webhook.Spec, error) { return webhook.Spec{}, refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refusal came to %v", err)
	}
	if _, err := set(func(s *webhook.Spec) { s.URL = rec.URL }); err != nil {
		t.Fatal(err)
	}
	rec.want(t, "mtg_a-1", "mtg_a-2")
}

func TestLimitsAndUnknowns(t *testing.T) {
	m := newMemory()
	o := m.options(t)
	o.MaxEndpoints = 1
	s := start(t, o, nil)
	create(t, s, webhook.Spec{URL: "https://example.com/"})
	code := func(err error) control.Code {
		if e, ok := errors.AsType[*control.Error](err); ok {
			return e.Code
		}
		return control.Code(fmt.Sprint(err))
	}
	_, err := s.Create(t.Context(), webhook.Spec{URL: "https://example.com/"}, false, nil)
	if code(err) != control.CodeLimit {
		t.Errorf("one too many: %v", err)
	}
	if _, err := s.Rotate(t.Context(), "whk_x", 0, nil); code(err) != control.CodeNotFound {
		t.Errorf("an unknown one: %v", err)
	}
	stop(t, s)
	if err := s.Delete(t.Context(), "whk_x", nil); code(err) != control.CodeShutdown {
		t.Errorf("after Stop: %v", err)
	}
}

// An event that cannot be sent parks its meeting and says so; other meetings go on, and a replay can go on after it.
func TestPoison(t *testing.T) {
	m, rec := newMemory(), newReceiver(t, nil)
	o := m.options(t)
	o.Encode = func(r control.Record) ([]byte, error) {
		switch {
		case r.Meeting == "mtg_a" && r.Seq == 1:
			return nil, errors.New("event 1 has version 9")
		case r.Meeting == "mtg_a" && r.Seq == 2:
			return make([]byte, 32<<20+1), nil
		}
		return encode(r)
	}
	s := start(t, o, nil)
	e := create(t, s, webhook.Spec{URL: rec.URL})
	m.add(t, "mtg_a", 3)
	m.add(t, "mtg_b", 1)
	for i, want := range []string{"version 9", "replay from position 2"} {
		held := await(t, s, e.ID, func(e webhook.Endpoint) bool {
			return len(e.Progress.Held) == 1 && e.Progress.Held[0].Seq == uint64(i+1) && e.Progress.Position == 4
		}).Progress.Held[0]
		if held.Meeting != "mtg_a" || held.Progress.State() != webhook.Parked || !strings.Contains(held.Progress.LastError, want) {
			t.Errorf("held back is %+v", held)
		}
		rec.want(t, "mtg_b-1")
		if _, err := s.Replay(t.Context(), e.ID, webhook.From{After: uint64(i) + 1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	rec.want(t, "mtg_a-3", "mtg_b-1")
}
