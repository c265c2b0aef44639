package mixer_test

import (
	"bytes"
	"context"
	"net/netip"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/media"
	"partyline/mixer/secure"
)

// encrypted is a phone whose packets go through SRTP: it lies between the phone and its socket.
type encrypted struct {
	media.Conn
	pair secure.Pair
	bad  int // packets that could not be read
}

// Send encrypts.
func (e *encrypted) Send(p []byte, to netip.AddrPort) error {
	out, err := e.pair.Sender.Seal(p)
	if err != nil {
		return err
	}
	return e.Conn.Send(out, to)
}

// Recv decrypts.
func (e *encrypted) Recv(b *media.Batch) (int, error) {
	n, err := e.Conn.Recv(b)
	for i := range b.Packets[:n] {
		p := &b.Packets[i]
		if media.IsRTCP(p.Data) {
			continue
		}
		out, v := e.pair.Receiver.Open(p.Data)
		if v != secure.Genuine {
			e.bad++
			out = nil
		}
		p.Data = out
	}
	return n, err
}

func srtpKey(s media.Suite, fill byte) media.Key {
	size, salt := s.Sizes()
	return bytes.Repeat([]byte{fill}, size+salt)
}

// encrypt changes the phone to SRTP, or to another key; theirs is what it sends with, which is named to the leg or is not.
func (p *phone) encrypt(s media.Suite, ours, theirs, named byte) *encrypted {
	p.w.t.Helper()
	pair, err := secure.New(&media.Crypto{Suite: s, Send: srtpKey(s, theirs), Recv: srtpKey(s, ours)})
	if err != nil {
		p.w.t.Fatal(err)
	}
	e, ok := p.conn.(*encrypted)
	if !ok {
		e = &encrypted{Conn: p.conn, pair: pair}
		p.conn = e
	}
	e.pair.Sender = pair.Sender
	if ours != p.lastKey() {
		e.pair.Receiver = pair.Receiver
	}
	p.spec.Crypto = media.Crypto{Suite: s, Send: srtpKey(s, ours), Recv: srtpKey(s, named)}
	p.leg.Update(p.spec)
	return e
}

func (p *phone) lastKey() byte {
	if p.spec.Crypto.IsZero() {
		return 0
	}
	return p.spec.Crypto.Send[0]
}

// TestEncryptedRoom: who has SRTP and who has not hear each other in one room, digits come, a new key changes nothing that
// can be heard, and a move neither.
func TestEncryptedRoom(t *testing.T) {
	for _, s := range []media.Suite{media.AES128SHA80, media.AES128SHA32, media.GCM128, media.GCM256} {
		t.Run(s.String(), func(t *testing.T) {
			inWorld(t, mixer.Options{}, func(w *world) {
				a, b, c := w.phone(tone(0)), w.phone(tone(1)), w.phone(tone(2))
				sa, sb := a.encrypt(s, 1, 2, 2), b.encrypt(media.GCM256, 3, 4, 4)
				m := w.meeting(1, 1, 1)
				w.run(50)
				if got := w.matrix(); got != ".xx\nx.x\nxx.\n" {
					t.Errorf("who hears whom:\n%s", got)
				}
				a.press(5, 3)
				if ev := a.events(); len(ev) == 0 || ev[0].Digit != '5' {
					t.Errorf("events %+v", ev)
				}
				w.run(10)
				a.forget()
				a.encrypt(s, 1, 6, 6)
				w.run(50)
				a.continuous()
				for _, p := range w.phones {
					p.forget()
				}
				w.place(m, 2, 2, 2, 1)
				w.run(50)
				for _, p := range w.phones {
					p.heard = p.heard[20:]
				}
				if got := w.matrix(); got != ".x.\nx..\n...\n" {
					t.Errorf("after the move:\n%s", got)
				}
				if st := a.leg.Stats(); sa.bad+sb.bad > 0 || st.Forged+st.Replayed > 0 {
					t.Errorf("%d and %d packets unread; %+v", sa.bad, sb.bad, st)
				}
				_ = c
			})
		})
	}
}

