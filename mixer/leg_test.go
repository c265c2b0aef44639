package mixer_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/media"
	"partyline/mixer/prompt"
)

// update changes the leg's agreement.
func (p *phone) update(f func(*media.Spec)) {
	f(&p.spec)
	p.leg.Update(p.spec)
}

func TestHold(t *testing.T) {
	t.Parallel()
	for _, direction := range []media.Direction{media.RecvOnly, media.Inactive} {
		inWorld(t, mixer.Options{RTPTimeout: 2 * time.Second}, func(w *world) {
			held := w.phone(tone(0))
			w.phone(tone(1))
			w.meeting(0, 0)
			w.run(settle)
			w.hearing(".x\nx.\n")
			last := held.heard[len(held.heard)-1]
			held.update(func(s *media.Spec) { s.Direction = direction })
			w.run(settle)
			w.hearing("..\n..\n")
			if len(held.heard) != 0 {
				t.Errorf("%d packets while held", len(held.heard))
			}
			held.mute = direction == media.Inactive
			w.run(200) // longer than the timeout
			held.mute = false
			held.update(func(s *media.Spec) { s.Direction = media.SendRecv })
			w.run(settle)
			first := held.heard[0]
			if first.SSRC != last.SSRC || first.Seq != last.Seq+1 || !first.Marker {
				t.Errorf("after the hold came %+v, before it %+v", first.Header, last.Header)
			}
			passed := time.Duration(first.TSRTP-last.TSRTP) * time.Second / rate
			if wall := first.at.Sub(last.at); passed < wall-mixer.Ptime || passed > wall+mixer.Ptime {
				t.Errorf("the time stamp went on by %s in %s", passed, wall)
			}
			held.forget()
			w.run(settle)
			w.hearing(".x\nx.\n")
			if ev := held.events(); len(ev) != 0 {
				t.Errorf("events %+v", ev)
			}
		})
	}
}

// TestSendOnly is a far end that only listens.
func TestSendOnly(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{RTPTimeout: time.Second}, func(w *world) {
		ear := w.phone(tone(0))
		w.phone(tone(1))
		w.meeting(0, 0)
		ear.update(func(s *media.Spec) { s.Direction = media.SendOnly })
		w.run(100)
		w.hearing(".x\n..\n")
		if ev := ear.events(); len(ev) != 0 {
			t.Errorf("events %+v", ev)
		}
	})
}

func TestRTPTimeout(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{RTPTimeout: 3 * time.Second}, func(w *world) {
		p := w.phone(0)
		w.run(100)
		if ev := p.events(); len(ev) != 0 {
			t.Errorf("events %+v", ev)
		}
		p.mute = true
		w.run(140)
		if ev := p.events(); len(ev) != 0 {
			t.Errorf("events before the timeout %+v", ev)
		}
		w.run(200)
		if ev := p.events(); len(ev) != 1 || ev[0].Kind != media.Silent {
			t.Errorf("events %+v, want silent once", ev)
		}
		p.mute = false
		w.run(3)
		if ev := p.events(); len(ev) != 1 || ev[0].Kind != media.Heard {
			t.Errorf("events %+v, want heard once", ev)
		}
		never := w.phone(0)
		never.mute = true
		w.run(160)
		if ev := never.events(); len(ev) != 1 || ev[0].Kind != media.Silent {
			t.Errorf("events of a leg that never sent %+v, want silent once", ev)
		}
	})
}

