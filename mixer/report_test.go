package mixer_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/media"
)

// reporter is the RTCP side of a phone.
type reporter struct {
	phone *phone
	conn  media.Conn
	got   []gotReport
}

type gotReport struct {
	media.Compound
	at   time.Time
	data []byte
}

// reporter opens the port n above the phone's RTP.
func (p *phone) reporter(n uint16) *reporter {
	p.w.t.Helper()
	a := p.conn.LocalAddr()
	conn, err := p.w.net.Listen(netip.AddrPortFrom(a.Addr(), a.Port()+n))
	if err != nil {
		p.w.t.Fatal(err)
	}
	return &reporter{phone: p, conn: conn}
}

// listen takes the reports that have come.
func (r *reporter) listen() {
	r.phone.w.t.Helper()
	batch := media.Batch{Now: media.Instant{Wall: time.Now()}}
	n, err := r.conn.Recv(&batch)
	if err != nil {
		r.phone.w.t.Error(err)
	}
	for _, in := range batch.Packets[:n] {
		c, ok := media.ParseCompound(in.Data, r.phone.head.SSRC)
		if !ok {
			r.phone.w.t.Errorf("not RTCP: %x", in.Data)
		}
		r.got = append(r.got, gotReport{c, time.Now(), append([]byte(nil), in.Data...)})
	}
}

// run lets frames pass and listens.
func (r *reporter) run(frames int) {
	for range frames {
		r.phone.w.run(1)
		r.listen()
	}
}

func (r *reporter) send(p []byte, to netip.AddrPort) {
	r.phone.w.t.Helper()
	if err := r.conn.Send(p, to); err != nil {
		r.phone.w.t.Error(err)
	}
}

func (r *reporter) close() {
	if err := r.conn.Close(); err != nil {
		r.phone.w.t.Error(err)
	}
}

// rtcp is where the bridge receives the phone's RTCP.
func (p *phone) rtcp() netip.AddrPort {
	a := p.leg.LocalAddr()
	return netip.AddrPortFrom(a.Addr(), a.Port()+1)
}

// cname is the name in a report that is followed by it alone.
func cname(t *testing.T, p []byte) string {
	t.Helper()
	sdes := p[4+4*int(binary.BigEndian.Uint16(p[2:])):]
	if len(sdes) < 10 || sdes[1] != 202 || sdes[8] != 1 {
		t.Fatalf("no CNAME in %x", p)
	}
	return string(sdes[10 : 10+sdes[9]])
}

// TestReports has a far end that reads our RTCP and answers it.
func TestReports(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		far := p.reporter(1)
		defer far.close()
		w.run(100)
		p.head.Seq += 25 // lost
		w.run(300)
		far.listen()
		if len(far.got) == 0 {
			t.Fatal("no report in 8 s")
		}
		r := far.got[0]
		if !r.Sent || r.SSRC != p.heard[0].SSRC || r.Packets < 120 || r.Bytes != r.Packets*frame {
			t.Errorf("the report is %+v", r)
		}
		if name := cname(t, r.data); len(name) < 20 {
			t.Errorf("the name %q is not of 96 random bits", name)
		}
		if r.About.Lost != 25 || r.About.FractionLost < 10 || r.About.Jitter > 8 {
			t.Errorf("it says of our stream %+v", r.About)
		}
		answer := media.Report{
			SSRC: p.head.SSRC, Sent: true, NTP: media.NTP(time.Now()), HasAbout: true,
			About: media.Reception{SSRC: r.SSRC, LSR: media.Middle(media.NTP(time.Now().Add(-50 * time.Millisecond)))},
		}
		for _, b := range [][]byte{answer.Append(nil, "phone"), {1, 2, 3}} {
			far.send(b, p.rtcp())
		}
		w.run(450)
		s := p.leg.Stats()
		if s.ReportsIn != 1 || s.ReportsOut < 2 || s.ReportsRefused != 1 {
			t.Errorf("stats %+v", s)
		}
		if s.RoundTrip < 49*time.Millisecond || s.RoundTrip > 51*time.Millisecond {
			t.Errorf("the round trip is %s", s.RoundTrip)
		}
	})
}

