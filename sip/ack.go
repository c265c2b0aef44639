package sip

import (
	"cmp"
	"errors"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// accepted is a 2xx to an INVITE that waits for its ACK. sipgo neither keeps to the schedule of RFC 3261 §13.3.1.4 nor
// ends the dialog when the ACK never comes, so this is ours: retransmitted over TCP as well, because a hop further on
// may be UDP.
type accepted struct {
	in      *incoming        // nil: sent by another process, cannot be repeated
	res     *sipmsg.Response //
	seq     uint32           // CSeq that the ACK repeats
	offered bool             // the 2xx carries our offer: the ACK has to bring the answer
	retry   backoff
	timer   *time.Timer
	last    bool // when the timer fires it is over
}

// acks is where an ACK under the INVITE's own branch comes; nil, never, while no 2xx waits.
func (a *accepted) acks() <-chan *sipmsg.Request {
	if a == nil || a.in == nil {
		return nil
	}
	return a.in.acks
}

// resend fires when the 2xx is to be repeated or given up.
func (a *accepted) resend() <-chan time.Time {
	if a == nil {
		return nil
	}
	return a.timer.C
}

// awaitAck starts the wait for the ACK of a 2xx that has just been sent.
func (l *leg) awaitAck(in *incoming, res *sipmsg.Response, seq uint32, offered bool) {
	a := &accepted{in: in, res: res, seq: seq, offered: offered, retry: newBackoff(l.opt.T1, l.opt.T2)}
	var wait time.Duration
	wait, a.last = a.retry.wait()
	a.timer = time.NewTimer(wait)
	l.accepted = a
}

// onResend repeats the 2xx, or ends the call because the ACK never came.
func (l *leg) onResend() {
	a := l.accepted
	if a.last {
		l.settleAck()
		l.end(endNoAck)
		return
	}
	if a.in != nil {
		l.count.retransmits.Add(1)
		if err := a.in.tx.Respond(a.res); err != nil {
			l.log.Debug("2xx not repeated", "err", err)
		}
	}
	var wait time.Duration
	wait, a.last = a.retry.wait()
	a.timer.Reset(wait)
}

// settleAck ends the wait for the ACK.
func (l *leg) settleAck() {
	a := l.accepted
	l.accepted = nil
	a.timer.Stop()
	if a.in != nil {
		a.in.settle()
	}
}

// onAck confirms the call, or the change that a re-INVITE made.
func (l *leg) onAck(ack *sipmsg.Request) {
	a := l.accepted
	if a == nil || seqOf(ack) != a.seq {
		return // repeated, because the 2xx was
	}
	l.settleAck()
	if a.offered {
		session, err := l.state.SDP.Accept(description(ack))
		if err != nil {
			l.log.Info("no usable answer in the ACK", "err", err)
			l.end(endNoAnswer)
			return
		}
		l.apply(session)
	}
	l.confirm()
}

// confirm begins the conversation with the caller: he hears us from now on. No sooner, for an INVITE may bear a forged
// address, whose owner would get 32 s of audio; who acknowledges has read our tag there. And a flood of INVITEs that
// nobody acknowledges costs the mixer nothing.
func (l *leg) confirm() {
	if l.state.Dialog.Confirmed {
		return
	}
	l.state.Dialog.Confirmed, l.state.Answered = true, time.Now()
	if !l.started {
		l.started = true
		l.media.Start(l.spec())
	}
	l.publish()
	l.count.answered.Add(1)
	l.log.Info("call answered", "codec", l.state.SDP.Spec.Send.Codec, "srtp", cmp.Or(l.state.SDP.SRTP(), "none"))
	l.caller.Answered()
	if l.state.Held {
		l.tellHeld()
	}
	l.tellEarly()
	l.readMedia()
}

// accept sends a 2xx. It fails with [sipmsg.ErrTransactionCanceled] if a CANCEL was first: then sipgo has answered 487.
func (l *leg) accept(in *incoming, res *sipmsg.Response) error {
	err := in.tx.Respond(res)
	if err == nil {
		return nil
	}
	if errors.Is(err, sipmsg.ErrTransactionCanceled) {
		// sipgo has kept the 2xx as the response to repeat until the ACK: put a 487 back in its place.
		again := newReply(in.req, 487, "Request Terminated", l.dialog.localTag)
		if err := in.tx.Respond(again); err != nil && !errors.Is(err, sipmsg.ErrTransactionCanceled) {
			l.log.Debug("487 not put back", "err", err)
		}
	}
	in.settle()
	return err
}

// endOf is how a call ends that could not be answered.
func endOf(err error) *End {
	if errors.Is(err, sipmsg.ErrTransactionCanceled) {
		return endCancelled
	}
	return &End{Kind: Failed, Text: "the answer could not be sent"}
}