func TestSourceIsLocked(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(tone(0))
		stranger, err := w.net.Listen(netip.MustParseAddrPort("203.0.113.66:5000"))
		if err != nil {
			t.Fatal(err)
		}
		sibling, err := w.net.Listen(netip.AddrPortFrom(p.conn.LocalAddr().Addr(), 9))
		if err != nil {
			t.Fatal(err)
		}
		attack := func(c media.Conn) {
			if err := c.Send(packet(media.Header{SSRC: 666}, make([]byte, frame)), p.leg.LocalAddr()); err != nil {
				t.Error(err)
			}
		}
		attack(stranger) // before anything was locked
		w.run(settle)
		attack(stranger)
		attack(sibling) // the same address, but the port is locked
		w.run(settle)
		s := p.leg.Stats()
		if s.WrongSource != 3 || s.SSRCChanges != 0 || s.PacketsIn < 18 {
			t.Errorf("stats %+v", s)
		}
		// A new offer names another address: that locks anew.
		p.update(func(s *media.Spec) { s.Remote = netip.AddrPortFrom(s.Remote.Addr(), 9) })
		p.mute = true
		w.run(2)
		attack(sibling)
		w.run(settle)
		if s := p.leg.Stats(); s.WrongSource != 3 || s.SSRCChanges != 1 {
			t.Errorf("stats after another offer %+v", s)
		}
		p.forget()
		w.run(settle)
		if len(p.heard) != 0 {
			t.Errorf("%d packets to the old address", len(p.heard))
		}
		for _, c := range []media.Conn{stranger, sibling} {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestGarbageIsCountedAndNotHeard(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, ear := w.phone(tone(0)), w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		ear.forget()
		loud := make([]byte, frame) // 0x00 is the loudest octet of mu-law
		for i := range 50 {
			h := p.head
			h.PayloadType = 111
			p.raw(packet(h, loud), p.leg.LocalAddr())
			p.raw(packet(p.head, make([]byte, 481)), p.leg.LocalAddr())
			p.raw(packet(p.head, nil), p.leg.LocalAddr())
			p.raw(make([]byte, media.MaxPacket+1), p.leg.LocalAddr())
			p.raw(fmt.Appendf(nil, "garbage %d", i), p.leg.LocalAddr())
			p.raw(nil, p.leg.LocalAddr())
			w.run(1)
		}
		w.run(settle)
		s := p.leg.Stats()
		if s.WrongPayload != 50 || s.Invalid != 5*50 || s.PacketsIn < 50+settle || s.Lost != 0 {
			t.Errorf("stats %+v", s)
		}
		if worst := roughness(ear.pcm(), tone(0)); worst > 900 {
			t.Errorf("the tone breaks, by %.0f", worst)
		}
		c := w.engine.Counters()
		want := map[string]uint64{"wrong_payload": 50, "wrong_size": 100, "invalid": 100, "too_long": 50}
		for reason, n := range want {
			if c.Drops[reason] != n {
				t.Errorf("%d drops for %s, want %d", c.Drops[reason], reason, n)
			}
		}
	})
}

func TestKeysReachOnlyTheRing(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, ear := w.phone(0), w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		ear.forget()
		for code := range byte(12) {
			p.press(code, int(code)%4) // with none to three ends
			w.run(4)
		}
		p.press(5, 3)
		p.press(5, 0) // the same key at once
		w.run(settle)
		var keys strings.Builder
		for _, e := range p.events() {
			if e.Kind == media.Digit {
				keys.WriteByte(e.Digit)
			}
		}
		if want := "0123456789*#55"; keys.String() != want {
			t.Errorf("keys %q, want %q", keys.String(), want)
		}
		if l := audiotest.RMS(ear.pcm()); l > -80 {
			t.Errorf("others hear something, of %.1f dB", l)
		}
		select {
		case <-p.leg.Notify():
		default:
			t.Error("not notified")
		}
	})
}

// TestToneInTheAudioIsMutedDuringAKey is a phone that sends the tone in the audio as well.
func TestToneInTheAudioIsMutedDuringAKey(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, ear := w.phone(0), w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		ear.forget()
		h := p.head
		for i := range 5 {
			if i == 1 {
				p.hz = 941
			}
			h.Seq = p.head.Seq
			h.PayloadType, h.Marker = keyPT, i == 0
			event := []byte{11, 10, 0, byte(i+1) * 30}
			p.raw(packet(h, event), p.leg.LocalAddr())
			p.head.Seq++
			w.run(1)
		}
		p.hz = 0
		w.run(settle)
		n := 0
		for _, h := range ear.heard {
			if audiotest.Goertzel(h.pcm, rate, 941) > -60 {
				n++
			}
		}
		if n > 2 { // 40 ms
			t.Errorf("others hear the key for %d frames", n)
		}
	})
}

