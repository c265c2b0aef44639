package webhook

import (
	"net/http"
	"time"
)

// NewWith makes a service that sends by a transport of the test's.
func NewWith(o Options, t http.RoundTripper) (*Service, error) {
	o.transport = t
	return New(o)
}

// NewTransport is the guarded transport.
func NewTransport(o Options) http.RoundTripper { return newTransport(&o) }

// What is pure.
var (
	Signatures = signatures
	Rotated    = rotated
	RetryAfter = retryAfter
)

// Times of the back-off.
const (
	GiveUpAfter = giveUpAfter
	MaxRetry    = maxRetry
)

// Fail is a failed attempt as seen by the progress.
func Fail(p Progress, now time.Time, status int, final bool) Progress {
	return p.failed(now, failure{status: status, final: final}, 0.5)
}
