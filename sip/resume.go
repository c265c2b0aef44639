package sip

import (
	"context"
	"errors"
	"fmt"

	"partyline/control"
)

// Suspend stops a leg's loop without a BYE and returns what another user agent on the same addresses needs to go on
// with the call.
func (u *UA) Suspend(ctx context.Context, id control.LegID) (State, error) {
	l := u.legs.byID(id)
	if l == nil {
		return State{}, control.Errorf(control.CodeNotFound, "no leg %s", id)
	}
	l.end(endSuspended)
	select {
	case <-l.done:
	case <-ctx.Done():
		return State{}, fmt.Errorf("sip: suspend: %w", context.Cause(ctx))
	}
	if l.final.Leg == "" {
		return State{}, control.Errorf(control.CodeWrongState, "leg %s has just ended", id)
	}
	return l.final, nil
}

// Resume takes up a call that another user agent has suspended, on the same addresses. The far end notices nothing.
func (u *UA) Resume(s State) error {
	if s.Leg == "" || s.Dialog.CallID == "" || s.Dialog.LocalTag == "" {
		return errors.New("sip: resume: the state names no dialog")
	}
	if _, err := s.Dialog.hop(); err != nil {
		return fmt.Errorf("sip: resume: %w", err)
	}
	l := u.newLeg(s)
	if err := u.legs.add(l); err != nil {
		return fmt.Errorf("sip: resume: %w", err)
	}
	u.traces.Begin(l.dialog.callID, string(l.id))
	if err := l.reconnect(s); err != nil {
		l.forget()
		return fmt.Errorf("sip: resume: %w", err)
	}
	if s.Call.Out != "" {
		u.legs.meet(l, s.Flow.Source.Addr())
	}
	go l.Run(l.life, s) // UA.Serve waits for it, by way of the table
	return nil
}

// reconnect finds the conversation and the media of a call that goes on.
func (l *leg) reconnect(s State) (err error) {
	if r, ok := l.opt.Admitter.(Readmitter); ok {
		l.caller, err = r.Readmit(s.Call, s.Tag, l)
	} else {
		l.caller, err = l.opt.Admitter.Admit(s.Call, l)
		l.announce = true // this conversation begins anew
	}
	if err != nil {
		return fmt.Errorf("admit: %w", err)
	}
	l.media, err = l.opt.Media.Resume(l.id, s.Media)
	if err != nil {
		l.caller.Gone("no media")
		return fmt.Errorf("media: %w", err)
	}
	l.started = len(s.SDP.Spec.Recv) > 0
	return nil
}

// takeUp goes on where another process has stopped.
func (l *leg) takeUp() {
	l.log.Info("call taken up")
	l.armSession()
	if l.state.Held {
		setTimer(l.timers.probe, l.opt.Probe)
	}
	switch {
	case !l.state.Dialog.Confirmed:
		l.awaitAck(nil, nil, l.state.Dialog.RemoteSeq, !l.started)
	case l.announce:
		l.caller.Answered()
		if l.state.Held {
			l.tellHeld()
		}
	}
}
