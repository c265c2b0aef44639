package mixer

import (
	"net/netip"

	"partyline/mixer/media"
	"partyline/mixer/secure"
)

// maxPtime is the longest packet sent, in bytes of G.711: 60 ms.
const maxPtime = 3 * frameSamples

// sender makes a leg's RTP stream: frames of 20 ms in, packets of the agreed length out. Sequence numbers and time
// stamps go on over moves, handovers and offers. Owned by the shard.
type sender struct {
	ssrc    uint32
	seq     uint16
	tsRTP   uint32 // of the first byte in pending
	pt      uint8
	marker  bool           // the next packet begins after a pause
	want    int            // bytes in a packet
	pending int            // bytes that wait for a packet to be full
	secure  *secure.Sender // nil: plain RTP
	buf     [media.HeaderSize + maxPtime + frameSamples]byte
}

// set takes a new agreement; bytes of another codec that still wait are dropped.
func (s *sender) set(spec *media.Spec, changed bool) {
	if changed {
		s.pause(0)
	}
	s.pt = spec.Send.PayloadType
	s.want = frameSamples
	switch spec.PtimeMS {
	case 10, 30, 40, 60:
		s.want = spec.PtimeMS * Rate / 1000
	}
}

// pause lets n samples pass unsent, and what still waits.
func (s *sender) pause(n int) {
	s.tsRTP += uint32(s.pending + n)
	s.pending = 0
	s.marker = true
}

// send appends a frame and sends the packets that are full.
func (s *sender) send(conn media.Conn, to netip.AddrPort, payload []byte, c *counts) {
	s.pending += copy(s.buf[media.HeaderSize+s.pending:], payload)
	for s.pending >= s.want {
		media.Header{
			PayloadType: s.pt, Marker: s.marker, Seq: s.seq, TSRTP: s.tsRTP, SSRC: s.ssrc,
		}.Put(s.buf[:])
		if err := s.write(conn, to, s.buf[:media.HeaderSize+s.want]); err != nil {
			c.now[dropSend]++
		} else {
			c.now[packetsOut]++
			c.now[bytesOut] += uint64(s.want)
		}
		s.marker = false
		s.seq++
		s.tsRTP += uint32(s.want)
		s.pending -= s.want
		if s.pending > 0 {
			copy(s.buf[media.HeaderSize:], s.buf[media.HeaderSize+s.want:media.HeaderSize+s.want+s.pending])
		}
	}
}

// write sends a packet, encrypted if that was agreed on.
func (s *sender) write(conn media.Conn, to netip.AddrPort, p []byte) (err error) {
	if s.secure != nil {
		if p, err = s.secure.Seal(p); err != nil {
			return err
		}
	}
	return conn.Send(p, to)
}

// sealReport encrypts RTCP, if that was agreed on.
func (s *sender) sealReport(p []byte) ([]byte, error) {
	if s.secure == nil {
		return p, nil
	}
	return s.secure.SealReport(p)
}
