package secure

import (
	"encoding/binary"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/mixer/media"
)

// Verdict is what becomes of a packet that came.
type Verdict uint8

// The verdicts.
const (
	Genuine  Verdict = iota
	Forged           // not of who has the key, or no packet at all
	Replayed         // a copy, or too old to be told from one
)

// maxStreams bounds the SSRCs under one key: each costs memory, and who has the key could name a new one in each packet.
const maxStreams = 256

// Receiver opens what comes. There may be several ways to read it for a while: after a new key came by the signalling,
// packets under the old one are still on their way, and there are far ends that go on counting (RFC 3711 §3.3.1) and some that
// begin anew; after a resume the far end may have wrapped. The first way that a packet authenticates by remains, with those
// after it forgotten.
type Receiver struct {
	tries   []*srtp.Context // most likely first; the last may be the one before this agreement
	space   [4]*srtp.Context
	old     *srtp.Context // of tries: the one before this agreement
	fresh   *srtp.Context
	carried *srtp.Context // until it is known whether they are needed
	wrapped *srtp.Context

	header  rtp.Header
	control rtcp.Header
	copied  []byte // a packet that is tried: what a failed try leaves is lost
	plain   []byte
	refused bool // by a window

	began   bool
	ssrc    uint32 // of the last genuine packet
	streams int
	resumed bool   // and no packet has come since
	floor   uint16 // sequence numbers up to this one have been taken before
}

// Follow takes over from the receiver of the agreement before; nil: there was none.
func (r *Receiver) Follow(before *Receiver) {
	if before == nil || len(r.tries) == 0 || len(before.tries) == 0 {
		return
	}
	last := before.tries[0]
	r.tries = r.tries[:0]
	if roc, ok := last.ROC(before.ssrc); ok && roc > 0 && before.began {
		r.carried.SetROC(before.ssrc, roc)
		r.tries = append(r.tries, r.carried)
	}
	r.tries = append(r.tries, r.fresh, last)
	r.old = last
	r.room()
}

// Resume goes on where another process has stopped: after packet seq of ssrc.
func (r *Receiver) Resume(ssrc uint32, seq uint16, roc uint32) {
	if len(r.tries) == 0 {
		return
	}
	r.carried.SetROC(ssrc, roc)
	r.tries = append(r.tries[:0], r.carried)
	if seq >= 1<<15 {
		r.wrapped.SetROC(ssrc, roc+1)
		r.tries = append(r.tries, r.wrapped)
	}
	r.ssrc, r.floor, r.began, r.resumed, r.streams = ssrc, seq, true, true, 1
	r.room()
}

// room makes place for trying.
func (r *Receiver) room() {
	r.copied, r.plain = make([]byte, media.MaxPacket), make([]byte, media.MaxPacket)
}

// ROC is the rollover counter of the last genuine packet.
func (r *Receiver) ROC() uint32 {
	if !r.began || len(r.tries) == 0 {
		return 0
	}
	roc, _ := r.tries[0].ROC(r.ssrc)
	return roc
}

// Open authenticates and decrypts an RTP packet, in place while there is one way to read it. The result is valid as long as p,
// and until the next call.
func (r *Receiver) Open(p []byte) ([]byte, Verdict) {
	if len(p) < media.HeaderSize || p[0]>>6 != 2 || len(r.tries) == 0 {
		return nil, Forged
	}
	ssrc, seq := binary.BigEndian.Uint32(p[8:]), binary.BigEndian.Uint16(p[2:])
	if r.resumed && ssrc == r.ssrc && int16(seq-r.floor) <= 0 {
		return nil, Replayed
	}
	if r.streams >= maxStreams && ssrc != r.ssrc {
		if _, known := r.tries[0].ROC(ssrc); !known {
			return nil, Forged
		}
	}
	out, at, verdict := r.open(p)
	if verdict != Genuine {
		return nil, verdict
	}
	if r.tries[at] != r.old {
		r.decide(at)
	}
	if !r.began || ssrc != r.ssrc {
		r.streams++
	}
	r.began, r.ssrc, r.resumed = true, ssrc, false
	return out, Genuine
}

func (r *Receiver) open(p []byte) ([]byte, int, Verdict) {
	if len(r.tries) == 1 {
		out, v := r.rtp(r.tries[0], p, p)
		return out, 0, v
	}
	worst := Forged
	for i, c := range r.tries {
		n := copy(r.copied, p)
		out, v := r.rtp(c, r.plain[:0], r.copied[:n])
		if v == Genuine {
			return out, i, v
		}
		worst = max(worst, v)
	}
	return nil, 0, worst
}

// decide keeps the way that has been right.
func (r *Receiver) decide(at int) {
	if r.fresh == nil {
		return
	}
	r.tries[0] = r.tries[at]
	r.tries = r.tries[:1]
	clear(r.space[1:])
	r.old, r.fresh, r.carried, r.wrapped = nil, nil, nil, nil
}

// OpenReport does the same with RTCP.
func (r *Receiver) OpenReport(p []byte) ([]byte, Verdict) {
	if len(p) < 8 || p[0]>>6 != 2 {
		return nil, Forged
	}
	if len(r.tries) == 1 {
		return r.rtcp(r.tries[0], p, p)
	}
	worst := Forged
	for _, c := range r.tries {
		n := copy(r.copied, p)
		out, v := r.rtcp(c, r.plain[:0], r.copied[:n])
		if v == Genuine {
			return out, v
		}
		worst = max(worst, v)
	}
	return nil, worst
}

// verdict is what an attempt has come to.
func (r *Receiver) verdict(err error) Verdict {
	switch {
	case err == nil:
		return Genuine
	case r.refused:
		return Replayed
	default:
		return Forged
	}
}

// rtp tries one way to read a packet.
func (r *Receiver) rtp(c *srtp.Context, dst, p []byte) ([]byte, Verdict) {
	r.refused = false
	out, err := c.DecryptRTP(dst, p, &r.header)
	return out, r.verdict(err)
}

// rtcp tries one way to read a report.
func (r *Receiver) rtcp(c *srtp.Context, dst, p []byte) ([]byte, Verdict) {
	r.refused = false
	out, err := c.DecryptRTCP(dst, p, &r.control)
	return out, r.verdict(err)
}
