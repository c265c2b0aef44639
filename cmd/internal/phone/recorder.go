package phone

import (
	"fmt"
	"sync"
	"time"
)

// Packet is one line of the continuity log.
type Packet struct {
	Arrival time.Duration // on the clock of [Now]
	SSRC    uint32
	TSRTP   uint32
	Seq     uint16
	Payload uint8
	Marker  bool
	Pos     int64 // where its first sample is in the recording
	Samples int
}

// RecorderStats count what a telephone got.
type RecorderStats struct {
	Packets      uint64 // audio of the agreed codec from the far end
	Bytes        uint64 // their payload
	Lost         uint64 // sequence numbers that never came, as far as is known
	Reordered    uint64
	Duplicates   uint64
	SSRCChanges  uint64
	Jumps        uint64 // timestamps that do not go with the sequence, nor with the time
	Pauses       uint64 // times in which nothing was sent: the timestamp went on as time did
	Strangers    uint64 // packets from elsewhere than the far end
	WrongPayload uint64
	Jitter       time.Duration // RFC 3550 §6.4.1
}

// Recorder writes down what a telephone hears: the last samples, the last
// packets, and counts of everything since the beginning.
type Recorder struct {
	mu        sync.Mutex
	ring      []int16 // sample i of the recording is at i % len(ring)
	head      int64   // samples so far
	log       []Packet
	packets   int64 // written to log so far
	last      Packet
	started   bool
	stats     RecorderStats
	jitter    float64 // nanoseconds
	deviation Histogram
}

// maxStep is how far a timestamp may go on at once; more is another stream (RFC 3550 A.1 thinks in the same size).
const maxStep = 30 * Rate

func newRecorder(keep time.Duration) *Recorder {
	samples := int(keep * Rate / time.Second)
	return &Recorder{ring: make([]int16, samples), log: make([]Packet, max(64, samples/160))}
}

// add takes one audio packet. pcm is its decoded payload.
func (r *Recorder) add(p Packet, bytes int, pcm []int16) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.Samples = len(pcm)
	p.Pos = r.head
	if r.started && !r.place(&p) {
		return
	}
	r.started = true
	r.stats.Packets++
	r.stats.Bytes += uint64(bytes)
	r.write(p.Pos, pcm)
	r.log[r.packets%int64(len(r.log))] = p
	r.packets++
	if p.Pos >= r.last.Pos {
		r.last = p
	}
}

// place finds where p belongs after the last packet, and counts. It says whether p is to be kept.
func (r *Recorder) place(p *Packet) bool {
	if p.SSRC != r.last.SSRC {
		r.stats.SSRCChanges++
		return true
	}
	seq, ts := int16(p.Seq-r.last.Seq), int64(int32(p.TSRTP-r.last.TSRTP))
	if seq == 0 {
		r.stats.Duplicates++
		return false
	}
	if ts > maxStep || ts < -maxStep || (seq > 0) != (ts > 0) {
		r.stats.Jumps++
		return true
	}
	p.Pos = r.last.Pos + ts
	if seq < 0 {
		r.stats.Reordered++
		r.stats.Lost -= min(r.stats.Lost, 1)
		return p.Pos >= 0
	}
	r.stats.Lost += uint64(seq - 1)
	late := r.deviate(*p, ts)
	switch {
	case seq != 1 || ts == int64(r.last.Samples):
	case ts > int64(r.last.Samples) && late.Abs() < pauseSlack:
		r.stats.Pauses++
	default:
		r.stats.Jumps++
	}
	return true
}

// pauseSlack is how far a timestamp may be from the time that has passed in a pause.
const pauseSlack = 60 * time.Millisecond

// deviate keeps how far the distance of two arrivals is from what their timestamps say.
func (r *Recorder) deviate(p Packet, ts int64) time.Duration {
	d := (p.Arrival - r.last.Arrival) - time.Duration(ts)*time.Second/Rate
	r.deviation.Add(d.Abs())
	r.jitter += (float64(d.Abs()) - r.jitter) / 16
	return d
}

// write puts samples at pos and silence into what lies between.
func (r *Recorder) write(pos int64, pcm []int16) {
	n := int64(len(r.ring))
	if n == 0 {
		r.head = max(r.head, pos+int64(len(pcm)))
		return
	}
	for i := max(r.head, pos-n); i < pos; i++ {
		r.ring[i%n] = 0
	}
	for i, v := range pcm {
		if at := pos + int64(i); at > r.head-n {
			r.ring[at%n] = v
		}
	}
	r.head = max(r.head, pos+int64(len(pcm)))
}

func (r *Recorder) stranger() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Strangers++
}

func (r *Recorder) wrongPayload() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.WrongPayload++
}

// Stats are the counts so far.
func (r *Recorder) Stats() RecorderStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Jitter = time.Duration(r.jitter)
	return s
}

// Deviation is how far arrivals were from an even pace.
func (r *Recorder) Deviation() Histogram {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.deviation
}

// Pos is how many samples were recorded so far, those that have left the ring included.
func (r *Recorder) Pos() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}

// Last is what was heard in the last d, or nil if the recording is shorter.
func (r *Recorder) Last(d time.Duration) []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rangeLocked(r.head-int64(d*Rate/time.Second), r.head)
}

// Range is the samples from pos on until to, or nil if they have not all been
// recorded or have left the ring.
func (r *Recorder) Range(pos, to int64) []int16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rangeLocked(pos, to)
}

func (r *Recorder) rangeLocked(pos, to int64) []int16 {
	n := int64(len(r.ring))
	if pos < 0 || to > r.head || pos >= to || pos < r.head-n {
		return nil
	}
	out := make([]int16, to-pos)
	k := copy(out, r.ring[pos%n:])
	copy(out[k:], r.ring)
	return out
}

// Log is the packets still in the log, in order of arrival.
func (r *Recorder) Log() []Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logLocked()
}

func (r *Recorder) logLocked() []Packet {
	n := int64(len(r.log))
	if r.packets <= n {
		return append([]Packet(nil), r.log[:r.packets]...)
	}
	at := r.packets % n
	return append(append([]Packet(nil), r.log[at:]...), r.log[:at]...)
}

// Heard is the time at which sample pos could be heard: when its packet came,
// plus its place in the packet. It says false if the packet is not in the log.
func (r *Recorder) Heard(pos int64) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := int64(len(r.log))
	for i := r.packets - 1; i >= max(0, r.packets-n); i-- {
		p := r.log[i%n]
		if pos >= p.Pos && pos < p.Pos+int64(p.Samples) {
			return p.Arrival + time.Duration(pos-p.Pos)*time.Second/Rate, true
		}
	}
	return 0, false
}

// Continuity is the first break of what was received since the beginning: a
// changed SSRC, a lost or repeated packet, a jump of the timestamp. Nil means
// none. A pause is no break: a bridge that was held up for a while says so by it.
func (r *Recorder) Continuity() error {
	s := r.Stats()
	switch {
	case s.SSRCChanges > 0:
		return fmt.Errorf("the SSRC changed %d times", s.SSRCChanges)
	case s.Lost > 0:
		return fmt.Errorf("%d packets of %d are missing", s.Lost, s.Packets+s.Lost)
	case s.Duplicates > 0 || s.Reordered > 0:
		return fmt.Errorf("%d packets came twice, %d out of order", s.Duplicates, s.Reordered)
	case s.Jumps > 0:
		return fmt.Errorf("the timestamp jumped %d times", s.Jumps)
	}
	return nil
}
