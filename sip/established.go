package sip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
)

// established makes a dialog of the first 2xx (RFC 3261 §12.1.2, §13.2.2.4). nil: the call is up.
func (l *leg) established(res *sipmsg.Response) *unanswered {
	session, err := l.answerOf(res)
	if err != nil {
		l.log.Info("no usable answer in the 2xx", "err", err)
		l.disown(res, reasonHeader("SIP", 488, endNoAnswer.Text))
		return &unanswered{control.CallFailed, endNoAnswer.Text}
	}
	l.state.Dialog = l.state.Dialog.confirmedBy(res)
	l.dialing.ua.legs.confirm(l, l.state.Dialog.RemoteTag)
	if l.ack, err = l.state.acknowledging(res.CSeq().SeqNo); err != nil {
		l.disown(res, reasonHeader("SIP", 400, "the answer names no usable address"))
		return &unanswered{control.CallFailed, "the answer names no usable address"}
	}
	l.acknowledge()
	if d := l.dialing.Limit; d > 0 {
		l.state.Until = time.Now().Add(d)
	}
	l.adoptSession(res)
	l.apply(session)
	l.confirm()
	return nil
}

// confirmedBy is the dialog that a 2xx to our INVITE makes.
func (d Dialog) confirmedBy(res *sipmsg.Response) Dialog {
	d.RemoteTag, d.RouteSet = tagOf(res.To()), nil
	if c := res.Contact(); reachable(c, res.Transport()) {
		d.Target = c.Address.String()
	}
	for _, h := range slices.Backward(res.GetHeaders("Record-Route")) {
		d.RouteSet = append(d.RouteSet, h.Value())
	}
	return d
}

// acknowledge sends the ACK of the 2xx, which is a transaction of its own; again, when the 2xx comes again.
func (l *leg) acknowledge() {
	if err := l.out.write(l.base, l.ack, l.state.Flow); err != nil {
		l.log.Info("ACK not sent", "err", err)
	}
}

// acceptedAgain handles the 2xx that come after the first final response, on any goroutine: that one again, whose ACK was
// lost, or those of other telephones, on which a proxy has let the call ring as well (RFC 3261 §13.2.2.4). before is the
// state without a dialog. Once the leg is over they are answered without it.
func (l *leg) acceptedAgain(before State) func(*sipmsg.Response) {
	ua := l.dialing.ua
	return func(res *sipmsg.Response) {
		err := l.inbox.put(item{run: func() {
			if l.ack != nil && tagOf(res.To()) == l.state.Dialog.RemoteTag {
				l.acknowledge()
				return
			}
			l.disown(res, reasonHeader("Q.850", 26, "another telephone was faster"))
		}})
		if err == nil {
			return
		}
		ack, bye, err := before.ending(res, reasonHeader("Q.850", 16, "the call is over"))
		if err != nil {
			return
		}
		if err := errors.Join(ua.write(ua.ctx, ack, before.Flow), ua.write(ua.ctx, bye, before.Flow)); err != nil {
			ua.log.Debug("late 2xx not ended", "err", err)
		}
	}
}

// disown ends the dialog of a 2xx that we have no use for, with ACK and BYE.
func (l *leg) disown(res *sipmsg.Response, reason string) {
	ack, bye, err := l.state.ending(res, reason)
	if err != nil {
		l.log.Info("unwanted answer not ended", "err", err)
		return
	}
	if err := l.ua.write(l.base, ack, l.state.Flow); err != nil {
		l.log.Info("ACK not sent", "err", err)
	}
	ctx, cancel := context.WithTimeout(l.base, byeWait)
	flow := l.state.Flow
	l.requests.Go(func() { // finish waits for it
		defer cancel()
		if _, err := l.sendAuthorized(ctx, bye, flow); err != nil {
			l.log.Info("BYE not answered", "err", err)
		}
	})
}

// ending are the ACK and the BYE of a dialog that a 2xx has made.
func (s State) ending(res *sipmsg.Response, reason string) (ack, bye *sipmsg.Request, err error) {
	s.Dialog = s.Dialog.confirmedBy(res)
	if ack, err = s.acknowledging(res.CSeq().SeqNo); err != nil {
		return nil, nil, err
	}
	s.Dialog.LocalSeq++
	if bye, err = s.newRequest(sipmsg.BYE); err != nil {
		return nil, nil, err
	}
	bye.AppendHeader(sipmsg.NewHeader("Reason", reason))
	return ack, bye, nil
}

// acknowledging is the ACK of a 2xx to the INVITE with that CSeq.
func (s State) acknowledging(seq uint32) (*sipmsg.Request, error) {
	s.Dialog.LocalSeq = seq
	return s.newRequest(sipmsg.ACK)
}

// write sends a request that has no transaction: the ACK of a 2xx.
func (u *UA) write(ctx context.Context, req *sipmsg.Request, f Flow) error {
	if err := u.prepare(ctx, req, f); err != nil {
		return err
	}
	if err := u.stack.TransportLayer().WriteMsg(req); err != nil {
		return fmt.Errorf("sip: send %s: %w", req.Method, err)
	}
	return nil
}
