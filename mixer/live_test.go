package mixer_test

import (
	"testing"
	"testing/synctest"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

const leadTicks = 20

// live is what a phone says to all rooms, after a tone of firstHalf.
func (w *world) live(to *told, who, ticks int) *mixer.Announcement {
	pcm := audiotest.Tone(firstHalf, loudness, rate, leadTicks*frame-50, 0)
	return &mixer.Announcement{
		Live: w.phones[who].leg, Lead: len(pcm), Length: ticks * frame,
		Open:  func(skip int) prompt.Source { return prompt.NewPCM(pcm[min(skip, len(pcm)):]) },
		Began: func(s []mixer.RoomStart) { to.began = s; to.begins++ },
		Ended: func(s []mixer.RoomStart, whole bool) { to.ended, to.whole = s, whole; to.ends++ },
	}
}

// onceAt fails unless a phone hears a tone exactly as loud as it was said: not doubled, not made lower.
func (w *world) onceAt(when string, hz float64, ears ...int) {
	w.t.Helper()
	for _, i := range ears {
		if db := audiotest.Goertzel(w.phones[i].pcm(), rate, hz) - audiotest.Goertzel(audiotest.Tone(hz, loudness, rate, 10*frame, 0), rate, hz); db < -1 || db > 1 {
			w.t.Errorf("%s: phone %d hears it at %+.1f dB", when, i, db)
		}
	}
}

// TestLive: what one says is heard in all rooms, in his own once, in the same tick, over what they say; he himself hears his
// room as it is.
func TestLive(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for n := range 5 {
			w.phone(tone(n))
		}
		m, to := w.meeting(0, 0, 1, 1, 2), told{}
		w.run(settle)
		a := w.live(&to, 0, 2000)
		m.Announce(a)
		w.run(settle)
		for i, p := range w.phones {
			if !p.hears(firstHalf) {
				t.Errorf("phone %d does not hear the tone", i)
			}
		}
		w.run(leadTicks)
		w.hearing(".x...\nx....\nx..x.\nx.x..\nx....\n")
		all := []int{1, 2, 3, 4}
		w.onceAt("live", tone(0), all...)
		ducked := audiotest.Goertzel(w.phones[2].pcm(), rate, tone(3)) - audiotest.Goertzel(w.phones[0].pcm(), rate, tone(1))
		if ducked < -13 || ducked > -11 {
			t.Errorf("the others are at %.1f dB", ducked)
		}
		if !w.phones[0].leg.Stats().Talking {
			t.Error("he is not said to talk")
		}
		synctest.Wait()
		if len(to.began) != 3 || to.began[0].Tick != to.began[2].Tick || to.began[0].Listeners+to.began[1].Listeners+to.began[2].Listeners != 4 {
			t.Errorf("began %+v", to.began)
		}

		w.place(m, 2, 1, 2, 1, 1, 7) // he goes too, and one to a room that was empty
		w.run(2)
		w.hearing("..xx.\nx....\nx..x.\nx.x..\nx....\n")
		w.onceAt("after the moves", tone(0), all...)
		p := w.placement(3, 1, 2, 1, 1, 7)
		p.Legs[0].Muted = true
		m.Place(p)
		w.run(2)
		w.hearing("..xx.\nx....\nx..x.\nx.x..\nx....\n")

		m.Silence(a)
		w.run(settle)
		w.hearing("..xx.\n.....\n...x.\n..x..\n.....\n")
		w.place(m, 4, 1, 2, 1, 1, 7)
		w.run(2)
		w.hearing("..xx.\n.....\nx..x.\nx.x..\n.....\n")
		w.onceAt("afterwards", tone(3), 2)
		synctest.Wait()
		if to.ends != 1 || to.whole || len(to.ended) != 4 {
			t.Errorf("reported %+v", to)
		}
	})
}

// TestLiveEnds by its length, when the leg ends, by the next announcement; each time his room hears him again, if he is there.
func TestLiveEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end   func(w *world, m *mixer.Meeting)
		whole bool
		after string
	}{
		"at its length":    {func(w *world, _ *mixer.Meeting) { w.run(30) }, true, ".xx\nx.x\nxx.\n"},
		"the leg ends":     {func(w *world, _ *mixer.Meeting) { w.phones[0].leg.Close() }, false, ".xx\n..x\n.x.\n"},
		"the leg goes":     {func(w *world, _ *mixer.Meeting) { w.engine.NewMeeting().Adopt(w.phones[0].leg) }, false, "...\n..x\n.x.\n"},
		"the meeting ends": {func(_ *world, m *mixer.Meeting) { m.Close() }, false, "...\n...\n...\n"},
		"the next":         {func(_ *world, m *mixer.Meeting) { m.Announce(message(&told{}, 9)) }, false, ".xx\nx.x\nxx.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				for n := range 3 {
					w.phone(tone(n))
				}
				m, to := w.meeting(0, 0, 0), told{}
				w.run(settle)
				m.Announce(w.live(&to, 0, leadTicks+40))
				w.run(leadTicks + 2)
				w.hearing(".xx\nx.x\nxx.\n")
				w.onceAt("live", tone(0), 1, 2)
				c.end(w, m)
				w.run(settle)
				if name == "the leg ends" {
					w.phones[0].forget()
					c.after = "...\n..x\n.x.\n"
				}
				w.hearing(c.after)
				synctest.Wait()
				if to.begins != 1 || to.ends != 1 || to.whole != c.whole {
					t.Errorf("reported %+v", to)
				}
			})
		})
	}
}

// TestLiveOfSomebodyElse is refused: the leg has gone, or is in another meeting.
func TestLiveOfSomebodyElse(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		w.phone(0)
		m, other, to := w.meeting(0, 0), w.engine.NewMeeting(), told{}
		w.run(settle)
		other.Announce(w.live(&to, 0, 100))
		w.run(2)
		synctest.Wait()
		if to.begins != 1 || to.ends != 1 || len(to.began) != 0 || to.whole {
			t.Errorf("reported %+v", to)
		}
		w.hearing("..\nx.\n")
		m.Close()
	})
}
