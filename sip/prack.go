package sip

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
)

// relTag is the option tag of reliable provisional responses (RFC 3262).
const relTag = "100rel"

// ringing is a 180 of ours that waits for its PRACK, and the INVITE to answer then.
type ringing struct {
	in    *incoming
	res   *sipmsg.Response
	rseq  uint32
	retry backoff
	timer *time.Timer
	last  bool // when the timer fires it is over
}

// resend fires when the 180 is to be repeated or given up; never, while none waits.
func (r *ringing) resend() <-chan time.Time {
	if r == nil {
		return nil
	}
	return r.timer.C
}

// requires says whether a message requires an extension.
func requires(m fieldLister, tag string) bool {
	return slices.ContainsFunc(list(m, "Require", ""), func(s string) bool { return strings.EqualFold(s, tag) })
}

// rings says whether an INVITE is to hear first that it rings, reliably: whoever requires that waits for it. Without an offer
// in the INVITE the 180 would have to bring ours (RFC 3262 §5): then the answer comes at once, which is as good.
func rings(invite *sipmsg.Request) bool {
	return requires(invite, relTag) && len(description(invite)) > 0
}

// ring sends the 180 (RFC 3262 §3). The INVITE is answered when its PRACK has come.
func (l *leg) ring(in *incoming) {
	r := &ringing{in: in, rseq: 1 + rand.Uint32N(1<<31-1), retry: newBackoff(l.opt.T1, 64*l.opt.T1)}
	r.res = newReply(in.req, 180, "Ringing", l.dialog.localTag)
	for _, h := range []sipmsg.Header{
		sipmsg.NewHeader("Contact", l.state.Dialog.Contact), sipmsg.NewHeader("Allow", allow),
		sipmsg.NewHeader("Require", relTag), sipmsg.NewHeader("RSeq", strconv.FormatUint(uint64(r.rseq), 10)),
	} {
		r.res.AppendHeader(h)
	}
	if err := l.accept(in, r.res); err != nil {
		l.end(endOf(err))
		return
	}
	var wait time.Duration
	wait, r.last = r.retry.wait()
	r.timer = time.NewTimer(wait)
	l.ringing = r
}

// onRingAgain repeats the 180, or gives the call up because no PRACK came.
func (l *leg) onRingAgain() {
	r := l.ringing
	if r.last {
		l.end(endNoPrack)
		return
	}
	l.count.retransmits.Add(1)
	if err := r.in.tx.Respond(r.res); err != nil {
		l.log.Debug("180 not repeated", "err", err)
	}
	var wait time.Duration
	wait, r.last = r.retry.wait()
	r.timer.Reset(wait)
}

// onPrack answers the INVITE, now that its caller knows that it rings.
func (l *leg) onPrack(in *incoming) {
	r := l.ringing
	if r == nil || !acknowledges(in.req, r.rseq, seqOf(r.in.req)) {
		l.refuse(in, noDialog.because("no such provisional response"))
		return
	}
	if len(description(in.req)) > 0 {
		l.refuse(in, notHere.because("the offer before has not been answered"))
		return
	}
	l.ringing = nil
	r.timer.Stop()
	l.reply(in, newReply(in.req, 200, "OK", l.dialog.localTag))
	l.answerNow(r.in)
}

// acknowledges reads RAck (RFC 3262 §7.2): the RSeq, and the CSeq of the INVITE.
func acknowledges(req fieldLister, rseq, seq uint32) bool {
	h := req.GetHeaders("RAck")
	if len(h) != 1 {
		return false
	}
	f := strings.Fields(h[0].Value())
	if len(f) != 3 || f[2] != string(sipmsg.INVITE) {
		return false
	}
	n, err := strconv.ParseUint(f[0], 10, 32)
	m, err2 := strconv.ParseUint(f[1], 10, 32)
	return err == nil && err2 == nil && uint32(n) == rseq && uint32(m) == seq
}

// refuseRinging ends an INVITE that has heard a 180 and no more. False: there is none; else there is no dialog to end by a BYE
// (RFC 3261 §15), nor one to take up elsewhere.
func (l *leg) refuseRinging(e *End) bool {
	r := l.ringing
	if r == nil {
		return false
	}
	l.ringing = nil
	r.timer.Stop()
	why := unavailable
	switch e.Kind {
	case Cancelled: // sipgo has answered 487
		r.in.settle()
		return true
	case FarEnd:
		why = terminated
	case NoAck:
		why = timedOut
	case Shutdown, Closed, Suspended:
		why = overloaded
	case HungUp, NoAnswer, Unanswered, Silence, Expired, Failed:
	}
	l.refuse(r.in, why.because("%s", e.Text))
	return true
}
