package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"partyline/control"
	"partyline/control/access"
)

// Key is an API key as the server knows it: by its hash.
type Key struct {
	Name   string // names the key in events and logs
	Hash   [sha256.Size]byte
	Scopes []access.Scope
}

// NewKey hashes a key.
func NewKey(name, secret string, scopes ...access.Scope) Key {
	return Key{Name: name, Hash: sha256.Sum256([]byte(secret)), Scopes: scopes}
}

// open lists what is answered without a key; everything else under /v1 needs one.
var open = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true, "/openapi.json": true}

type callerKey struct{}

// caller is who makes a request.
type caller struct {
	actor  string // as the log names him
	scopes []access.Scope
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// actorOf says on whose behalf a request is made.
func actorOf(ctx context.Context) string { return callerOf(ctx).actor }

// authenticate lets a request under /v1 through only with a valid key.
func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open[r.URL.Path] || !underV1(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		who, given, ok := a.identify(r)
		if !ok {
			challenge := `Bearer realm="partyline"`
			if given {
				challenge += `, error="invalid_token"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
			a.refuse(w, newProblem(control.CodeUnauthorized, "this needs a valid API key").
				with("Authorization", "send the header Authorization: Bearer KEY"))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
}

func underV1(path string) bool {
	return path == "/v1" || strings.HasPrefix(path, "/v1/")
}

// identify finds the key of a request. It looks at every key, whichever fits,
// and compares hashes in constant time.
func (a *API) identify(r *http.Request) (who caller, given, ok bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 {
		return who, len(headers) > 0, false
	}
	scheme, token, found := strings.Cut(headers[0], " ")
	token = strings.TrimSpace(token)
	if !found || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return who, true, false
	}
	hash := sha256.Sum256([]byte(token))
	for _, key := range a.opt.Keys {
		if subtle.ConstantTimeCompare(hash[:], key.Hash[:]) == 1 {
			who, ok = caller{actor: "key:" + key.Name, scopes: key.Scopes}, true
		}
	}
	return who, true, ok
}
