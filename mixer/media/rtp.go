package media

import "encoding/binary"

// HeaderSize is the length of the RTP header that this side sends (RFC 3550 §5.1, no CSRC, no extension).
const HeaderSize = 12

// Header is what a leg needs of an RTP header.
type Header struct {
	PayloadType uint8
	Marker      bool
	Seq         uint16
	TSRTP       uint32
	SSRC        uint32
}

// ParseRTP splits a packet into its header and payload. It is not pion/rtp's Unmarshal because that one allocates an
// error for every malformed packet, which a stranger may send by the thousand, and a list of extensions that nobody reads.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	|                           time stamp                          |
//	|                             SSRC                              |
//	|                  CSRC, CC times; extension, if X              |
//
// It is false for anything that is not whole RTP of version 2: a short packet, a list of CSRCs, an extension or a
// padding longer than the packet, or RTCP on the RTP port (RFC 5761 §4).
func ParseRTP(p []byte) (h Header, payload []byte, ok bool) {
	if len(p) < HeaderSize || p[0]>>6 != 2 {
		return h, nil, false
	}
	if p[1] >= 192 && p[1] <= 223 { // RTCP packet types
		return h, nil, false
	}
	h.Marker, h.PayloadType = p[1]&0x80 != 0, p[1]&0x7f
	h.Seq = binary.BigEndian.Uint16(p[2:])
	h.TSRTP = binary.BigEndian.Uint32(p[4:])
	h.SSRC = binary.BigEndian.Uint32(p[8:])
	from := HeaderSize + 4*int(p[0]&0x0f)
	if p[0]&0x10 != 0 {
		if len(p) < from+4 {
			return h, nil, false
		}
		from += 4 + 4*int(binary.BigEndian.Uint16(p[from+2:]))
	}
	to := len(p)
	if p[0]&0x20 != 0 {
		pad := int(p[to-1])
		if pad == 0 {
			return h, nil, false
		}
		to -= pad
	}
	if from > to {
		return h, nil, false
	}
	return h, p[from:to], true
}

// Put writes the header to the first HeaderSize bytes of p.
func (h Header) Put(p []byte) {
	p[0], p[1] = 2<<6, h.PayloadType
	if h.Marker {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[2:], h.Seq)
	binary.BigEndian.PutUint32(p[4:], h.TSRTP)
	binary.BigEndian.PutUint32(p[8:], h.SSRC)
}
