package sip

import (
	"net/netip"

	sipmsg "github.com/emiago/sipgo/sip"
)

// blocked says whether a request has to wait for the ACK that should have come before it, and may only have been
// overtaken.
func (l *leg) blocked(in *incoming) bool {
	if l.accepted == nil {
		return false
	}
	switch in.req.Method {
	case sipmsg.INVITE, sipmsg.BYE:
		return true
	case sipmsg.UPDATE:
		return l.accepted.offered && len(description(in.req)) > 0
	default:
		return false
	}
}

// onReinvite changes the call (RFC 3261 §14.2): hold, another address, port, codec or packet time, or, without a
// description, an offer of ours. What cannot be done is refused and leaves the call as it was.
func (l *leg) onReinvite(in *incoming) {
	if l.accepted != nil {
		// RFC 3261 §14.2: an INVITE is still under way
		l.refuse(in, pending.because("the INVITE before has not been acknowledged"))
		return
	}
	if l.ringing != nil {
		l.refuse(in, tryLater.because("the INVITE before has not been answered"))
		return
	}
	if l.inviting() {
		l.refuse(in, pending.because("an INVITE of ours is under way"))
		return
	}
	timer, err := l.session(in.req)
	if err != nil {
		l.refuse(in, refuse(err))
		return
	}
	session, body, offered, err := l.negotiate(in.req, l.localMedia())
	if err != nil {
		l.refuse(in, refuse(err))
		return
	}
	l.acceptSession(timer)
	res := l.newOK(in.req, body)
	if err := l.accept(in, res); err != nil {
		l.log.Info("change not answered", "err", err)
		return
	}
	l.retarget(in.req)
	l.state.SDP = session
	l.awaitAck(in, res, seqOf(in.req), offered)
	if !offered {
		l.apply(session)
	}
}

// onUpdate changes the call without an ACK (RFC 3311 §5.2).
func (l *leg) onUpdate(in *incoming) {
	timer, err := l.session(in.req)
	if err != nil {
		l.refuse(in, refuse(err))
		return
	}
	offer := description(in.req)
	if len(offer) == 0 {
		l.acceptSession(timer)
		l.retarget(in.req)
		l.reply(in, l.newOK(in.req, nil))
		return
	}
	if l.ringing != nil {
		l.refuse(in, tryLater.because("your offer has not been answered")) // RFC 3311 §5.2
		return
	}
	if l.inviting() || l.accepted != nil && l.accepted.offered {
		l.refuse(in, pending.because("our offer has not been answered")) // RFC 3311 §5.2
		return
	}
	session, body, err := l.state.SDP.Answer(offer, l.localMedia())
	if err != nil {
		l.refuse(in, refuse(err))
		return
	}
	l.acceptSession(timer)
	l.retarget(in.req)
	l.reply(in, l.newOK(in.req, body))
	l.apply(session)
}

// inviting says whether a re-INVITE of ours, and the offer in it, waits for its answer.
func (l *leg) inviting() bool {
	return l.refresh != nil && l.refresh.req != nil && l.refresh.req.Method == sipmsg.INVITE
}

// localMedia is where we want RTP, as the far end is to see it.
func (l *leg) localMedia() netip.AddrPort {
	return netip.AddrPortFrom(l.state.Flow.SentBy.Addr(), l.media.LocalAddr().Port())
}

// retarget follows the far end to another address (RFC 3261 §12.2.2).
func (l *leg) retarget(req *sipmsg.Request) {
	l.retargetBy(req)
	if from := source(req); from.IsValid() {
		l.state.Flow.Source = from
	}
}

// retargetBy takes the Contact of a request, or of a 2xx, that renews the dialog (RFC 3261 §12.2.1.2).
func (l *leg) retargetBy(m interface {
	Contact() *sipmsg.ContactHeader
	Transport() string
}) {
	if c := m.Contact(); reachable(c, m.Transport()) {
		l.state.Dialog.Target = c.Address.String()
	}
}
