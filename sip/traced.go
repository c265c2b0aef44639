package sip

import (
	"net/netip"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/control"
	"partyline/sip/guard"
	"partyline/sip/trace"
)

// Trace is what is kept of a leg's call, running or not.
func (u *UA) Trace(id control.LegID) (trace.Call, bool) { return u.counted(u.traces.ByLeg(string(id))) }

// TraceOf is what is kept under a Call-ID: also of a call that was refused.
func (u *UA) TraceOf(callID string) (trace.Call, bool) { return u.counted(u.traces.ByCallID(callID)) }

// counted adds what is counted of the legs that still run.
func (u *UA) counted(c trace.Call, ok bool) (trace.Call, bool) {
	for i := range c.Legs {
		if l := u.legs.byID(control.LegID(c.Legs[i].ID)); l != nil && c.Legs[i].Ended.IsZero() {
			c.Legs[i].RTP = l.counts()
		}
	}
	return c, ok
}

// counts are those of the leg's media, as far as it has any.
func (l *leg) counts() trace.Counts {
	if m, ok := l.media.(MediaCounter); ok {
		return m.Counts()
	}
	return trace.Counts{}
}

// TraceSize says how many calls are kept, in how many bytes.
func (u *UA) TraceSize() (calls, bytes int) { return u.traces.Size() }

// traceGuarded keeps what goes through the guard. Requests of ours over connections are kept by traceRequest, for not all
// connections are guarded.
func (u *UA) traceGuarded(t guard.Traced) {
	if t.Out && t.Stream && !isReply(t.Data) {
		return
	}
	network := "udp"
	switch {
	case t.Secure:
		network = "tls"
	case t.Stream:
		network = "tcp"
	}
	u.traces.Add(string(t.CallID), t.Begins, trace.Message{At: t.At, Out: t.Out, Network: network, Remote: t.Remote}, t.Data)
}

func isReply(data []byte) bool {
	return strings.HasPrefix(string(data[:min(len(data), 8)]), "SIP/2.0 ")
}

// unguarded says that a message came over a connection that we have opened, which no guard stands before.
func unguarded(m message) bool {
	return m.GetHeader(guard.PeerHeader) == nil && !strings.EqualFold(m.Transport(), "udp")
}

// wireMessage is a request or a response of sipgo.
type wireMessage interface {
	message
	sipmsg.Message
}

// traceIn keeps a message that no guard has seen.
func (u *UA) traceIn(m wireMessage) {
	if u != nil && unguarded(m) {
		u.traceStream(m, false, source(m))
	}
}

// traceReply keeps our reply to a request that no guard has seen.
func (u *UA) traceReply(req *sipmsg.Request, res *sipmsg.Response) {
	if u != nil && unguarded(req) {
		u.traceStream(res, true, source(req))
	}
}

// traceRequest keeps a request of ours that goes over a connection.
func (u *UA) traceRequest(req *sipmsg.Request) {
	to, err := netip.ParseAddrPort(req.Destination())
	if err != nil { // a name: which of its addresses it becomes is not known here
		to = netip.AddrPort{}
	}
	u.traceStream(req, true, to)
}

func (u *UA) traceStream(m sipmsg.Message, out bool, remote netip.AddrPort) {
	id := m.CallID()
	if id == nil {
		return
	}
	req, isRequest := m.(*sipmsg.Request)
	begins := isRequest && req.Method == sipmsg.INVITE && tagOf(req.To()) == ""
	u.traces.Add(id.Value(), begins, trace.Message{At: time.Now(), Out: out, Network: strings.ToLower(m.Transport()), Remote: remote}, []byte(m.String()))
}
