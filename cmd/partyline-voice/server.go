package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
)

// maxRequests is how many requests may be under way, most of them waiting for their turn.
const maxRequests = 16

// handler answers requests. Safe for concurrent use.
type handler struct {
	pool  *pool
	key   string
	log   *slog.Logger
	slots chan struct{} // one for each request that is spoken
}

func newHandler(p *pool, key string, log *slog.Logger) http.Handler {
	h := &handler{pool: p, key: key, log: log, slots: make(chan struct{}, maxRequests)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/audio/speech", h.speech)
	mux.HandleFunc("GET /v1/audio/voices", h.voices)
	mux.HandleFunc("GET /v1/models", h.models)
	mux.HandleFunc("GET /healthz", h.healthz)
	mux.HandleFunc("/", h.unknown)
	return h.guard(mux)
}

// guard lets in who shows the key, if there is one, and no page in a browser: an open port on loopback is for programs.
func (h *handler) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Origin") != "":
			invalid("", "origin_not_allowed", "pages in a browser cannot use this server").with(http.StatusForbidden).write(w)
		case r.URL.Path != "/healthz" && !h.knows(r):
			invalid("", "invalid_api_key", "show the API key: Authorization: Bearer …").with(http.StatusUnauthorized).write(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (h *handler) knows(r *http.Request) bool {
	if h.key == "" {
		return true
	}
	shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(shown)), sha256.Sum256([]byte(h.key))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (h *handler) healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok", "service": "partyline-voice"})
}

func (h *handler) voices(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string][]voice{"voices": h.pool.voices})
}

func (h *handler) models(w http.ResponseWriter, _ *http.Request) {
	var list []map[string]string
	for _, m := range models {
		list = append(list, map[string]string{"id": m, "object": "model", "owned_by": "partyline"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

func (h *handler) unknown(w http.ResponseWriter, r *http.Request) {
	invalid("", "unknown_url", "there is no %s %s; speak with POST /v1/audio/speech", r.Method, r.URL.Path).with(http.StatusNotFound).write(w)
}
