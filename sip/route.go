package sip

import (
	"net/netip"
	"slices"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/guard"
)

// known are methods that exist and are not implemented: they get 405, others 501 (RFC 3261 §8.2.1, §21.5.2).
var known = []sipmsg.RequestMethod{
	sipmsg.REGISTER, sipmsg.SUBSCRIBE, sipmsg.NOTIFY, sipmsg.REFER, sipmsg.INFO, sipmsg.MESSAGE, sipmsg.PRACK, sipmsg.PUBLISH,
}

// route registers what becomes of each request. sipgo runs every handler on a goroutine of its own.
func (u *UA) route() {
	u.server.OnInvite(u.onInvite)
	u.server.OnAck(u.onAck)
	u.server.OnBye(u.onInDialog)
	u.server.OnUpdate(u.onInDialog)
	u.server.OnOptions(u.onOptions)
	u.server.OnCancel(u.onCancel)
	u.server.OnNoRoute(u.onOther)
}

// onInDialog hands a request to the leg it belongs to and waits until it is answered.
func (u *UA) onInDialog(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	l := u.legs.byDialog(dialogOf(req))
	if l == nil {
		u.refuse(req, tx, noDialog.because("no such call"))
		return
	}
	in := newIncoming(req, tx)
	if !l.inbox.put(item{in: in}) {
		u.refuse(req, tx, noDialog.because("the call is over"))
		return
	}
	<-in.answered
}

// onAck hands an ACK to its leg. Nothing answers an ACK, so an unknown one is dropped.
func (u *UA) onAck(req *sipmsg.Request, _ sipmsg.ServerTransaction) {
	if l := u.legs.byDialog(dialogOf(req)); l != nil {
		l.inbox.put(item{ack: req})
	}
}

// onCancel answers a CANCEL that sipgo found no transaction for (RFC 3261 §9.2). Others it answers itself, and the
// INVITE with 487; see onInvite.
func (u *UA) onCancel(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	u.refuse(req, tx, noDialog.because("nothing to cancel"))
}

// onOptions says what can be done here (RFC 3261 §11.2), or that nobody can call just now.
func (u *UA) onOptions(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	switch {
	case tagOf(req.To()) != "":
		u.onInDialog(req, tx)
	case u.legs.isClosed():
		u.refuse(req, tx, overloaded.because("the bridge shuts down"))
	default:
		u.reply(tx, capabilities(req, ""))
	}
}

// capabilities is the answer to OPTIONS.
func capabilities(req *sipmsg.Request, tag string) *sipmsg.Response {
	res := newReply(req, 200, "OK", tag)
	addHeader(res, "Allow", allow)
	addHeader(res, "Accept", mimeSDP)
	addHeader(res, "Accept-Encoding", "identity")
	addHeader(res, "Accept-Language", "en")
	return res
}

// onOther refuses a method that is not implemented. Within a dialog the leg does it, to keep count of CSeq.
func (u *UA) onOther(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	if tagOf(req.To()) != "" && u.legs.byDialog(dialogOf(req)) != nil {
		u.onInDialog(req, tx)
		return
	}
	u.refuse(req, tx, refuseMethod(req.Method))
}

func refuseMethod(m sipmsg.RequestMethod) *refusal {
	if slices.Contains(known, m) {
		return methodRefused.because("%s is not allowed here", m)
	}
	return notImplemented.because("%s is not implemented", m)
}

// dialogOf names the dialog that a request of the far end belongs to.
func dialogOf(req *sipmsg.Request) dialogID {
	id := dialogID{localTag: tagOf(req.To())}
	if h := req.CallID(); h != nil {
		id.callID = h.Value()
	}
	if h := req.From(); h != nil {
		id.remoteTag, _ = h.Params.Get("tag")
	}
	return id
}

// tagOf returns the tag of To, or "".
func tagOf(to *sipmsg.ToHeader) string {
	if to == nil {
		return ""
	}
	tag, _ := to.Params.Get("tag")
	return tag
}

// seqOf returns the number of CSeq, or 0.
func seqOf(req *sipmsg.Request) uint32 {
	if h := req.CSeq(); h != nil {
		return h.SeqNo
	}
	return 0
}

// source is where a request came from. Over UDP the guard shows sipgo a stand-in for it.
func source(req *sipmsg.Request) netip.AddrPort {
	if h := req.GetHeader(guard.PeerHeader); h != nil {
		if peer, err := guard.ParsePeer(h.Value()); err == nil {
			return unmap(peer)
		}
	}
	peer, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return unmap(peer)
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// checkSemantics is what the guard leaves to us: what a request asks of this user agent (RFC 3261 §8.2.2, §8.2.3).
func checkSemantics(req *sipmsg.Request) *refusal {
	if h := req.GetHeader("Require"); h != nil && strings.TrimSpace(h.Value()) != "" {
		return badExtension.because("extension %s is not supported", h.Value())
	}
	if len(req.Body()) == 0 {
		return nil
	}
	if h := req.GetHeader("Content-Encoding"); h != nil && !strings.EqualFold(strings.TrimSpace(h.Value()), "identity") {
		return unsupported.because("content encoding %s is not supported", h.Value())
	}
	if h := req.ContentType(); h == nil || !isSDP(h.Value()) {
		return unsupported.because("only application/sdp is understood")
	}
	return nil
}

// isSDP compares a media type without its parameters.
func isSDP(contentType string) bool {
	mime, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mime), mimeSDP)
}

// acceptsSDP says whether an INVITE lets us answer with SDP: no Accept means yes (RFC 3261 §20.1).
func acceptsSDP(req *sipmsg.Request) bool {
	headers := req.GetHeaders("Accept")
	if len(headers) == 0 {
		return true
	}
	for _, h := range headers {
		for entry := range strings.SplitSeq(h.Value(), ",") {
			mime, _, _ := strings.Cut(entry, ";")
			switch strings.ToLower(strings.TrimSpace(mime)) {
			case mimeSDP, "application/*", "*/*":
				return true
			}
		}
	}
	return false
}
