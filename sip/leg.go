package sip

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
	"partyline/mixer/dtmf"
	"partyline/mixer/media"
	"partyline/sip/sdp"
)

// leg is one call. Run is its goroutine; everything else posts to its inbox or ends it.
type leg struct {
	// immutable
	id      control.LegID
	dialog  dialogID
	request requestID
	opt     *Options
	log     *slog.Logger
	count   *counters
	out     sender
	ua      *UA
	inbox   *inbox
	base    context.Context // of the user agent: outlives the call for the sake of its BYE
	life    context.Context // of the call: its cause is the *End
	cancel  context.CancelCauseFunc
	forget  func()     // takes the leg out of the table
	peer    netip.Addr // whom we call; guarded by the table
	info    atomic.Pointer[LegInfo]
	done    chan struct{} // closed when Run has returned; then final is set

	departing atomic.Bool // see depart.go

	// set before Run, then owned by the leg's goroutine
	caller   control.Caller
	media    MediaLeg
	invite   *incoming // the INVITE to answer; nil: answered by another process, or
	dialing  *dialing  // the call that we make
	started  bool      // the media runs
	announce bool      // resumed with a conversation that begins anew

	// owned by the leg's goroutine
	state    State
	final    State
	order    sequencer
	ringing  *ringing        // our 180 whose PRACK has not come
	accepted *accepted       // our 2xx whose ACK has not come
	ack      *sipmsg.Request // ours, of the 2xx that has answered our INVITE; nil: we were called, or are still calling
	keys     keypad
	refresh  *refreshing // of the session; nil: none is under way
	silent   bool        // no RTP; see probe.go
	probing  bool
	timers   legTimers
	requests sync.WaitGroup // requests of our own that are under way

	refreshNotBefore time.Time // after a refresh that came to nothing
	events           [16]media.Event
}

// legTimers are stopped unless there is something to wait for.
type legTimers struct {
	reorder, probe, limit, session *time.Timer
}

// sender sends a request within a dialog and waits for its final response.
type sender interface {
	send(ctx context.Context, req *sipmsg.Request, f Flow) (*sipmsg.Response, error)
	// invite is send for a re-INVITE. again is called, on any goroutine, when its 2xx comes once more.
	invite(ctx context.Context, req *sipmsg.Request, f Flow, again func()) (*sipmsg.Response, error)
	// write sends a request that has no transaction: the ACK of a 2xx.
	write(ctx context.Context, req *sipmsg.Request, f Flow) error
}

// Post runs f on the leg's goroutine; see [control.Line]. Nothing runs once the leg is over.
func (l *leg) Post(f func()) {
	_ = l.inbox.put(item{run: f})
}

// HangUp ends the call; see [control.Line].
func (l *leg) HangUp(reason string) {
	if l.departing.Load() {
		l.end(endShutdown)
		return
	}
	l.end(&End{Kind: HungUp, Text: plainText(reason, maxReasonText)})
}

// end ends the leg for the reason given; the first reason counts.
func (l *leg) end(e *End) {
	l.cancel(e)
}

// Run is the life of a call, from the answer to its INVITE, or from where another process has left it, to its end.
func (l *leg) Run(ctx context.Context, s State) {
	defer close(l.done)
	l.state = s
	l.order.last = s.Dialog.RemoteSeq
	l.timers = legTimers{reorder: stoppedTimer(), probe: stoppedTimer(), limit: stoppedTimer(), session: stoppedTimer()}
	defer l.timers.stop()
	l.publish() // the far end may know of the call before we go on
	switch {
	case l.invite != nil:
		in := l.invite
		l.invite = nil // the message is not kept for as long as the call lasts
		l.answer(in)
	case l.dialing != nil:
		if u := l.dial(ctx); u != nil {
			l.finishUnanswered(u)
			return
		}
		l.dialing = nil
	default:
		l.takeUp()
	}
	if !l.state.Until.IsZero() {
		setTimer(l.timers.limit, max(time.Millisecond, time.Until(l.state.Until)))
	}
	l.publish()
	l.loop(ctx)
	l.finish(causeOf(ctx))
}

// causeOf is the reason for which a leg's context ended.
func causeOf(ctx context.Context) *End {
	if e, ok := errors.AsType[*End](context.Cause(ctx)); ok {
		return e
	}
	return endClosed
}

// loop handles what happens to the call until its context ends.
func (l *leg) loop(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-l.inbox.wake:
			l.readInbox(ctx)
		case <-l.media.Notify():
			l.readMedia()
		case ack := <-l.accepted.acks():
			l.onAck(ack)
		case <-l.accepted.resend():
			l.onResend()
		case <-l.ringing.resend():
			l.onRingAgain()
		case <-l.timers.reorder.C:
		case <-l.timers.probe.C:
			l.onProbeTimer()
		case <-l.timers.limit.C:
			l.end(endTooLong)
		case <-l.timers.session.C:
			l.onSessionTimer()
		}
		l.serveInOrder(ctx)
	}
}

func (l *leg) readInbox(ctx context.Context) {
	for _, it := range l.inbox.take() {
		switch {
		case it.ack != nil:
			l.onAck(it.ack)
		case it.in != nil:
			l.enqueue(it.in)
		case ctx.Err() == nil:
			it.run()
		}
	}
}

