package media

import "encoding/binary"

// Compound is what a leg needs of a compound RTCP packet.
type Compound struct {
	Report
	Bye bool // the sender of the report says that its stream has ended
}

// IsRTCP says whether a packet that came to a port for both is RTCP (RFC 5761 §4).
func IsRTCP(p []byte) bool { return len(p) >= 2 && p[0]>>6 == 2 && p[1] >= 192 && p[1] <= 223 }

// ParseCompound reads a compound packet: its report, in it the block about ssrc, and a BYE of whoever made the report.
// It is false for anything that RFC 3550 A.2 calls invalid: another version, a beginning that is no report or is
// padded, packets that do not fill the datagram exactly, padding before the last one; and for a report that is shorter
// than what it says it holds.
func ParseCompound(p []byte, ssrc uint32) (c Compound, ok bool) {
	if len(p) < 8 || p[0]&0x20 != 0 || (p[1] != rtcpSR && p[1] != rtcpRR) {
		return c, false
	}
	for first := true; len(p) > 0; first = false {
		one, rest, ok := cutRTCP(p)
		if !ok {
			return c, false
		}
		switch {
		case one[1] == rtcpBYE:
			c.Bye = c.Bye || leaves(one, c.SSRC)
		case one[1] != rtcpSR && one[1] != rtcpRR:
		case first:
			if !c.read(one, ssrc) {
				return c, false
			}
		default: // more blocks than one report holds, of the same sender
			var more Report
			if more.read(one, ssrc) && more.SSRC == c.SSRC && more.HasAbout && !c.HasAbout {
				c.HasAbout, c.About = true, more.About
			}
		}
		p = rest
	}
	return c, true
}

// cutRTCP takes the first packet off a compound.
func cutRTCP(p []byte) (one, rest []byte, ok bool) {
	if len(p) < 4 || p[0]>>6 != 2 {
		return nil, nil, false
	}
	size := 4 + 4*int(binary.BigEndian.Uint16(p[2:]))
	if size > len(p) || p[0]&0x20 != 0 && size != len(p) {
		return nil, nil, false
	}
	return p[:size], p[size:], true
}

// leaves says whether a BYE names ssrc.
func leaves(bye []byte, ssrc uint32) bool {
	list := bye[4:]
	for n := int(bye[0] & 0x1f); n > 0 && len(list) >= 4; n, list = n-1, list[4:] {
		if binary.BigEndian.Uint32(list) == ssrc {
			return true
		}
	}
	return false
}

// read reads one report; false: it is shorter than it says.
func (r *Report) read(p []byte, ssrc uint32) bool {
	be := binary.BigEndian
	fixed, blocks := 8, int(p[0]&0x1f)
	if p[1] == rtcpSR {
		fixed = 28
	}
	if len(p) < fixed+24*blocks {
		return false
	}
	r.SSRC = be.Uint32(p[4:])
	if p[1] == rtcpSR {
		r.Sent = true
		r.NTP, r.TSRTP = be.Uint64(p[8:]), be.Uint32(p[16:])
		r.Packets, r.Bytes = be.Uint32(p[20:]), be.Uint32(p[24:])
	}
	for b := p[fixed:]; blocks > 0; blocks, b = blocks-1, b[24:] {
		if be.Uint32(b) != ssrc {
			continue
		}
		r.HasAbout = true
		r.About = Reception{
			SSRC: ssrc, FractionLost: b[4], Lost: int32(be.Uint32(b[4:])<<8) >> 8, Highest: be.Uint32(b[8:]),
			Jitter: be.Uint32(b[12:]), LSR: be.Uint32(b[16:]), DLSR: be.Uint32(b[20:]),
		}
		break
	}
	return true
}
