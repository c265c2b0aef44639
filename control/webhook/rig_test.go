package webhook_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/controltest"
	"partyline/control/store/storetest"
	"partyline/control/webhook"
)

// memory is a webhook.Store, and what of a registry the service uses. It is safe for concurrent use.
type memory struct {
	*controltest.Store

	mu    sync.Mutex
	hooks map[webhook.ID]webhook.Endpoint
	saves int
	fail  error
	wakes map[chan struct{}]bool
}

func newMemory() *memory {
	return &memory{Store: controltest.NewStore(), hooks: map[webhook.ID]webhook.Endpoint{}, wakes: map[chan struct{}]bool{}}
}

func (m *memory) Webhooks(context.Context) ([]webhook.Endpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Values(m.hooks), func(a, b webhook.Endpoint) int { return cmp.Compare(a.ID, b.ID) }), m.fail
}

func (m *memory) SaveWebhook(_ context.Context, e webhook.Endpoint, _ *control.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		m.hooks[e.ID] = e
	}
	return m.fail
}

func (m *memory) SaveWebhookProgress(_ context.Context, all map[webhook.ID]webhook.Progress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	m.saves++
	for id, p := range all {
		if e, ok := m.hooks[id]; ok {
			e.Progress = p
			m.hooks[id] = e
		}
	}
	return nil
}

func (m *memory) DeleteWebhook(_ context.Context, id webhook.ID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail == nil {
		delete(m.hooks, id)
	}
	return m.fail
}

func (m *memory) breaks(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = err
}

func (m *memory) subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wakes[ch] = true
	return ch, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.wakes, ch)
	}
}

// add appends n events to a meeting and wakes the service.
func (m *memory) add(t testing.TB, meeting control.MeetingID, n uint64) {
	t.Helper()
	log, err := m.Read(t.Context(), meeting, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	after := uint64(len(log))
	if err := m.Append(t.Context(), &control.Append{Meeting: meeting, After: after, Records: storetest.Records(meeting, after+1, after+n)}); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for ch := range m.wakes {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// options for a service of the memory, which may send to this machine.
func (m *memory) options(t testing.TB) webhook.Options {
	return webhook.Options{
		Store: m, Log: m, Subscribe: m.subscribe, Encode: encode,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Guard:  webhook.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}},
	}
}

func encode(r control.Record) ([]byte, error) {
	return json.Marshal(map[string]any{"meeting": r.Meeting, "seq": r.Seq, "type": r.Type, "data": r.Data})
}

// start runs a service until the test ends; transport nil is the guarded one.
func start(t testing.TB, o webhook.Options, transport http.RoundTripper) *webhook.Service {
	t.Helper()
	s, err := webhook.NewWith(o, transport)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t testing.TB, s *webhook.Service) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

func create(t testing.TB, s *webhook.Service, spec webhook.Spec) webhook.Endpoint {
	t.Helper()
	e, err := s.Create(t.Context(), spec, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func get(t testing.TB, s *webhook.Service, id webhook.ID) webhook.Endpoint {
	t.Helper()
	e, err := s.Get(id)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// await asks until the endpoint fits. It waits for a state, not for a time.
func await(t testing.TB, s *webhook.Service, id webhook.ID, fits func(webhook.Endpoint) bool) webhook.Endpoint {
	t.Helper()
	for began := time.Now(); ; {
		if e := get(t, s, id); fits(e) {
			return e
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("webhook %s never came to fit: %+v", id, get(t, s, id).Progress)
		}
	}
}

// delivery is a request as a receiver saw it.
type delivery struct {
	id, timestamp, signature string
	body                     []byte
	path                     string
}

// receiver is an HTTP server that notes what it gets.
type receiver struct {
	*httptest.Server
	got    chan delivery
	answer func(n int, w http.ResponseWriter, r *http.Request) // nil: 204
}

func newReceiver(t testing.TB, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	t.Helper()
	rec := &receiver{got: make(chan delivery, 10_000), answer: answer}
	var mu sync.Mutex
	n := 0
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		mu.Lock()
		n++
		count := n
		mu.Unlock()
		rec.got <- delivery{id: r.Header.Get("webhook-id"), timestamp: r.Header.Get("webhook-timestamp"),
			signature: r.Header.Get("webhook-signature"), body: body, path: r.URL.Path}
		if rec.answer != nil {
			rec.answer(count, w, r)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(rec.Close)
	return rec
}

// next returns the next delivery.
func (r *receiver) next(t testing.TB) delivery {
	t.Helper()
	select {
	case d := <-r.got:
		return d
	case <-t.Context().Done():
	case <-time.After(20 * time.Second):
	}
	t.Fatal("nothing is delivered")
	return delivery{}
}

// want reads deliveries and compares their ids.
func (r *receiver) want(t testing.TB, ids ...string) {
	t.Helper()
	var got []string
	for range ids {
		got = append(got, r.next(t).id)
	}
	if !slices.Equal(got, ids) {
		t.Fatalf("delivered were %v, want %v", got, ids)
	}
}

func ids(meeting string, first, last int) []string {
	var list []string
	for i := first; i <= last; i++ {
		list = append(list, fmt.Sprintf("%s-%d", meeting, i))
	}
	return list
}

// roundTrip makes a transport of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(""))}
}
