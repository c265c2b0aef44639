package sip

import (
	"context"
	"fmt"
	"strconv"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/sdp"
)

// maxRinging bounds the telephones that one call of ours may ring on, as far as they want to be acknowledged.
const maxRinging = 16

// early is a telephone that rings because of our INVITE (RFC 3261 §12.1).
type early struct {
	rseq   uint32       // of its last reliable response; 0: none
	answer *sdp.Session // what one of them has answered; nil: nothing yet
}

// note takes a provisional response that makes an early dialog, and acknowledges it if it is a reliable one (RFC 3262 §4): in
// their order, each once.
func (l *leg) note(ctx context.Context, res *sipmsg.Response) {
	tag := tagOf(res.To())
	e := l.dialing.early[tag]
	if tag == "" || res.StatusCode == 100 || e == nil && len(l.dialing.early) >= maxRinging {
		return
	}
	if e == nil {
		e = &early{}
		l.dialing.early[tag] = e
	}
	rseq, ok := reliable(res)
	if !ok || e.rseq != 0 && rseq != e.rseq+1 {
		return
	}
	e.rseq = rseq
	if answer := description(res); e.answer == nil && len(answer) > 0 {
		if session, err := l.state.SDP.Accept(answer); err == nil { // else the 2xx decides
			e.answer = &session
		}
	}
	l.acknowledgeEarly(ctx, res, rseq, nil)
}

// reliable reads the RSeq of a provisional response that is to be acknowledged.
func reliable(res *sipmsg.Response) (uint32, bool) {
	h := res.GetHeaders("RSeq")
	if len(h) != 1 || !requires(res, relTag) {
		return 0, false
	}
	n, err := strconv.ParseUint(h[0].Value(), 10, 32)
	return uint32(n), err == nil && n != 0
}

// acknowledgeEarly sends the PRACK, and once more if the trunk asks who we are.
func (l *leg) acknowledgeEarly(ctx context.Context, res *sipmsg.Response, rseq uint32, credentials sipmsg.Header) {
	l.state.Dialog.LocalSeq++
	s := l.state
	s.Dialog = s.Dialog.confirmedBy(res)
	req, err := s.newRequest(sipmsg.PRACK)
	if err != nil {
		l.log.Info("PRACK not sent", "err", err)
		return
	}
	req.AppendHeader(sipmsg.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseq, res.CSeq().SeqNo)))
	if credentials != nil {
		req.AppendHeader(credentials)
	}
	l.requests.Go(func() { // whoever ends the leg waits for it
		answer, err := l.out.send(ctx, req, s.Flow)
		switch {
		case err != nil:
			l.log.Debug("PRACK not answered", "err", err)
		case credentials == nil && (answer.StatusCode == sipmsg.StatusUnauthorized || answer.StatusCode == sipmsg.StatusProxyAuthRequired):
			l.Post(func() {
				if c, err := l.authorization(req, answer); err == nil && ctx.Err() == nil {
					l.acknowledgeEarly(ctx, res, rseq, c)
				}
			})
		}
	})
}

// answerOf is what a 2xx to our INVITE answers: what a reliable response has answered before stands (RFC 3262 §5).
func (l *leg) answerOf(res *sipmsg.Response) (sdp.Session, error) {
	if e := l.dialing.early[tagOf(res.To())]; e != nil && e.answer != nil {
		return *e.answer, nil
	}
	return l.state.SDP.Accept(description(res))
}

// serveEarly answers requests of those who ring (RFC 3311 §5.2): our offer may be unanswered, so no other can be taken; and
// who has not answered cannot hang up (RFC 3261 §15).
func (l *leg) serveEarly() {
	held := l.order.held
	l.order.held = nil
	for _, in := range held {
		switch {
		case l.dialing.early[dialogOf(in.req).remoteTag] == nil:
			l.refuse(in, noDialog.because("no such call"))
		case in.req.Method == sipmsg.UPDATE && len(description(in.req)) > 0:
			l.refuse(in, pending.because("the call has not been answered"))
		case in.req.Method == sipmsg.UPDATE:
			res := capabilities(in.req, "")
			addHeader(res, "Contact", l.state.Dialog.Contact)
			l.reply(in, res)
		case in.req.Method == sipmsg.OPTIONS:
			l.reply(in, capabilities(in.req, ""))
		default:
			l.refuse(in, noDialog.because("the call has not been answered"))
		}
	}
}
