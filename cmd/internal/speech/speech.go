// Package speech turns texts into sound: text, voice and language in, samples out, sentence by sentence, so that the
// first is heard while the others are being made. Behind it are engines: servers of the form of OpenAI's
// /v1/audio/speech, and programs (espeak-ng, flite). What was spoken is kept for a while.
//
// A [Service] has one goroutine for each text that is being spoken; they end with it. Nothing of it is called in the
// mixer's loop, which plays the [prompt.Growing] that it fills.
package speech

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"partyline/mixer/prompt"
)

// Rate of the samples.
const Rate = prompt.Rate

const (
	// MaxRunes is the longest text that is spoken.
	MaxRunes = 4096
	// maxSeconds is how long a text may take to be said.
	maxSeconds = 300
	// pieceTimeout bounds the making of one piece of a text.
	pieceTimeout = 20 * time.Second
	// atOnce is how many texts are being made at a time; the others wait, maxWaiting of them at most. Of messages as many
	// are made besides, and more may wait: 300 names of rooms do not hold one up.
	atOnce      = 2
	maxWaiting  = 400
	maxMessages = 100
)

// Errors of texts that are not spoken.
var (
	ErrNoEngine = errors.New("no engine speaks this language now")
	ErrBusy     = errors.New("too many texts are waiting to be spoken")
	ErrNothing  = errors.New("there is nothing to be said in the text")
	ErrTooLong  = fmt.Errorf("the text has more than %d characters", MaxRunes)
	errStopped  = errors.New("the bridge is stopping")
)

// The names of the engines.
const (
	CompanionName = "companion"
	ServerName    = "server"
	EspeakName    = "espeak-ng"
	FliteName     = "flite"
)

// Engine makes sound of short texts. Safe for concurrent use.
type Engine interface {
	// Name is what logs and metrics call it.
	Name() string
	// Speaks says whether it knows a language, a tag like "en" or "pt-br" in lower case.
	Speaks(language string) bool
	// Speak gives the samples of a text to emit as they come. A voice that it does not know, or none, is the language's.
	Speak(ctx context.Context, t Text, emit func([]int16)) error
	// Probe says what keeps it from speaking now.
	Probe(ctx context.Context) error
}

// Text is what is to be said, and how.
type Text struct {
	Words    string
	Voice    string // empty: the language's
	Language string // a tag like "en" or "pt-BR"
	Message  bool   // it is for many, and does not wait behind what is not
}

// Options of a [Service].
type Options struct {
	Engines []Engine // in the order in which they are asked
	// Prefer is, for some languages, the names of the engines that are asked, in that order; of others all are.
	Prefer map[string][]string
	Cache  Limits // zero fields: 1 h, 64 MiB
	Logger *slog.Logger
}

// Service speaks. Safe for concurrent use.
type Service struct {
	// immutable
	desks  []*desk
	prefer map[string][]string
	log    *slog.Logger
	ctx    context.Context // of all that is being made; ended by Stop
	cancel context.CancelCauseFunc
	turns  chan struct{} // one for each text that is being made
	first  chan struct{} // the same for messages

	work sync.WaitGroup // texts being made

	mu      sync.Mutex
	cache   cache // guarded by mu
	waiting int   // texts being made, or waiting for that; guarded by mu
	closed  bool  // guarded by mu
	counts  counts
}

// New returns a service.
func New(o Options) *Service {
	ctx, cancel := context.WithCancelCause(context.Background())
	s := &Service{
		prefer: o.Prefer, log: o.Logger, ctx: ctx, cancel: cancel,
		turns: make(chan struct{}, atOnce), first: make(chan struct{}, atOnce), cache: newCache(o.Cache),
	}
	for _, e := range o.Engines {
		s.desks = append(s.desks, &desk{engine: e, log: o.Logger})
	}
	return s
}

// Stop gives up what is being made.
func (s *Service) Stop() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel(errStopped)
	s.work.Wait()
	for _, d := range s.desks {
		if c, ok := d.engine.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}

// Speak has a text spoken. The sound grows from the first sentence on; if it comes to nothing, its Err says why. It does not
// wait for anything.
func (s *Service) Speak(t Text) *prompt.Growing {
	t, err := t.clean()
	if err != nil {
		return failed(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.cache.get(t, time.Now()); g != nil {
		return g
	}
	most := maxWaiting
	if t.Message {
		most += maxMessages
	}
	switch {
	case s.closed:
		return failed(errStopped)
	case s.waiting >= most:
		return failed(ErrBusy)
	}
	g := prompt.NewGrowing(maxSeconds)
	s.cache.put(t, g, time.Now())
	s.waiting++
	s.work.Go(func() { s.make(t, g) }) // Stop waits for it
	return g
}

func failed(err error) *prompt.Growing {
	g := prompt.NewGrowing(0)
	g.End(err)
	return g
}

// make speaks a text into g.
func (s *Service) make(t Text, g *prompt.Growing) {
	asked := time.Now()
	defer s.made(t, g, asked)
	turns := s.turns
	if t.Message {
		turns = s.first
	}
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-s.ctx.Done():
		g.End(errStopped)
		return
	}
	if s.ctx.Err() != nil {
		g.End(errStopped)
		return
	}
	shape := &shaper{out: g, first: func() { s.counts.first(time.Since(asked)) }}
	for _, piece := range pieces(t.Words) {
		if err := s.say(t, piece.text, shape); err != nil {
			shape.end()
			g.End(err)
			return
		}
		if !shape.pause(piece.pause) {
			break // no more may be said
		}
	}
	shape.end()
	g.End(nil)
}

// made takes stock: a text that was not spoken whole is forgotten, so that it is tried again.
func (s *Service) made(t Text, g *prompt.Growing, asked time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting--
	err := g.Err()
	s.counts.text(err)
	if err != nil {
		s.cache.drop(t)
	} else {
		s.cache.settle(t, time.Now())
	}
	if n, _ := g.Length(); err != nil && n > 0 && !errors.Is(err, errStopped) {
		s.log.Warn("text was not spoken to its end", "language", t.Language, "after", time.Since(asked).Round(time.Millisecond), "err", err)
	}
}

// say has a piece spoken by the first engine that can. One that fails when some of it has been heard ends the text: to
// begin it again would be worse.
func (s *Service) say(t Text, words string, shape *shaper) error {
	t.Words = words
	last := error(ErrNoEngine)
	for _, d := range s.asked(t.Language) {
		if !d.ready(time.Now()) {
			continue
		}
		heard, err := d.speak(s.ctx, t, shape)
		if err == nil || s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		if last = fmt.Errorf("%s: %w", d.engine.Name(), err); heard {
			break
		}
	}
	return last
}

// asked are the engines for a language, in order.
func (s *Service) asked(language string) []*desk {
	names, chosen := lookup(s.prefer, language)
	if !chosen {
		return slices.DeleteFunc(slices.Clone(s.desks), func(d *desk) bool { return !d.engine.Speaks(language) })
	}
	var list []*desk
	for _, name := range names {
		for _, d := range s.desks {
			if d.engine.Name() == name && d.engine.Speaks(language) {
				list = append(list, d)
			}
		}
	}
	return list
}

// lookup finds what is set for a language, for one that it is a kind of, or for all ("*").
func lookup[T any](m map[string]T, language string) (v T, ok bool) {
	for tag := strings.ToLower(language); tag != ""; {
		if v, ok = m[tag]; ok {
			return v, true
		}
		cut := strings.LastIndexByte(tag, '-')
		tag = tag[:max(cut, 0)]
	}
	v, ok = m["*"]
	return v, ok
}
