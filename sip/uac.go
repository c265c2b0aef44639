package sip

import (
	"context"
	"errors"
	"fmt"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
)

// unanswered is why a call that we make comes to nothing.
type unanswered struct {
	outcome control.CallOutcome
	why     string
}

// attempt is one INVITE of ours.
type attempt struct {
	req      *sipmsg.Request
	tx       *sipmsg.ClientTx
	heard    bool // a provisional response has come: it can be cancelled now (RFC 3261 §9.1)
	rejected *unanswered
	late     <-chan time.Time // after a CANCEL: no final response will come any more
	cancel   context.CancelFunc
	ringing  context.Context // until it is answered
}

// dial makes the call. nil: it was answered.
func (l *leg) dial(ctx context.Context) *unanswered {
	d := l.dialing
	if err := l.locate(ctx); err != nil {
		if ctx.Err() != nil {
			return givenUp(ctx)
		}
		l.log.Warn("call cannot be made", "err", err)
		return &unanswered{control.CallFailed, "the call could not be made"}
	}
	ringing, stop := context.WithCancel(l.base)
	defer stop()
	ring := time.NewTimer(d.Ring)
	defer ring.Stop()
	var credentials sipmsg.Header
	l.state.Session = SessionTimer{Expires: l.opt.sessionRules().want}
	for authorized := false; ; {
		a, err := l.invites(credentials)
		if err != nil {
			l.log.Warn("INVITE not sent", "err", err)
			return &unanswered{control.CallFailed, "the call could not be made"}
		}
		a.ringing = ringing
		res := l.await(ctx, a, ring.C)
		switch {
		case a.rejected != nil:
			return a.rejected
		case res.IsSuccess():
			return l.established(res)
		case l.raised(res):
			continue
		case res.StatusCode != sipmsg.StatusUnauthorized && res.StatusCode != sipmsg.StatusProxyAuthRequired, authorized:
			l.log.Info("call not taken", "status", res.StatusCode)
			return outcomeOf(res.StatusCode)
		}
		if credentials, err = l.authorization(a.req, res); err != nil {
			l.log.Warn("challenge not answered", "status", res.StatusCode, "err", err)
			return outcomeOf(res.StatusCode)
		}
		authorized = true
	}
}

// raised says whether an INVITE is to be sent once more, with a longer session: a 422 asks for it (RFC 4028 §7.3), and
// only the first.
func (l *leg) raised(res *sipmsg.Response) (ok bool) {
	f, err := readSession(res)
	if res.StatusCode != tooBrief.status || err != nil || l.state.Session.Min != 0 {
		return false
	}
	l.state.Session, ok = l.state.Session.raise(f)
	return ok
}

// invites sends an INVITE with our offer (RFC 3261 §13.2.1).
func (l *leg) invites(credentials sipmsg.Header) (*attempt, error) {
	d := l.dialing
	req, err := l.newRequest(sipmsg.INVITE)
	if err != nil {
		return nil, err
	}
	req.SetDestination(l.state.Flow.Source.String())
	var offer []byte
	l.state.SDP, offer = l.state.SDP.Offer(l.localMedia())
	fields := []sipmsg.Header{sipmsg.NewHeader("Allow", allow), sipmsg.NewHeader("Accept", mimeSDP), credentials, sipmsg.NewHeader("Content-Type", mimeSDP)}
	for _, h := range append(fields, l.state.Session.ask(true)...) {
		if h != nil {
			req.AppendHeader(h)
		}
	}
	req.SetBody(offer)
	a := &attempt{req: req, cancel: func() {}}
	if err := d.ua.prepare(l.base, req, l.state.Flow); err != nil {
		return nil, err
	}
	if a.tx, err = d.ua.stack.TransactionLayer().Request(l.base, req); err != nil {
		return nil, fmt.Errorf("sip: send INVITE: %w", err)
	}
	a.tx.OnRetransmission(l.acceptedAgain(l.state)) // nothing is lost: a response waits until await takes the one before it
	return a, nil
}

// await waits for the final response. When the call is given up meanwhile it is cancelled, and then a.rejected says why:
// whatever still comes is of no interest but a 2xx, whose dialog is ended.
func (l *leg) await(ctx context.Context, a *attempt, ring <-chan time.Time) *sipmsg.Response {
	defer func() { a.cancel() }()
	done := ctx.Done()
	for {
		select {
		case res := <-a.tx.Responses():
			l.ua.traceIn(res)
			switch {
			case res.IsProvisional():
				l.provisional(a, res)
			case a.rejected != nil && res.IsSuccess():
				l.disown(res, reasonHeader("Q.850", 31, "the call was given up"))
				return res
			default:
				return res
			}
		case <-a.tx.Done():
			l.abandonAttempt(a, &unanswered{control.CallFailed, "no reply from the far end"})
			return nil
		case <-a.late:
			a.tx.Terminate()
			return nil
		case <-l.base.Done():
			l.abandonAttempt(a, givenUp(ctx))
			a.tx.Terminate()
			return nil
		case <-ring:
			ring = nil
			l.giveUp(a, &unanswered{control.CallNoAnswer, "nobody answered in time"})
		case <-done:
			done = nil
			l.giveUp(a, givenUp(ctx))
		case <-l.inbox.wake:
			l.readInbox(ctx)
			l.serveEarly()
		}
	}
}