func TestRingRefusesKeysAndKeepsTheRest(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		for i := range 150 {
			p.press(byte(i%10), 1)
		}
		p.leg.Play(1, nil, false)
		w.run(settle)
		var ev []media.Event
		for buf := make([]media.Event, 7); ; {
			n := p.leg.Drain(buf)
			ev = append(ev, buf[:n]...)
			if n == 0 {
				break
			}
		}
		if len(ev) < 45 || ev[len(ev)-1].Kind != media.PlayDone {
			t.Errorf("%d events, the last %+v", len(ev), ev[len(ev)-1])
		}
		for i, e := range ev[:len(ev)-1] {
			if e.Digit != byte('0'+i%10) {
				t.Fatalf("event %d is %+v", i, e)
			}
		}
		if n := w.engine.Counters().Drops["key_overflow"]; int(n)+len(ev)-1 != 150 {
			t.Errorf("%d keys and %d drops of 150", len(ev)-1, n)
		}
	})
}

func TestPlays(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, other := w.phone(0), w.phone(tone(0))
		w.meeting(0, 0)
		w.run(settle)
		short := prompt.NewPCM(audiotest.Tone(1000, loudness, rate, 5*frame, 0))
		p.leg.Play(1, short, true)
		w.run(settle)
		p.leg.Play(2, &endless{hz: 1300}, true)
		w.run(2)
		p.leg.Play(3, &endless{hz: 1600}, true)
		w.run(2)
		p.leg.StopPlay()
		p.leg.StopPlay()
		w.run(2)
		var done []uint64
		for _, e := range p.events() {
			if e.Kind == media.PlayDone {
				done = append(done, e.Play)
			}
		}
		if diff := cmp.Diff([]uint64{1, 2, 3}, done); diff != "" {
			t.Errorf("plays done (-want +got):\n%s", diff)
		}
		for _, hz := range []float64{1000, 1300, 1600, tone(0)} {
			if !p.heardEver(hz) || other.heardEver(hz) {
				t.Errorf("%.0f Hz: heard %t, by the other %t", hz, p.heardEver(hz), other.heardEver(hz))
			}
		}
		p.forget()
		p.leg.Play(4, &endless{hz: 1300}, true)
		w.run(20)
		p.forget()
		w.run(20)
		if l := audiotest.Goertzel(p.pcm(), rate, tone(0)); l > -20 || l < -30 { // -12.2 dBFS, and 12 less
			t.Errorf("the room is at %.1f dB while an attendant speaks", l)
		}
		p.continuous()
	})
}

func TestPtimeAndCodecOfWhatIsSent(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		ptimes := []int{10, 20, 30, 40, 60}
		for i, ms := range ptimes {
			p := w.phone(0)
			p.update(func(s *media.Spec) {
				s.PtimeMS = ms
				if i%2 == 1 {
					s.Send = media.Format{Codec: media.PCMA, PayloadType: 8}
				}
			})
		}
		w.meeting(0, 0, 0, 0, 0, 0)
		w.run(settle)
		for _, p := range w.phones {
			p.forget()
		}
		w.run(60)
		for i, ms := range ptimes {
			p := w.phones[i+1]
			p.continuous()
			if n, want := len(p.heard), 60*20/ms; n < want-2 || n > want+2 {
				t.Errorf("%d ms: %d packets, want %d", ms, n, want)
			}
			for _, h := range p.heard {
				if len(h.pcm) != ms*8 || h.PayloadType != byte(i%2)*8 {
					t.Fatalf("%d ms: %d samples of payload type %d", ms, len(h.pcm), h.PayloadType)
				}
			}
			if worst := roughness(p.pcm(), tone(0)); worst > 600 {
				t.Errorf("%d ms: the tone breaks, by %.0f", ms, worst)
			}
		}
	})
}

