package mixer_test

import (
	"context"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

const (
	frame    = 160
	rate     = mixer.Rate
	keyPT    = 101
	loudness = 8000
)

var bridgeAddr = netip.MustParseAddr("192.0.2.1")

// world is an engine and its phones inside a bubble: time passes only while everybody waits.
type world struct {
	t      *testing.T
	net    media.MemNet
	engine *mixer.Engine
	phones []*phone
	stop   func() // ends the engine; once
}

// inWorld runs f in a bubble with an engine that ticks, and checks that nothing of it is left.
func inWorld(t *testing.T, o mixer.Options, f func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t}
		o.Listen = w.net.Listen
		if o.Shards == 0 {
			o.Shards = 2
		}
		w.engine = newEngine(t, o)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- w.engine.Run(ctx) }() // awaited below
		time.Sleep(time.Millisecond)             // phones are never exactly on the grid
		w.stop = sync.OnceFunc(func() {
			cancel()
			if err := <-ran; err != nil {
				t.Errorf("run: %v", err)
			}
		})
		f(w)
		w.stop()
		for _, p := range w.phones {
			if err := p.conn.Close(); err != nil {
				t.Error(err)
			}
		}
		if n := w.net.Open(); n != 0 {
			t.Errorf("%d sockets left open", n)
		}
	})
}

func newEngine(t testing.TB, o mixer.Options) *mixer.Engine {
	t.Helper()
	e, err := mixer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// phone is a far end: it sends a tone or silence, and keeps all that it hears.
type phone struct {
	w    *world
	leg  *mixer.Leg
	conn media.Conn
	spec media.Spec

	head  media.Header // of the next packet
	hz    float64      // 0: silence
	voice bool         // it is a voice that speaks in syllables, in place of a tone
	mute  bool         // sends nothing
	say   []int16      // what it says before all else
	sent  int          // samples
	heard []heard
	batch media.Batch
}

// heard is one packet that came.
type heard struct {
	media.Header
	at  time.Time
	pcm []int16
}

// phone makes a far end and starts its leg.
func (w *world) phone(hz float64) *phone {
	w.t.Helper()
	n := len(w.phones)
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(n % 250)}), uint16(4000+n/250*2))
	conn, err := w.net.Listen(addr)
	if err != nil {
		w.t.Fatal(err)
	}
	leg, err := w.engine.Open(bridgeAddr)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &phone{
		w: w, leg: leg, conn: conn, hz: hz,
		head: media.Header{Seq: uint16(65530 + n), TSRTP: uint32(1<<32 - 1000 - n), SSRC: uint32(n + 1), Marker: true},
		spec: media.Spec{
			Remote: addr, Signalling: addr.Addr(), EventSend: keyPT, EventRecv: keyPT,
			Send: media.Format{Codec: media.PCMU}, PtimeMS: 20,
			Recv: []media.Format{{Codec: media.PCMU}, {Codec: media.PCMA, PayloadType: 8}},
		},
	}
	w.phones = append(w.phones, p)
	leg.Start(p.spec)
	return p
}

// run lets frames pass: everybody sends one, waits and listens.
func (w *world) run(frames int) {
	for range frames {
		for _, p := range w.phones {
			p.talk()
		}
		time.Sleep(mixer.Ptime)
		for _, p := range w.phones {
			p.listen()
		}
	}
}

// talk sends the next frame.
func (p *phone) talk() {
	pcm := make([]int16, frame)
	if p.hz != 0 {
		pcm = audiotest.Tone(p.hz, loudness, rate, frame, p.sent)
	}
	if p.voice {
		for i := range pcm { // four syllables a second
			at := float64(p.sent+i) / rate
			pcm[i] = int16(loudness * math.Pow(math.Sin(math.Pi*4*at), 2) * math.Sin(2*math.Pi*200*at))
		}
	}
	p.say = p.say[copy(pcm, p.say):]
	payload := make([]byte, frame)
	codec.Encode(media.PCMU, payload, pcm)
	if !p.mute {
		p.send(payload)
	}
	p.head.Seq++
	p.head.TSRTP += frame
	p.head.Marker = false
	p.sent += frame
}

func (p *phone) send(payload []byte) { p.raw(packet(p.head, payload), p.leg.LocalAddr()) }

func packet(h media.Header, payload []byte) []byte {
	b := make([]byte, media.HeaderSize+len(payload))
	h.Put(b)
	copy(b[media.HeaderSize:], payload)
	return b
}

func (p *phone) raw(b []byte, to netip.AddrPort) {
	if err := p.conn.Send(b, to); err != nil {
		p.w.t.Error(err)
	}
}

