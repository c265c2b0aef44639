package mixer_test

import (
	"net/netip"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/media"
)

// TestReports has a far end that reads our RTCP and answers it.
func TestReports(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		above := func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }
		rtcp, err := w.net.Listen(above(p.conn.LocalAddr()))
		if err != nil {
			t.Fatal(err)
		}
		w.run(100)
		p.head.Seq += 25 // lost
		w.run(300)
		batch := media.Batch{Now: media.Instant{Wall: time.Now()}}
		n, err := rtcp.Recv(&batch)
		if n == 0 || err != nil {
			t.Fatalf("%d reports in 8 s, %v", n, err)
		}
		r, ok := media.ParseReport(batch.Packets[0].Data, p.head.SSRC)
		if !ok || !r.Sent || r.SSRC != p.heard[0].SSRC || r.Packets < 120 || r.Bytes != r.Packets*frame {
			t.Errorf("the report is %+v, %t", r, ok)
		}
		if r.About.Lost != 25 || r.About.FractionLost < 10 || r.About.Jitter > 8 {
			t.Errorf("it says of our stream %+v", r.About)
		}
		answer := media.Report{
			SSRC: p.head.SSRC, Sent: true, NTP: media.NTP(time.Now()), HasAbout: true,
			About: media.Reception{SSRC: r.SSRC, LSR: media.Middle(media.NTP(time.Now().Add(-50 * time.Millisecond)))},
		}
		for _, b := range [][]byte{answer.Append(nil, "phone"), {1, 2, 3}} {
			if err := rtcp.Send(b, above(p.leg.LocalAddr())); err != nil {
				t.Error(err)
			}
		}
		w.run(450)
		s := p.leg.Stats()
		if s.ReportsIn != 1 || s.ReportsOut < 2 || s.Invalid != 1 {
			t.Errorf("stats %+v", s)
		}
		if s.RoundTrip < 49*time.Millisecond || s.RoundTrip > 51*time.Millisecond {
			t.Errorf("the round trip is %s", s.RoundTrip)
		}
		if err := rtcp.Close(); err != nil {
			t.Error(err)
		}
	})
}
