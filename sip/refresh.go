package sip

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// Tuned: November 2026.
const (
	// refreshWait bounds a refresh: Timer B and F at the default T1.
	refreshWait = 32 * time.Second
	// refreshAgain is how long a refresh waits that comes at a bad time, or that was refused for now.
	refreshAgain = 5 * time.Second
)

// refreshing is a refresh of ours that is under way.
type refreshing struct {
	req        *sipmsg.Request
	authorized bool
	raised     bool
}

// armSession sets the timer for what comes next: a refresh of ours, or the end of the session.
func (l *leg) armSession() {
	t := l.state.Session
	if t.Expires == 0 {
		l.timers.session.Stop()
		return
	}
	at := t.endAt()
	if t.Ours && l.refresh == nil {
		at = laterOf(t.refreshAt(), l.refreshNotBefore)
		if end := t.endAt(); end.Before(at) {
			at = end
		}
	}
	setTimer(l.timers.session, max(time.Millisecond, time.Until(at)))
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// onSessionTimer refreshes the session, or ends the call.
func (l *leg) onSessionTimer() {
	t := l.state.Session
	switch {
	case t.Expires == 0:
	case !time.Now().Before(t.endAt()):
		l.end(endExpired)
	case t.Ours && l.refresh == nil:
		l.beginRefresh()
	}
	l.armSession()
}

// beginRefresh renews the session (RFC 4028 §7.4): by an UPDATE, or, if the far end does not take it, by a re-INVITE that
// repeats our description. While another change is under way it waits.
func (l *leg) beginRefresh() {
	if l.accepted != nil || !l.state.Dialog.Confirmed {
		l.refreshNotBefore = time.Now().Add(refreshAgain)
		return
	}
	l.refresh = &refreshing{}
	l.sendRefresh(nil)
}

// sendRefresh sends the refresh that is under way, for the first time or once more.
func (l *leg) sendRefresh(credentials sipmsg.Header) {
	r := l.refresh
	method := sipmsg.INVITE
	if l.state.Session.Update {
		method = sipmsg.UPDATE
	}
	req, err := l.newRequest(method)
	if err != nil {
		l.log.Info("no refresh", "err", err)
		l.refreshLater(refreshAgain)
		return
	}
	for _, h := range append(l.state.Session.ask(false), sipmsg.NewHeader("Allow", allow)) {
		req.AppendHeader(h)
	}
	if credentials != nil {
		req.AppendHeader(credentials)
	}
	send := l.out.send
	if method == sipmsg.INVITE {
		req.AppendHeader(sipmsg.NewHeader("Content-Type", mimeSDP))
		req.SetBody(l.state.SDP.Repeat())
		send = l.sendReinvite
	}
	r.req = req
	flow := l.state.Flow
	ctx, cancel := context.WithTimeout(l.life, refreshWait)
	l.requests.Go(func() { // finish waits for it
		defer cancel()
		res, err := send(ctx, req, flow)
		l.Post(func() { l.onRefreshed(r, res, err) })
	})
}

// sendReinvite sends a re-INVITE. Its 2xx may come again, if the ACK is lost.
func (l *leg) sendReinvite(ctx context.Context, req *sipmsg.Request, f Flow) (*sipmsg.Response, error) {
	return l.out.invite(ctx, req, f, func() { l.Post(l.acknowledge) })
}

// onRefreshed takes the answer to a refresh.
func (l *leg) onRefreshed(r *refreshing, res *sipmsg.Response, err error) {
	if r != l.refresh {
		return
	}
	switch {
	case errors.Is(err, sipmsg.ErrTransactionTimeout), errors.Is(err, context.DeadlineExceeded):
		l.end(endNoRefresh) // RFC 4028 §10: as if a 408 had come
	case err != nil:
		l.log.Info("session not refreshed", "err", err)
		l.refreshLater(refreshAgain)
	case res.IsSuccess():
		l.refreshed(r, res)
	default:
		l.refreshRefused(r, res)
	}
}

// refreshed renews the session, and takes up what a re-INVITE has agreed on.
func (l *leg) refreshed(r *refreshing, res *sipmsg.Response) {
	l.refresh, l.refreshNotBefore = nil, time.Time{}
	l.count.refreshes.Add(1)
	l.retargetBy(res)
	l.adoptSession(res)
	if r.req.Method != sipmsg.INVITE {
		return
	}
	if !l.acknowledgeReinvite(r.req) {
		return
	}
	session, err := l.state.SDP.Accept(description(res))
	if err != nil {
		l.log.Info("no usable answer to the refresh", "err", err)
		l.end(endNoAnswer)
		return
	}
	l.apply(session)
}

// acknowledgeReinvite sends the ACK of a re-INVITE's 2xx, with its CSeq and its credentials (RFC 3261 §13.2.2.4).
func (l *leg) acknowledgeReinvite(req *sipmsg.Request) bool {
	ack, err := l.state.acknowledging(seqOf(req))
	if err != nil {
		l.log.Info("ACK not sent", "err", err)
		l.end(endNoAnswer)
		return false
	}
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		if h := req.GetHeader(name); h != nil {
			ack.AppendHeader(sipmsg.NewHeader(name, h.Value()))
		}
	}
	l.ack = ack
	l.acknowledge()
	return true
}

