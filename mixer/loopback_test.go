package mixer_test

import (
	"context"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/codec"
	"partyline/mixer/media"
)

// TestOverRealSockets lets two phones hear each other over UDP on loopback, in real time.
func TestOverRealSockets(t *testing.T) {
	before := runtime.NumGoroutine()
	e := newEngine(t, mixer.Options{Shards: 2})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- e.Run(ctx) }() // awaited below
	m, p := e.NewMeeting(), &mixer.Placement{Gen: 1}
	var phones []*udpPhone
	for n := range 2 {
		phone := newUDPPhone(t, e, tone(3*n))
		phones = append(phones, phone)
		p.Legs = append(p.Legs, mixer.Place{Leg: phone.leg.ID(), Room: 1})
		m.Adopt(phone.leg)
	}
	m.Place(p)
	// One goroutine is both phones; it ends when each has heard the other's tone.
	timer := time.NewTicker(mixer.Ptime)
	defer timer.Stop()
	for !phones[0].hears(tone(3)) || !phones[1].hears(tone(0)) {
		select {
		case <-timer.C:
		case <-t.Context().Done():
			t.Fatal("they do not hear each other")
		}
		for _, phone := range phones {
			phone.frame()
		}
	}
	for _, phone := range phones {
		if phone.hears(phone.hz) {
			t.Errorf("the phone with %.0f Hz hears itself", phone.hz)
		}
		if s := phone.leg.Stats(); s.WrongSource+s.Invalid+s.WrongPayload+s.SendErrors > 0 {
			t.Errorf("stats %+v", s)
		}
	}
	if _, used := e.Counters().Ports, e.Counters().PortsUsed; used != 2 {
		t.Errorf("%d pairs of ports in use", used)
	}
	phones[0].leg.Close()
	cancel() // closes the other leg
	if err := <-ran; err != nil {
		t.Error(err)
	}
	if used := e.Counters().PortsUsed; used != 0 {
		t.Errorf("%d pairs of ports in use after the end", used)
	}
	for runtime.NumGoroutine() > before && t.Context().Err() == nil {
		runtime.Gosched()
	}
}

type udpPhone struct {
	t    *testing.T
	leg  *mixer.Leg
	conn media.Conn
	hz   float64
	head media.Header
	pcm  []int16
}

func newUDPPhone(t *testing.T, e *mixer.Engine, hz float64) *udpPhone {
	t.Helper()
	conn, err := media.Listen(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	leg, err := e.Open(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	leg.Start(media.Spec{
		Remote: conn.LocalAddr(), Signalling: conn.LocalAddr().Addr(), Recv: []media.Format{{Codec: media.PCMU}},
	})
	return &udpPhone{t: t, leg: leg, conn: conn, hz: hz, head: media.Header{SSRC: uint32(hz)}}
}

// frame sends one packet and takes those that came.
func (p *udpPhone) frame() {
	payload := make([]byte, frame)
	codec.Encode(media.PCMU, payload, audiotest.Tone(p.hz, loudness, rate, frame, int(p.head.TSRTP)))
	if err := p.conn.Send(packet(p.head, payload), p.leg.LocalAddr()); err != nil {
		p.t.Error(err)
	}
	p.head.Seq++
	p.head.TSRTP += frame
	var b media.Batch
	n, err := p.conn.Recv(&b)
	if err != nil {
		p.t.Error(err)
	}
	for _, in := range b.Packets[:n] {
		pcm := make([]int16, frame)
		codec.Decode(media.PCMU, pcm, in.Data[min(len(in.Data), media.HeaderSize):])
		p.pcm = append(p.pcm, pcm...)
	}
}

// hears looks at the last fifth of a second.
func (p *udpPhone) hears(hz float64) bool {
	last := p.pcm[max(0, len(p.pcm)-rate/5):]
	return len(last) > 0 && audiotest.Goertzel(last, rate, hz) > -30
}
