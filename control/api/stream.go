package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"partyline/control"
)

// Tuned 2026-11.
const (
	minBatch    = 8                      // events read from the log at a time,
	maxBatch    = 256                    // fewer while they are large
	batchBytes  = 1 << 20                // what is large
	streamGap   = 10 * time.Millisecond  // after a wake-up, so that a burst costs one read
	streamRetry = 2 * time.Second        // a reader's wait before it comes back
	logRetry    = 500 * time.Millisecond // before the log is asked again after an error, or for what it holds back
	accessCheck = time.Second            // a stream whose key was revoked ends within so long
)

// source is what a stream is made of.
type source struct {
	name       string            // begins the ids of its events
	meeting    control.MeetingID // the one that it follows; empty: all
	read       func(ctx context.Context, after uint64, limit int) ([]control.Record, error)
	place      func(control.Record) uint64 // of a record in this stream
	contiguous bool                        // places count up by one
	last       func(context.Context) (uint64, error)
	heldBack   func(after uint64) bool               // whether more is kept that cannot be read yet; nil: never
	forgotten  func(context.Context) (uint64, error) // the highest place of an event that is no longer kept; nil: all are
	snapshot   func(context.Context) (body any, last uint64, err error)
}

// stream answers with a stream of events that ends with the request or with [API.Close].
func (a *API) stream(q StreamQuery, src source) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		r, w := humachi.Unwrap(hc)
		select {
		case a.streams <- struct{}{}:
			defer func() { <-a.streams }()
		default:
			a.refuse(w, newProblem(control.CodeOverloaded, "too many event streams").with("", "close some, or try again in a second"))
			return
		}
		s := &streamer{api: a, src: src, who: callerOf(r.Context()), w: w, rc: http.NewResponseController(w), batch: minBatch}
		if err := s.run(r.Context(), q); err != nil && r.Context().Err() == nil {
			a.opt.Logger.Debug("event stream ended", slog.String("stream", src.name), slog.Any("err", err))
		}
	}}
}

// streamer writes one stream. The goroutine of its request owns it.
type streamer struct {
	api *API
	src source
	who caller
	w   http.ResponseWriter
	rc  *http.ResponseController

	at    uint64 // the place of the last event that was sent
	buf   bytes.Buffer
	batch int // events to read from the log next time
}

func (s *streamer) run(ctx context.Context, q StreamQuery) error {
	wake, cancel := s.api.opt.Registry.Subscribe(s.src.meeting) // before the first read, so that nothing slips between
	defer cancel()
	if err := s.begin(ctx, q); err != nil {
		s.api.refuse(s.w, problemOf(err)) // nothing was sent yet
		return err
	}
	// The deadlines of the server are for short requests. A writer without deadlines is one of a test.
	_ = s.rc.SetReadDeadline(time.Time{})
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	s.w.WriteHeader(http.StatusOK)
	for {
		ok, ended := s.api.holds(ctx, s.who)
		if !ok && !ended {
			return errRevoked
		}
		wait, err := s.catchUp(ctx)
		if err == nil && !ok { // he has been told that it is over
			return errRevoked
		}
		if err != nil {
			return err
		}
		if err := s.wait(ctx, wake, wait); err != nil {
			return err
		}
	}
}

// errRevoked ends the streams of a caller who may not read them any more. Coming back he is told why.
var errRevoked = errors.New("the access was revoked or has expired")

// begin finds the place to go on from and puts the first lines into the buffer.
func (s *streamer) begin(ctx context.Context, q StreamQuery) error {
	fmt.Fprintf(&s.buf, "retry: %d\n\n", streamRetry.Milliseconds())
	last, err := s.src.last(ctx)
	if err != nil {
		return err
	}
	if q.LastEventID != "" {
		at, ok := s.parseID(q.LastEventID)
		if ok && s.src.forgotten != nil {
			first, err := s.src.forgotten(ctx)
			if err != nil {
				return err
			}
			ok = at >= first // it might have missed some of what is gone
		}
		if !ok || at > last {
			return s.snapshot(ctx, "reset")
		}
		s.at = at
		return nil
	}
	switch q.From {
	case "start":
		return nil
	case "snapshot":
		return s.snapshot(ctx, "snapshot")
	}
	if err := s.logged(); err != nil {
		return err
	}
	s.at = last
	fmt.Fprintf(&s.buf, "id: %s\n\n", s.id()) // so that a reader cut before the first event can resume
	return nil
}

