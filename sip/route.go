package sip

import (
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/guard"
)

// route registers what becomes of each request. sipgo runs every handler on a goroutine of its own. The guard has
// refused by then what is malformed, and methods, extensions, bodies and answers that are not implemented.
func (u *UA) route() {
	u.server.OnInvite(u.onInvite)
	u.server.OnAck(u.onAck)
	u.server.OnBye(u.onInDialog)
	u.server.OnUpdate(u.onInDialog)
	u.server.OnInfo(u.onInDialog)
	u.server.OnPrack(u.onInDialog)
	u.server.OnOptions(u.onOptions)
	u.server.OnCancel(u.onCancel)
}

// onInDialog hands a request to the leg it belongs to and waits until it is answered.
func (u *UA) onInDialog(req *sipmsg.Request, tx sipmsg.ServerTransaction) {
	u.traceIn(req)
	l := u.legs.byDialog(dialogOf(req))
	if l == nil {
		u.refuse(req, tx, noDialog.because("no such call"))
		return
	}
	in := newIncoming(req, tx)
	if err := l.inbox.put(item{in: in}); err != nil {
		u.refuse(req, tx, refuse(err))
		return
	}
	<-in.answered
}

// onAck hands an ACK to its leg. Nothing answers an ACK, so an unknown one is dropped.
func (u *UA) onAck(req *sipmsg.Request, _ sipmsg.ServerTransaction) {
	u.traceIn(req)
	if l := u.legs.byDialog(dialogOf(req)); l != nil {
		_ = l.inbox.put(item{ack: req}) // one too many comes again, with the next 2xx
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
	addHeader(res, "Supported", supported)
	addHeader(res, "Accept", mimeSDP)
	addHeader(res, "Accept-Encoding", "identity")
	addHeader(res, "Accept-Language", "en")
	return res
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

// message is a request or a response.
type message interface {
	Transport() string
	Source() string
	GetHeader(name string) sipmsg.Header
	ContentType() *sipmsg.ContentTypeHeader
	Body() []byte
}

// source is where a message came from. Over UDP the guard shows sipgo a stand-in for it. Over TCP and TLS it is the connection's
// end, whatever the message says: a TCP connection that we have opened has no guard.
func source(m message) netip.AddrPort {
	if h := m.GetHeader(guard.PeerHeader); h != nil && strings.EqualFold(m.Transport(), "udp") {
		if peer, err := guard.ParsePeer(h.Value()); err == nil {
			return unmap(peer)
		}
	}
	peer, err := netip.ParseAddrPort(m.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return unmap(peer)
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// description is the session description in a message, if it has one. Another body is one that may be ignored: the
// guard has refused those that may not (RFC 3261 §20.11).
func description(m message) []byte {
	if mimeOf(m) != mimeSDP {
		return nil
	}
	return m.Body()
}

// mimeOf is the type of a message's body without its parameters, in lower case, or "".
func mimeOf(m message) string {
	h := m.ContentType()
	if h == nil {
		return ""
	}
	mime, _, _ := strings.Cut(h.Value(), ";")
	kind, sub, _ := strings.Cut(mime, "/")
	return strings.ToLower(strings.TrimSpace(kind) + "/" + strings.TrimSpace(sub))
}
