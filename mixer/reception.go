package mixer

import (
	"time"

	"partyline/mixer/media"
)

// reception is what a report says of a stream (RFC 3550 §6.4.1, A.3, A.8). Owned by the shard.
type reception struct {
	base, highest uint32 // sequence numbers with cycles
	received      uint32
	before        struct{ expected, received uint32 } // at the last report
	judged        struct{ expected, received uint32 } // at the last judgement
	transit       uint32
	jitterQ4      uint32 // times 16
}

const (
	// maxDropout is how far a sequence number may jump and still belong to the stream (RFC 3550 A.1).
	maxDropout = 3000
	// maxTransit is a change of the transit time, in time stamp units, that is no jitter but another timeline: a phone
	// that goes on after a pause with the time stamp that it had before.
	maxTransit = Rate
)

// packet notes a packet. The time stamp of a key stays what it was when it went down (RFC 4733 §2.2.4), so it says
// nothing about jitter.
func (q *reception) packet(h *media.Header, arrival int64, first, key bool) {
	arrived := arrival / int64(time.Microsecond) * Rate / 1_000_000 // nanoseconds times Rate overflow after 13 days
	transit := uint32(arrived) - h.TSRTP
	step := int16(h.Seq - uint16(q.highest))
	if first || step > maxDropout || step < -maxDropout {
		*q = reception{base: uint32(h.Seq), highest: uint32(h.Seq), received: 1, transit: transit}
		return
	}
	if step > 0 {
		q.highest += uint32(step)
	}
	q.received++
	if key {
		return
	}
	d := int32(transit - q.transit)
	q.transit = transit
	if d < 0 {
		d = -d
	}
	if d > maxTransit || d < 0 {
		return
	}
	q.jitterQ4 += uint32(d) - (q.jitterQ4+8)>>4
}

func (q *reception) block() media.Reception {
	expected := q.highest - q.base + 1
	wanted, got := expected-q.before.expected, q.received-q.before.received
	q.before.expected, q.before.received = expected, q.received
	r := media.Reception{Highest: q.highest, Jitter: q.jitterQ4 >> 4}
	r.Lost = max(-1<<23, min(1<<23-1, int32(expected-q.received)))
	if wanted > 0 && int32(wanted-got) > 0 {
		r.FractionLost = uint8(min(255, (wanted-got)<<8/wanted))
	}
	return r
}
