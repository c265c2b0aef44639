package guard

import (
	"bytes"
	"net/netip"
	"time"
)

// Traced is a message on its way, for [Options.Trace]. The slices are good until that returns.
type Traced struct {
	At     time.Time
	Out    bool
	Stream bool // over a connection
	Secure bool // with TLS
	Remote netip.AddrPort
	CallID []byte
	Begins bool // it asks for a call: an INVITE outside of any dialog
	Data   []byte
}

// traceIn shows a message that came, and what the guard itself answers.
func (g *Guard) traceIn(in *inbound, m *message) {
	if g.opt.Trace == nil || len(in.out) == 0 && len(in.reply) == 0 {
		return
	}
	t := Traced{At: time.Now(), Stream: in.stream, Secure: in.secure, Remote: in.peer, CallID: m.value(fieldCallID), Begins: m.begins(), Data: in.data}
	g.opt.Trace(t)
	if len(in.reply) > 0 {
		t.Out, t.Begins, t.Remote, t.Data = true, false, in.to, in.reply
		g.opt.Trace(t)
	}
}

// traceOut shows what is sent; callID and begins are of the message as the stack wrote it.
func (g *Guard) traceOut(o *outbound, m *message, stream bool) {
	if g.opt.Trace != nil && !o.skip {
		g.opt.Trace(Traced{At: time.Now(), Out: true, Stream: stream, Secure: o.secure, Remote: o.to, CallID: m.value(fieldCallID), Begins: m.begins(), Data: o.data})
	}
}

func (m *message) begins() bool {
	return m.request && m.is("INVITE") && !bytes.Contains(bytes.ToLower(m.value(fieldTo)), []byte(";tag="))
}
