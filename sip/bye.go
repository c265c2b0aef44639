package sip

import (
	"context"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

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
	if e.Kind == Suspended {
		l.suspend()
	} else {
		l.media.Close()
		l.caller.Gone(e.Text)
		if e.bye() {
			l.hangUp(e)
		}
	}
	if l.accepted != nil {
		l.settleAck()
	}
	l.requests.Wait() // their context is over
	for _, in := range l.leftOver() {
		l.refuse(in, noDialog.because("the call is over"))
	}
	l.ended(e)
	l.forget()
}

func (l *leg) ended(e *End) {
	l.count.endedBy(e.Kind)
	l.log.Info("call ended", "reason", string(e.Kind), "text", e.Text, "duration", time.Since(l.state.Since).Round(time.Millisecond))
}

// leftOver are the requests that nobody has answered.
func (l *leg) leftOver() []*incoming {
	waiting := l.order.held
	for _, it := range l.inbox.close() {
		if it.in != nil {
			waiting = append(waiting, it.in)
		}
	}
	return waiting
}

// hangUp sends BYE and waits for its answer. A far end that hangs up at the same time is answered.
func (l *leg) hangUp(e *End) {
	if !l.linger(l.base) {
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
		if _, err := l.out.send(ctx, req, l.state.Flow); err != nil {
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
		case it.in == nil: // the conversation is over
		case it.in.req.Method == sipmsg.BYE:
			bye = true
			l.reply(it.in, newReply(it.in.req, 200, "OK", l.dialog.localTag))
		default:
			l.refuse(it.in, noDialog.because("the call is over"))
		}
	}
	return bye
}

// suspend keeps what another process needs.
func (l *leg) suspend() {
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
