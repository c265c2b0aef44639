package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	dialTimeout       = 5 * time.Second
	maxBody           = 32 << 20 // of one event; the largest that the API's limits lead to has 6 MiB
	maxAnswer         = 4 << 10  // read of an answer, so that the connection can be used again
	maxResponseHeader = 16 << 10
	maxErrorText      = 300
)

// newTransport dials nobody the guard refuses. It knows no proxy: a proxy would resolve names itself.
func newTransport(o *Options) http.RoundTripper {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: o.Resolver, Control: o.Guard.control}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           o.MaxEndpoints,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}

// message is one event on its way.
type message struct {
	url     string
	id      string
	body    []byte
	secrets []Secret
}

// post sends a message once. It follows no redirect: a redirect is an answer like any other that is not a success.
func (s *Service) post(ctx context.Context, m message) (status int, f *failure) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := s.request(ctx, m)
	if err != nil {
		return 0, &failure{text: shortened(err.Error()), final: true}
	}
	res, err := s.transport.RoundTrip(req)
	if err != nil {
		return 0, &failure{text: s.reason(err)}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer) // what it says does not matter
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return res.StatusCode, nil
	}
	return res.StatusCode, refusal(res, time.Now())
}

func (s *Service) request(ctx context.Context, m message) (*http.Request, error) {
	now := time.Now()
	signature, err := signatures(m.secrets, m.id, now, m.body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.body))
	if err != nil {
		return nil, err
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "Partyline/"+strings.Map(headerSafe, s.o.Version))
	h.Set(headerID, m.id)
	h.Set(headerTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(headerSignature, signature)
	return req, nil
}

func headerSafe(r rune) rune {
	if r <= ' ' || r > '~' {
		return '-'
	}
	return r
}

// refusal is what an answer that is not a success means. 410 says that the receiver wants no more (Standard Webhooks).
func refusal(res *http.Response, now time.Time) *failure {
	f := &failure{status: res.StatusCode, text: fmt.Sprintf("it answered %d %s", res.StatusCode, http.StatusText(res.StatusCode))}
	switch {
	case res.StatusCode == http.StatusGone:
		f.final = true
		f.text += ": it wants no more"
	case res.StatusCode >= 300 && res.StatusCode < 400:
		f.text += ": redirects are not followed"
	case res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable:
		f.retryAfter = retryAfter(res.Header.Get("Retry-After"), now)
	}
	return f
}

// retryAfter reads both forms of RFC 9110 §10.2.3; 0: there is none, or it cannot be read.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(seconds, int(maxRetryAfter/time.Second)))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// reason says why there was no answer.
func (s *Service) reason(err error) string {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", s.o.Timeout)
	}
	return shortened(err.Error())
}

func shortened(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
	}
	return text
}
