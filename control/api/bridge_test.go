package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/api"
	"partyline/control/controltest"
	"partyline/control/store"
)

const secret = "test-key-0123456789"

// backend is what both sides of the API's store need.
type backend interface {
	control.Store
	api.Store
}

// bridge is an API over a real registry, served over real HTTP.
type bridge struct {
	t        testing.TB
	url      string
	api      *api.API
	server   *httptest.Server
	registry *control.Registry
	mixer    *controltest.Mixer
	stop     func()
}

// newStore is where the meetings of a test are: on disk, as in life.
func newStore(t testing.TB) *store.Store {
	t.Helper()
	return openStore(t, t.TempDir())
}

func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// newFailingStore can be told to fail.
func newFailingStore() *controltest.Store { return controltest.NewStore() }

// serve starts an API over a store; change may alter its options.
func serve(t testing.TB, log backend, change ...func(*api.Options)) *bridge {
	t.Helper()
	return serveWith(t, log, nil, change...)
}

// serveWith is serve with a registry of the test's own.
func serveWith(t testing.TB, log backend, meetings func(*control.RegistryOptions), change ...func(*api.Options)) *bridge {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	mixer := controltest.NewMixer()
	ro := control.RegistryOptions{Store: log, Mixer: mixer, Logger: logger}
	if meetings != nil {
		meetings(&ro)
	}
	registry, err := control.NewRegistry(ro)
	if err != nil {
		t.Fatal(err)
	}
	if err := registry.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := api.Options{
		Registry: registry, Store: log, Keys: keyring(t, access.NewKey("other", "another-key", access.Admin), access.NewKey("test", secret, access.Admin)), Logger: logger,
		Signer:      access.NewSigner(make([]byte, 32)),
		DecodeAudio: decodeFake,
		HasPrompt:   func(name string) bool { return name == "closing_soon" },
		Limits:      api.Limits{Heartbeat: 50 * time.Millisecond},
	}
	for _, f := range change {
		f(&o)
	}
	a, err := api.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(a)
	server.Config = api.NewServer(a)
	server.Config.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelWarn)
	server.Start()
	b := &bridge{t: t, url: server.URL, api: a, server: server, registry: registry, mixer: mixer}
	b.stop = sync.OnceFunc(func() {
		a.Close()
		server.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := registry.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(b.stop)
	return b
}

// keyring is one of keys that stay.
func keyring(t testing.TB, keys ...access.Key) *access.Keyring {
	t.Helper()
	r, err := access.NewKeyring(access.KeyringOptions{Fixed: keys})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// decodeFake takes bodies that begin with RIFF.
func decodeFake(wav []byte) (time.Duration, error) {
	if !bytes.HasPrefix(wav, []byte("RIFF")) {
		return 0, errors.New("no RIFF header")
	}
	return time.Duration(len(wav)) * time.Millisecond, nil
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

// request is one call; zero fields mean what most calls want.
type request struct {
	method, path string
	body         any // string, []byte or io.Reader as they are; else as JSON
	contentType  string
	key          string // "-": none
	header       map[string]string
}

func (b *bridge) send(r request) answer {
	b.t.Helper()
	res, err := b.server.Client().Do(b.request(b.t.Context(), r))
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	contractOf(b.t, b.api).answered(b.t, r.method, r.path, res.StatusCode, res.Header, body)
	return answer{t: b.t, status: res.StatusCode, header: res.Header, body: body}
}

func (b *bridge) request(ctx context.Context, r request) *http.Request {
	b.t.Helper()
	var body io.Reader
	switch v := r.body.(type) {
	case nil:
	case string:
		body = bytes.NewReader([]byte(v))
	case []byte:
		body = bytes.NewReader(v)
	case io.Reader:
		body = v
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			b.t.Fatal(err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, b.url+r.path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	} else if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch r.key {
	case "":
		req.Header.Set("Authorization", "Bearer "+secret)
	case "-":
	default:
		req.Header.Set("Authorization", r.key)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	return req
}

func (b *bridge) get(path string) answer {
	b.t.Helper()
	return b.send(request{method: "GET", path: path})
}

func (b *bridge) post(path string, body any) answer {
	b.t.Helper()
	return b.send(request{method: "POST", path: path, body: body})
}

// want fails the test unless the answer has the status.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// problem fails the test unless the answer is a problem of that kind.
func (a answer) problem(status int, code, field string) problem {
	a.t.Helper()
	a.want(status)
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("content type %q of a problem", ct)
	}
	p := decode[problem](a)
	if p.Code != code || p.Field != field || p.Status != status {
		a.t.Errorf("code %q, field %q, status %d; want %q, %q, %d: %s", p.Code, p.Field, p.Status, code, field, status, a.body)
	}
	if p.Type != "urn:partyline:problem:"+code || p.Title == "" || p.Detail == "" {
		a.t.Errorf("incomplete problem: %s", a.body)
	}
	return p
}

type problem struct {
	Type, Title, Detail, Code, Field, Hint, ETag string
	Status                                       int
	Current                                      json.RawMessage
}

// decode reads the body of an answer.
func decode[T any](a answer) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(a.body, &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

// meeting makes a meeting and returns its path.
func (b *bridge) meeting(body map[string]any) string {
	b.t.Helper()
	if body == nil {
		body = map[string]any{"title": "Workshop"}
	}
	m := decode[api.Meeting](b.post("/v1/meetings", body).want(http.StatusCreated))
	return "/v1/meetings/" + string(m.ID)
}

// rooms makes rooms and returns their ids.
func (b *bridge) rooms(meeting string, n int) []control.RoomID {
	b.t.Helper()
	made := decode[api.RoomsCreated](b.post(meeting+"/rooms", map[string]any{"count": n}).want(http.StatusCreated))
	var ids []control.RoomID
	for _, r := range made.Items {
		ids = append(ids, r.ID)
	}
	return slices.Clip(ids)
}

// person puts somebody on the web of a meeting and returns his id.
func (b *bridge) person(meeting, name, role string) control.ParticipantID {
	b.t.Helper()
	p := decode[api.Participant](b.post(meeting+"/participants",
		map[string]any{"name": name, "role": role, "web": true}).want(http.StatusCreated))
	return p.ID
}
