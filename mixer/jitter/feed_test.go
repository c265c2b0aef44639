package jitter

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	ms      = int64(time.Millisecond)
	tick    = 20 * ms
	perMS   = 8
	frame   = 160
	toneTop = 8000

	period = 21 // of the tone: no frame is a whole number of periods, so that a cut can be heard
)

// tone is the sound of all senders here, by the number of its sample.
var tone = func() (pcm [period]int16) {
	for i := range pcm {
		pcm[i] = int16(math.Round(toneTop * math.Sin(2*math.Pi*float64(i)/period)))
	}
	return pcm
}()

// toneStep is the largest second difference that the tone has by itself.
const toneStep = 712

// sample numbers go with the packets, so that what comes out shows what it was made of.
func payload(dst []byte, first int64, samples int) []byte {
	dst = dst[:samples]
	binary.LittleEndian.PutUint64(dst, uint64(first))
	return dst
}

func decode(_ uint8, payload []byte, dst []int16) int {
	first := int64(binary.LittleEndian.Uint64(payload))
	for i := range payload {
		dst[i] = tone[(first+int64(i))%int64(len(tone))]
	}
	return len(payload)
}

// sent is one packet on its way.
type sent struct {
	arrival int64
	seq     uint16
	ts      uint32
	first   int64 // sample number
	samples int
	skip    bool
}

// sender makes packets. Its fields may be changed between calls of send.
type sender struct {
	seq     uint16
	ts      uint32
	at      int64   // when the next packet is sent
	first   int64   // of the next packet
	samples int     // of a packet
	ppm     float64 // by how much its clock is fast
	jitter  func() int64
	out     []sent
}

func newSender() *sender {
	return &sender{seq: 100, ts: 5000, at: 1000*ms + 7*ms, samples: frame, jitter: func() int64 { return 0 }}
}

// send sends packets for a time.
func (s *sender) send(d time.Duration) *sender {
	for end := s.at + int64(d); s.at < end; {
		s.out = append(s.out, sent{arrival: s.at + s.jitter(), seq: s.seq, ts: s.ts, first: s.first, samples: s.samples})
		s.advance(s.samples)
		s.seq++
	}
	return s
}

// advance lets time pass without a packet.
func (s *sender) advance(samples int) {
	s.ts += uint32(samples)
	s.first += int64(samples)
	s.at += int64(float64(samples) * 1e6 / perMS / (1 + s.ppm/1e6))
}

// heard is what came out.
type heard struct {
	kinds []Kind
	pcm   []int16
	delay []int64 // of the buffer, after each tick
}

// from leaves out what was heard before a time.
func (h *heard) from(d time.Duration) heard {
	n := int(int64(d) / tick)
	return heard{kinds: h.kinds[n:], pcm: h.pcm[n*frame:], delay: h.delay[n:]}
}

func (h *heard) count(k Kind) (n int) {
	for _, kind := range h.kinds {
		if kind == k {
			n++
		}
	}
	return n
}

// roughest is the largest second difference.
func (h *heard) roughest() (value, at int) {
	for i := 2; i < len(h.pcm); i++ {
		d := int(h.pcm[i]) - 2*int(h.pcm[i-1]) + int(h.pcm[i-2])
		if d = max(d, -d); d > value {
			value, at = d, i
		}
	}
	return value, at
}

// play lets the packets through b, in the order of their arrival, with ticks from the first second on.
func play(b *Buffer, packets []sent) heard {
	packets = slices.Clone(packets)
	slices.SortStableFunc(packets, func(a, b sent) int { return cmp.Compare(a.arrival, b.arrival) })
	var h heard
	var octets [960]byte
	pcm := make([]int16, frame)
	end := packets[len(packets)-1].arrival
	for now := 1000 * ms; now <= end; now += tick {
		for len(packets) > 0 && packets[0].arrival <= now {
			p := &packets[0]
			if p.skip {
				b.Skip(p.seq)
			} else {
				b.Push(&Packet{Seq: p.seq, TSRTP: p.ts, Arrival: p.arrival, Payload: payload(octets[:], p.first, p.samples)})
			}
			packets = packets[1:]
		}
		h.kinds = append(h.kinds, b.Pop(now, pcm, decode))
		h.pcm = append(h.pcm, pcm...)
		h.delay = append(h.delay, int64(b.Stats().Delay))
	}
	return h
}

// uniform is jitter between 0 and d.
func uniform(seed uint64, d time.Duration) func() int64 {
	r := rand.New(rand.NewPCG(seed, 1))
	return func() int64 { return r.Int64N(int64(d)) }
}

// drop loses packets at random.
func drop(packets []sent, share float64, seed uint64) []sent {
	r := rand.New(rand.NewPCG(seed, 2))
	return slices.DeleteFunc(packets, func(sent) bool { return r.Float64() < share })
}

func wantSmooth(t *testing.T, h heard) {
	t.Helper()
	if n := len(h.kinds) - h.count(Frame); n > 0 {
		t.Errorf("%d of %d frames are not of received samples, the first is number %d", n, len(h.kinds),
			slices.IndexFunc(h.kinds, func(k Kind) bool { return k != Frame }))
	}
	if value, at := h.roughest(); value > toneStep+250 {
		t.Errorf("a click of %d at sample %d (tick %d)", value, at, at/frame)
	}
}
