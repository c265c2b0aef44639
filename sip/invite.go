package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
	"partyline/sip/sdp"
	"partyline/sip/trace"
)

// maxName bounds what is kept of a caller's number and name.
const maxName = 128

// onInvite answers a new call, or hands a re-INVITE to its leg.
func (u *UA) onInvite(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if tagOf(req.To()) != "" {
		u.onInDialog(req, tx)
		return
	}
	u.count.invites.Add(1)
	if err := u.newCall(req, tx); err != nil {
		r := refuse(err)
		level := slog.LevelInfo
		if r.retry { // there may be many of these: the counter says how many
			level = slog.LevelDebug
		}
		u.refused.Log(u.ctx, level, "call refused", "status", r.status, "err", err, "remote", source(req))
		u.refuse(req, tx, r)
	}
}

// newCall sets a call up and starts its leg. An error is still to be answered.
func (u *UA) newCall(req *sipmsg.Request, tx sipmsg.ServerTransaction) error {
	if err := checkInvite(req); err != nil {
		return err
	}
	if err := u.checkReplaces(req); err != nil {
		return err
	}
	timer, err := readSession(req)
	if err == nil {
		err = u.opt.sessionRules().check(timer)
	}
	if err != nil {
		return err
	}
	state, err := u.newState(req, tx)
	if err != nil {
		return err
	}
	if err := state.SDP.Policy.Possible(); err != nil {
		return err
	}
	if offer := description(req); len(offer) > 0 {
		if err := state.SDP.Check(offer, state.Flow.SentBy.Addr()); err != nil {
			return err
		}
	}
	l, in := u.newLeg(state), newIncoming(req, tx)
	l.invite = in
	if err := u.legs.add(l); err != nil {
		return err
	}
	u.traces.Begin(l.dialog.callID, string(l.id))
	if !tx.OnCancel(func(*sipmsg.Request) { l.end(endCancelled) }) {
		l.end(endCancelled)
	}
	if err := u.connect(l, &state); err != nil {
		l.forget()
		return err
	}
	if l.life.Err() != nil {
		return l.abandon(causeOf(l.life))
	}
	go l.Run(l.life, state) // UA.Serve waits for it, by way of the table
	<-in.answered
	return nil
}

// connect finds somebody to talk to the caller and reserves the media.
func (u *UA) connect(l *leg, s *State) error {
	caller, err := u.opt.Admitter.Admit(s.Call, l)
	if err != nil {
		return fmt.Errorf("sip: admit: %w", err)
	}
	l.caller = caller
	if l.life.Err() != nil {
		return nil
	}
	l.media, err = u.opt.Media.Open(l.id, s.Flow.Local.Addr())
	if err != nil {
		caller.Gone("no media")
		return fmt.Errorf("sip: open media: %w", err)
	}
	return nil
}

// abandon ends a call that is over before it was answered. An error is still to be answered.
func (l *leg) abandon(e *End) error {
	if l.media != nil {
		l.media.Close()
	}
	l.caller.Gone(e.Text)
	l.ended(e)
	l.forget()
	switch e.Kind {
	case Cancelled: // sipgo has answered 487
		return nil
	case Shutdown, Closed:
		return overloaded.because("%s", e.Text)
	case FarEnd, HungUp, NoAck, NoAnswer, Unanswered, Silence, Expired, Failed, Suspended:
	}
	return unavailable.because("%s", e.Text)
}

// checkInvite refuses what no leg could be made of.
func checkInvite(req *sipmsg.Request) error {
	secure := strings.EqualFold(req.Transport(), "tls")
	switch {
	case req.Recipient.Scheme != "sip" && (!secure || req.Recipient.Scheme != "sips"):
		return badScheme.because("URI scheme %s is not supported", req.Recipient.Scheme)
	case req.CallID() == nil || req.From() == nil || req.To() == nil || req.CSeq() == nil:
		return badRequest.because("a mandatory header is missing")
	case !reachable(req.Contact(), req.Transport()):
		return badRequest.because("no usable Contact")
	}
	return nil
}

// newState is the state of a call that has just come in (RFC 3261 §12.1.1).
func (u *UA) newState(req *sipmsg.Request, tx sipmsg.ServerTransaction) (State, error) {
	flow, trunk, err := u.newFlow(req, tx)
	if err != nil {
		return State{}, err
	}
	remoteTag, _ := req.From().Params.Get("tag")
	id := control.NewID[control.LegID]("leg_")
	s := State{
		Leg:   id,
		Since: time.Now(),
		Flow:  flow,
		SDP:   u.newSession(flow, ""),
		Call: control.Call{
			Leg:      id,
			From:     plainName(req.From().Address.User),
			FromName: plainName(unquote(req.From().DisplayName)),
			To:       plainName(req.Recipient.User),
			Source:   flow.Source,
			Trunk:    trunk,
			Trusted:  trunk != "" || flow.Source.Addr().IsLoopback() || u.opt.Trust != nil && u.opt.Trust(flow.Source.Addr()),
			CallID:   req.CallID().Value(),
		},
		Dialog: Dialog{
			CallID:    req.CallID().Value(),
			LocalTag:  sipmsg.GenerateTagN(16),
			RemoteTag: remoteTag,
			LocalURI:  req.To().Address.String(),
			RemoteURI: req.From().Address.String(),
			RemoteSeq: seqOf(req),
			Target:    req.Contact().Address.String(),
			Contact:   u.contact(flow, asksSIPS(req)),
		},
	}
	for _, h := range req.GetHeaders("Record-Route") {
		s.Dialog.RouteSet = append(s.Dialog.RouteSet, h.Value())
	}
	return s, nil
}

