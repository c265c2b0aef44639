package mixer

import (
	"crypto/rand"
	mathrand "math/rand/v2"
	"net/netip"
	"time"

	"partyline/mixer/media"
)

// RTCP is kept small: every 5 s ± 50 % (RFC 3550 §6.2, at its minimum interval) a leg sends one compound packet. What
// comes is read twice a second: later its time stamps would not be believed any more.
const (
	reportTicks     = int64(5 * time.Second / Ptime)
	readReportTicks = int64(500 * time.Millisecond / Ptime)
	// maxReports bounds the receive calls for RTCP at a time.
	maxReports = 4
	// maxRoundTrip is the longest round trip that is believed.
	maxRoundTrip = 10 * time.Second
)

// reports is the RTCP of a leg. Owned by the shard.
type reports struct {
	cname  string
	next   int64 // tick
	sent   bool  // anything: who has never reported says no BYE (RFC 3550 §6.3.7)
	before uint64
	buf    []byte
	peer   netip.AddrPort // where valid RTCP comes from; invalid: none came yet

	// of the far end's last sender report
	lsr     uint32
	lsrOf   uint32 // its SSRC
	lsrTime int64
}

// newReports draws a name of 100 random bits (RFC 7022 §4.2).
func newReports() reports { return reports{cname: rand.Text()[:20], buf: make([]byte, 0, 128)} }

// control sends and receives RTCP when it is due. Held or not, both sides go on reporting (RFC 3264 §5.1).
func (l *Leg) control(s *shard, tick int64) {
	if (tick+int64(l.id))%readReportTicks == 0 && !l.spec.Mux {
		l.readReports(&s.batch)
	}
	if tick < l.reports.next {
		return
	}
	first := l.reports.next == 0
	l.reports.next = tick + reportTicks/2 + mathrand.Int64N(reportTicks)
	if !first {
		l.sendReport(&s.now, false)
	}
}

// sendReport sends a report, with bye also that the stream has ended.
func (l *Leg) sendReport(now *media.Instant, bye bool) {
	conn, to, ok := l.reportTo()
	if !ok {
		return
	}
	mono := now.Mono + int64(time.Since(now.Wall)) // the work of the tick so far counts
	r := l.makeReport(mono)
	l.reports.buf = r.Append(l.reports.buf[:0], l.reports.cname)
	if bye {
		l.reports.buf = media.AppendBye(l.reports.buf, l.out.ssrc)
	}
	out, err := l.out.sealReport(l.reports.buf)
	if err != nil {
		l.counts.now[dropSend]++
		return
	}
	if err := conn.Send(out, to); err != nil {
		l.counts.now[dropSend]++
		return
	}
	l.reports.sent = true
	l.counts.now[rtcpOut]++
}

// makeReport says what was sent and received; a sender report only where something was sent since the one before.
func (l *Leg) makeReport(mono int64) media.Report {
	packets := l.counts.now[packetsOut]
	r := media.Report{SSRC: l.out.ssrc}
	if packets != l.reports.before {
		l.reports.before = packets
		r.Sent, r.NTP, r.TSRTP = true, l.ntp(mono), l.out.tsRTP+uint32(l.out.pending)
		r.Packets, r.Bytes = uint32(packets), uint32(l.counts.now[bytesOut])
	}
	if l.in.began {
		r.HasAbout, r.About = true, l.in.quality.block()
		r.About.SSRC = l.in.ssrc
		if l.reports.lsr != 0 && l.reports.lsrOf == l.in.ssrc {
			r.About.LSR = l.reports.lsr
			r.About.DLSR = uint32((mono - l.reports.lsrTime) << 16 / int64(time.Second))
		}
	}
	return r
}

// ntp is the time that reports carry. It goes on with the monotonic clock, so that setting the wall clock makes no round
// trip.
func (l *Leg) ntp(mono int64) uint64 { return media.NTP(l.engine.start.Add(time.Duration(mono))) }

