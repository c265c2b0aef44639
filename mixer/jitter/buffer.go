// Package jitter is the playout buffer of a leg: packets go in as they arrive, and exactly one frame of 20 ms comes out
// per tick, whatever the packets' length.
//
//	Push ─▶ store (by sequence number) ─▶ decode ─▶ samples ─▶ stretch or shrink ─▶ Pop
//	   └──▶ delays (when do packets usually come?) ───────────────▲
//
// A buffer knows no clock, no socket and no goroutine: time comes in with the packets and the ticks. It allocates only
// in [New], its memory is bounded, and it is not safe for concurrent use.
package jitter

import (
	"time"

	"partyline/mixer/codec"
)

// Packet is one received audio packet. Push copies the payload.
type Packet struct {
	Seq     uint16
	TSRTP   uint32
	PT      uint8
	Marker  bool  // the first packet after a pause; the buffer sees pauses without it
	Arrival int64 // nanoseconds of the monotonic clock, the same as of the ticks
	Payload []byte
}

// Kind says what a frame is made of.
type Kind uint8

// The kinds of frames.
const (
	Silence Kind = iota // nothing is to be heard: before the first packet, in a pause, after a long loss
	Frame               // received samples
	Conceal             // at least partly made up for samples that were lost or late
)

// Result says what became of a packet.
type Result uint8

// The results.
const (
	Stored    Result = iota
	Duplicate        // dropped: this sequence number was here already
	Late             // dropped: its time to be played was over
	Overflow         // stored; the oldest audio was dropped for it
	Restarted        // stored as the first of a new sequence or timeline
	Suspect          // dropped: far from the sequence; it is taken up if the next packet follows this one
	Invalid          // dropped: empty, or longer than a buffer takes
)

// Options are the settings of a buffer. The zero value is right for G.711.
type Options struct {
	Rate  int           // samples per second, and ticks of the RTP clock; a multiple of 1000; 0: 8000
	Start time.Duration // margin before anything is known about the leg's jitter; 0: 5 ms
	Min   time.Duration // margin between the usual arrival of a packet and its tick; 0: 3 ms
	Max   time.Duration // no packet is delayed longer on purpose; 0: 200 ms
}

// Stats are counted since the buffer was made, except for the last two, which are of this moment.
type Stats struct {
	Received  uint64 // packets that were stored
	Lost      uint64 // packets that did not come in time, or never
	Late      uint64
	Duplicate uint64
	Overflow  uint64 // packets dropped unplayed, because too much had piled up
	Suspect   uint64
	Invalid   uint64
	Restarted uint64
	Concealed uint64 // frames
	Silent    uint64 // frames
	Stretched uint64 // corrections that made the delay longer
	Shrunk    uint64 // corrections that made the delay shorter
	Target    time.Duration
	Delay     time.Duration // from the arrival of the fastest packets to their tick
}

const (
	maxDropout  = 3000 // RFC 3550 A.1: sequence numbers that may be skipped,
	maxMisorder = 100  // and by which a packet may come too late

	frameTime = int64(20 * time.Millisecond)
)

// Buffer is one leg's playout buffer. Make it with [New].
type Buffer struct {
	// Immutable.
	kHz   int64
	frame int // samples per tick
	start int64
	min   int64
	max   int64

	// The sequence.
	store     store
	started   bool   // next is known
	untouched bool   // nothing was taken out since the sequence started: it may still begin earlier
	next      uint16 // what is to be decoded next
	came      uint64 // bit i: packet next-1-i came
	suspected bool
	suspect   uint16 // where a new sequence may have begun

	// The timeline. Positions count samples and never wrap.
	hasRef bool
	refTS  uint32
	refPos int64
	epoch  uint8 // counts timelines
	delays delays

	// Playout.
	idle     bool  // nothing is being played; the next packet may begin at any time
	lastTick int64 // 0: none yet
	pos      int64 // of the next sample to be played
	playing  uint8 // the epoch of pos
	pcm      []int16
	window   []int16 // for the search of a place to stretch
	n        int     // pcm[:n] is decoded and not played yet
	dry      bool    // the last frames were made up because nothing was there
	paused   bool    // the sender said that this is no audio
	made     int     // samples made up since the last received one
	hurried  bool    // too much has piled up: when the playout begins again, it begins with what is due then
	waited   int     // ticks that a first, short packet has waited for a second
	duration int     // samples of the last packet
	grid     grid
	calm     int // ticks since the last correction
	conceal  codec.Concealer

	stats Stats
}

// New returns a buffer. It allocates all that the buffer will ever need.
func New(o Options) *Buffer {
	rate := max(o.Rate, 8000)
	b := &Buffer{
		kHz:   int64(rate / 1000),
		frame: rate / 50,
		start: int64(orDefault(o.Start, 5*time.Millisecond)),
		min:   int64(orDefault(o.Min, 3*time.Millisecond)),
		max:   int64(orDefault(o.Max, 200*time.Millisecond)),
	}
	b.store.init(rate / 100)
	b.pcm = make([]int16, 4*b.frame+maxUnits*rate/100)
	b.window = make([]int16, 0, 3*b.frame)
	b.duration = b.frame
	b.grid.init(b.frame)
	b.idle = true
	return b
}

func orDefault(d, def time.Duration) time.Duration {
	if d <= 0 {
		return def
	}
	return d
}