// newFlow says by which of our sockets a request came, how we look from there, and the trunk whose certificate was shown there.
func (u *UA) newFlow(req *sipmsg.Request, tx sipmsg.ServerTransaction) (f Flow, trunk string, err error) {
	on, ok := tx.(interface{ Connection() sipmsg.Connection })
	if !ok {
		return Flow{}, "", internal.because("the transaction has no connection")
	}
	listener := on.Connection().LocalAddr()
	f = Flow{Network: strings.ToLower(req.Transport()), Listener: listener.String(), Source: source(req)}
	f.Local = localAddr(listener, f.Source)
	f.SentBy = u.sentBy(f)
	if !f.Source.IsValid() || !f.Local.IsValid() {
		return Flow{}, "", internal.because("no address")
	}
	return f, trunkOf(on.Connection()), nil
}

// contact is our Contact: the address where requests within the dialog reach us, as a SIPS URI if that is asked for.
func (u *UA) contact(f Flow, sips bool) string {
	host := f.SentBy.String()
	if u.opt.Domain != "" {
		host = fmt.Sprintf("%s:%d", u.opt.Domain, f.SentBy.Port())
	}
	if sips && f.Network == "tls" {
		return "<sips:" + host + ">"
	}
	uri := "<sip:" + host
	if f.Network != "udp" {
		uri += ";transport=" + f.Network
	}
	return uri + ">"
}

// newLeg makes a leg that does not run yet.
func (u *UA) newLeg(s State) *leg {
	l := &leg{
		id:      s.Leg,
		dialog:  dialogID{s.Dialog.CallID, s.Dialog.LocalTag, s.Dialog.RemoteTag},
		request: requestID{s.Dialog.CallID, s.Dialog.RemoteTag, s.Dialog.RemoteSeq},
		opt:     &u.opt,
		log:     u.log.With("leg", s.Leg, "call_id", plainText(s.Dialog.CallID, maxName)),
		count:   &u.count,
		out:     u,
		ua:      u,
		inbox:   newInbox(),
		base:    u.ctx,
		done:    make(chan struct{}),
		state:   s,
	}
	if s.Flow.Source.IsValid() {
		l.log = l.log.With("remote", s.Flow.Source)
	}
	l.forget = func() {
		u.legs.remove(l)
		u.traces.End(trace.Leg{ID: string(l.id), Ended: time.Now(), Reason: "never began"})
		l.cancel(endClosed) // the context goes with the leg, even if it never ran
	}
	l.life, l.cancel = context.WithCancelCause(u.ctx)
	return l
}

// answer answers the INVITE, after a 180 if that is required.
func (l *leg) answer(in *incoming) {
	if rings(in.req) {
		l.ring(in)
	} else {
		l.answerNow(in)
	}
}

// answerNow answers the INVITE: with an answer to its offer, or with an offer if it has none.
func (l *leg) answerNow(in *incoming) {
	session, body, offered, err := l.negotiate(in.req, l.localMedia())
	if err != nil {
		l.refuse(in, refuse(err))
		l.end(&End{Kind: Failed, Text: "no agreement on media"})
		return
	}
	timer, err := l.session(in.req)
	if err != nil {
		l.refuse(in, refuse(err)) // newCall has looked at it before
		l.end(&End{Kind: Failed, Text: "no agreement on the session timer"})
		return
	}
	l.acceptSession(timer)
	res := l.newOK(in.req, body)
	if err := l.accept(in, res); err != nil {
		l.end(endOf(err))
		return
	}
	l.state.SDP = session
	l.awaitAck(in, res, seqOf(in.req), offered)
	if !offered {
		l.apply(session)
	}
}

// negotiate answers the offer in a request, or makes one.
func (l *leg) negotiate(req *sipmsg.Request, local netip.AddrPort) (s sdp.Session, body []byte, offered bool, err error) {
	if offer := description(req); len(offer) > 0 {
		s, body, err = l.state.SDP.Answer(offer, local)
		return s, body, false, err
	}
	s, body = l.state.SDP.Offer(local)
	return s, body, true, nil
}

// newOK is a 200 to a request that makes or renews the dialog.
func (l *leg) newOK(req *sipmsg.Request, body []byte) *sipmsg.Response {
	res := newReply(req, 200, "OK", l.dialog.localTag)
	addHeader(res, "Contact", l.state.Dialog.Contact)
	addHeader(res, "Allow", allow)
	for _, h := range l.state.Session.answer() {
		res.AppendHeader(h)
	}
	if body != nil {
		withSDP(res, body)
	}
	return res
}

// plainName makes what a caller says of himself fit to be kept and shown.
func plainName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	runes := []rune(strings.TrimSpace(s))
	return string(runes[:min(len(runes), maxName)])
}

// unquote takes the backslashes out of a quoted string (RFC 3261 §25.1).
func unquote(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}