// TestResume takes a leg up in another engine: same port, same stream, same source.
func TestResume(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(tone(0))
		w.run(settle)
		before := p.heard[len(p.heard)-1]
		state, err := p.leg.Detach(w.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.leg.Detach(w.t.Context()); !errors.Is(err, mixer.ErrLegClosed) {
			t.Errorf("detached twice: %v", err)
		}
		if state.Local != p.leg.LocalAddr() || state.Peer != p.conn.LocalAddr() || state.PeerSSRC != p.head.SSRC {
			t.Errorf("state %+v", state)
		}
		time.Sleep(3 * time.Second)
		second := newEngine(t, mixer.Options{Listen: w.net.Listen, Shards: 1})
		ctx, cancel := context.WithCancel(w.t.Context())
		ran := make(chan error, 1)
		go func() { ran <- second.Run(ctx) }() // awaited below
		leg, err := second.Resume(state)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := second.Resume(state); err == nil {
			t.Error("resumed twice")
		}
		p.leg = leg
		p.forget()
		w.run(20)
		after := p.heard[0]
		if after.SSRC != before.SSRC || after.Seq-before.Seq < 1000 || after.Seq-before.Seq > 1010 || !after.Marker {
			t.Errorf("after it came %+v, before %+v", after.Header, before.Header)
		}
		passed := time.Duration(after.TSRTP-before.TSRTP) * time.Second / rate
		if wall := after.at.Sub(before.at); passed < wall-2*mixer.Ptime || passed > wall+2*mixer.Ptime {
			t.Errorf("the time stamp went on by %s in %s", passed, wall)
		}
		p.continuous()
		if s := leg.Stats(); s.PacketsIn < 10 || s.WrongSource != 0 {
			t.Errorf("stats %+v", s)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

func TestClosingLegs(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{MaxLegs: 3}, func(w *world) {
		unstarted, err := w.engine.Open(bridgeAddr)
		if err != nil {
			t.Fatal(err)
		}
		a, b := w.phone(tone(0)), w.phone(tone(1))
		if _, err := w.engine.Open(bridgeAddr); !errors.Is(err, mixer.ErrTooManyLegs) {
			t.Errorf("a fourth leg of three: %v", err)
		}
		m := w.meeting(0, 0)
		w.run(settle)
		unstarted.Close()
		a.leg.Close()
		a.leg.Close()
		m.Adopt(a.leg) // all too late
		a.leg.Play(1, nil, false)
		a.leg.Update(a.spec)
		w.run(2)
		if n := w.engine.Legs(); n != 1 {
			t.Errorf("%d legs, want 1", n)
		}
		if w.engine.Leg(a.leg.ID()) != nil || w.engine.Leg(b.leg.ID()) != b.leg {
			t.Error("the wrong leg is found")
		}
		a.forget()
		w.run(settle)
		if len(a.heard) != 0 || b.hears(tone(5)) {
			t.Error("a closed leg is served")
		}
		other := w.engine.NewMeeting()
		other.Adopt(b.leg)
		other.Close()
		b.forget()
		w.run(settle)
		b.continuous()
		other.Adopt(b.leg) // to a meeting that has ended: to none
		w.run(settle)
		if len(b.heard) < 2*settle-3 {
			t.Errorf("%d frames in %d", len(b.heard), 2*settle)
		}
		var legs, meetings int
		for _, l := range w.engine.Load() {
			legs, meetings = legs+l.Legs, meetings+l.Meetings
		}
		if legs != 1 || meetings != 1 {
			t.Errorf("the load is %d legs, %d meetings", legs, meetings)
		}
	})
}

func TestEngineRunsOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		e := w.engine
		if err := e.Run(w.t.Context()); err == nil {
			t.Error("runs twice")
		}
		leg := w.phone(0).leg
		w.run(1)
		w.stop()
		if err := e.Run(w.t.Context()); !errors.Is(err, mixer.ErrStopped) {
			t.Errorf("runs again: %v", err)
		}
		if _, err := e.Open(bridgeAddr); !errors.Is(err, mixer.ErrStopped) {
			t.Errorf("opens a leg: %v", err)
		}
		if s, err := leg.Detach(w.t.Context()); err != nil || s.Local != leg.LocalAddr() {
			t.Errorf("the state of a leg after the end: %+v, %v", s, err)
		}
		leg.Close()
	})
}

func TestBeforeTheEngineRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var net media.MemNet
		e := newEngine(t, mixer.Options{Listen: net.Listen})
		leg, err := e.Open(bridgeAddr)
		if err != nil {
			t.Fatal(err)
		}
		leg.Start(media.Spec{})
		leg.Close()
		if net.Open() != 0 {
			t.Errorf("%d sockets left", net.Open())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
		if n := e.Counters().Drops["receive_error"]; n != 0 {
			t.Errorf("a closed leg was served %d times", n)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []mixer.Options{{Shards: -1}, {MaxLegs: -1}, {RTPTimeout: -1}, {PortMin: 5, PortMax: 4}} {
		if _, err := mixer.New(o); err == nil {
			t.Errorf("%+v accepted", o)
		}
	}
}
