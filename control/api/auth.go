package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"partyline/control"
	"partyline/control/access"
)

// open lists what is answered without a key; everything else under /v1 needs one.
var open = map[string]bool{"/healthz": true, "/readyz": true, "/metrics": true, "/openapi.json": true}

type callerKey struct{}

// caller is who makes a request: the owner of an API key, or the holder of a meeting token.
type caller struct {
	id    string // of the key or token
	actor string // as the log names him
	key   access.Key

	meeting control.MeetingID // of the token
	token   control.Token     // empty: it is a key
}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// actorOf says on whose behalf a request is made.
func actorOf(ctx context.Context) string { return callerOf(ctx).actor }

// reaches says whether the caller may know of a meeting.
func (c caller) reaches(id control.MeetingID) bool {
	return len(c.key.Meetings) == 0 || slices.Contains(c.key.Meetings, id)
}

// authenticate lets a request under /v1 through only with a valid key or token.
func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open[r.URL.Path] || !underV1(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		who, err := a.identify(r)
		if err != nil {
			p := a.failed(r, err)
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", err.challenge())
			}
			a.refuse(w, p)
			return
		}
		if p := a.limit(who); p != nil {
			a.refuse(w, p)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
	})
}

func underV1(path string) bool {
	return path == "/v1" || strings.HasPrefix(path, "/v1/")
}

// stranger says why nobody is known by what a request came with.
type stranger struct {
	problem *Problem // it cannot be found out; nil: he has no valid credential

	given        bool // it came with something
	guess        bool // it may have been tried out
	detail, hint string
}

// challenge is the WWW-Authenticate of RFC 6750 §3.
func (s *stranger) challenge() string {
	if !s.given {
		return `Bearer realm="partyline"`
	}
	return `Bearer realm="partyline", error="invalid_token"`
}

const sendBearer = "send the header Authorization: Bearer KEY"

// identify finds out who makes a request.
func (a *API) identify(r *http.Request) (caller, *stranger) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 0 {
		return caller{}, &stranger{detail: "this needs a valid API key or meeting token", hint: sendBearer}
	}
	secret, ok := bearer(headers)
	if !ok {
		return caller{}, &stranger{given: true, guess: true, detail: "this needs a valid API key or meeting token", hint: sendBearer}
	}
	if strings.HasPrefix(secret, access.TokenPrefix) {
		return a.holderOf(r.Context(), secret)
	}
	key, ok := a.opt.Keys.Find(secret)
	switch {
	case !ok:
		return caller{}, &stranger{given: true, guess: true, detail: "this needs a valid API key or meeting token", hint: sendBearer}
	case key.Expired(time.Now()):
		return caller{}, &stranger{given: true, detail: "the API key has expired", hint: "have a new one made: partyline keys create"}
	}
	return caller{id: "key:" + key.Name, actor: "key:" + key.Name, key: key}, nil
}

// maxSecret bounds what is taken for a secret at all.
const maxSecret = 1000

// bearer reads the one Authorization header (RFC 6750 §2.1).
func bearer(headers []string) (string, bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, secret, found := strings.Cut(headers[0], " ")
	secret = strings.TrimSpace(secret)
	if !found || !strings.EqualFold(scheme, "Bearer") || secret == "" || len(secret) > maxSecret {
		return "", false
	}
	return secret, true
}
