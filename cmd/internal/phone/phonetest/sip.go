package phonetest

import (
	"context"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

func (c *Conference) handle() {
	c.server.OnInvite(c.onInvite)
	c.server.OnAck(c.onAck)
	c.server.OnBye(c.onBye)
	c.server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) { c.respond(tx, req, sip.StatusOK, "OK") })
}

func (c *Conference) respond(tx sip.ServerTransaction, req *sip.Request, code int, phrase string) {
	if err := tx.Respond(sip.NewResponseFromRequest(req, code, phrase, nil)); err != nil {
		c.logf("conference: answer %s: %v", req.Method, err)
	}
}

func (c *Conference) onInvite(req *sip.Request, tx sip.ServerTransaction) {
	if l := c.Leg(req.CallID().Value()); l != nil {
		c.onReinvite(l, req, tx)
		return
	}
	user := req.Recipient.User
	if c.options.Refuse != nil {
		if code := c.options.Refuse(user); code != 0 {
			c.respond(tx, req, code, "Refused")
			return
		}
	}
	if c.options.Ring != nil && c.options.Ring(user) {
		c.respond(tx, req, sip.StatusRinging, "Ringing")
		return // until it is cancelled
	}
	dialog, err := c.dialogs.ReadInvite(req, tx)
	if err != nil {
		c.respond(tx, req, sip.StatusBadRequest, "Bad Request")
		return
	}
	l, err := c.newLeg(req, dialog)
	if err != nil {
		c.t.Errorf("conference: %v", err)
		return
	}
	if err := dialog.Respond(sip.StatusOK, "OK", l.sdp("sendrecv"), sip.NewHeader("Content-Type", "application/sdp")); err != nil {
		c.logf("conference: answer INVITE: %v", err)
	}
}

// onReinvite mirrors the direction of the offer.
func (c *Conference) onReinvite(l *Leg, req *sip.Request, tx sip.ServerTransaction) {
	if err := l.dialog.ReadRequest(req, tx); err != nil {
		c.respond(tx, req, sip.StatusInternalServerError, "Out of order")
		return
	}
	l.read(req.Body())
	res := sip.NewResponseFromRequest(req, sip.StatusOK, "OK", l.sdp(l.mirror()))
	res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	if err := tx.Respond(res); err != nil {
		c.logf("conference: answer re-INVITE: %v", err)
	}
}

func (c *Conference) onAck(req *sip.Request, tx sip.ServerTransaction) {
	if err := c.dialogs.ReadAck(req, tx); err != nil {
		return // of a re-INVITE
	}
	if l := c.Leg(req.CallID().Value()); l != nil && len(req.Body()) > 0 {
		l.read(req.Body())
	}
}

func (c *Conference) onBye(req *sip.Request, tx sip.ServerTransaction) {
	l := c.Leg(req.CallID().Value())
	if err := c.dialogs.ReadBye(req, tx); err != nil {
		c.respond(tx, req, sip.StatusCallTransactionDoesNotExists, "No such call")
	}
	if l != nil {
		c.drop(l)
	}
}

func (c *Conference) drop(l *Leg) {
	c.mu.Lock()
	delete(c.legs, l.callID)
	c.mu.Unlock()
	l.close()
}

// Bye hangs up on a leg, with a Reason.
func (l *Leg) Bye(ctx context.Context, reason string) error {
	req := sip.NewRequest(sip.BYE, l.dialog.InviteRequest.Contact().Address)
	req.AppendHeader(sip.NewHeader("Reason", reason))
	res, err := l.dialog.Do(ctx, req)
	l.c.drop(l)
	if err != nil {
		return err
	}
	return accepted(res)
}

// Request sends a request of any kind to the telephone, with an offer if sdp says a direction.
func (l *Leg) Request(ctx context.Context, method sip.RequestMethod, direction string) (*sip.Response, error) {
	req := sip.NewRequest(method, l.dialog.InviteRequest.Contact().Address)
	if direction != "" {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		req.SetBody(l.sdp(direction))
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	res, err := l.dialog.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	if method == sip.INVITE && res.IsSuccess() {
		return res, l.ack(req, res, direction == "")
	}
	return res, nil
}

// ack acknowledges a re-INVITE; where that had no offer, the ACK has the answer.
func (l *Leg) ack(req *sip.Request, res *sip.Response, answer bool) error {
	ack := sip.NewRequest(sip.ACK, l.dialog.InviteRequest.Contact().Address)
	ack.AppendHeader(&sip.CSeqHeader{SeqNo: req.CSeq().SeqNo, MethodName: sip.ACK})
	for _, h := range []sip.Header{req.From(), req.To(), req.CallID()} {
		ack.AppendHeader(sip.HeaderClone(h))
	}
	if answer {
		l.read(res.Body())
		ack.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		ack.SetBody(l.sdp(l.mirror()))
	}
	return l.c.client.WriteRequest(ack)
}

func accepted(res *sip.Response) error {
	if !res.IsSuccess() {
		return fmt.Errorf("refused with %d %s", res.StatusCode, res.Reason)
	}
	return nil
}