// TestReportsTellTheTruth has a far end whose packets are lost and delayed at random, and which reckons jitter and loss
// for itself, by the words of RFC 3550 §6.4.1.
func TestReportsTellTheTruth(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		far := p.reporter(1)
		defer far.close()
		dice := rand.New(rand.NewPCG(5, 6))
		jitter, before, lost := 0.0, 0.0, 0
		for n := range 3000 {
			delay := time.Duration(dice.IntN(12000)) * time.Microsecond
			time.Sleep(delay)
			if n > 0 && dice.IntN(20) == 0 {
				lost++
			} else {
				p.talk()
				p.head.Seq--
				p.head.TSRTP -= frame
				transit := delay.Seconds() * rate
				if n > 0 {
					jitter += (max(transit-before, before-transit) - jitter) / 16
				}
				before = transit
			}
			p.head.Seq++
			p.head.TSRTP += frame
			time.Sleep(mixer.Ptime - delay)
			p.listen()
			seen := len(far.got)
			if far.listen(); seen == len(far.got) {
				continue
			}
			about := far.got[seen].About
			share := 100 * float64(lost) / float64(n+1)
			told := 100 * float64(about.Lost) / float64(n+1)
			if told < share-1 || told > share+1 {
				t.Errorf("after %d packets %.1f %% lost are told, %.1f %% are true", n, told, share)
			}
			// The report was made up to a frame ago, and one step moves the value by a sixteenth.
			if got := float64(about.Jitter); n > 100 && (got < 0.9*jitter-2 || got > 1.1*jitter+2) {
				t.Errorf("after %d packets jitter %.0f is told, %.0f is true", n, got, jitter)
			}
		}
		if len(far.got) < 8 || len(far.got) > 24 {
			t.Errorf("%d reports in 60 s", len(far.got))
		}
		for i := 1; i < len(far.got); i++ {
			if gap := far.got[i].at.Sub(far.got[i-1].at); gap < 2400*time.Millisecond || gap > 7600*time.Millisecond {
				t.Errorf("%v between two reports", gap)
			}
		}
	})
}

// TestReportsSayWhenOursCame: LSR and DLSR let the far end reckon its round trip.
func TestReportsSayWhenOursCame(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		far := p.reporter(1)
		defer far.close()
		far.run(50)
		sent := media.NTP(time.Now())
		far.send((&media.Report{SSRC: p.head.SSRC, Sent: true, NTP: sent}).Append(nil, "phone"), p.rtcp())
		before := len(far.got)
		for range 400 {
			far.run(1)
			if len(far.got) == before {
				continue
			}
			r := far.got[len(far.got)-1]
			trip := int32(media.Middle(media.NTP(r.at)) - r.About.LSR - r.About.DLSR)
			if r.About.LSR != media.Middle(sent) || trip < 0 || trip > 21*65536/1000 { // the far end looks every 20 ms
				t.Errorf("%+v: a round trip of %d/65536 s", r.About, trip)
			}
			return
		}
		t.Error("no report in 8 s")
	})
}

// TestReportsGoWhereTheyAreWanted: one above the RTP, at the port of an a=rtcp, over the ports of RTP; and on hold too.
func TestReportsGoWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*media.Spec, uint16)
		at     uint16 // above the RTP
		sent   bool
	}{
		"one above":     {func(*media.Spec, uint16) {}, 1, true},
		"where it says": {func(s *media.Spec, port uint16) { s.RTCPPort = port }, 500, true},
		"on hold":       {func(s *media.Spec, _ uint16) { s.Direction = media.Inactive }, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				p := w.phone(0)
				far := p.reporter(tt.at)
				defer far.close()
				tt.change(&p.spec, far.conn.LocalAddr().Port())
				p.leg.Update(p.spec)
				far.run(800)
				if len(far.got) < 2 {
					t.Fatalf("%d reports in 16 s", len(far.got))
				}
				if last := far.got[len(far.got)-1]; last.Sent != tt.sent || !last.HasAbout {
					t.Errorf("the last one is %+v", last)
				}
			})
		})
	}
}