// listen takes what has come.
func (p *phone) listen() {
	for {
		p.batch.Now = media.Instant{Wall: time.Now()}
		n, err := p.conn.Recv(&p.batch)
		if err != nil {
			p.w.t.Error(err)
		}
		for _, in := range p.batch.Packets[:n] {
			h, payload, ok := media.ParseRTP(in.Data)
			if !ok || in.From != p.leg.LocalAddr() {
				continue // RTCP
			}
			c := media.PCMU
			if h.PayloadType == 8 {
				c = media.PCMA
			}
			pcm := make([]int16, len(payload))
			codec.Decode(c, pcm, payload)
			p.heard = append(p.heard, heard{h, time.Now().Add(time.Duration(in.Arrival)), pcm})
		}
		if n == 0 {
			return
		}
	}
}

// forget drops what was heard so far.
func (p *phone) forget() { p.heard = nil }

// pcm is all that was heard.
func (p *phone) pcm() []int16 {
	var all []int16
	for _, h := range p.heard {
		all = append(all, h.pcm...)
	}
	return all
}

// hears says whether a tone is in what was heard.
func (p *phone) hears(hz float64) bool { return audiotest.Goertzel(p.pcm(), rate, hz) > -40 }

// heardEver says whether a tone is in any packet.
func (p *phone) heardEver(hz float64) bool {
	return slices.ContainsFunc(p.heard, func(h heard) bool { return audiotest.Goertzel(h.pcm, rate, hz) > -35 })
}

// continuous fails unless the packets follow each other without a gap in sequence and time stamps.
func (p *phone) continuous() {
	p.w.t.Helper()
	for i := 1; i < len(p.heard); i++ {
		a, b := p.heard[i-1], p.heard[i]
		if b.SSRC != a.SSRC || b.Seq != a.Seq+1 || b.TSRTP != a.TSRTP+uint32(len(a.pcm)) || b.Marker {
			p.w.t.Errorf("packet %d does not follow: %+v after %+v", i, b.Header, a.Header)
		}
	}
}

// events takes the leg's events.
func (p *phone) events() []media.Event {
	buf := make([]media.Event, 64)
	return slices.Clone(buf[:p.leg.Drain(buf)])
}

// press sends one whole telephone-event of 80 ms, as a phone does: in place of audio.
func (p *phone) press(code byte, ends int) {
	h := p.head
	h.PayloadType, h.Marker = keyPT, true
	event := func(end byte, duration uint16) []byte {
		return binary.BigEndian.AppendUint16([]byte{code, end<<7 | 10}, duration)
	}
	for i := range 4 {
		p.raw(packet(h, event(0, uint16(i+1)*frame)), p.leg.LocalAddr())
		h.Seq++
		h.Marker = false
		p.w.run0(p)
	}
	for range ends {
		p.raw(packet(h, event(1, 4*frame)), p.leg.LocalAddr())
		h.Seq++
	}
	p.head.Seq, p.head.TSRTP = h.Seq, p.head.TSRTP+4*frame
}

// run0 lets one frame pass in which all but one phone talk.
func (w *world) run0(but *phone) {
	mute := but.mute
	but.mute = true
	head := but.head
	w.run(1)
	but.head, but.mute = head, mute
}

// meeting makes a meeting with the phones, placed by rooms: one for each phone.
func (w *world) meeting(rooms ...mixer.RoomID) *mixer.Meeting {
	w.t.Helper()
	m := w.engine.NewMeeting()
	for _, p := range w.phones {
		m.Adopt(p.leg)
	}
	w.place(m, 1, rooms...)
	return m
}

func (w *world) place(m *mixer.Meeting, gen uint64, rooms ...mixer.RoomID) {
	m.Place(w.placement(gen, rooms...))
}

func (w *world) placement(gen uint64, rooms ...mixer.RoomID) *mixer.Placement {
	p := &mixer.Placement{Gen: gen}
	for i, r := range rooms {
		p.Legs = append(p.Legs, mixer.Place{Leg: w.phones[i].leg.ID(), Room: r})
	}
	return p
}

// matrix is who hears whom: a line for each ear, a mark for each tone.
func (w *world) matrix() string {
	var s strings.Builder
	for _, ear := range w.phones {
		for _, mouth := range w.phones {
			mark := "."
			if mouth.hz != 0 && ear.hears(mouth.hz) {
				mark = "x"
			}
			s.WriteString(mark)
		}
		s.WriteString("\n")
	}
	return s.String()
}

// tone is the tone of the n-th phone; all have whole numbers of periods in a frame, so that one frame tells them apart.
func tone(n int) float64 { return float64(400 + 150*n) }
