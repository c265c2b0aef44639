package mixer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// These benchmarks run in real time: one iteration is one tick of 20 ms. Their result is the processor time that the
// process needs for one leg during one second, without the part of the thread that plays the phones:
//
//	go test ./mixer -run='^$' -bench='Floor|Engine' -benchtime=5s
//
// Floor does nothing but receive a packet and send one for each leg and tick, with the same raw sockets.

const (
	benchRoom    = 10 // legs in a room
	benchTalkers = 3
)

var benchLegs = []int{300, 500}

func BenchmarkFloor(b *testing.B) {
	for _, legs := range benchLegs {
		b.Run(fmt.Sprintf("legs=%d", legs), func(b *testing.B) {
			traffic := newTraffic(b, legs)
			stop := echo(b, traffic)
			defer stop()
			traffic.measure(b)
		})
	}
}

func BenchmarkEngine(b *testing.B) {
	for _, legs := range benchLegs {
		b.Run(fmt.Sprintf("legs=%d/rooms=%d/talking=%d", legs, legs/benchRoom, benchTalkers), func(b *testing.B) {
			traffic := newTraffic(b, legs)
			stop := bridge(b, traffic)
			traffic.delay = true
			defer stop()
			traffic.measure(b)
		})
	}
}

// echo receives and sends at each tick, in the four phases of the mixer, and does nothing else.
func echo(b *testing.B, traffic *traffic) (stop func()) {
	b.Helper()
	var conns []media.Conn
	for _, p := range traffic.phones {
		c, err := media.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			b.Fatal(err)
		}
		p.to = c.LocalAddr()
		conns = append(conns, c)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var wg sync.WaitGroup
	shards := runtime.GOMAXPROCS(0)
	for n := range shards {
		wg.Go(func() {
			batch, clock, out := &media.Batch{}, media.NewClock(time.Now()), make([]byte, 172)
			start, timer := time.Now(), time.NewTimer(0)
			for step := 1; ctx.Err() == nil; step++ {
				timer.Reset(time.Until(start.Add(time.Duration(step) * mixer.Ptime / 4)))
				<-timer.C
				batch.Now = clock.Now()
				for i := n + shards*(step%4); i < len(conns); i += 4 * shards {
					if _, err := conns[i].Recv(batch); err != nil {
						b.Error(err)
					}
					if err := conns[i].Send(out, traffic.phones[i].conn.LocalAddr()); err != nil {
						b.Error(err)
					}
				}
			}
		})
	}
	return func() {
		cancel()
		wg.Wait()
		for _, c := range conns {
			if err := c.Close(); err != nil {
				b.Error(err)
			}
		}
	}
}

// bridge runs an engine with the phones in rooms.
func bridge(b *testing.B, traffic *traffic) (stop func()) {
	b.Helper()
	e := newEngine(b, mixer.Options{})
	ctx, cancel := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }() // awaited by stop
	const meetings = 8                // one for each phase of two shards
	var ms [meetings]*mixer.Meeting
	var places [meetings]mixer.Placement
	for i := range ms {
		ms[i], places[i].Gen = e.NewMeeting(), 1
	}
	for i, p := range traffic.phones {
		l, err := e.Open(netip.MustParseAddr("127.0.0.1"))
		if err != nil {
			b.Fatal(err)
		}
		l.Start(media.Spec{
			Remote: p.conn.LocalAddr(), Signalling: p.conn.LocalAddr().Addr(),
			Recv: []media.Format{{Codec: media.PCMU}}, EventRecv: keyPT,
		})
		p.to = l.LocalAddr()
		room := i / benchRoom
		m := room % meetings
		places[m].Legs = append(places[m].Legs, mixer.Place{Leg: l.ID(), Room: mixer.RoomID(room)})
		ms[m].Adopt(l)
	}
	for i := range ms {
		ms[i].Place(&places[i])
	}
	return func() {
		c := e.Counters()
		b.ReportMetric(float64(c.LateTicks)/4/float64(c.Ticks)*100, "%late")
		b.ReportMetric(float64(c.Concealed)/float64(c.PacketsIn+1)*100, "%concealed")
		cancel()
		if err := <-ran; err != nil {
			b.Error(err)
		}
	}
}

// traffic is many phones on one thread. Of the ten in a room the first bursts now and then, the last listens for that,
// and some between talk.
type traffic struct {
	phones []*benchPhone
	talk   [50][]byte // a second of tone, as payloads
	rest   []byte
	burst  []byte
	clock  *media.Clock
	batch  media.Batch
	packet []byte
	pcm    []int16
	delay  bool            // delays mean something
	delays []time.Duration // from a burst's arrival at the engine's socket to its departure
}