// TestReportsOverThePortsOfRTP is RFC 5761: nothing goes to or is taken from the ports above.
func TestReportsOverThePortsOfRTP(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		p.spec.Mux = true
		p.leg.Update(p.spec)
		above := p.reporter(1)
		defer above.close()
		far := &reporter{phone: p, conn: p.conn}
		w.run(50)
		answer := (&media.Report{SSRC: p.head.SSRC, Sent: true, NTP: media.NTP(time.Now())}).Append(nil, "phone")
		far.send(answer, p.leg.LocalAddr())
		above.send(answer, p.rtcp())
		reports, batch := 0, media.Batch{}
		for range 400 {
			p.talk()
			time.Sleep(mixer.Ptime)
			n, err := p.conn.Recv(&batch)
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range batch.Packets[:n] {
				if c, ok := media.ParseCompound(in.Data, p.head.SSRC); ok && c.About.LSR != 0 {
					reports++
				}
			}
			above.listen()
		}
		if s := p.leg.Stats(); reports == 0 || len(above.got) != 0 || s.ReportsIn != 1 || s.Invalid != 0 {
			t.Errorf("%d reports, %d above, %+v", reports, len(above.got), s)
		}
	})
}

// TestReportsOfStrangers: RTCP counts only from the host of the media, from one port, about the stream that it sends.
func TestReportsOfStrangers(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p, other := w.phone(0), w.phone(0)
		far, stranger, later := p.reporter(1), other.reporter(1), p.reporter(9)
		defer far.close()
		defer stranger.close()
		defer later.close()
		w.run(20)
		ours := p.heard[0].SSRC
		forge := func(ssrc uint32) []byte {
			return (&media.Report{SSRC: ssrc, HasAbout: true, About: media.Reception{
				SSRC: ours, LSR: media.Middle(media.NTP(time.Now().Add(-3 * time.Second))),
			}}).Append(nil, "mallory")
		}
		stranger.send(forge(p.head.SSRC), p.rtcp()) // from elsewhere
		later.send(forge(99), p.rtcp())             // of another stream, which locks nothing
		far.send((&media.Report{SSRC: p.head.SSRC}).Append(nil, "phone"), p.rtcp())
		w.run(30)
		later.send(forge(p.head.SSRC), p.rtcp()) // from another port than before
		w.run(60)
		if s := p.leg.Stats(); s.ReportsIn != 1 || s.ReportsRefused != 3 || s.RoundTrip != 0 {
			t.Errorf("stats %+v", s)
		}
		drops := w.engine.Counters().Drops
		if drops["rtcp_wrong_source"] != 2 || drops["rtcp_wrong_ssrc"] != 1 || drops["rtcp_invalid"] != 0 {
			t.Errorf("drops %v", drops)
		}
	})
}

// TestByeEndsTheStream: the far end is told, in one compound with a report, but not by a leg that is only handed on.
func TestByeEndsTheStream(t *testing.T) {
	t.Parallel()
	for name, detach := range map[string]bool{"closed": false, "detached": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				p := w.phone(0)
				far := p.reporter(1)
				defer far.close()
				w.run(50)
				if detach {
					if _, err := p.leg.Detach(w.t.Context()); err != nil {
						t.Fatal(err)
					}
				} else {
					p.leg.Close()
				}
				time.Sleep(2 * mixer.Ptime)
				far.listen()
				byes := 0
				for _, r := range far.got {
					if r.Bye && r.SSRC == p.heard[0].SSRC && r.Sent {
						byes++
					}
				}
				if detach && byes != 0 || !detach && byes != 1 {
					t.Errorf("%d byes: %+v", byes, far.got)
				}
			})
		})
	}
}
