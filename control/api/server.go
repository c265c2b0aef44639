package api

import (
	"net/http"
	"time"
)

// The limits of a connection. An event stream extends its own deadlines.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 32 << 10
)

// NewServer wraps a handler in a server whose every wait is bounded. Set Addr
// or use Serve; register [API.Close] with RegisterOnShutdown, so that open
// event streams end when the server shuts down.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
	}
}
