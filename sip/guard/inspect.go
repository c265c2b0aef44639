package guard

import (
	"context"
	"hash/maphash"
	"log/slog"
	"math"
	"net/netip"
	"strconv"
)

// maxComposed is what the stack reads from a socket at a time. Lists written
// one value to a line can make a message longer than it came.
const maxComposed = 32_000

// inbound is one message on its way in. inspect fills in the last two: what
// the stack gets and what the peer gets. Both buffers are reused.
type inbound struct {
	data    []byte
	peer    netip.AddrPort
	trusted bool
	stream  bool
	secure  bool // a stream with TLS

	out   []byte
	reply []byte
	to    netip.AddrPort // where the reply goes
}

// inspect decides on one message.
func (g *Guard) inspect(in *inbound, now int64) {
	in.out, in.reply = in.out[:0], in.reply[:0]
	m := g.scratch.Get().(*message)
	defer g.scratch.Put(m)
	lim := g.opt.Limits
	ok := m.parse(in.data[:min(len(in.data), lim.Message)], lim)
	switch {
	case !ok && onlyBlank(in.data):
		g.counters.count(evKeepAlive)
	case !ok:
		g.counters.count(evNotSIP)
		g.offended(in.peer.Addr(), false, now)
	case m.request:
		if len(in.data) > lim.Message {
			m.size, m.fault = len(in.data), fault{513, "Message Too Large"}
		}
		g.request(in, m, now)
	default:
		g.response(in, m, now)
	}
	g.traceIn(in, m)
}

// onlyBlank reports a keep-alive over UDP: nothing but line ends or zeros.
func onlyBlank(data []byte) bool {
	for _, c := range data {
		if !blank(c) && c != 0 {
			return false
		}
	}
	return true
}

func (g *Guard) request(in *inbound, m *message, now int64) {
	shut := g.opt.Closed && !in.trusted
	if shut && (g.opt.Known == nil || !g.opt.Known(in.peer.Addr())) {
		g.counters.count(evStranger)
		return
	}
	switch {
	case !in.trusted && g.scans(m):
		g.counters.count(evBanned)
		g.offended(in.peer.Addr(), true, now)
	case !g.rules.request(m):
		g.counters.count(evUnanswerable)
		g.offended(in.peer.Addr(), false, now)
	case shut && m.toTag == nil: // nothing but what belongs to that call
		g.counters.count(evStranger)
	case g.acksRefusal(m):
		g.counters.count(evAckOfRefusal)
	case m.fault.bad():
		g.refuse(in, m, m.fault, now)
	case m.is("INVITE") && m.toTag == nil:
		invites := &g.strangeInvites
		if in.trusted {
			invites = &g.trustedInvites
		}
		if !invites.take(now) {
			g.counters.count(evFloodInvite)
			g.refuse(in, m, fault{503, "Service Unavailable"}, now)
			return
		}
		g.pass(in, m, now)
	case !in.trusted && !g.strangers.take(now):
		g.counters.count(evFlood)
	default:
		g.pass(in, m, now)
	}
}

// pass hands a request on, and notes that a stranger over UDP may get one
// final reply to it.
func (g *Guard) pass(in *inbound, m *message, now int64) {
	in.out = g.composeRequest(in.out, m, in.peer)
	if len(in.out) > maxComposed {
		in.out = in.out[:0]
		g.refuse(in, m, fault{513, "Message Too Large"}, now)
		return
	}
	if !in.trusted && !in.stream && !m.is("ACK") {
		var buf [64]byte
		g.begun.add(g.replyKey(in.peer.Addr(), g.appendBranch(buf[:0], m), m.method), m.size, now)
	}
	g.counters.count(evPassedRequest)
}

// refuse answers a request without keeping anything of it. A stranger over UDP
// gets at most 1.2 times the bytes he sent, since the source may be forged.
func (g *Guard) refuse(in *inbound, m *message, f fault, now int64) {
	if f.status != 503 { // which is our own affair
		g.offended(in.peer.Addr(), false, now)
	}
	if g.opt.Silent && !in.trusted {
		g.counters.count(evSuppressed)
		return
	}
	limit := math.MaxInt
	if !in.trusted && !in.stream {
		limit = amplified(m.size)
	}
	gate := &g.refusals
	if in.trusted {
		gate = &g.busies
	}
	if (!in.trusted || f.status == 503) && !gate.take(now) {
		g.counters.count(evSuppressed)
		return
	}
	in.reply = g.composeReply(in.reply, m, f, in.peer, limit)
	if len(in.reply) == 0 {
		g.counters.count(evReplyTooLong)
		return
	}
	in.to = m.via.replyTo(in.peer)
	g.counters.refused(f.status)
	if g.log.Enabled(context.Background(), slog.LevelDebug) {
		g.log.Debug("request refused", "remote", in.peer, "method", string(m.method), "status", f.status, "reason", f.phrase)
	}
}

// amplified is the most bytes a stranger gets for a datagram of size bytes.
func amplified(size int) int { return size * 6 / 5 }

func (g *Guard) response(in *inbound, m *message, now int64) {
	if len(in.data) > g.opt.Limits.Message || !g.rules.response(m) {
		g.counters.count(evBadResponse)
		return
	}
	if !in.trusted && !g.asked.known(g.askedKey(m.via.branch), now) {
		g.counters.count(evUnaskedResponse)
		return
	}
	if in.out = composeResponse(in.out, m, in.peer); len(in.out) > maxComposed {
		in.out = in.out[:0]
		g.counters.count(evBadResponse)
		return
	}
	g.counters.count(evPassedResponse)
}

// appendBranch writes the branch under which the stack knows a request.
func (g *Guard) appendBranch(dst []byte, m *message) []byte {
	if m.via.modern() {
		return append(dst, m.via.branch...)
	}
	dst = append(dst, ancientBranch...)
	return strconv.AppendUint(dst, g.transactionHash(m), 36)
}

// replyKey identifies a transaction of a stranger.
func (g *Guard) replyKey(peer netip.Addr, branch, method []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	ip := peer.As16()
	h.Write(ip[:])
	h.Write(method)
	h.WriteByte(' ')
	h.Write(branch)
	return h.Sum64()
}

// askedKey identifies a transaction of our own.
func (g *Guard) askedKey(branch []byte) uint64 {
	return maphash.Bytes(g.seed, branch)
}
