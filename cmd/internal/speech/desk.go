package speech

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// How long an engine that has failed is left alone: longer each time, up to the longest. (Tuned 2026-11.)
const (
	firstBackoff = time.Second
	lastBackoff  = 30 * time.Second
)

// desk is an engine, and how it does.
type desk struct {
	engine Engine
	log    *slog.Logger

	mu     sync.Mutex
	fails  int       // since it last spoke; guarded by mu
	until  time.Time // it is left alone; guarded by mu
	spoken uint64    // pieces; guarded by mu
	failed uint64    // pieces; guarded by mu
}

// ready says whether it may be asked.
func (d *desk) ready(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !now.Before(d.until)
}

// speak has a piece spoken; heard says that some of it can be heard already.
func (d *desk) speak(ctx context.Context, t Text, shape *shaper) (heard bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, pieceTimeout)
	defer cancel()
	before := shape.sound
	if err = d.engine.Speak(ctx, t, shape.add); err == nil {
		if shape.flush(); shape.sound == before {
			err = errors.New("the engine said nothing")
		}
	}
	if !errors.Is(ctx.Err(), context.Canceled) { // else we gave up, not the engine
		d.note(err, time.Now())
	}
	if heard = shape.sound > before; err != nil && !heard {
		shape.drop()
	}
	return heard, err
}

// note keeps how it went. What changes is logged, not every failure.
func (d *desk) note(err error, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		if d.spoken++; d.fails > 0 {
			d.log.Info("engine speaks again", "engine", d.engine.Name())
		}
		d.fails, d.until = 0, time.Time{}
		return
	}
	d.failed++
	d.until = now.Add(min(firstBackoff<<min(d.fails, 10), lastBackoff))
	if d.fails++; d.fails == 1 {
		level := slog.LevelWarn
		if errors.Is(err, errAbsent) { // it may never have been meant to be there
			level = slog.LevelInfo
		}
		d.log.Log(context.Background(), level, "engine does not speak", "engine", d.engine.Name(), "err", err)
	}
}

// errAbsent is the error of an engine that is not there.
var errAbsent = errors.New("it is not there")
