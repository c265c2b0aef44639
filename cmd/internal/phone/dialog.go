package phone

import (
	"fmt"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// dialog is what RFC 3261 §12 keeps of a call, seen from the caller.
type dialog struct {
	callID    string
	localTag  string
	network   string // "UDP", "TCP" or "TLS"
	contact   sip.Uri
	userAgent string

	mu         sync.Mutex
	from       *sip.FromHeader
	to         *sip.ToHeader
	remoteTag  string
	cseq       uint32
	remoteCSeq uint32
	target     sip.Uri
	routes     []string // route set, in the order in which requests carry it
}

func newDialog(target sip.Uri, from string, contact sip.Uri, network, userAgent string) *dialog {
	d := &dialog{
		callID: sip.GenerateTagN(24), localTag: sip.GenerateTagN(12), network: network,
		contact: contact, userAgent: userAgent, target: target, cseq: 1,
	}
	d.from = &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: from, Host: contact.Host}, Params: sip.NewParams()}
	d.from.Params.Add("tag", d.localTag)
	d.to = &sip.ToHeader{Address: sip.Uri{Scheme: "sip", User: target.User, Host: target.Host, Port: target.Port}, Params: sip.NewParams()}
	return d
}

// request makes the next request within the dialog (RFC 3261 §12.2.1.1).
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cseq++
	return d.buildLocked(method, d.cseq)
}

// ack makes the ACK of a 2xx to the INVITE that had the given number (RFC 3261 §13.2.2.4).
func (d *dialog) ack(cseq uint32) *sip.Request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buildLocked(sip.ACK, cseq)
}

func (d *dialog) buildLocked(method sip.RequestMethod, cseq uint32) *sip.Request {
	req := sip.NewRequest(method, *d.target.Clone())
	callID, forwards := sip.CallIDHeader(d.callID), sip.MaxForwardsHeader(70)
	for _, r := range d.routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	req.AppendHeader(sip.HeaderClone(d.from))
	req.AppendHeader(sip.HeaderClone(d.to))
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	req.AppendHeader(&forwards)
	if method == sip.INVITE || method == sip.ACK {
		req.AppendHeader(&sip.ContactHeader{Address: d.contact})
	}
	if method == sip.INVITE {
		req.AppendHeader(sip.NewHeader("Allow", allowed))
	}
	req.AppendHeader(sip.NewHeader("User-Agent", d.userAgent))
	req.SetTransport(d.network)
	return req
}

// established takes what the 2xx to the first INVITE says about the dialog (RFC 3261 §12.1.2).
func (d *dialog) established(res *sip.Response) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	to := res.To()
	if to == nil {
		return fmt.Errorf("the answer has no To")
	}
	tag, ok := to.Params.Get("tag")
	if !ok {
		return fmt.Errorf("the answer has no To tag")
	}
	d.remoteTag = tag
	d.to, _ = sip.HeaderClone(to).(*sip.ToHeader)
	d.routes = nil
	for _, h := range res.GetHeaders("Record-Route") {
		d.routes = append([]string{h.Value()}, d.routes...)
	}
	d.retargetLocked(res.Contact())
	return nil
}

// retarget takes a new remote target, if there is one.
func (d *dialog) retarget(c *sip.ContactHeader) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.retargetLocked(c)
}

func (d *dialog) retargetLocked(c *sip.ContactHeader) {
	if c != nil {
		d.target = *c.Address.Clone()
	}
}

// matches says whether a request of the far end belongs to this dialog and is
// not older than the last one (RFC 3261 §12.2.2).
func (d *dialog) matches(req *sip.Request) (belongs, inOrder bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, to, cseq := req.From(), req.To(), req.CSeq()
	if from == nil || to == nil || cseq == nil {
		return false, false
	}
	local, _ := to.Params.Get("tag")
	remote, _ := from.Params.Get("tag")
	if local != d.localTag || (d.remoteTag != "" && remote != d.remoteTag) {
		return false, false
	}
	if cseq.SeqNo < d.remoteCSeq {
		return true, false
	}
	d.remoteCSeq = cseq.SeqNo
	return true, true
}