// provisional tells once that it rings. No audio comes of a description in it: what is heard before the answer is the network's.
func (l *leg) provisional(a *attempt, res *sipmsg.Response) {
	a.heard = true
	l.note(a.ringing, res)
	switch {
	case a.rejected != nil && a.late == nil:
		l.cancelAttempt(a)
	case a.rejected == nil && res.StatusCode > 100 && !l.dialing.rang:
		l.dialing.rang = true
		l.dialing.callee.Ringing()
	}
}

// giveUp takes the call back, as soon as that can be done.
func (l *leg) giveUp(a *attempt, why *unanswered) {
	if a.rejected != nil {
		return
	}
	a.rejected = why
	if a.heard {
		l.cancelAttempt(a)
	}
}

func (l *leg) abandonAttempt(a *attempt, why *unanswered) {
	if a.rejected == nil {
		a.rejected = why
	}
}

// cancelAttempt sends CANCEL (RFC 3261 §9.1) and bounds the wait for what comes of it.
func (l *leg) cancelAttempt(a *attempt) {
	a.late = time.After(64 * l.opt.T1)
	req := cancelOf(a.req)
	var ctx context.Context
	ctx, a.cancel = context.WithTimeout(l.base, byeWait)
	l.requests.Go(func() { // finish waits for it
		if _, err := l.out.send(ctx, req, l.state.Flow); err != nil && !errors.Is(err, context.Canceled) {
			l.log.Info("CANCEL not answered", "err", err)
		}
	})
}

// cancelOf is the CANCEL of an INVITE: the same in all that names its transaction.
func cancelOf(invite *sipmsg.Request) *sipmsg.Request {
	req := sipmsg.NewRequest(sipmsg.CANCEL, *invite.Recipient.Clone())
	for _, name := range []string{"Via", "From", "To", "Call-ID"} {
		req.AppendHeader(sipmsg.NewHeader(name, invite.GetHeader(name).Value()))
	}
	hops := sipmsg.MaxForwardsHeader(70)
	req.AppendHeader(&sipmsg.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sipmsg.CANCEL})
	req.AppendHeader(&hops)
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	return req
}

// givenUp is the outcome of a call that was ended here before anybody answered.
func givenUp(ctx context.Context) *unanswered {
	e := causeOf(ctx)
	switch e.Kind {
	case HungUp:
		return &unanswered{control.CallCancelled, ""}
	case Shutdown, Closed, Suspended:
		return &unanswered{control.CallFailed, "the bridge shut down"}
	case FarEnd, Cancelled, NoAck, NoAnswer, Unanswered, Silence, Expired, Failed:
	}
	return &unanswered{control.CallFailed, e.Text}
}

// outcomeOf says what a final response other than 2xx means. Nobody is called elsewhere because of a 3xx: only we say whom
// we call.
func outcomeOf(status int) *unanswered {
	outcome, why := control.CallFailed, fmt.Sprintf("the far end answered %d", status)
	switch status {
	case 486, 600:
		outcome, why = control.CallBusy, ""
	case 603, 607, 608:
		outcome, why = control.CallDeclined, "the telephone declined"
	case 408, 480, 487:
		outcome, why = control.CallNoAnswer, ""
	case 401, 407:
		why = "the trunk did not take our credentials"
	case 404, 410, 484, 604:
		why = fmt.Sprintf("there is no such number (%d)", status)
	}
	if status < 400 {
		why = fmt.Sprintf("the far end sends us elsewhere (%d), where we do not follow", status)
	}
	return &unanswered{outcome, why}
}

// finishUnanswered ends a leg that never was a call.
func (l *leg) finishUnanswered(u *unanswered) {
	l.info.Store(nil)
	if l.media != nil {
		l.media.Close()
	}
	l.requests.Wait()
	l.answerHeld()
	for _, it := range l.inbox.close() {
		if it.in != nil {
			l.answerAtEnd(it.in)
		}
	}
	l.dialing.callee.Unanswered(u.outcome, u.why)
	l.ended(&End{Kind: Unanswered, Text: string(u.outcome)})
	l.forget()
}