// Push puts a packet in.
func (b *Buffer) Push(p *Packet) Result {
	r := b.push(p)
	switch r {
	case Duplicate:
		b.stats.Duplicate++
	case Late:
		b.stats.Late++
	case Suspect:
		b.stats.Suspect++
	case Invalid:
		b.stats.Invalid++
	case Overflow:
		b.stats.Received++
	case Restarted:
		b.stats.Restarted++
		b.stats.Received++
	case Stored:
		b.stats.Received++
	}
	return r
}

func (b *Buffer) push(p *Packet) Result {
	units := b.store.unitsFor(len(p.Payload))
	if units == 0 || units > maxUnits {
		return Invalid
	}
	r := b.place(p.Seq)
	if r == Duplicate || r == Suspect {
		return r
	}
	if r == Late {
		b.observe(p, true)
		return r
	}
	pos, jumped := b.observe(p, false)
	if jumped {
		r = Restarted
	}
	for !b.store.fits(units) {
		r = Overflow
		b.dropOldest(p.Seq)
	}
	b.store.put(p, pos, b.epoch, units)
	return r
}

// Skip notes a packet of the same sequence that holds no audio, such as a telephone-event or comfort noise, so that
// its number is not taken for a lost one.
func (b *Buffer) Skip(seq uint16) {
	if r := b.place(seq); r == Stored || r == Restarted {
		b.store.putSkip(seq)
	}
}

// place finds out where a sequence number belongs, and begins a new sequence where it belongs nowhere.
func (b *Buffer) place(seq uint16) Result {
	if !b.started {
		b.restart(seq)
		return Stored
	}
	ahead := int(int16(seq - b.next))
	switch {
	case ahead >= 0 && ahead < slots:
		b.suspected = false
		if b.store.at(seq) != nil {
			return Duplicate
		}
		return Stored
	case ahead >= slots && ahead < maxDropout:
		b.restart(seq)
		return Restarted
	case ahead < 0 && ahead >= -maxMisorder:
		return b.placeOld(seq, -ahead)
	case b.suspected && seq == b.suspect:
		b.restart(seq)
		return Restarted
	}
	b.suspected, b.suspect = true, seq+1
	return Suspect
}

// placeOld places a packet that comes behind others by some numbers.
func (b *Buffer) placeOld(seq uint16, behind int) Result {
	if b.untouched && b.store.fitsBefore(seq, b.next) {
		b.next = seq
		return Stored
	}
	if behind <= 64 && b.came&(1<<(behind-1)) != 0 {
		return Duplicate
	}
	return Late
}

// restart begins a new sequence. What was not played yet is dropped.
func (b *Buffer) restart(seq uint16) {
	b.store.clear()
	b.started, b.untouched, b.suspected = true, true, false
	b.next, b.came = seq, 0
	b.rest()
}

// rest stops the playout until a packet is due. What was decoded is dropped; what comes next is blended with it.
func (b *Buffer) rest() {
	if !b.idle || b.n > 0 {
		b.conceal.Break()
	}
	b.idle, b.dry, b.n, b.made, b.waited = true, false, 0, 0, 0
}

// observe gives the packet's timestamp a position and learns from its delay. A timestamp that is off by more than any
// delay can be begins a new timeline, unless the packet is late.
func (b *Buffer) observe(p *Packet, late bool) (pos int64, jumped bool) {
	if b.hasRef {
		pos = b.refPos + int64(int32(p.TSRTP-b.refTS))
	}
	transit := p.Arrival - b.nanos(pos)
	if b.hasRef {
		if off := transit - b.delays.base(); off > b.max || off < -b.max {
			if late {
				return pos, false
			}
			b.epoch++
			b.delays.newTimeline()
			jumped = true
		}
	}
	b.hasRef, b.refTS, b.refPos = true, p.TSRTP, pos
	b.delays.add(p.Arrival, transit)
	return pos, jumped
}

// dropOldest makes room for seq.
func (b *Buffer) dropOldest(seq uint16) {
	if s := b.store.first(b.next); s != nil {
		b.lose(s.seq + 1)
	} else {
		b.lose(seq)
	}
	b.rest()
	b.hurried = true
}

// step goes to the next sequence number.
func (b *Buffer) step(came bool) {
	b.came <<= 1
	if came {
		b.came |= 1
	}
	b.next++
	b.untouched = false
}

// lose gives up all packets before seq.
func (b *Buffer) lose(seq uint16) {
	for b.next != seq {
		s := b.store.at(b.next)
		switch {
		case s == nil:
			b.stats.Lost++
		case s.state == skipped:
			b.store.drop(s)
		default:
			b.stats.Overflow++
			b.store.drop(s)
		}
		b.step(s != nil)
	}
}

// Reset forgets the stream, as after a change of SSRC. The counters and what is known of the jitter stay.
func (b *Buffer) Reset() {
	b.restart(0)
	b.started, b.hasRef = false, false
	b.epoch++
	b.delays.newTimeline()
}

// Rephase has the playout begin anew, with what is due at the next tick: for a moment in which nobody hears the leg and
// from which its ticks are at other times. Without it the delay would keep what the two phases are apart.
func (b *Buffer) Rephase() {
	if !b.idle {
		b.rest()
		b.hurried = true
	}
}

// Stats returns the counters.
func (b *Buffer) Stats() Stats {
	s := b.stats
	s.Target = time.Duration(b.target())
	if !b.idle {
		s.Delay = time.Duration(b.delay(b.lastTick + frameTime))
	}
	return s
}

// Buffered is how much audio waits.
func (b *Buffer) Buffered() time.Duration {
	return time.Duration(b.nanos(int64(b.n + b.store.packets*b.duration)))
}

// nanos is how long so many samples last.
func (b *Buffer) nanos(samples int64) int64 { return samples * 1_000_000 / b.kHz }
