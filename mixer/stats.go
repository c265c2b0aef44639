package mixer

import "time"

// LegStats is what is known of a leg. Its counts are of up to 200 ms ago.
type LegStats struct {
	PacketsIn, PacketsOut     uint64
	BytesIn, BytesOut         uint64 // of payload
	ReportsIn, ReportsOut     uint64 // RTCP
	ReportsRefused            uint64 // of strangers, about other streams, or not valid
	Lost, Late, Duplicates    uint64
	WrongSource, WrongPayload uint64
	Forged, Replayed          uint64 // SRTP
	Invalid, SendErrors       uint64
	Concealed                 uint64 // frames made up
	SSRCChanges               uint64
	RoundTrip                 time.Duration // 0: not known
	In, Out                   Way
	Poor                      bool      // for 10 s
	LastRTP                   time.Time // zero: none yet
	LevelDBov                 int       // of the last frame in, -127 to 0
	Talking                   bool
}

// Stats is what is known of the leg.
func (l *Leg) Stats() LegStats {
	n := func(c counter) uint64 { return l.counts.shown[c].Load() }
	s := LegStats{
		PacketsIn: n(packetsIn), PacketsOut: n(packetsOut), BytesIn: n(bytesIn), BytesOut: n(bytesOut),
		ReportsIn: n(rtcpIn), ReportsOut: n(rtcpOut), ReportsRefused: n(dropReport) + n(dropReportSource) + n(dropReportSSRC),
		Lost: n(lost), Late: n(dropLate), Duplicates: n(dropDuplicate),
		WrongSource: n(dropWrongSource), WrongPayload: n(dropWrongPayload),
		Forged: n(dropForged), Replayed: n(dropReplayed),
		Invalid: n(dropInvalid) + n(dropCut) + n(dropSize), SendErrors: n(dropSend),
		Concealed: n(concealed), SSRCChanges: n(ssrcChanges),
		RoundTrip: time.Duration(l.rttUS.Load()) * time.Microsecond,
	}
	s.In, s.Out, s.Poor = l.quality.in.load(), l.quality.out.load(), l.quality.poor.Load()
	if n(packetsIn) > 0 {
		s.LastRTP = l.engine.start.Add(time.Duration(l.lastIn.Load()))
	}
	s.LevelDBov, s.Talking = unpackLevel(l.level.Load())
	return s
}

// silence is the level of nothing, in dBov.
const silence = -127

const talkingBit = 1 << 8

func packLevel(dBov int, talking bool) int32 {
	v := int32(min(-dBov, 127))
	if talking {
		v |= talkingBit
	}
	return v
}

func unpackLevel(v int32) (dBov int, talking bool) { return -int(v & 0xff), v&talkingBit != 0 }

// Level is how loud one leg is, and where.
type Level struct {
	Leg       LegID
	Room      RoomID
	LevelDBov int // -127 to 0
	Talking   bool
}

// Levels appends the levels of the legs that the placement in effect puts in a room. It costs the shard nothing.
func (m *Meeting) Levels(dst []Level) []Level {
	p := m.applied.Load()
	if p == nil {
		return dst
	}
	for _, place := range p.Legs {
		l := m.shard.engine.Leg(place.Leg)
		if l == nil || place.Room == NoRoom {
			continue
		}
		v := Level{Leg: place.Leg, Room: place.Room}
		v.LevelDBov, v.Talking = unpackLevel(l.level.Load())
		dst = append(dst, v)
	}
	return dst
}

// Talkers appends those of the Levels that talk.
func (m *Meeting) Talkers(dst []Level) []Level {
	n := len(dst)
	dst = m.Levels(dst)
	keep := dst[:n]
	for _, v := range dst[n:] {
		if v.Talking {
			keep = append(keep, v)
		}
	}
	return keep
}

// ShardLoad is how busy one shard is.
type ShardLoad struct {
	Legs, Meetings int
	TickP95        time.Duration // of the last 5 s
	Overloaded     bool          // takes no new legs
}

// Load tells how busy the shards are.
func (e *Engine) Load() []ShardLoad {
	loads := make([]ShardLoad, len(e.shards))
	for i, s := range e.shards {
		v := &loads[i]
		for p := range s.place {
			v.Legs += int(s.place[p].legs.Load())
			v.Meetings += int(s.place[p].meetings.Load())
		}
		v.TickP95, v.Overloaded = time.Duration(s.ticks.p95.Load()), s.overloaded()
	}
	return loads
}

// Overloaded says whether the shard that the next leg would come to needs more than 60 % of its time.
func (e *Engine) Overloaded() bool {
	s, _ := e.leastLoaded()
	return s.overloaded()
}

// Counters are the sums over all shards since the engine was made.
type Counters struct {
	Ticks, LateTicks, SkippedTicks uint64
	TickSeconds                    Histogram
	PacketsIn, PacketsOut          uint64
	BytesIn, BytesOut              uint64 // of payload
	ReportsIn, ReportsOut          uint64 // RTCP
	Lost, Concealed                uint64
	SSRCChanges                    uint64
	Rounds                         uint64            // reading a socket was given up for one tick: a flood
	BadStamps, ClockSteps          uint64            // kernel time stamps not believed; the wall clock was set
	Drops                          map[string]uint64 // packets and events, by reason
	Ports, PortsUsed               int               // pairs
}

// Histogram is cumulative over time, not over buckets.
type Histogram struct {
	Bounds []float64 // upper, in seconds; Counts has one more
	Counts []uint64
	Sum    float64
}

// Counters are the sums over all shards.
func (e *Engine) Counters() Counters {
	var sum [numCounters]uint64
	c := Counters{Drops: make(map[string]uint64, len(dropNames))}
	c.TickSeconds.Counts = make([]uint64, len(tickBounds)+1)
	for _, b := range tickBounds {
		c.TickSeconds.Bounds = append(c.TickSeconds.Bounds, b.Seconds())
	}
	for _, s := range e.shards {
		for i := range sum {
			sum[i] += s.totals[i].Load()
		}
		c.Ticks += s.ticks.ticks.Load()
		c.LateTicks += s.ticks.late.Load()
		c.SkippedTicks += s.ticks.skipped.Load() / numPhases
		c.BadStamps += s.badStamps.Load()
		c.ClockSteps += s.clockSteps.Load()
		for i := range s.ticks.buckets {
			c.TickSeconds.Counts[i] += s.ticks.buckets[i].Load()
		}
		c.TickSeconds.Sum += time.Duration(s.ticks.sum.Load()).Seconds()
	}
	c.PacketsIn, c.PacketsOut, c.BytesIn, c.BytesOut = sum[packetsIn], sum[packetsOut], sum[bytesIn], sum[bytesOut]
	c.ReportsIn, c.ReportsOut = sum[rtcpIn], sum[rtcpOut]
	c.Lost, c.Concealed, c.SSRCChanges, c.Rounds = sum[lost], sum[concealed], sum[ssrcChanges], sum[rounds]
	for i, name := range dropNames {
		c.Drops[name] = sum[i]
	}
	c.PortsUsed, c.Ports = e.pool.Usage()
	return c
}