type benchPhone struct {
	conn media.Conn
	to   netip.AddrPort
	head media.Header

	next   int   // tick of the next burst
	burst  int64 // when the last was sent, 0: it was heard
	leader *benchPhone
}

// burstLevel tells a burst from talking.
const burstLevel = 20000

func newTraffic(b *testing.B, legs int) *traffic {
	b.Helper()
	t := &traffic{
		rest: make([]byte, frame), burst: make([]byte, frame), clock: media.NewClock(time.Now()),
		packet: make([]byte, media.HeaderSize+frame), pcm: make([]int16, frame),
	}
	codec.Encode(media.PCMU, t.rest, make([]int16, frame))
	for i := range t.talk {
		t.talk[i] = make([]byte, frame)
		codec.Encode(media.PCMU, t.talk[i], audiotest.Tone(400, 3000, rate, frame, i*frame))
	}
	burst := make([]int16, frame)
	for i := range burst {
		burst[i] = int16(burstLevel * (1 - 2*(i/2%2)))
	}
	codec.Encode(media.PCMU, t.burst, burst)
	for i := range legs {
		c, err := media.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			if err := c.Close(); err != nil {
				b.Error(err)
			}
		})
		p := &benchPhone{conn: c, next: 50 + rand.IntN(25), head: media.Header{SSRC: rand.Uint32(), Marker: true}}
		t.phones = append(t.phones, p)
		p.leader = t.phones[i-i%benchRoom]
	}
	return t
}

// measure runs the phones for b.N ticks and reports what the rest of the process needed.
func (t *traffic) measure(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const warm = 100
	start, tick := time.Now(), 0
	step := func() {
		t.tick(b, start, tick)
		tick++
	}
	for range warm {
		step()
	}
	t.delays = t.delays[:0]
	all, mine, began := used(b, syscall.RUSAGE_SELF), used(b, unix.RUSAGE_THREAD), tick
	for b.Loop() {
		step()
	}
	cost := used(b, syscall.RUSAGE_SELF) - all - (used(b, unix.RUSAGE_THREAD) - mine)
	seconds := float64(tick-began) * mixer.Ptime.Seconds()
	b.ReportMetric(float64(cost.Microseconds())/seconds/float64(len(t.phones)), "µs/leg-s")
	b.ReportMetric(0, "ns/op")
	if n := len(t.delays); t.delay && n > 0 {
		slices.Sort(t.delays)
		b.ReportMetric(float64(t.delays[n/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(t.delays[n*99/100].Microseconds())/1000, "p99-ms")
	}
}

func used(b *testing.B, who int) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tick sends one frame of each phone, in slices over 20 ms, and drains what came.
func (t *traffic) tick(b *testing.B, start time.Time, tick int) {
	const slicesOfTick = 5
	for part := range slicesOfTick {
		due := start.Add(time.Duration(tick)*mixer.Ptime + time.Duration(part)*mixer.Ptime/slicesOfTick)
		time.Sleep(time.Until(due))
		t.batch.Now = t.clock.Now()
		for i := part; i < len(t.phones); i += slicesOfTick {
			t.send(b, i, tick)
			t.drain(b, i)
		}
	}
}

func (t *traffic) send(b *testing.B, i, tick int) {
	p := t.phones[i]
	payload := t.rest
	switch place := i % benchRoom; {
	case place == 0 && tick >= p.next:
		payload = t.burst
		p.burst, p.next = t.clock.Now().Mono, tick+10+rand.IntN(25)
	case place > 0 && place < benchTalkers:
		payload = t.talk[tick%len(t.talk)]
	}
	p.head.Put(t.packet)
	copy(t.packet[media.HeaderSize:], payload)
	if err := p.conn.Send(t.packet, p.to); err != nil {
		b.Error(err)
	}
	p.head.Marker = false
	p.head.Seq++
	p.head.TSRTP += frame
}

func (t *traffic) drain(b *testing.B, i int) {
	p := t.phones[i]
	n, err := p.conn.Recv(&t.batch)
	if err != nil {
		b.Error(err)
	}
	if i%benchRoom != benchRoom-1 {
		return
	}
	for _, in := range t.batch.Packets[:n] {
		if p.leader.burst == 0 || len(in.Data) != len(t.packet) {
			continue
		}
		codec.Decode(media.PCMU, t.pcm, in.Data[media.HeaderSize:])
		at := slices.IndexFunc(t.pcm, func(s int16) bool { return s > burstLevel/2 || s < -burstLevel/2 })
		if at >= 0 {
			t.delays = append(t.delays, time.Duration(in.Arrival-p.leader.burst)+time.Duration(at)*time.Second/rate)
			p.leader.burst = 0
		}
	}
}