// reportTo is the socket and the address for RTCP: those of RTP where both share them (RFC 5761), else where RTCP has
// come from, else the port that the far end named (RFC 3605) or the one above, on the host that gets the RTP: whatever
// host an a=rtcp names, nothing is sent where no media goes.
func (l *Leg) reportTo() (media.Conn, netip.AddrPort, bool) {
	to, ok := l.in.source.To()
	switch {
	case !ok || l.spec.Mux:
		return l.pair.RTP, to, ok
	case l.reports.peer.IsValid() && l.reports.peer.Addr() == to.Addr():
		return l.pair.RTCP, l.reports.peer, true
	case l.spec.RTCPPort != 0:
		return l.pair.RTCP, netip.AddrPortFrom(to.Addr(), l.spec.RTCPPort), true
	default:
		return l.pair.RTCP, netip.AddrPortFrom(to.Addr(), to.Port()+1), to.Port() != 65535
	}
}

// bye tells the far end that our stream has ended, unless it never heard of it.
func (l *Leg) bye() {
	if l.reports.sent || l.counts.now[packetsOut] > 0 {
		now := time.Now()
		l.sendReport(&media.Instant{Mono: int64(now.Sub(l.engine.start)), Wall: now}, true)
	}
}

// readReports empties the RTCP socket.
func (l *Leg) readReports(b *media.Batch) {
	for range maxReports {
		n, err := l.pair.RTCP.Recv(b)
		if err != nil {
			l.counts.now[dropRecv]++
			return
		}
		for i := range n {
			l.readReport(&b.Packets[i])
		}
		if n < media.BatchSize {
			return
		}
	}
}

// hears says whether RTCP from there may be the far end's: from the host of its media only, and once some was valid,
// from that port only. Over the ports of RTP it comes from where RTP does.
func (r *reports) hears(from, media netip.AddrPort, mux bool) bool {
	switch {
	case !media.IsValid():
		return false
	case mux:
		return from == media
	case r.peer.IsValid() && r.peer.Addr() == media.Addr():
		return from == r.peer
	default:
		return from.Addr() == media.Addr()
	}
}

// readReport takes one RTCP packet, or counts why not: of its packets only those of the stream that it sends.
func (l *Leg) readReport(p *media.Packet) {
	if !l.reports.hears(p.From, l.in.source.Peer(), l.spec.Mux) {
		l.counts.now[dropReportSource]++
		return
	}
	data, ok := l.openedReport(p.Data)
	if !ok {
		return
	}
	c, ok := media.ParseCompound(data, l.out.ssrc)
	if !ok || p.Cut {
		l.counts.now[dropReport]++
		return
	}
	if !l.in.began || c.SSRC != l.in.ssrc {
		l.counts.now[dropReportSSRC]++
		return
	}
	l.counts.now[rtcpIn]++
	if !l.spec.Mux {
		l.reports.peer = p.From
	}
	l.takeReport(&c, p.Arrival)
}

func (l *Leg) takeReport(c *media.Compound, arrival int64) {
	switch {
	case c.Bye: // whatever comes of this SSRC later is another stream's
		l.reports.lsr = 0
	case c.Sent:
		l.reports.lsr, l.reports.lsrOf, l.reports.lsrTime = media.Middle(c.NTP), c.SSRC, arrival
	}
	if !c.HasAbout {
		return
	}
	l.judged.take(&c.About, arrival)
	if c.About.LSR == 0 {
		return
	}
	// RFC 3550 §6.4.1: the round trip is the arrival minus LSR minus DLSR.
	units := int32(media.Middle(l.ntp(arrival)) - c.About.LSR - c.About.DLSR)
	rtt := time.Duration(int64(units) * int64(time.Second) >> 16)
	if rtt > -time.Millisecond && rtt <= maxRoundTrip { // clocks are read twice: a little below zero is zero
		l.rttUS.Store(max(1, rtt.Microseconds()))
	}
}
