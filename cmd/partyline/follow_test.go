package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// ledger holds the events that somebody was told to account: of each meeting all of them, each once, in order.
type ledger struct {
	who string

	mu     sync.Mutex
	last   map[string]int // sequence by meeting; guarded by mu
	faults []error        // guarded by mu
}

func newLedger(who string) *ledger { return &ledger{who: who, last: map[string]int{}} }

// enter takes one event over.
func (l *ledger) enter(event []byte) {
	var e struct {
		Meeting string `json:"meeting"`
		Seq     int    `json:"seq"`
	}
	err := json.Unmarshal(event, &e)
	l.mu.Lock()
	defer l.mu.Unlock()
	if due := l.last[e.Meeting] + 1; err == nil && e.Seq != due {
		err = fmt.Errorf("event %d of %s where %d was due", e.Seq, e.Meeting, due)
	}
	if err != nil {
		l.faultLocked(err)
		return
	}
	l.last[e.Meeting] = e.Seq
}

// fault notes what is wrong.
func (l *ledger) fault(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faultLocked(err)
}

func (l *ledger) faultLocked(err error) {
	if len(l.faults) < 10 {
		l.faults = append(l.faults, fmt.Errorf("%s: %w", l.who, err))
	}
}

// complete says whether it has everything of a meeting.
func (l *ledger) complete(meeting string, seq int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := errors.Join(l.faults...); err != nil {
		return err
	}
	if have := l.last[meeting]; have != seq {
		return fmt.Errorf("%s has %d of the %d events of %s", l.who, have, seq, meeting)
	}
	return nil
}

// streamReader follows the events of all meetings by server-sent events, whatever becomes of the bridge.
type streamReader struct {
	*ledger
	http *http.Client
	stop context.CancelFunc
	done sync.WaitGroup

	mu       sync.Mutex
	url, key string // guarded by mu
}

func newStreamReader(t *testing.T, p *process) *streamReader {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &streamReader{ledger: newLedger("the stream"), http: &http.Client{Transport: &http.Transport{}}, stop: stop}
	s.aim(p)
	s.done.Go(func() { s.run(ctx) }) // close waits for it
	t.Cleanup(s.close)
	return s
}

// aim says where the bridge is now.
func (s *streamReader) aim(p *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.url, s.key = p.url, p.key
}

func (s *streamReader) close() {
	s.stop()
	s.done.Wait()
	s.http.CloseIdleConnections()
}

// run reads until it is stopped, and comes back with the id of the last event that it has.
func (s *streamReader) run(ctx context.Context) {
	id := ""
	for ctx.Err() == nil {
		s.read(ctx, &id) // that it breaks off is what this is about
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond): // nobody may be there yet
		}
	}
}

func (s *streamReader) read(ctx context.Context, id *string) {
	s.mu.Lock()
	url, key := s.url, s.key
	s.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/v1/events?from=start", nil)
	if err != nil {
		return
	}
	req.Header.Set("Authorization", "Bearer "+key)
	if *id != "" {
		req.Header.Set("Last-Event-ID", *id)
	}
	res, err := s.http.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return
	}
	for event := range serverSent(res.Body) {
		if event.id == "" {
			continue // levels and the like are no events of the log
		}
		s.enter([]byte(event.data))
		*id = event.id
	}
}

// webhookReceiver is an endpoint that checks signatures and leaves out what it has seen.
type webhookReceiver struct {
	*ledger
	server *httptest.Server

	mu     sync.Mutex
	secret []byte          // guarded by mu
	seen   map[string]bool // by webhook-id; guarded by mu
	again  int             // how often one came that was there already; guarded by mu
}

// newWebhookReceiver has all events sent to it.
func newWebhookReceiver(t *testing.T, p *process) *webhookReceiver {
	t.Helper()
	w := &webhookReceiver{ledger: newLedger("the webhook"), seen: map[string]bool{}}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	w.mu.Lock() // no delivery is judged before the secret is known
	defer w.mu.Unlock()
	c := &client{http: http.DefaultClient, url: p.url, auth: p.key}
	answer, err := c.send(&request{method: "POST", path: "/v1/webhooks", body: map[string]any{"url": w.server.URL}})
	must(t, err)
	var made struct {
		Secret string `json:"secret"`
	}
	must(t, json.Unmarshal(answer, &made))
	w.secret, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
	must(t, err)
	http.DefaultClient.CloseIdleConnections()
	return w
}

// ServeHTTP takes one delivery.
func (w *webhookReceiver) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the bridge was killed while it sent
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	id := r.Header.Get("webhook-id")
	mac := hmac.New(sha256.New, w.secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, r.Header.Get("webhook-timestamp"), body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want {
		w.fault(fmt.Errorf("the signature of %s is %q, want %q", id, r.Header.Get("webhook-signature"), want))
	}
	if w.seen[id] {
		w.again++
		return
	}
	w.seen[id] = true
	w.enter(body)
}

// repeated is how often a delivery came again.
func (w *webhookReceiver) repeated() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.again
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
