package api

import (
	"net/http"
	"slices"
)

// What pages of an allowed origin may do (the CORS protocol of the Fetch standard). Cookies are not among it: a page
// sends its token in a header. An origin is compared as a whole and never answered with *.
const (
	corsMethods = "GET, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
	corsExposed = "ETag, Idempotency-Replayed, Location, Retry-After, WWW-Authenticate"
	corsMaxAge  = "600" // seconds that a browser may remember it
)

// allowOrigins answers the browsers of pages that may call the API, and says nothing to others. Without origins in the
// configuration it does nothing.
func (a *API) allowOrigins(next http.Handler) http.Handler {
	if len(a.opt.Origins) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		if origin == "" || !slices.Contains(a.opt.Origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			h.Set("Access-Control-Expose-Headers", corsExposed)
			next.ServeHTTP(w, r)
			return
		}
		h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
		h.Set("Access-Control-Allow-Methods", corsMethods)
		h.Set("Access-Control-Allow-Headers", corsHeaders)
		h.Set("Access-Control-Max-Age", corsMaxAge)
		w.WriteHeader(http.StatusNoContent)
	})
}