// enqueue puts a request in its place by CSeq, or refuses it for good.
func (l *leg) enqueue(in *incoming) {
	if len(l.order.held) < maxWaiting && l.order.add(in) {
		return
	}
	l.count.outOfOrder.Add(1)
	l.refuse(in, tryLater.because("a later request has been answered"))
}

// serveInOrder answers what requests are due.
func (l *leg) serveInOrder(ctx context.Context) {
	for ctx.Err() == nil {
		in, wait := l.order.next(time.Now(), l.blocked)
		if in == nil {
			setTimer(l.timers.reorder, wait)
			return
		}
		l.state.Dialog.RemoteSeq = l.order.last
		l.serve(in)
		l.publish()
	}
}

// serve answers a request with one of the methods that route hands to legs.
func (l *leg) serve(in *incoming) {
	switch in.req.Method {
	case sipmsg.INVITE:
		l.onReinvite(in)
	case sipmsg.UPDATE:
		l.onUpdate(in)
	case sipmsg.BYE:
		l.onBye(in)
	case sipmsg.INFO:
		l.onInfo(in)
	case sipmsg.PRACK:
		l.onPrack(in)
	default: // OPTIONS
		l.reply(in, capabilities(in.req, ""))
	}
}

// reply sends the final response of a transaction that needs no ACK.
func (l *leg) reply(in *incoming, res *sipmsg.Response) {
	l.ua.traceReply(in.req, res)
	if err := in.tx.Respond(res); err != nil {
		l.log.Debug("reply not sent", "status", res.StatusCode, "err", err)
	}
	in.settle()
}

func (l *leg) refuse(in *incoming, r *refusal) {
	l.count.refusedWith(r.status)
	l.log.Debug("request refused", "method", string(in.req.Method), "status", r.status, "err", r.text)
	l.reply(in, newRefusal(in.req, r, l.dialog.localTag))
}

// readMedia passes on what the media reports. Until the caller's conversation has begun it stays in the ring, for
// digits may not be lost.
func (l *leg) readMedia() {
	if !l.state.Dialog.Confirmed {
		return
	}
	for {
		n := l.media.Drain(l.events[:])
		for _, ev := range l.events[:n] {
			l.onMedia(ev)
		}
		if n < len(l.events) {
			return
		}
	}
}

func (l *leg) onMedia(ev media.Event) {
	switch ev.Kind {
	case media.Digit:
		l.key(dtmf.ByEvent, ev.Digit, 0)
	case media.ToneDigit:
		l.key(dtmf.ByTone, ev.Digit, 0)
	case media.KeyHeld:
		l.keys.fusion.Hold()
	case media.KeyUp:
		l.keys.fusion.Release(time.Now())
	case media.PlayDone:
		l.caller.Played(ev.Play)
	case media.Recorded:
		l.caller.Recorded(ev.Play, ev.Samples)
	case media.Silent:
		l.log.Info("media silent")
		l.silent = true
		l.probe()
	case media.Heard:
		l.log.Info("media heard again")
		l.silent = false
	case media.Poor:
		l.log.Warn("call sounds bad", "rating", ev.R)
	case media.Fair:
		l.log.Info("call sounds well again", "rating", ev.R)
	case media.Unheard:
		l.caller.Unheard()
	}
}

// apply puts into effect what an offer/answer has agreed on; before the ACK of the first INVITE, see confirm, it only
// notes it.
func (l *leg) apply(s sdp.Session) {
	l.state.SDP = s
	if l.started {
		l.media.Update(l.spec())
	}
	held := s.Held()
	changed := held != l.state.Held
	l.state.Held = held
	l.publish()
	if changed {
		l.tellHeld()
	}
	if l.state.Held {
		setTimer(l.timers.probe, l.opt.Probe)
	}
}

// tellHeld tells the caller's conversation, if it has begun, that the far end holds or resumes.
func (l *leg) tellHeld() {
	if l.state.Dialog.Confirmed {
		l.log.Info("hold", "held", l.state.Held)
		l.caller.Held(l.state.Held)
	}
}

// spec is what was agreed on, with what the signalling adds. A far end elsewhere cannot have its media on our loopback:
// whoever says so wants us to send to ourselves.
func (l *leg) spec() media.Spec {
	spec := l.state.SDP.Spec
	spec.Signalling = l.state.Flow.Source.Addr()
	to := spec.Remote.Addr()
	if (to.IsLoopback() || to.IsLinkLocalUnicast()) && to != spec.Signalling && !spec.Signalling.IsLoopback() {
		spec.Remote = netip.AddrPort{}
	}
	return spec
}

// publish renews what is shown of the leg.
func (l *leg) publish() {
	s := &l.state
	l.info.Store(&LegInfo{
		ID: l.id, CallID: s.Dialog.CallID, From: s.Call.From, FromName: s.Call.FromName, To: s.Call.To,
		Source: s.Flow.Source, Network: s.Flow.Network, Codec: s.SDP.Spec.Send.Codec, SRTP: s.SDP.SRTP(),
		Since: s.Since, Confirmed: s.Dialog.Confirmed, Held: s.Held, Outbound: s.Call.Out != "",
	})
}

func stoppedTimer() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// setTimer starts t anew, or stops it if there is nothing to wait for.
func setTimer(t *time.Timer, d time.Duration) {
	if d > 0 {
		t.Reset(d)
	} else {
		t.Stop()
	}
}

func (t legTimers) stop() {
	t.reorder.Stop()
	t.probe.Stop()
	t.limit.Stop()
	t.session.Stop()
}