// TestForgedFlood sends 100,000 packets that are not authentic to an encrypted call, first before it has said anything itself:
// they are counted, the source is not learned from them, nobody hears anything of it, and the call goes on.
func TestForgedFlood(t *testing.T) {
	const flood = 100_000
	inWorld(t, mixer.Options{}, func(w *world) {
		a, b := w.phone(tone(0)), w.phone(tone(1))
		a.encrypt(media.AES128SHA80, 1, 2, 2)
		w.meeting(1, 1)
		stranger, err := w.net.Listen(netip.AddrPortFrom(a.spec.Remote.Addr(), 9)) // the same host, another port: it could be latched
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := stranger.Close(); err != nil {
				t.Error(err)
			}
		}()
		bad := packet(media.Header{SSRC: 1, Seq: 40_000}, bytes.Repeat([]byte{0x10}, frame+10)) // loud noise, were it taken
		throw := func(frames int) {
			for range frames {
				for range flood / 200 {
					media.Header{SSRC: 1, Seq: a.head.Seq + 3}.Put(bad)
					if err := stranger.Send(bad, a.leg.LocalAddr()); err != nil {
						t.Fatal(err)
					}
				}
				w.run(1)
			}
		}
		a.mute = true
		throw(100)
		if st := a.leg.Stats(); st.PacketsIn != 0 || st.Forged == 0 {
			t.Errorf("before the call's own audio: %+v", st)
		}
		for _, h := range b.heard {
			if h.pcm[0] > 100 || h.pcm[0] < -100 {
				t.Fatal("noise is heard")
			}
		}
		a.mute = false
		w.run(60)
		throw(100)
		b.forget()
		w.run(60)
		st := a.leg.Stats()
		if !b.hears(tone(0)) || !a.hears(tone(1)) || st.WrongSource == 0 {
			t.Errorf("after the flood: %v %v, %+v", b.hears(tone(0)), a.hears(tone(1)), st)
		}
		if drops := w.engine.Counters().Drops; drops["srtp_auth"] != st.Forged {
			t.Errorf("counters %v", drops)
		}
	})
}

// TestWrongKey: what is encrypted by another key than was named is never heard, and neither is plain RTP.
func TestWrongKey(t *testing.T) {
	inWorld(t, mixer.Options{}, func(w *world) {
		a, b, plain := w.phone(tone(0)), w.phone(0), w.phone(tone(2))
		a.encrypt(media.GCM128, 1, 2, 3)
		plain.spec.Crypto = media.Crypto{Suite: media.GCM128, Send: srtpKey(media.GCM128, 1), Recv: srtpKey(media.GCM128, 1)}
		plain.leg.Update(plain.spec)
		w.meeting(1, 1, 1)
		w.run(100)
		for _, h := range b.heard {
			for _, v := range h.pcm {
				if v > 100 || v < -100 {
					t.Fatal("noise is heard")
				}
			}
		}
		if x, y := a.leg.Stats(), plain.leg.Stats(); x.Forged < 90 || y.Forged < 90 || x.PacketsIn+y.PacketsIn > 0 {
			t.Errorf("%+v\n%+v", x, y)
		}
	})
}

// TestEncryptedHandover: another process goes on where this one has stopped, over the wrap of either side's numbers, with no
// number of ours used twice under one key.
func TestEncryptedHandover(t *testing.T) {
	inWorld(t, mixer.Options{}, func(w *world) {
		a, b := w.phone(tone(0)), w.phone(tone(1))
		e := a.encrypt(media.GCM128, 1, 2, 2)
		w.meeting(1, 1)
		w.run(60) // the phone's numbers begin at 65530
		state, err := a.leg.Detach(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if state.Rollover.Recv != 1 {
			t.Errorf("state %+v", state.Rollover)
		}
		time.Sleep(31 * time.Second) // the port rests
		if a.leg, err = w.engine.Resume(state); err != nil {
			t.Fatal(err)
		}
		m := w.engine.NewMeeting()
		for _, p := range w.phones {
			m.Adopt(p.leg)
			p.forget()
		}
		w.place(m, 1, 1, 1)
		w.run(60)
		if !a.hears(tone(1)) || !b.hears(tone(0)) || e.bad > 0 {
			t.Errorf("after: %v %v, %d unread", a.hears(tone(1)), b.hears(tone(0)), e.bad)
		}
	})
}
