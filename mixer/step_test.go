package mixer

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// lineConn is a far end without a network: at each tick a packet waits in it, 5 ms old.
type lineConn struct {
	local  netip.AddrPort
	from   netip.AddrPort
	talk   *[50][]byte
	head   media.Header
	packet []byte
	sent   int
}

func (c *lineConn) Recv(b *media.Batch) (int, error) {
	payload := c.talk[c.head.Seq%50]
	c.head.Put(c.packet)
	copy(c.packet[media.HeaderSize:], payload)
	c.head.Seq++
	c.head.TSRTP += frameSamples
	b.Packets[0] = media.Packet{Data: c.packet, From: c.from, Arrival: b.Now.Mono - int64(5*time.Millisecond)}
	return 1, nil
}

func (c *lineConn) Send([]byte, netip.AddrPort) error { c.sent++; return nil }
func (c *lineConn) LocalAddr() netip.AddrPort         { return c.local }
func (c *lineConn) Close() error                      { return nil }

// quietConn is an RTCP socket to which nothing comes.
type quietConn struct{ local netip.AddrPort }

func (c quietConn) Recv(*media.Batch) (int, error)    { return 0, nil }
func (c quietConn) Send([]byte, netip.AddrPort) error { return nil }
func (c quietConn) LocalAddr() netip.AddrPort         { return c.local }
func (c quietConn) Close() error                      { return nil }

// stepper is a shard whose steps the test takes.
type stepper struct {
	shard *shard
	step  int64
	conns []*lineConn
}

// newStepper makes one meeting with rooms of some legs, the first few of which talk.
func newStepper(tb testing.TB, rooms, legs, talking int) *stepper {
	tb.Helper()
	st := &stepper{}
	talk, rest := &[50][]byte{}, &[50][]byte{}
	for i := range talk {
		talk[i], rest[i] = make([]byte, frameSamples), make([]byte, frameSamples)
		codec.Encode(media.PCMU, talk[i], audiotest.Tone(400, 8000, Rate, frameSamples, i*frameSamples))
		codec.Encode(media.PCMU, rest[i], make([]int16, frameSamples))
	}
	n := 0
	e, err := New(Options{Shards: 1, Listen: func(a netip.AddrPort) (media.Conn, error) {
		if a.Port()%2 != 0 {
			return quietConn{a}, nil
		}
		c := &lineConn{
			local: a, from: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 4000),
			talk: rest, packet: make([]byte, media.HeaderSize+frameSamples), head: media.Header{SSRC: uint32(n + 1)},
		}
		if n%legs < talking {
			c.talk = talk
		}
		n++
		st.conns = append(st.conns, c)
		return c, nil
	}})
	if err != nil {
		tb.Fatal(err)
	}
	st.shard = e.shards[0]
	m := e.NewMeeting()
	p := &Placement{Gen: 1}
	for i := range rooms * legs {
		l, err := e.Open(netip.MustParseAddr("10.1.1.1"))
		if err != nil {
			tb.Fatal(err)
		}
		l.Start(media.Spec{
			Remote: st.conns[i].from, Signalling: st.conns[i].from.Addr(), Recv: []media.Format{{Codec: media.PCMU}}, EventRecv: 101,
		})
		p.Legs = append(p.Legs, Place{Leg: l.ID(), Room: RoomID(i / legs)})
		m.Adopt(l)
	}
	m.Place(p)
	st.ticks(5)
	return st
}

// listenForTones takes the telephone-events away from all legs.
func (st *stepper) listenForTones() {
	for i, c := range st.conns {
		st.shard.engine.Leg(LegID(i + 1)).Update(media.Spec{
			Remote: c.from, Signalling: c.from.Addr(), Recv: []media.Format{{Codec: media.PCMU}},
		})
	}
	st.ticks(5)
}

// ticks lets the shard settle.
func (st *stepper) ticks(n int) {
	for range n {
		st.tick()
	}
}

// tick takes the steps of one tick, each when it is due.
func (st *stepper) tick() {
	for range numPhases {
		now := media.Instant{Mono: st.step * int64(phaseLength), Wall: time.Unix(0, st.step*int64(phaseLength))}
		st.shard.step(st.step, now)
		st.step++
	}
}

// TestTickAllocatesNothing also goes through the publication of counts, and through reports, which come every 5 s.
func TestTickAllocatesNothing(t *testing.T) {
	for _, tones := range []bool{false, true} {
		tickAllocatesNothing(t, tones)
	}
}

func tickAllocatesNothing(t *testing.T, tones bool) {
	t.Helper()
	st := newStepper(t, 3, 10, 3)
	if tones {
		st.listenForTones()
	}
	st.ticks(200)
	sent := st.conns[0].sent
	if n := testing.AllocsPerRun(500, st.tick); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
	if got := st.conns[0].sent - sent; got != 501 {
		t.Errorf("%d packets in 501 ticks", got)
	}
	c := st.shard.engine.Counters()
	if c.Concealed > 30 || c.Lost > 0 || c.ReportsOut == 0 {
		t.Errorf("%d frames concealed, %d packets lost, %d reports sent", c.Concealed, c.Lost, c.ReportsOut)
	}
}

