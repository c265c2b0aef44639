package mixer

import (
	"math"
	"sync/atomic"
	"time"

	"partyline/mixer/media"
	"partyline/mixer/quality"
)

const (
	// judgeTicks is how often a leg's quality is judged: each 2 s.
	judgeTicks = int64(2 * time.Second / Ptime)
	// judgeSpan is over how many of these what is shown is reckoned: 10 s.
	judgeSpan = 5
	// poorSpan is for how many of these in a row a leg must be poor, or not, to be reported: 10 s.
	poorSpan = 5
	// toldFor is how long what the far end has reported counts: more than two reports.
	toldFor = int64(16 * time.Second)
)

// span is what came of a leg's stream in some time.
type span struct{ expected, missed, frames, concealed uint64 }

func (s span) plus(o span) span {
	return span{s.expected + o.expected, s.missed + o.missed, s.frames + o.frames, s.concealed + o.concealed}
}

// judge follows the quality of a leg. Owned by the shard.
type judge struct {
	spans [judgeSpan]span
	n     int // judged so far
	late  uint64
	made  uint64 // frames concealed
	row   int    // judgements in a row: above 0 poor ones, below 0 others
	poor  bool   // was reported

	// what the far end reported last
	told   float64 // share lost
	jitter time.Duration
	toldAt int64 // 0: never
}

// take notes what the far end says of our stream.
func (j *judge) take(r *media.Reception, at int64) {
	j.told = float64(r.FractionLost) / 256
	j.jitter = time.Duration(r.Jitter) * time.Second / Rate
	j.toldAt = at
}

// judge reckons the quality when it is time. While the call is held or nothing comes, nothing is known of it.
func (l *Leg) judge(s *shard, tick int64) {
	if (tick+int64(l.id))%judgeTicks != 0 {
		return
	}
	j := &l.judged
	now := l.newSpan()
	if l.spec.Direction != media.SendRecv || !l.in.began || now.expected == 0 {
		l.unjudged()
		return
	}
	j.spans[j.n%judgeSpan] = now
	j.n++
	var all span
	for _, one := range j.spans {
		all = all.plus(one)
	}
	rtt := time.Duration(l.rttUS.Load()) * time.Microsecond
	in, out := l.wayIn(all, rtt), l.wayOut(s.now.Mono, rtt)
	l.quality.in.store(&in)
	l.quality.out.store(&out)
	s.judged.add(&in, &out, rtt)
	l.reportPoor(min(l.wayIn(now, rtt).R, out.R), tick)
}

// unjudged forgets what was known: what is shown is of the last 10 s.
func (l *Leg) unjudged() {
	l.judged.spans, l.judged.row, l.judged.poor = [judgeSpan]span{}, 0, false
	l.quality.poor.Store(false)
	l.quality.in.known.Store(false)
	l.quality.out.known.Store(false)
}

// newSpan is what came since the last one. What came too late to be played is missed too.
func (l *Leg) newSpan() span {
	j, q, c := &l.judged, &l.in.quality, &l.counts.now
	expected := q.highest - q.base + 1
	wanted, got := expected-q.judged.expected, q.received-q.judged.received
	q.judged.expected, q.judged.received = expected, q.received
	s := span{expected: uint64(wanted), missed: c[dropLate] - j.late, frames: uint64(judgeTicks), concealed: c[concealed] - j.made}
	j.late, j.made = c[dropLate], c[concealed]
	if missing := int32(wanted - got); missing > 0 {
		s.missed += uint64(missing)
	}
	s.missed = min(s.missed, s.expected)
	return s
}

// wayIn is the quality of what the leg says: from the far end's mouth to the room.
func (l *Leg) wayIn(s span, rtt time.Duration) Way {
	w := Way{
		Known: true, Loss: share(s.missed, s.expected), Concealed: share(s.concealed, s.frames),
		Jitter: time.Duration(l.in.quality.jitterQ4>>4) * time.Second / Rate,
	}
	w.rate(rtt/2 + Ptime + l.in.buf.Stats().Delay)
	return w
}

// wayOut is the quality of what the leg hears, as far as it reports it. Its own buffer is taken to hold twice its jitter.
func (l *Leg) wayOut(now int64, rtt time.Duration) Way {
	j := &l.judged
	if j.toldAt == 0 || now-j.toldAt > toldFor {
		return Way{R: math.Inf(1)}
	}
	w := Way{Known: true, Loss: j.told, Jitter: j.jitter}
	w.rate(rtt/2 + time.Duration(l.out.want)*time.Second/Rate + 2*j.jitter)
	return w
}

func share(part, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return min(1, float64(part)/float64(of))
}

// reportPoor reports a leg that has been poor for 10 s, and one that has no longer been for as long.
func (l *Leg) reportPoor(r float64, tick int64) {
	j := &l.judged
	if r < quality.Poor {
		j.row = max(j.row, 0) + 1
	} else {
		j.row = min(j.row, 0) - 1
	}
	kind, poor := media.Fair, j.row > 0
	if poor {
		kind = media.Poor
	}
	if poor == j.poor || j.row > -poorSpan && j.row < poorSpan {
		return
	}
	if !l.events.put(media.Event{Kind: kind, Tick: tick, R: int(math.Round(min(r, 100)))}, 0) {
		l.counts.now[dropEvent]++
		return // again in 2 s
	}
	j.poor = poor
	l.quality.poor.Store(poor)
	if poor {
		l.counts.now[poorLegs]++
	}
}

// Way is the quality of one direction of a leg over the last 10 s.
type Way struct {
	Known     bool          // else the others say nothing
	Loss      float64       // share of packets that were not there in time
	Concealed float64       // share of frames made up; of the way in only
	Jitter    time.Duration // RFC 3550 §6.4.1
	Delay     time.Duration // that is known of: half the round trip, a packet, the buffer
	R         float64       // of the E-model
}

// MOS is the opinion that people would have of it, 1 to 4.5.
func (w Way) MOS() float64 { return quality.MOS(w.R) }

func (w *Way) rate(delay time.Duration) {
	w.Delay = delay
	w.R = quality.R(quality.Path{Codec: quality.G711, Loss: w.Loss, Delay: delay})
}

// shownWay is a Way that is written by one goroutine and read by others.
type shownWay struct {
	known                    atomic.Bool
	loss, concealed          atomic.Uint32 // millionths
	jitterUS, delayUS, rQ1e3 atomic.Int64
}

func (s *shownWay) store(w *Way) {
	s.known.Store(w.Known)
	if !w.Known {
		return
	}
	s.loss.Store(uint32(w.Loss * 1e6))
	s.concealed.Store(uint32(w.Concealed * 1e6))
	s.jitterUS.Store(w.Jitter.Microseconds())
	s.delayUS.Store(w.Delay.Microseconds())
	s.rQ1e3.Store(int64(w.R * 1e3))
}

func (s *shownWay) load() Way {
	if !s.known.Load() {
		return Way{}
	}
	return Way{
		Known: true, Loss: float64(s.loss.Load()) / 1e6, Concealed: float64(s.concealed.Load()) / 1e6,
		Jitter: time.Duration(s.jitterUS.Load()) * time.Microsecond, Delay: time.Duration(s.delayUS.Load()) * time.Microsecond,
		R: float64(s.rQ1e3.Load()) / 1e3,
	}
}

// shownQuality is what is known of a leg's quality.
type shownQuality struct {
	in, out shownWay
	poor    atomic.Bool
}
