package phone

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/emiago/sipgo/sip"

	"partyline/mixer/media"
)

// Incoming is a call that comes to a telephone of the set, and is not answered yet.
type Incoming struct {
	Number    string // user part of the request URI
	From      string // user part of From
	Header    func(name string) string
	Cancelled <-chan struct{} // closed when the far end takes the call back

	set *Set
	req *sip.Request
	tx  sip.ServerTransaction
	tag string

	settled chan struct{} // closed when the final answer has been sent
	once    sync.Once
}

// OnCall says what is to be done with calls that come; nil, as at first: they are refused. It runs on a goroutine of its
// own for each call, and may hand it on to others, who answer or refuse it.
func (s *Set) OnCall(f func(*Incoming)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall = f
}

// newOrInDialog tells a new call from an offer within one.
func (s *Set) newOrInDialog(req *sip.Request, tx sip.ServerTransaction) {
	s.mu.Lock()
	f := s.onCall
	s.mu.Unlock()
	to, from := req.To(), req.From()
	if f == nil || to == nil || from == nil || to.Params.Has("tag") {
		s.inDialog((*Call).onInvite)(req, tx)
		return
	}
	cancelled := make(chan struct{})
	if !tx.OnCancel(func(*sip.Request) { close(cancelled) }) {
		return
	}
	i := &Incoming{
		settled: make(chan struct{}),
		Number:  req.Recipient.User, From: from.Address.User, Cancelled: cancelled, set: s, req: req, tx: tx, tag: sip.GenerateTagN(12),
		Header: func(name string) string {
			if h := req.GetHeader(name); h != nil {
				return h.Value()
			}
			return ""
		},
	}
	f(i)
	select { // sipgo ends the transaction when this returns
	case <-i.settled:
	case <-cancelled:
	case <-tx.Done():
	}
}

func (i *Incoming) settle() { i.once.Do(func() { close(i.settled) }) }

// Ring sends 180.
func (i *Incoming) Ring() { i.respond(sip.StatusRinging, "Ringing") }

// Refuse sends a final answer other than 2xx.
func (i *Incoming) Refuse(code int, phrase string) {
	i.respond(code, phrase)
	i.settle()
}

func (i *Incoming) respond(code int, phrase string) {
	i.set.reply(i.req, i.tx).send(i.tagged(sip.NewResponseFromRequest(i.req, code, phrase, nil)))
}

// tagged puts our tag into a response.
func (i *Incoming) tagged(res *sip.Response) *sip.Response {
	if to := res.To(); to != nil {
		to.Params.Add("tag", i.tag)
	}
	return res
}

// Answer takes the call.
func (i *Incoming) Answer(o Options) (*Call, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	theirs, err := parseSDP(i.req.Body())
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	sock, err := OpenSocket(i.set.local)
	if err != nil {
		return nil, err
	}
	c := &Call{set: i.set, dialog: i.dialog(), options: o, done: make(chan struct{}), session: uint64(rand.Uint32()), wants: media.SendRecv}
	c.stream = newStream(sock, o)
	if err := i.set.put(c); err != nil {
		return nil, errors.Join(err, sock.Close())
	}
	mine, err := c.answer(&theirs)
	if err != nil {
		c.end(End{Reason: err.Error()})
		return nil, fmt.Errorf("answer: %w", err)
	}
	if err := c.use(theirs, mine.direction); err != nil {
		c.end(End{Reason: err.Error()})
		return nil, fmt.Errorf("answer: %w", err)
	}
	res := i.tagged(sip.NewResponseFromRequest(i.req, sip.StatusOK, "OK", nil))
	res.AppendHeader(&sip.ContactHeader{Address: c.dialog.contact})
	c.setSDP(res, mine)
	i.set.pacer.add(c.stream)
	i.set.reply(i.req, i.tx).send(res)
	i.settle()
	return c, nil
}

// dialog is what RFC 3261 §12.1.1 keeps of a call, seen from who is called.
func (i *Incoming) dialog() *dialog {
	network := i.req.Transport()
	d := &dialog{
		callID: i.req.CallID().Value(), localTag: i.tag, network: network, contact: i.set.contact(i.Number, network), userAgent: i.set.userAgent,
		remoteCSeq: i.req.CSeq().SeqNo,
	}
	to, from := i.req.To(), i.req.From()
	d.from = &sip.FromHeader{Address: to.Address, Params: sip.NewParams()}
	d.from.Params.Add("tag", i.tag)
	d.to = &sip.ToHeader{Address: from.Address, Params: from.Params.Clone()}
	d.remoteTag, _ = from.Params.Get("tag")
	d.retargetLocked(i.req.Contact())
	return d
}
