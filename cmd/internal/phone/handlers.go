package phone

import (
	"github.com/emiago/sipgo/sip"
)

// handle says what a telephone does with the requests of the far end. sipgo
// runs each in a goroutine of its own.
func (s *Set) handle() {
	s.server.OnInvite(s.newOrInDialog)
	s.server.OnUpdate(s.inDialog((*Call).onUpdate))
	s.server.OnBye(s.inDialog((*Call).onBye))
	s.server.OnInfo(s.inDialog(func(_ *Call, r *reply) { r.status(sip.StatusOK, "OK") }))
	s.server.OnOptions(s.onOptions)
	s.server.OnAck(s.onAck)
	s.server.OnCancel(func(req *sip.Request, tx sip.ServerTransaction) {
		s.reply(req, tx).status(sip.StatusCallTransactionDoesNotExists, "No such transaction")
	})
	s.server.OnNoRoute(func(req *sip.Request, tx sip.ServerTransaction) {
		s.reply(req, tx).status(sip.StatusMethodNotAllowed, "Method Not Allowed")
	})
}

// reply is a request of the far end and the way to answer it.
type reply struct {
	set *Set
	req *sip.Request
	tx  sip.ServerTransaction
}

func (s *Set) reply(req *sip.Request, tx sip.ServerTransaction) *reply {
	return &reply{set: s, req: req, tx: tx}
}

func (r *reply) status(code int, phrase string) {
	r.send(sip.NewResponseFromRequest(r.req, code, phrase, nil))
}

func (r *reply) send(res *sip.Response) {
	res.AppendHeader(sip.NewHeader("Allow", allowed))
	if err := r.tx.Respond(res); err != nil {
		r.set.logger.Warn("answer not sent", "method", r.req.Method, "err", err)
	}
}

// inDialog finds the call that a request is about.
func (s *Set) inDialog(f func(*Call, *reply)) func(*sip.Request, sip.ServerTransaction) {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		r := s.reply(req, tx)
		c := s.find(req)
		if c == nil {
			r.status(sip.StatusCallTransactionDoesNotExists, "No such call")
			return
		}
		belongs, inOrder := c.dialog.matches(req)
		switch {
		case !belongs:
			r.status(sip.StatusCallTransactionDoesNotExists, "No such dialog")
		case !inOrder:
			r.status(sip.StatusInternalServerError, "Out of order")
		default:
			f(c, r)
		}
	}
}

func (s *Set) find(req *sip.Request) *Call {
	id := req.CallID()
	if id == nil {
		return nil
	}
	return s.byCallID(id.Value())
}

// onOptions answers everybody, but for a call that is not there any more.
func (s *Set) onOptions(req *sip.Request, tx sip.ServerTransaction) {
	if to := req.To(); to != nil && to.Params.Has("tag") && s.find(req) == nil {
		s.reply(req, tx).status(sip.StatusCallTransactionDoesNotExists, "No such call")
		return
	}
	s.reply(req, tx).status(sip.StatusOK, "OK")
}

func (c *Call) onBye(r *reply) {
	how := End{Remote: true}
	if h := r.req.GetHeader("Reason"); h != nil {
		how.Reason = h.Value()
	}
	r.status(sip.StatusOK, "OK")
	c.end(how)
}

// onInvite answers an offer of the far end, or offers where it asks for it.
func (c *Call) onInvite(r *reply) {
	if c.pending() {
		r.status(sip.StatusRequestPending, "Request Pending")
		return
	}
	c.answers.Lock()
	defer c.answers.Unlock()
	if len(r.req.Body()) == 0 {
		c.mu.Lock()
		c.offered = true
		c.mu.Unlock()
		c.accept(r, c.describe())
		return
	}
	c.onOffer(r)
}

// onUpdate answers an UPDATE (RFC 3311), which need not have an offer.
func (c *Call) onUpdate(r *reply) {
	if len(r.req.Body()) == 0 {
		r.status(sip.StatusOK, "OK")
		return
	}
	if c.pending() {
		r.status(sip.StatusRequestPending, "Request Pending")
		return
	}
	c.answers.Lock()
	defer c.answers.Unlock()
	c.onOffer(r)
}

// pending says whether an offer of ours is under way, so that the far end must wait with its own (RFC 3261 §14.2).
func (c *Call) pending() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offering
}

func (c *Call) onOffer(r *reply) {
	theirs, err := parseSDP(r.req.Body())
	var mine description
	if err == nil {
		mine, err = c.answer(&theirs)
	}
	if err != nil {
		r.status(sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	if err := c.use(theirs, mine.direction); err != nil {
		r.status(sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return
	}
	c.dialog.retarget(r.req.Contact())
	c.accept(r, mine)
}

func (c *Call) accept(r *reply, mine description) {
	res := sip.NewResponseFromRequest(r.req, sip.StatusOK, "OK", nil)
	res.AppendHeader(&sip.ContactHeader{Address: c.dialog.contact})
	c.setSDP(res, mine)
	r.send(res)
}

// onAck takes the answer where a re-INVITE of the far end had none.
func (s *Set) onAck(req *sip.Request, _ sip.ServerTransaction) {
	c := s.find(req)
	if c == nil {
		return
	}
	c.mu.Lock()
	offered := c.offered
	c.offered = false
	c.mu.Unlock()
	if !offered {
		return
	}
	theirs, err := parseSDP(req.Body())
	if err != nil {
		s.logger.Warn("no answer in ack", "call_id", c.ID(), "err", err)
		return
	}
	if err := c.use(theirs, meet(c.describe().direction, mirrored(theirs.direction))); err != nil {
		s.logger.Warn("no usable answer in ack", "call_id", c.ID(), "err", err)
	}
}
