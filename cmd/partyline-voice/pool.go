package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// maxSpeakers is how many processes there are at most: one for each voice and speed, of 180 MB. The one that was not used
// for longest makes room.
const maxSpeakers = 3

// pool has the processes. Safe for concurrent use.
type pool struct {
	// immutable
	voices   []voice
	patience time.Duration // for a piece
	log      *slog.Logger

	mu       sync.Mutex
	speakers []*speaker // guarded by mu
	closed   bool       // guarded by mu
}

func newPool(voices []voice, log *slog.Logger) *pool {
	return &pool{voices: voices, patience: speakTimeout, log: log}
}

// warm has the default voice say something, which loads the model.
func (p *pool) warm(ctx context.Context) error {
	v, _ := p.voice(defaultVoice)
	_, _, err := p.speak(ctx, v, 1, "Hello.")
	return err
}

func (p *pool) voice(id string) (voice, bool) {
	i := slices.IndexFunc(p.voices, func(v voice) bool { return v.ID == id })
	if i < 0 {
		return voice{}, false
	}
	return p.voices[i], true
}

// speak speaks a piece.
func (p *pool) speak(ctx context.Context, v voice, speed float64, text string) (pcm []int16, rate int, err error) {
	err = errStopped
	for errors.Is(err, errStopped) {
		s, old := p.speaker(v, 1/speed)
		if old != nil {
			old.stop()
		}
		pcm, rate, err = s.speak(ctx, text)
	}
	if err != nil && ctx.Err() == nil {
		p.log.Warn("a piece could not be spoken", "voice", v.ID, "err", err)
	}
	return pcm, rate, err
}

// speaker returns the one of a voice and speed; old has to make room for it.
func (p *pool) speaker(v voice, scale float64) (s, old *speaker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return &speaker{turn: make(chan struct{}, 1), retry: time.Now().Add(time.Hour)}, nil // it refuses
	}
	i := slices.IndexFunc(p.speakers, func(s *speaker) bool { return s.voice.ID == v.ID && s.scale == scale })
	if i < 0 {
		if len(p.speakers) >= maxSpeakers {
			oldest := slices.MinFunc(p.speakers, func(a, b *speaker) int { return a.used.Compare(b.used) })
			p.speakers, old = slices.DeleteFunc(p.speakers, func(s *speaker) bool { return s == oldest }), oldest
		}
		p.speakers = append(p.speakers, newSpeaker(v, scale, p.patience))
		i = len(p.speakers) - 1
	}
	p.speakers[i].used = time.Now()
	return p.speakers[i], old
}

// close ends all processes.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, s := range p.speakers {
		s.stop()
	}
	p.speakers = nil
}
