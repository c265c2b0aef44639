package sip

import (
	"context"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
	"partyline/mixer/media"
)

// onBye ends the call (RFC 3261 §15.1.2).
func (l *leg) onBye(in *incoming) {
	l.reply(in, newReply(in.req, 200, "OK", l.dialog.localTag))
	l.end(endFarEnd)
}

// finish ends the leg for good: its media, the conversation, the dialog.
func (l *leg) finish(e *End) {
	l.info.Store(nil)
	rang := l.refuseRinging(e)
	suspended := e.Kind == Suspended && !rang
	if suspended {
		l.suspend()
	} else {
		l.media.Close()
		if c, ok := l.caller.(control.Callee); ok && e.Kind == FarEnd {
			c.HungUp()
		}
		l.caller.Gone(e.Text)
		if e.bye() && !rang {
			l.hangUp(e)
		}
	}
	if l.accepted != nil {
		l.settleAck()
	}
	l.requests.Wait() // their context is over
	for _, it := range l.inbox.close() {
		if it.in != nil {
			l.order.held = append(l.order.held, it.in)
		}
	}
	if suspended {
		for _, in := range l.order.held {
			in.settle() // unanswered: the far end sends it again, to the process that goes on
		}
	} else {
		l.answerHeld()
	}
	l.ended(e)
	l.forget()
}

func (l *leg) ended(e *End) {
	l.count.endedBy(e.Kind)
	l.keepRecord(e)
	l.log.Info("call ended", "reason", string(e.Kind), "text", e.Text, "duration", time.Since(l.state.Since).Round(time.Millisecond))
}

// hangUp sends BYE and waits for its answer. A far end that hangs up at the same time is answered.
func (l *leg) hangUp(e *End) {
	if l.answerHeld() || !l.linger(l.base) {
		return
	}
	req, err := l.newRequest(sipmsg.BYE)
	if err != nil {
		l.log.Info("no BYE", "err", err)
		return
	}
	req.AppendHeader(sipmsg.NewHeader("Reason", e.reason()))
	ctx, cancel := context.WithTimeout(l.base, byeWait)
	defer cancel()
	answered := make(chan struct{})
	l.requests.Go(func() { // finish waits for it
		defer close(answered)
		if _, err := l.sendAuthorized(ctx, req, l.state.Flow); err != nil {
			l.log.Info("BYE not answered", "err", err)
		}
	})
	for {
		select {
		case <-answered:
			return
		case <-l.inbox.wake:
			l.readInboxAtEnd()
		}
	}
}

// answerHeld answers the requests that were to wait for others, and says whether one was a BYE.
func (l *leg) answerHeld() (bye bool) {
	for _, in := range l.order.held {
		bye = l.answerAtEnd(in) || bye
	}
	l.order.held = nil
	return bye
}

// linger waits until a BYE may be sent: not before the ACK, or before it is given up (RFC 3261 §15). False: there is
// nothing left to end.
func (l *leg) linger(ctx context.Context) bool {
	for l.accepted != nil {
		select {
		case <-ctx.Done():
			return false
		case <-l.accepted.resend():
			l.onResend()
		case <-l.accepted.acks():
			l.settleAck()
		case <-l.inbox.wake:
			if l.readInboxAtEnd() {
				return false
			}
		}
	}
	return true
}

// readInboxAtEnd answers what still comes in when the call is over, and says whether that was a BYE.
func (l *leg) readInboxAtEnd() (bye bool) {
	for _, it := range l.inbox.take() {
		switch {
		case it.ack != nil:
			if l.accepted != nil && seqOf(it.ack) == l.accepted.seq {
				l.settleAck()
			}
		case it.in != nil: // the conversation, which posts the rest, is over
			bye = l.answerAtEnd(it.in) || bye
		}
	}
	return bye
}

// answerAtEnd answers a request when the call is over, and says whether it was a BYE.
func (l *leg) answerAtEnd(in *incoming) (bye bool) {
	if bye = in.req.Method == sipmsg.BYE; bye {
		l.reply(in, newReply(in.req, 200, "OK", l.dialog.localTag))
	} else {
		l.refuse(in, noDialog.because("the call is over"))
	}
	return bye
}

// suspend keeps what another process needs. It waits a little for an ACK that is on its way: the far end sends it once.
func (l *leg) suspend() {
	for late := time.After(l.opt.T1); l.accepted != nil && l.accepted.in != nil && late != nil; {
		select {
		case <-late:
			late = nil
		case ack := <-l.accepted.acks():
			l.onAck(ack)
		case <-l.inbox.wake:
			for _, it := range l.inbox.take() {
				switch {
				case it.ack != nil:
					l.onAck(it.ack)
				case it.in != nil:
					l.order.held = append(l.order.held, it.in)
				}
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(l.base), detachWait)
	defer cancel()
	state, err := l.media.Detach(ctx)
	if err != nil {
		l.log.Error("media not detached", "err", err)
		state = media.State{Spec: l.spec(), Local: l.media.LocalAddr()}
	}
	l.state.Media = state
	if t, ok := l.caller.(Tagger); ok {
		l.state.Tag = t.Tag()
	}
	l.final = l.state
}
