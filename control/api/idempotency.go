package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"partyline/control"
)

const (
	idempotencyHeader = "Idempotency-Key"
	maxIdempotencyKey = 255
)

type requestKey struct{}

// keyedRequest is a request that came with an Idempotency-Key.
type keyedRequest struct {
	key         string // scoped by the API key that was used
	fingerprint string
	status      int // of the answer, should there be one to keep
}

// idempotent answers a POST whose Idempotency-Key has been answered before
// from what was kept, and lets one request of a key through at a time.
func (a *API) idempotent(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	values := r.Header.Values(idempotencyHeader)
	if r.Method != http.MethodPost || len(values) == 0 {
		next(ctx)
		return
	}
	if len(values) > 1 || !validKey(values[0]) {
		a.refuse(w, newProblem(control.CodeInvalid, "an Idempotency-Key has 1 to %d printable ASCII characters and is given once", maxIdempotencyKey).
			with(idempotencyHeader, "a UUID will do"))
		return
	}
	req := keyedRequest{
		key:         scopedKey(callerOf(ctx.Context()).id, values[0]),
		fingerprint: fingerprint(r, bodyOf(ctx.Context())),
		status:      ctx.Operation().DefaultStatus,
	}
	unlock, err := a.keys.lock(ctx.Context(), req.key)
	if err != nil {
		a.refuse(w, problemOf(err))
		return
	}
	defer unlock()
	k, err := a.lookup(ctx.Context(), req)
	switch {
	case err == nil:
		if revive := a.revive[ctx.Operation().OperationID]; revive != nil {
			if k.Body, err = revive(k.Body); err != nil {
				a.refuse(w, problemOf(err))
				return
			}
		}
		a.replay(w, k)
	case errors.Is(err, control.ErrNoOutcome):
		next(huma.WithValue(ctx, requestKey{}, req))
	default:
		a.refuse(w, problemOf(err))
	}
}

// lookup reads the answer kept under a key; one without a fingerprint fits any request.
func (a *API) lookup(ctx context.Context, req keyedRequest) (*kept, error) {
	outcome, err := a.opt.Store.Outcome(ctx, req.key)
	if errors.Is(err, control.ErrNoOutcome) {
		return nil, err
	}
	if err != nil {
		a.opt.Logger.Warn("idempotency key not looked up", "err", err)
		return nil, control.Errorf(control.CodeStore, "the store does not answer")
	}
	if req.fingerprint != "" && outcome.Hash != req.fingerprint {
		return nil, newProblem(control.CodeIdempotency, "this Idempotency-Key came with another request before").
			with(idempotencyHeader, "use a new key for a new request")
	}
	var k kept
	if err := json.Unmarshal(outcome.Answer, &k); err != nil {
		return nil, fmt.Errorf("kept answer: %w", err)
	}
	return &k, nil
}

func (a *API) replay(w http.ResponseWriter, k *kept) {
	w.Header().Set("Idempotency-Replayed", "true")
	if k.Location != "" {
		w.Header().Set("Location", k.Location)
	}
	a.write(w, k.Status, "application/json", k.Body)
}

func validKey(key string) bool {
	if key == "" || len(key) > maxIdempotencyKey {
		return false
	}
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return false
		}
	}
	return true
}

// scopedKey keeps the keys of one API key apart from those of another.
func scopedKey(actor, key string) string {
	sum := sha256.Sum256([]byte(actor + "\n" + key))
	return "http:" + hex.EncodeToString(sum[:])
}

// fingerprint tells requests apart.
func fingerprint(r *http.Request, body []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%d\n", r.Method, r.URL.RequestURI(), len(body))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// keyLocks lets one request of each key through at a time. The zero value is ready.
type keyLocks struct {
	mu   sync.Mutex
	held map[string]*keyLock // guarded by mu
}

type keyLock struct {
	slot  chan struct{}
	users int // guarded by keyLocks.mu
}

// lock waits for its turn with a key.
func (l *keyLocks) lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*keyLock{}
	}
	k := l.held[key]
	if k == nil {
		k = &keyLock{slot: make(chan struct{}, 1)}
		l.held[key] = k
	}
	k.users++
	l.mu.Unlock()
	leave := func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(l.held, key)
		}
	}
	select {
	case k.slot <- struct{}{}:
		return func() { <-k.slot; leave() }, nil
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
}
