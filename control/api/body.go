package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"partyline/control"
)

// uploadOp marks, in an operation's metadata, one that takes a large raw body; its value is the media type.
const uploadOp = "upload"

// bodyLimit marks, in an operation's metadata, how many bytes its body may have; handle sets it where the operation does not.
const bodyLimit = "limit"

// listBody is the limit of a JSON body that may list all the people of a meeting.
const listBody = 8 << 20

type bodyKey struct{}

// bodyOf is the whole body of a request, as boundBody read it.
func bodyOf(ctx context.Context) []byte {
	body, _ := ctx.Value(bodyKey{}).([]byte)
	return body
}

// boundBody reads the body of a request within the limits of its operation
// and checks its content type, before anything else looks at it.
func (a *API) boundBody(ctx huma.Context, next func(huma.Context)) {
	r, w := humachi.Unwrap(ctx)
	if r.Body == nil || r.Body == http.NoBody || r.Method == http.MethodGet {
		next(ctx)
		return
	}
	op := ctx.Operation()
	want, wait := "application/json", a.opt.Limits.BodyTime
	limit, _ := op.Metadata[bodyLimit].(int64)
	if media, ok := op.Metadata[uploadOp].(string); ok {
		want, wait = media, 4*a.opt.Limits.BodyTime
		select {
		case a.uploads <- struct{}{}:
			defer func() { <-a.uploads }()
		default:
			a.refuse(w, newProblem(control.CodeOverloaded, "too many uploads at a time").with("", "try again in a second"))
			return
		}
	}
	if p := checkMediaType(r.Header.Get("Content-Type"), want); p != nil {
		a.refuse(w, p)
		return
	}
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		a.refuse(w, tooLarge(limit))
		return
	}
	body, p := readBody(w, r, limit, wait)
	if p != nil {
		a.refuse(w, p)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	next(huma.WithValue(ctx, bodyKey{}, body))
}

// limitOf is how many bytes the body of an operation may have.
func (a *API) limitOf(o *huma.Operation) int64 {
	if limit, ok := o.Metadata[bodyLimit].(int64); ok {
		return limit
	}
	switch o.Metadata[uploadOp] {
	case mediaCSV:
		return a.opt.Limits.Import
	case nil:
		return a.opt.Limits.Body
	default:
		return a.opt.Limits.Audio
	}
}

// readBody reads up to limit bytes; past it the connection is closed.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, wait time.Duration) ([]byte, *Problem) {
	rc := http.NewResponseController(w)
	// A writer without deadlines (of a test) is as good as one whose deadline never comes.
	_ = rc.SetReadDeadline(time.Now().Add(wait))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		_ = rc.SetReadDeadline(time.Now().Add(readTimeout))
		return body, nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(limit)
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return nil, newProblem(codeTimeout, "the body did not arrive within %s", wait)
	}
	return nil, newProblem(codeMalformed, "the body broke off")
}

func tooLarge(limit int64) *Problem {
	return newProblem(control.CodeTooLarge, "the body is larger than %d bytes", limit).with("", "send less at a time")
}

// checkMediaType lets the wanted type pass, and none at all.
func checkMediaType(got, want string) *Problem {
	if got == "" {
		return nil
	}
	mediaType, params, err := mime.ParseMediaType(got)
	charset := strings.ToLower(params["charset"])
	if err == nil && sameType(mediaType, want) && (charset == "" || charset == "utf-8") {
		return nil
	}
	return newProblem(codeMediaType, "the content type is not supported here").with("Content-Type", "send "+want)
}

func sameType(got, want string) bool {
	if want == "audio/wav" { // it was never registered; these are all in use
		return got == want || got == "audio/x-wav" || got == "audio/wave" || got == "audio/vnd.wave"
	}
	if want == mediaCSV { // Windows names a CSV file by the program that opens it
		return got == want || got == "application/csv" || got == "application/vnd.ms-excel"
	}
	return got == want
}
