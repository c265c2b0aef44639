package mixer

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"net/netip"
	"time"

	"partyline/mixer/media"
)

// RTCP is kept small: every 5 s ± 50 % (RFC 3550 §6.2, at its minimum interval) a leg sends one compound packet and
// empties its RTCP socket, which costs nothing in between.
const (
	reportTicks = int64(5 * time.Second / Ptime)
	// maxReports bounds the receive calls for RTCP at one report.
	maxReports = 4
)

// reports is the RTCP of a leg. Owned by the shard.
type reports struct {
	cname string
	next  int64 // tick
	buf   []byte

	// of the far end's last sender report
	lsr     uint32
	lsrTime int64
}

func newReports() reports { return reports{cname: rand.Text()[:16], buf: make([]byte, 0, 128)} }

// report sends a report to the address above the one of the RTP.
func (l *Leg) report(s *shard, to netip.AddrPort, tick int64) {
	first := l.reports.next == 0
	l.reports.next = tick + reportTicks/2 + mathrand.Int64N(reportTicks)
	if first {
		return
	}
	l.readReports(&s.batch)
	r := media.Report{
		SSRC: l.out.ssrc, Sent: true, NTP: media.NTP(s.now.Wall), TSRTP: l.out.tsRTP,
		Packets: uint32(l.counts.now[packetsOut]), Bytes: uint32(l.counts.now[bytesOut]),
	}
	if l.in.began {
		r.HasAbout, r.About = true, l.in.quality.block()
		r.About.SSRC, r.About.LSR = l.in.ssrc, l.reports.lsr
		if l.reports.lsr != 0 {
			r.About.DLSR = uint32((s.now.Mono - l.reports.lsrTime) << 16 / int64(time.Second))
		}
	}
	l.reports.buf = r.Append(l.reports.buf[:0], l.reports.cname)
	if err := l.pair.RTCP.Send(l.reports.buf, netip.AddrPortFrom(to.Addr(), to.Port()+1)); err != nil {
		l.counts.now[dropSend]++
		return
	}
	l.counts.now[rtcpOut]++
}

// readReports empties the RTCP socket. Only the far end's address is listened to, and of its packets only those about
// the stream that it sends.
func (l *Leg) readReports(b *media.Batch) {
	for range maxReports {
		n, err := l.pair.RTCP.Recv(b)
		if err != nil {
			l.counts.now[dropRecv]++
			return
		}
		for i := range n {
			l.readReport(&b.Packets[i], b.Now)
		}
		if n < media.BatchSize {
			return
		}
	}
}

func (l *Leg) readReport(p *media.Packet, now media.Instant) {
	peer := l.in.source.Peer()
	if !peer.IsValid() || p.From.Addr() != peer.Addr() {
		l.counts.now[dropWrongSource]++
		return
	}
	r, ok := media.ParseReport(p.Data, l.out.ssrc)
	if !ok || !l.in.began || r.SSRC != l.in.ssrc {
		l.counts.now[dropInvalid]++
		return
	}
	l.counts.now[rtcpIn]++
	if r.Sent {
		l.reports.lsr, l.reports.lsrTime = media.Middle(r.NTP), p.Arrival
	}
	if !r.HasAbout || r.About.LSR == 0 {
		return
	}
	// RFC 3550 §6.4.1: the round trip is the arrival minus LSR minus DLSR.
	arrived := media.Middle(media.NTP(now.Wall.Add(time.Duration(p.Arrival - now.Mono))))
	if rtt := int32(arrived - r.About.LSR - r.About.DLSR); rtt >= 0 {
		l.rttUS.Store(int64(rtt) * 1_000_000 >> 16)
	}
}

// reception is what a report says of a stream (RFC 3550 §6.4.1, A.3, A.8). Owned by the shard.
type reception struct {
	base, highest uint32 // sequence numbers with cycles
	received      uint32
	before        struct{ expected, received uint32 } // at the last report
	transit       uint32
	jitterQ4      uint32 // times 16
}

// maxDropout is how far a sequence number may jump and still belong to the stream (RFC 3550 A.1).
const maxDropout = 3000

func (q *reception) packet(h *media.Header, arrival int64, first bool) {
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
	d := int32(transit - q.transit)
	q.transit = transit
	if d < 0 {
		d = -d
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
