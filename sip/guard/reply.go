package guard

import (
	"bytes"
	"hash/maphash"
	"net/netip"
	"strconv"
)

// refusalTag begins the To tag of replies that the guard makes, so that it
// knows the ACK to one (RFC 3261 §8.2.7).
const refusalTag = "pg"

// appendTag writes the To tag of a refusal. It depends on the request alone:
// the guard keeps nothing, and a retransmission gets the same.
func (g *Guard) appendTag(dst []byte, m *message) []byte {
	dst = append(dst, refusalTag...)
	return strconv.AppendUint(dst, g.dialogHash(m), 36)
}

// dialogHash identifies what an INVITE has in common with its ACK.
func (g *Guard) dialogHash(m *message) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	g.writeString(&h, m.value(fieldCallID))
	if from, ok := parseAddress(m.value(fieldFrom)); ok {
		g.writeString(&h, from.uri)
		g.writeString(&h, from.tag())
	}
	h.WriteByte(byte(m.seq >> 24))
	h.WriteByte(byte(m.seq >> 16))
	h.WriteByte(byte(m.seq >> 8))
	h.WriteByte(byte(m.seq))
	return h.Sum64()
}

// transactionHash identifies the transaction of a request without a branch
// (RFC 3261 §17.2.3): an INVITE, its ACK and its CANCEL have the same.
func (g *Guard) transactionHash(m *message) uint64 {
	var h maphash.Hash
	h.SetSeed(g.seed)
	h.WriteString(strconv.FormatUint(g.dialogHash(m), 36))
	g.writeString(&h, m.via.transport)
	g.writeString(&h, m.via.host)
	g.writeString(&h, m.via.params)
	g.writeString(&h, m.uri)
	return h.Sum64()
}

func (g *Guard) writeString(h *maphash.Hash, s []byte) {
	h.Write(s)
	h.WriteByte(0)
}

// acksRefusal reports whether m is the ACK to a refusal made here.
func (g *Guard) acksRefusal(m *message) bool {
	if !m.is("ACK") || !bytes.HasPrefix(m.toTag, []byte(refusalTag)) {
		return false
	}
	var buf [24]byte
	return bytes.Equal(m.toTag, g.appendTag(buf[:0], m))
}

// composeReply appends a stateless reply to m that has at most limit bytes; it
// returns nil when even the shortest has more (RFC 3261 §8.2.6, §8.2.7).
func (g *Guard) composeReply(dst []byte, m *message, f fault, peer netip.AddrPort, limit int) []byte {
	begin := len(dst)
	dst = append(dst, "SIP/2.0 "...)
	dst = strconv.AppendInt(dst, int64(f.status), 10)
	dst = append(dst, ' ')
	dst = append(dst, f.phrase...)
	dst = append(dst, "\r\nVia: "...)
	dst = m.via.appendHop(dst)
	dst = appendParams(dst, m.via.params, "received", "rport")
	dst = appendStamp(dst, &m.via, peer)
	dst = append(dst, "\r\n"...)
	dst = appendOtherVias(dst, m)
	for _, id := range []fieldID{fieldFrom, fieldTo, fieldCallID, fieldCSeq} {
		f := m.get(id)
		if f == nil {
			continue
		}
		dst = appendName(dst, f)
		dst = appendEcho(dst, f.value)
		if id == fieldTo && m.toTag == nil {
			dst = append(dst, ";tag="...)
			dst = g.appendTag(dst, m)
		}
		dst = append(dst, "\r\n"...)
	}
	const end = "Content-Length: 0\r\n\r\n"
	if len(dst)-begin+len(end) > limit {
		return nil
	}
	dst = g.appendExtra(dst, m, f, limit-(len(dst)-begin)-len(end))
	return append(dst, end...)
}

// appendOtherVias echoes the Vias below the top one as they came.
func appendOtherVias(dst []byte, m *message) []byte {
	top := true
	for i := range m.fields {
		f := &m.fields[i]
		if f.id != fieldVia {
			continue
		}
		value := f.value
		if top {
			top = false
			var more bool
			if _, value, more = cut(value, ','); !more {
				continue
			}
		}
		dst = append(dst, "Via: "...)
		dst = appendEcho(dst, trim(value))
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendEcho writes a received value, which may be malformed, on one line.
func appendEcho(dst, value []byte) []byte {
	begin := len(dst)
	dst = appendUnfolded(dst, value)
	for i := begin; i < len(dst); i++ {
		if dst[i] < ' ' && dst[i] != '\t' || dst[i] == 0x7f {
			dst[i] = '?'
		}
	}
	return dst
}

// reason503 is the Reason of a flood's 503 (RFC 3326): Q.850 cause 42, switching equipment congestion.
const reason503 = "\r\nReason: Q.850;cause=42"

// appendExtra adds what helps the caller to do better, if it fits in room.
func (g *Guard) appendExtra(dst []byte, m *message, f fault, room int) []byte {
	begin := len(dst)
	switch f.status {
	case 405, 501:
		dst = append(dst, "Allow: "...)
		dst = append(dst, g.rules.allow...)
	case 415:
		dst = append(dst, "Accept: "...)
		dst = append(dst, g.rules.bodiesOf(m).accept...)
	case 420:
		dst = append(dst, "Unsupported: "...)
		for tag := range g.rules.unsupported(m) {
			dst = appendEcho(dst, tag)
			dst = append(dst, ", "...)
		}
		dst = dst[:len(dst)-2]
	case 503:
		dst = append(dst, "Retry-After: 10"...)
		if len(dst)+len(reason503)-begin+2 <= room {
			dst = append(dst, reason503...)
		}
	default:
		return dst
	}
	dst = append(dst, "\r\n"...)
	if len(dst)-begin > room {
		return dst[:begin]
	}
	return dst
}
