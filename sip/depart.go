package sip

import (
	"context"
	"time"
)

// Departer is a [control.Caller] that has something to say before the bridge shuts down. Then it hangs up, or
// Options.Farewell passes. It runs on the leg's goroutine.
type Departer interface {
	Depart()
}

// depart ends the leg because the bridge shuts down; who hears us is told so first. It may be called from any goroutine.
func (l *leg) depart() {
	if info := l.info.Load(); info != nil && info.Confirmed {
		l.Post(l.farewell)
		return
	}
	l.end(endShutdown)
}

// farewell lets the conversation say goodbye. To a far end that holds, or that may have vanished, nothing is said.
func (l *leg) farewell() {
	d, ok := l.caller.(Departer)
	if !ok || l.silent || l.state.Held {
		l.end(endShutdown)
		return
	}
	l.departing.Store(true)
	late := time.AfterFunc(l.opt.Farewell, func() { l.end(endShutdown) })
	context.AfterFunc(l.life, func() { late.Stop() })
	d.Depart()
}