// refreshRefused says what a final response other than 2xx comes to. What does not say that the call is gone leaves it up
// until the session ends; for who has no timer, it is a sign of life.
func (l *leg) refreshRefused(r *refreshing, res *sipmsg.Response) {
	switch res.StatusCode {
	case 408, 481: // RFC 4028 §10, RFC 3261 §12.2.1.2
		l.end(endNoRefresh)
		return
	case 401, 407:
		if credentials, err := l.authorization(r.req, res); err == nil && !r.authorized {
			r.authorized = true
			l.sendRefresh(credentials)
			return
		}
	case 422:
		f, err := readSession(res)
		if next, ok := l.state.Session.raise(f); err == nil && ok && !r.raised {
			l.state.Session, r.raised = next, true
			l.sendRefresh(nil)
			return
		}
	case 405, 501:
		l.state.Session.Update = false
	case 491:
		l.refreshLater(l.glare())
		return
	}
	l.log.Info("session not refreshed", "status", res.StatusCode)
	if !l.state.Session.Shared && (res.StatusCode < 401 || res.StatusCode == 488 || res.StatusCode >= 500) {
		l.state.Session.Since = time.Now()
	}
	l.refreshLater(refreshAgain)
}

// refreshLater gives the refresh up for now.
func (l *leg) refreshLater(wait time.Duration) {
	l.refresh = nil
	l.refreshNotBefore = time.Now().Add(wait)
	l.armSession()
}

// glare is how long to wait after a 491, so that both sides do not meet again (RFC 3261 §14.1): longer for who has made the
// Call-ID.
func (l *leg) glare() time.Duration {
	if l.state.Call.Out != "" {
		return 2100*time.Millisecond + rand.N(1900*time.Millisecond)
	}
	return 10*time.Millisecond + rand.N(1990*time.Millisecond)
}

// adoptSession starts the timer that the 2xx to a request of ours says.
func (l *leg) adoptSession(res *sipmsg.Response) {
	f, err := readSession(res)
	if err != nil {
		l.log.Info("session timer not understood", "err", err)
		f = sessionFields{}
	}
	l.state.Session = l.state.Session.adopt(f, l.opt.sessionRules(), time.Now())
	l.armSession()
}

// acceptSession starts the timer that our 2xx to a request says.
func (l *leg) acceptSession(f sessionFields) {
	l.state.Session = l.state.Session.accept(f, l.opt.sessionRules(), time.Now())
	l.armSession()
}

// session reads what a request wants of the session timer, or says why it cannot be had.
func (l *leg) session(req *sipmsg.Request) (sessionFields, error) {
	f, err := readSession(req)
	if err != nil {
		return f, err
	}
	return f, l.opt.sessionRules().check(f)
}
