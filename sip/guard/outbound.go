package guard

import (
	"bytes"
	"fmt"
	"math"
	"net/netip"
	"strconv"
)

// ownLimits bound what the stack writes; they are there for the parser only.
var ownLimits = Limits{StartLine: math.MaxInt, HeaderField: math.MaxInt, Headers: maxFields}

// outbound is one message on its way out, as the stack wrote it.
type outbound struct {
	data []byte
	to   netip.AddrPort
	skip bool // not to be sent

	secure bool // over TLS
}

// release prepares what the stack wrote for the network. Requests are noted so
// that their answers may come in. Replies go where the guard's stamp in the top
// Via says. buf is space for a message that has to be written anew.
func (g *Guard) release(o *outbound, buf []byte, stream bool, now int64) error {
	m := g.scratch.Get().(*message)
	defer g.scratch.Put(m)
	fake := discard.Contains(o.to.Addr())
	if !m.parse(o.data, ownLimits) || m.fault.bad() || !m.readVia() {
		if fake {
			return fmt.Errorf("guard: no way back for %d bytes", len(o.data))
		}
		return nil
	}
	if m.request {
		if fake {
			return fmt.Errorf("guard: %s to a made-up address; use %s", m.method, PeerHeader)
		}
		g.asked.add(g.askedKey(m.via.branch), len(o.data), now)
		g.traceOut(o, m, stream)
		return nil
	}
	if fake {
		if !m.via.received.IsValid() {
			return fmt.Errorf("guard: %d without received in its Via", m.status)
		}
		port := m.via.sentPort()
		if m.via.rport && m.via.source != 0 {
			port = m.via.source
		}
		o.to = netip.AddrPortFrom(m.via.received, port)
	}
	g.reply(o, m, buf, stream, now)
	g.answered(o, m, now)
	g.traceOut(o, m, stream)
	return nil
}

// answered judges a stranger by what the stack answers him.
func (g *Guard) answered(o *outbound, m *message, now int64) {
	if o.skip || !offending(m.status) || g.trusted(o.to.Addr()) {
		return
	}
	g.offended(o.to.Addr(), false, now)
	if g.opt.Silent && m.status != 401 && m.status != 407 {
		g.counters.count(evSuppressed)
		o.skip = true
	}
}

// reply bounds what a stranger over UDP gets: one final reply for each request
// of his, no longer than 1.2 times that request. Only the 2xx to an INVITE is
// left alone, which has its own repetition (RFC 3261 §13.3.1.4).
func (g *Guard) reply(o *outbound, m *message, buf []byte, stream bool, now int64) {
	limit := math.MaxInt
	method, ok := m.readCSeq()
	call := bytes.Equal(method, []byte("INVITE")) && m.status < 300
	if m.status >= 200 && !call && !stream && ok && !g.trusted(o.to.Addr()) {
		size, ok := g.begun.spend(g.replyKey(o.to.Addr(), m.via.branch, method), now)
		if !ok {
			g.counters.count(evReplyRepeated)
			o.skip = true
			return
		}
		limit = amplified(size)
	}
	ancient := bytes.HasPrefix(m.via.branch, []byte(ancientBranch))
	if !ancient && len(o.data) <= limit {
		return
	}
	o.data = recompose(buf[:0], m, limit)
	if len(o.data) == 0 {
		g.counters.count(evReplyTooLong)
		o.skip = true
	} else if !ancient {
		g.counters.count(evReplyTrimmed)
	}
}

// recompose writes a reply anew with the branch its request came with, leaving
// out what does not fit into limit bytes: first the body, then the fields that
// a reply can do without. It returns nil when that is not enough.
func recompose(dst []byte, m *message, limit int) []byte {
	dst = append(dst, "SIP/2.0 "...)
	dst = strconv.AppendInt(dst, int64(m.status), 10)
	dst = append(dst, ' ')
	dst = append(dst, m.phrase...)
	dst = append(dst, "\r\n"...)
	top := true
	for i := range m.fields {
		f := &m.fields[i]
		switch {
		case f.id == fieldVia && top:
			top = false
			dst = append(dst, "Via: "...)
			dst = appendOriginalVia(dst, &m.via)
			dst = append(dst, "\r\n"...)
		case needed(f):
			dst = appendLine(dst, f)
		}
	}
	const empty = "Content-Length: 0\r\n\r\n"
	room := limit - len(dst) - len(empty)
	if room < 0 {
		return nil
	}
	body := len(m.body)
	const digits = 5 // that the length of a body can have more than that of none
	if body > 0 && body+digits > room {
		body = 0
	} else if body > 0 {
		room -= body + digits
	}
	for i := range m.fields {
		f := &m.fields[i]
		cost := len(f.name) + len(f.value) + 4
		if needed(f) || f.id == fieldVia || f.id == fieldContentLength || cost > room || body == 0 && f.id == fieldContentType {
			continue
		}
		dst = appendLine(dst, f)
		room -= cost
	}
	dst = append(dst, "Content-Length: "...)
	dst = strconv.AppendInt(dst, int64(body), 10)
	dst = append(dst, "\r\n\r\n"...)
	return append(dst, m.body[:body]...)
}

func appendLine(dst []byte, f *field) []byte {
	dst = append(dst, f.name...)
	dst = append(dst, ": "...)
	dst = append(dst, f.value...)
	return append(dst, "\r\n"...)
}

// needed reports whether a reply means something else without the field.
func needed(f *field) bool {
	switch f.id {
	case fieldVia, fieldFrom, fieldTo, fieldCallID, fieldCSeq, fieldContact, fieldRecordRoute, fieldRequire:
		return true
	default:
		return equalFold(f.name, "www-authenticate") || equalFold(f.name, "proxy-authenticate") ||
			equalFold(f.name, "session-expires") || equalFold(f.name, "min-se")
	}
}

// appendOriginalVia writes the top Via with the branch its sender gave it.
func appendOriginalVia(dst []byte, v *via) []byte {
	dst = v.appendHop(dst)
	if !bytes.HasPrefix(v.branch, []byte(ancientBranch)) {
		return appendParams(dst, v.params)
	}
	dst = appendParams(dst, v.params, "branch", ownBranch)
	for rest := v.params; len(rest) > 0; {
		name, value, after, ok := nextParam(rest)
		if !ok {
			break
		}
		if equalFold(name, ownBranch) && len(value) > 0 {
			dst = append(dst, ";branch="...)
			dst = append(dst, value...)
		}
		rest = after
	}
	return dst
}
