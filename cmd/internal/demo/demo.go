// Package demo tells the story of a meeting with breakout rooms by callers
// that truly call over SIP and speak, and checks at every chapter who hears
// whom.
//
// Each caller has a synthetic voice of his own, and under it, 30 dB quieter and
// above the voices' band, a pilot tone. The pilots are what is checked. The
// meeting is driven through the HTTP API and the callers' keys alone.
//
// Beside the goroutines of package phone it runs one, the conductor, which lets
// the callers of a room talk in turn.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Daemon is where the bridge that is shown listens.
type Daemon struct {
	SIPAddr string // host:port of its SIP listener (UDP)
	APIURL  string // e.g. http://127.0.0.1:8080
	Key     string // API key
	PageURL string // what to open in a browser; empty: there is no page
}

// Options of a demonstration.
type Options struct {
	Start func(ctx context.Context) (Daemon, error) // required: starts the daemon; it lives until ctx ends
	Once  bool                                      // end after the story, with an error if what was heard was wrong
	Out   io.Writer                                 // required: where the story is told

	patience time.Duration // how long anything may take; 0: 25 s
}

func (o *Options) validate() error {
	switch {
	case o.Start == nil:
		return errors.New("demo: Start is required")
	case o.Out == nil:
		return errors.New("demo: Out is required")
	}
	if o.patience == 0 {
		o.patience = 25 * time.Second
	}
	return nil
}

// ErrWrong is returned when somebody heard what he should not, or did not hear what he should.
var ErrWrong = errors.New("demo: what was heard was not right")

// closeTimeout is how long the goodbyes may take.
const closeTimeout = 10 * time.Second

// Run tells the story. With Once it returns after it; otherwise it keeps the
// callers talking until ctx ends.
func Run(ctx context.Context, o Options) (err error) {
	if err := o.validate(); err != nil {
		return err
	}
	s := &stage{out: o.Out, began: time.Now(), patience: o.patience}
	s.say("Starting the bridge.")
	if s.bridge, err = o.Start(ctx); err != nil {
		return fmt.Errorf("demo: start the bridge: %w", err)
	}
	if err := s.open(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
		defer stop()
		err = errors.Join(err, s.close(ctx))
	}()
	if err := s.story(ctx); err != nil {
		if errors.Is(ctx.Err(), context.Canceled) && !o.Once {
			return nil // the newcomer has seen enough
		}
		return fmt.Errorf("demo: %w", err)
	}
	if o.Once {
		s.say("The story took %.0f s. What was heard was right in every chapter.", time.Since(s.began).Seconds())
		return nil
	}
	s.invite()
	return s.watch(ctx)
}

// story goes through the chapters.
func (s *stage) story(ctx context.Context) error {
	for _, chapter := range []struct {
		name string
		tell func(context.Context) error
	}{
		{"the meeting", s.makeMeeting},
		{"joining", s.join},
		{"start", s.startBreakouts},
		{"help", s.help},
		{"broadcast", s.broadcast},
		{"a move", s.move},
		{"stop", s.stopBreakouts},
	} {
		if err := chapter.tell(ctx); err != nil {
			if ctx.Err() == nil { // else nothing is wrong: the newcomer has seen enough
				s.say("  ✗ %v", err)
			}
			return fmt.Errorf("chapter %q: %w", chapter.name, err)
		}
	}
	return nil
}