// TestRecordingAllocatesNothing in the tick.
func TestRecordingAllocatesNothing(t *testing.T) {
	st := newStepper(t, 1, 4, 2)
	l := st.shard.engine.Leg(1)
	l.Record(1, make([]int16, 60*Rate))
	st.ticks(5)
	if n := testing.AllocsPerRun(200, st.tick); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
	if !l.take.on || l.take.n < 200*frameSamples {
		t.Errorf("%d samples", l.take.n)
	}
}

// TestLiveAllocatesNothing: somebody speaks to all rooms.
func TestLiveAllocatesNothing(t *testing.T) {
	st := newStepper(t, 3, 10, 3)
	l := st.shard.engine.Leg(1)
	l.meeting.Announce(&Announcement{
		Live: l, Lead: 4 * frameSamples, Length: 1000 * frameSamples,
		Open: func(int) prompt.Source { return prompt.Gap(4 * frameSamples) },
	})
	st.ticks(20)
	if n := testing.AllocsPerRun(200, st.tick); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
	if a := l.meeting.saying; a == nil || !a.begun() || len(a.starts) != 3 {
		t.Errorf("%+v is being said", a)
	}
}

// BenchmarkMix is a whole tick without the kernel: receive, decode, mix, encode, send.
func BenchmarkMix(b *testing.B) {
	for _, bb := range []struct {
		rooms, legs, talking int
		keys                 string
	}{{1, 300, 3, "events"}, {50, 10, 3, "events"}, {1, 10, 10, "events"}, {1, 300, 3, "tones"}, {1, 10, 10, "tones"}} {
		b.Run(fmt.Sprintf("codec=PCMU/rooms=%d/legs=%d/talking=%d/keys=%s", bb.rooms, bb.legs, bb.talking, bb.keys), func(b *testing.B) {
			st := newStepper(b, bb.rooms, bb.legs, bb.talking)
			if bb.keys == "tones" {
				st.listenForTones()
			}
			st.ticks(200)
			b.ReportAllocs()
			for b.Loop() {
				st.tick()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*bb.rooms*bb.legs), "ns/leg")
		})
	}
}

// BenchmarkPlacement moves 600 legs between the main room and 300 rooms.
func BenchmarkPlacement(b *testing.B) {
	st := newStepper(b, 1, 600, 0)
	var m *Meeting
	for _, phase := range st.shard.phases {
		for _, other := range phase {
			if !other.solo {
				m = other
			}
		}
	}
	var plans [2]Placement
	for i := range plans {
		for n, l := range m.order {
			plans[i].Legs = append(plans[i].Legs, Place{Leg: l.id, Room: RoomID(i * (1 + n/2))})
		}
	}
	n := 0
	for b.Loop() {
		n++
		m.Place(&plans[n%2])
		m.apply(0)
	}
}

// FuzzReceive feeds packets to a leg as from its far end, with time passing.
func FuzzReceive(f *testing.F) {
	f.Add([]byte{0, 12, 0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1})
	f.Add([]byte{7, 14, 0x80, 0xff, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 1, 2})
	f.Add([]byte{1, 16, 0x80, 101, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 5, 0x8a, 3, 0x20})
	f.Add([]byte{1, 13, 0x80, 13, 0, 1, 0, 0, 0, 160, 0, 0, 0, 1, 50, 8, 14, 0x80, 13, 0, 2, 0, 0, 0, 160, 0, 0, 0, 1, 0xff, 1})
	f.Add(fuzzStream())
	f.Fuzz(func(t *testing.T, data []byte) {
		st := newStepper(t, 1, 2, 1)
		l := st.shard.engine.Leg(1)
		l.update(&media.Spec{
			Mux:    len(data)%2 == 0,
			Remote: st.conns[0].from, Signalling: st.conns[0].from.Addr(), EventRecv: 101, Noise: true,
			Recv: []media.Format{{Codec: media.PCMU}, {Codec: media.PCMA, PayloadType: 8}},
		})
		for len(data) >= 2 {
			size := min(int(data[1]), len(data)-2)
			p := media.Packet{
				Data: data[2 : 2+size], From: st.conns[0].from,
				Arrival: st.shard.now.Mono - int64(data[0])*int64(time.Millisecond),
			}
			l.packet(&p, st.step/numPhases)
			l.readReport(&p)
			if data[0]%8 == 0 {
				st.tick()
			}
			data = data[2+size:]
		}
		st.tick()
	})
}

// fuzzStream is 12 packets over the wrap of sequence number and time stamp: of two codecs, with a key and a loss.
func fuzzStream() []byte {
	var data []byte
	h := media.Header{Seq: 65530, TSRTP: 1<<32 - 800, SSRC: 7, Marker: true}
	for i := range 12 {
		size := frameSamples
		h.PayloadType = uint8(i % 2 * 8)
		if i == 6 {
			h.PayloadType, size = 101, 4
		}
		p := make([]byte, media.HeaderSize+size)
		h.Put(p)
		data = append(data, uint8(i*8), uint8(len(p)))
		data = append(data, p...)
		h.Seq += uint16(1 + i%5/4)
		h.TSRTP += frameSamples
		h.Marker = false
	}
	return data
}
