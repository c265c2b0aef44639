package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// plainRoutes are those for machines that need no key.
func (a *API) plainRoutes() {
	healthy := func(w http.ResponseWriter, _ *http.Request) {
		a.write(w, http.StatusOK, "application/json", map[string]string{"status": "ok", "version": a.opt.Version})
	}
	for path, answer := range map[string]http.HandlerFunc{"/healthz": healthy, "/readyz": a.ready} {
		a.router.Get(path, answer)
		a.router.Head(path, answer) // of some load balancers
	}
	a.router.Get("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		a.send(w, a.spec)
	})
	if a.opt.Metrics != nil {
		a.router.Method(http.MethodGet, "/metrics", a.opt.Metrics)
	}
}

func (a *API) ready(w http.ResponseWriter, _ *http.Request) {
	if a.opt.Ready != nil {
		if err := a.opt.Ready(); err != nil {
			a.refuse(w, newProblem(codeNotReady, "%s", err))
			return
		}
	}
	a.write(w, http.StatusOK, "application/json", map[string]string{"status": "ready"})
}

func (a *API) notFound(w http.ResponseWriter, _ *http.Request) {
	a.refuse(w, newProblem(codeNoRoute, "there is no such route").with("", "see /openapi.json"))
}

func (a *API) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	methods := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	path := r.URL.Path
	if r.URL.RawPath != "" {
		path = r.URL.RawPath
	}
	allowed := slices.DeleteFunc(methods, func(m string) bool { return !a.router.Match(chi.NewRouteContext(), m, path) })
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	a.refuse(w, newProblem(codeMethod, "this route takes %s", strings.Join(allowed, ", ")))
}

// refuse answers with a problem.
func (a *API) refuse(w http.ResponseWriter, p *Problem) {
	maps.Copy(w.Header(), p.GetHeaders())
	a.write(w, p.Status, p.ContentType(""), p)
}

func (a *API) write(w http.ResponseWriter, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only our own types come here
		a.opt.Logger.Error("answer cannot be encoded", "err", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	a.send(w, append(body, '\n'))
}

// send writes a body. That the client has gone is its own affair.
func (a *API) send(w http.ResponseWriter, body []byte) {
	if _, err := w.Write(body); err != nil {
		a.opt.Logger.Debug("answer not sent", "err", err)
	}
}

// secureHeaders keeps browsers from guessing, storing and framing answers.
func secureHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// recoverPanics turns a panic into a logged error and a 500.
func (a *API) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sw := &statusWriter{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) // net/http's own way to cut a connection
			}
			a.opt.Logger.Error("request panicked", slog.Any("err", v), slog.String("route", routeOf(r)),
				slog.String("stack", string(debug.Stack())))
			if sw.wrote {
				panic(http.ErrAbortHandler) // too late for an answer: the client must not take half for whole
			}
			a.refuse(w, newProblem(codeInternal, "something went wrong here; the log has the reason"))
		}()
		next.ServeHTTP(sw, r)
	})
}

func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return r.Method + " " + c.RoutePattern()
	}
	return r.Method
}

// statusWriter knows whether the answer has begun.
type statusWriter struct {
	http.ResponseWriter
	wrote bool
}

// WriteHeader begins the answer.
func (w *statusWriter) WriteHeader(status int) {
	w.wrote = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(p)
}

// Unwrap serves [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