// logged refuses to begin at a state that was just read while facts wait for the store: should they be lost with this
// process, others would get their numbers, and the reader would miss those.
func (s *streamer) logged() error {
	if s.api.opt.Registry.Ready() != nil {
		return control.Errorf(control.CodeStore, "a stream can only begin once the latest events are stored")
	}
	return nil
}

// catchUp sends all that the log has and says how long to wait at most.
func (s *streamer) catchUp(ctx context.Context) (time.Duration, error) {
	for {
		records, err := s.src.read(ctx, s.at, s.batch)
		if err != nil {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			s.api.opt.Logger.Warn("event stream cannot read the log", slog.String("stream", s.src.name), slog.Any("err", err))
			return logRetry, s.flush()
		}
		if len(records) > 0 && s.src.contiguous && records[0].Seq != s.at+1 { // older than the log kept
			if err := s.snapshot(ctx, "reset"); err != nil {
				return 0, err
			}
			continue
		}
		all := len(records) < s.batch
		if err := s.send(records); err != nil {
			return 0, err
		}
		if all {
			return s.pause(), nil
		}
	}
}

// pause is how long to wait at most for a wake-up. Nothing wakes a reader when what was held back can be read.
func (s *streamer) pause() time.Duration {
	if s.src.heldBack != nil && s.src.heldBack(s.at) {
		return logRetry
	}
	return s.api.opt.Limits.Heartbeat
}

// send writes records and chooses the size of the next batch.
func (s *streamer) send(records []control.Record) error {
	size := 0
	for _, r := range records {
		size += len(r.Data)
		if err := s.event(r); err != nil {
			return err
		}
		if s.buf.Len() > batchBytes {
			if err := s.flush(); err != nil {
				return err
			}
		}
	}
	if size > batchBytes {
		s.batch = max(minBatch, s.batch/4)
	} else {
		s.batch = min(maxBatch, s.batch*2)
	}
	return s.flush()
}

// wait returns when there may be more to send.
func (s *streamer) wait(ctx context.Context, wake <-chan struct{}, most time.Duration) error {
	timer, check := time.NewTimer(most), time.NewTicker(accessCheck)
	defer timer.Stop()
	defer check.Stop()
	for woken := false; !woken; {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.api.closing:
			return http.ErrServerClosed
		case <-check.C:
			if ok, ended := s.api.holds(ctx, s.who); !ok {
				if ended {
					return nil
				}
				return errRevoked
			}
		case <-timer.C:
			s.buf.WriteString(":\n\n")
			return nil
		case <-wake:
			woken = true
		}
	}
	timer.Reset(streamGap)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// event puts a record into the buffer.
func (s *streamer) event(r control.Record) error {
	e, err := eventOf(r)
	if err == nil {
		e, err = s.who.seesEvent(e)
	}
	if err != nil {
		return err
	}
	s.at = s.src.place(r)
	return s.message(e.Type, e)
}

// snapshot puts the state as a whole into the buffer; the stream goes on after it.
func (s *streamer) snapshot(ctx context.Context, name string) error {
	body, last, err := s.src.snapshot(ctx)
	if err == nil {
		err = s.logged()
	}
	if err != nil {
		return err
	}
	s.at = last
	return s.message(name, body)
}

func (s *streamer) message(name string, body any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	fmt.Fprintf(&s.buf, "id: %s\nevent: %s\ndata: %s\n\n", s.id(), name, data)
	return nil
}

// flush sends the buffer. A reader that does not take it in time is cut; it may resume.
func (s *streamer) flush() error {
	if s.buf.Len() == 0 {
		return nil
	}
	_ = s.rc.SetWriteDeadline(time.Now().Add(s.api.opt.Limits.SlowReader))
	if _, err := s.w.Write(s.buf.Bytes()); err != nil {
		return err
	}
	s.buf.Reset()
	if s.buf.Cap() > 1<<20 {
		s.buf = bytes.Buffer{} // a snapshot was large; an idle stream need not keep its room
	}
	return s.rc.Flush()
}

// id is that of the last event sent.
func (s *streamer) id() string { return s.src.name + "." + strconv.FormatUint(s.at, 10) }

// parseID reads an id of this stream.
func (s *streamer) parseID(id string) (uint64, bool) {
	name, number, ok := strings.Cut(id, ".")
	if !ok || name != s.src.name {
		return 0, false
	}
	at, err := strconv.ParseUint(number, 10, 64)
	return at, err == nil
}
