package mixer_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/media"
	"partyline/mixer/quality"
)

// lossy lets frames pass of which every n-th is lost; 0: none.
func (p *phone) lossy(frames, n int) {
	for i := range frames {
		p.mute = n > 0 && i%n == 0
		p.w.run(1)
	}
	p.mute = false
}

// ratings are the reports of bad quality and of its end.
func (p *phone) ratings() (kinds []media.EventKind) {
	for _, e := range p.events() {
		if e.Kind == media.Poor || e.Kind == media.Fair {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

// TestQualityIn: what is known of the way in is what the network did to it.
func TestQualityIn(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(tone(0))
		w.run(50)
		if p.leg.Stats().In.Known {
			t.Error("judged before there was anything to judge")
		}
		w.run(550)
		s := p.leg.Stats()
		if in := s.In; !in.Known || in.Loss != 0 || in.Concealed > 0.01 || in.R < 92 || in.MOS() < 4.37 ||
			in.Delay < mixer.Ptime || in.Delay > 3*mixer.Ptime {
			t.Errorf("of a good line: %+v", in)
		}
		if s.Out.Known || s.Poor {
			t.Errorf("nobody has reported: %+v", s)
		}
		p.lossy(700, 20)
		in := p.leg.Stats().In
		want := quality.R(quality.Path{Codec: quality.G711, Loss: 0.05, Delay: in.Delay})
		if math.Abs(in.Loss-0.05) > 0.01 || math.Abs(in.Concealed-0.05) > 0.015 || math.Abs(in.R-want) > 2 {
			t.Errorf("of 5 %% loss: %+v, want R %.1f", in, want)
		}
		if got := p.ratings(); got != nil {
			t.Errorf("reported %v", got)
		}
		p.spec.Direction = media.Inactive
		p.leg.Update(p.spec)
		w.run(150)
		if p.leg.Stats().In.Known {
			t.Error("a held call is judged")
		}
	})
}

// TestQualityOut is what the far end reports.
func TestQualityOut(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(0)
		far := p.reporter(1)
		defer far.close()
		w.run(50)
		far.send((&media.Report{SSRC: p.head.SSRC, Sent: true, NTP: 1, HasAbout: true, About: media.Reception{
			SSRC: p.heard[0].SSRC, FractionLost: 26, Jitter: 80,
			LSR: media.Middle(media.NTP(time.Now().Add(-60 * time.Millisecond))),
		}}).Append(nil, "phone"), p.rtcp())
		w.run(250)
		s := p.leg.Stats()
		delay := 30*time.Millisecond + mixer.Ptime + 20*time.Millisecond
		want := quality.R(quality.Path{Codec: quality.G711, Loss: 26. / 256, Delay: delay})
		if out := s.Out; !out.Known || math.Abs(out.Loss-0.1) > 0.01 || out.Jitter != 10*time.Millisecond ||
			math.Abs((out.Delay-delay).Seconds()) > 0.001 || math.Abs(out.R-want) > 0.1 {
			t.Errorf("the way out: %+v", out)
		}
		w.run(1000)
		if p.leg.Stats().Out.Known {
			t.Error("a report of 20 s ago counts")
		}
		q := w.engine.Quality()
		total := func(h mixer.Histogram) (n uint64) {
			for _, c := range h.Counts {
				n += c
			}
			return n
		}
		if total(q.In.MOS) < 10 || total(q.Out.MOS) < 5 || total(q.Out.MOS) > 9 || total(q.Concealed) != total(q.In.Loss) {
			t.Errorf("histograms %+v", q)
		}
		if mean := q.Out.Loss.Sum / float64(total(q.Out.Loss)); math.Abs(mean-0.1) > 0.01 {
			t.Errorf("the mean loss told is %.3f", mean)
		}
	})
}

// TestPoorIsReportedOnce: after 10 s that are bad, and after 10 s that are not, but not for less.
func TestPoorIsReportedOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		p := w.phone(tone(0))
		w.run(200)
		p.lossy(300, 4) // 6 s
		w.run(300)
		if got := p.ratings(); got != nil {
			t.Errorf("after 6 bad seconds: %v", got)
		}
		p.lossy(900, 4)
		if got := p.ratings(); !slices.Equal(got, []media.EventKind{media.Poor}) || !p.leg.Stats().Poor {
			t.Errorf("after 18 bad seconds: %v, %+v", got, p.leg.Stats())
		}
		if q := w.engine.Quality(); q.Poor != 1 || q.WerePoor != 1 {
			t.Errorf("%d poor, %d were", q.Poor, q.WerePoor)
		}
		w.run(300)
		p.lossy(200, 4)
		if got := p.ratings(); got != nil {
			t.Errorf("after 6 good seconds: %v", got)
		}
		w.run(900)
		if got := p.ratings(); !slices.Equal(got, []media.EventKind{media.Fair}) || p.leg.Stats().Poor {
			t.Errorf("after 18 good seconds: %v", got)
		}
	})
}
