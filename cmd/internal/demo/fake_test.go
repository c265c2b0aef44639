package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"partyline/cmd/internal/phone/phonetest"
)

// fakeBridge is a conference with as much of the API as the story needs. A
// participant's id is the Call-ID of his call; rooms are room_0 to room_3.
type fakeBridge struct {
	t    testing.TB
	conf *phonetest.Conference
	api  *httptest.Server

	mu       sync.Mutex
	assigned map[string]string
	open     bool
	stuck    bool
}

func newFakeBridge(t testing.TB) *fakeBridge {
	b := &fakeBridge{t: t, conf: phonetest.New(t, phonetest.Options{}), assigned: make(map[string]string)}
	mux := http.NewServeMux()
	const m = " /v1/meetings/mtg_1"
	mux.HandleFunc("POST /v1/meetings", b.answer(func(map[string]string) any { return b.meeting() }))
	mux.HandleFunc("GET"+m, b.answer(func(map[string]string) any { return b.meeting() }))
	mux.HandleFunc("GET"+m+"/rooms", b.answer(func(map[string]string) any { return list(b.rooms()) }))
	mux.HandleFunc("GET"+m+"/participants", b.answer(func(map[string]string) any { return list(b.participants()) }))
	mux.HandleFunc("GET /v1/legs", b.answer(func(map[string]string) any { return list(b.legs()) }))
	mux.HandleFunc("PUT"+m+"/participants/{p}/assignment", b.with(func(r *http.Request, in map[string]string) any {
		b.assigned[r.PathValue("p")] = in["room"]
		return nil
	}))
	mux.HandleFunc("POST"+m+"/participants/{p}/move", b.with(func(r *http.Request, in map[string]string) any {
		b.move(r.PathValue("p"), in["room"])
		return nil
	}))
	mux.HandleFunc("POST"+m+"/breakouts/start", b.answer(func(map[string]string) any {
		b.open = true
		for p, room := range b.assigned {
			b.move(p, room)
		}
		return nil
	}))
	mux.HandleFunc("POST"+m+"/breakouts/stop", b.answer(func(map[string]string) any {
		b.open = false
		for _, l := range b.conf.Legs() {
			b.move(l.CallID(), "main")
		}
		return nil
	}))
	mux.HandleFunc("GET"+m+"/help-requests", b.answer(func(map[string]string) any { return list(b.help()) }))
	mux.HandleFunc("POST"+m+"/help-requests/{h}/accept", b.with(func(r *http.Request, in map[string]string) any {
		b.move(in["by"], r.PathValue("h"))
		return nil
	}))
	mux.HandleFunc("POST"+m+"/audio", b.upload)
	mux.HandleFunc("POST"+m+"/broadcasts", b.answer(func(map[string]string) any { return map[string]any{"id": "bct_1", "state": "queued"} }))
	mux.HandleFunc("GET"+m+"/broadcasts/bct_1", b.answer(func(map[string]string) any {
		return map[string]any{"id": "bct_1", "state": "played", "deliveries": []any{map[string]any{"room": "main", "tick": 7, "listeners": 12}}}
	}))
	b.api = httptest.NewServer(mux)
	t.Cleanup(b.api.Close)
	return b
}

func (b *fakeBridge) start(context.Context) (Daemon, error) {
	return Daemon{SIPAddr: b.conf.Addr(), APIURL: b.api.URL, Key: "key", PageURL: b.api.URL}, nil
}

// with answers a request, one at a time.
func (b *fakeBridge) with(f func(*http.Request, map[string]string) any) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		raw := map[string]any{}
		if err := json.NewDecoder(r.Body).Decode(&raw); err != nil && err != io.EOF {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		in := make(map[string]string)
		for k, v := range raw {
			in[k] = fmt.Sprint(v)
		}
		if err := json.NewEncoder(w).Encode(f(r, in)); err != nil {
			b.t.Error(err)
		}
	}
}

func (b *fakeBridge) answer(f func(map[string]string) any) http.HandlerFunc {
	return b.with(func(_ *http.Request, in map[string]string) any { return f(in) })
}

// upload plays a recording as soon as it is there, to everybody.
func (b *fakeBridge) upload(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	if err != nil || len(data) < 44 {
		http.Error(w, "no recording", http.StatusBadRequest)
		return
	}
	pcm := make([]int16, (len(data)-44)/2)
	for i := range pcm {
		pcm[i] = int16(uint16(data[44+2*i]) | uint16(data[45+2*i])<<8)
	}
	fmt.Fprint(w, `{"id":"aud_1"}`)
	// The story notes where everybody's recording is between upload and
	// broadcast, so the beginning may be missed: it is played twice.
	b.conf.Play(append(pcm, pcm...))
}

func list(items []map[string]any) map[string]any { return map[string]any{"items": items} }

func (b *fakeBridge) meeting() map[string]any {
	state := "idle"
	if b.open {
		state = "open"
	}
	return map[string]any{"id": "mtg_1", "access_code": "123456789", "speaker_code": "987654321", "breakouts": map[string]any{"state": state}}
}

func (b *fakeBridge) rooms() (items []map[string]any) {
	for i, name := range roomNames {
		items = append(items, map[string]any{"id": fmt.Sprintf("room_%d", i), "name": name, "number": i + 1})
	}
	return items
}

// participants are those who have keyed in a code; they are put into the main room.
func (b *fakeBridge) participants() (items []map[string]any) {
	for _, l := range b.conf.Legs() {
		if !strings.Contains(l.Digits(), "#") {
			continue
		}
		if l.Room() == "bridge" {
			l.Move("main")
		}
		items = append(items, map[string]any{
			"id": l.CallID(), "name": l.From(), "legs": []any{map[string]any{"id": l.CallID()}},
			"location": map[string]any{"place": "room", "room": l.Room()},
		})
	}
	return items
}

func (b *fakeBridge) legs() (items []map[string]any) {
	for _, l := range b.conf.Legs() {
		items = append(items, map[string]any{"id": l.CallID(), "call_id": l.CallID()})
	}
	return items
}

// help lists the rooms of those who have pressed star zero.
func (b *fakeBridge) help() (items []map[string]any) {
	for _, l := range b.conf.Legs() {
		if strings.HasSuffix(l.Digits(), "*0") {
			items = append(items, map[string]any{"id": l.Room(), "room": l.Room(), "participant": l.CallID()})
		}
	}
	return items
}

func (b *fakeBridge) move(participant, room string) {
	if l := b.conf.Leg(participant); l != nil && !b.stuck {
		l.Move(room)
	}
}

func (b *fakeBridge) moveByName(name, room string) {
	for _, r := range cast {
		for _, l := range b.conf.Legs() {
			if r.name == name && r.number == l.From() {
				l.Move(room)
			}
		}
	}
}

// lines is a writer that shows every line to somebody.
type lines struct {
	mu   sync.Mutex
	all  strings.Builder
	seen func(string)
}

func newLines(seen func(string)) *lines { return &lines{seen: seen} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	l.all.Write(p)
	l.mu.Unlock()
	l.seen(string(p))
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}
