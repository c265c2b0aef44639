package mixer_test

import (
	"math"
	"testing"
	"time"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// settle is how many frames it takes until everybody hears everybody.
const settle = 10

func TestWhoHearsWhom(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for n := range 6 {
			w.phone(tone(n))
		}
		m := w.meeting(0, 0, 0, 7, 7, mixer.NoRoom)
		w.run(settle)
		w.hearing(".xx...\nx.x...\nxx....\n....x.\n...x..\n......\n")
		w.place(m, 2, 1, 1, 2, 2, 2, 1)
		w.run(settle)
		w.hearing(".x...x\nx....x\n...xx.\n..x.x.\n..xx..\nxx....\n")
		w.place(m, 3) // a leg that is not named is in no room
		w.run(settle)
		w.hearing("......\n......\n......\n......\n......\n......\n")
		w.place(m, 4, 0, 0, 0, 0, 0, 0)
		w.run(settle)
		w.hearing(".xxxxx\nx.xxxx\nxx.xxx\nxxx.xx\nxxxx.x\nxxxxx.\n")
		for _, p := range w.phones {
			p.forget()
		}
		m.Close() // its legs are in no room any more
		w.run(settle)
		w.hearing("......\n......\n......\n......\n......\n......\n")
	})
}

// hearing compares who heard whom during the last second, and forgets it.
func (w *world) hearing(want string) {
	w.t.Helper()
	for _, p := range w.phones {
		p.forget()
	}
	w.run(settle)
	if got := w.matrix(); got != want {
		w.t.Errorf("hearing is\n%swant\n%s", got, want)
	}
	for _, p := range w.phones {
		p.continuous()
	}
}

func TestMuteAndGain(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		ear := w.phone(0)
		m := w.meeting(0, 0)
		level := func() float64 {
			w.run(settle)
			ear.forget()
			w.run(settle)
			return audiotest.Goertzel(ear.pcm(), rate, tone(0))
		}
		plain := level()
		p := w.placement(2, 0, 0)
		p.Legs[0].GainDB = -6
		m.Place(p)
		if d := level() - plain; math.Abs(d+6) > 0.5 {
			t.Errorf("6 dB less are %.1f dB", d)
		}
		p = w.placement(3, 0, 0)
		p.Legs[0].Muted = true
		m.Place(p)
		if l := level(); l > -80 {
			t.Errorf("a muted leg is heard with %.1f dB", l)
		}
	})
}

// TestListeningVolume: a leg hears its room louder, and a leg beside it as before; a move changes nothing about it.
func TestListeningVolume(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		loud, plain := w.phone(0), w.phone(0)
		m := w.meeting(0, 0, 0)
		difference := func() float64 {
			w.run(settle)
			loud.forget()
			plain.forget()
			w.run(settle)
			return audiotest.Goertzel(loud.pcm(), rate, tone(0)) - audiotest.Goertzel(plain.pcm(), rate, tone(0))
		}
		for i, rooms := range [][]mixer.RoomID{{0, 0, 0}, {3, 3, 3}} {
			p := w.placement(uint64(2+i), rooms...)
			p.Legs[1].ListenDB = 6
			m.Place(p)
			if d := difference(); math.Abs(d-6) > 0.5 {
				t.Errorf("in room %d 6 dB more are %.1f dB", rooms[0], d)
			}
		}
		m.Place(w.placement(4, 3, 3, 3))
		if d := difference(); math.Abs(d) > 0.1 {
			t.Errorf("0 dB more are %.1f dB", d)
		}
	})
}

// TestMovesAreSeamless moves a listener between two rooms: his stream goes on, and once he hears the new room he never
// hears the old one again.
func TestMovesAreSeamless(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		w.phone(tone(3))
		ear := w.phone(tone(6))
		m := w.meeting(1, 2, 1)
		w.run(settle)
		for i := range 6 {
			ear.forget()
			to := mixer.RoomID(2 - i%2)
			w.place(m, uint64(i+2), 1, 2, to)
			w.run(settle)
			ear.continuous()
			old, next := tone(0), tone(3)
			if to == 1 {
				old, next = next, old
			}
			arrived := false
			for n, h := range ear.heard {
				hearsOld := audiotest.Goertzel(h.pcm, rate, old) > -45
				arrived = arrived || audiotest.Goertzel(h.pcm, rate, next) > -30
				if arrived && hearsOld {
					t.Errorf("move %d: frame %d is of the old room after the first of the new one", i, n)
				}
			}
			if !arrived {
				t.Errorf("move %d: never arrived", i)
			}
		}
	})
}

// TestOneGenerationForAll moves 600 legs to 300 rooms and back: one placement, in effect within two ticks.
func TestOneGenerationForAll(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		const legs, rooms = 600, 300
		for range legs {
			w.phone(0)
		}
		all, spread := make([]mixer.RoomID, legs), make([]mixer.RoomID, legs)
		for i := range spread {
			spread[i] = mixer.RoomID(1 + i%rooms)
		}
		m := w.meeting(all...)
		w.run(settle)
		for gen, rooms := range [][]mixer.RoomID{spread, all} {
			w.phones[0].hz, w.phones[rooms[0]].hz = 0, 0
			w.place(m, uint64(gen+2), rooms...)
			w.run(3)
			published, from := m.Published()
			applied, at := m.Applied()
			if applied != published || at-from > 2 || at < from {
				t.Errorf("generation %d of tick %d is in effect as %d in tick %d", published, from, applied, at)
			}
		}
		// The last ones of the two halves share a room when spread.
		a, b := w.phones[rooms-1], w.phones[legs-1]
		a.hz = tone(0)
		w.place(m, 4, spread...)
		w.run(settle)
		for _, p := range w.phones {
			p.forget()
		}
		w.run(settle)
		for i, p := range w.phones {
			if p.hears(a.hz) != (p == b) {
				t.Errorf("phone %d hears it: %t", i, p.hears(a.hz))
			}
		}
	})
}

func TestPlacementBeforeAdoption(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(tone(0))
		w.phone(tone(1))
		m := w.engine.NewMeeting()
		w.place(m, 1, 4, 4)
		w.run(settle)
		w.hearing("..\n..\n")
		for _, p := range w.phones {
			m.Adopt(p.leg)
		}
		w.run(settle)
		w.hearing(".x\nx.\n")
	})
}

// TestPlayInAllRooms begins a tone in every room within one tick.
func TestPlayInAllRooms(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		const hz = 1000
		for range 9 {
			w.phone(0)
		}
		m := w.meeting(0, 0, 1, 2, 3, 4, 5, 6, mixer.NoRoom)
		w.run(settle)
		open := func() prompt.Source { return prompt.NewPCM(audiotest.Tone(hz, loudness, rate, rate/2, 0)) }
		began := make(chan []mixer.RoomStart, 1)
		m.Play(nil, open, true, func(s []mixer.RoomStart) { began <- s })
		w.run(settle)
		starts := <-began
		if len(starts) != 7 {
			t.Fatalf("began in %d rooms, want 7: %v", len(starts), starts)
		}
		for _, s := range starts {
			want := 1
			if s.Room == 0 {
				want = 2
			}
			if s.Tick != starts[0].Tick || s.Listeners != want {
				t.Errorf("began %+v, the first in tick %d", s, starts[0].Tick)
			}
		}
		for i, p := range w.phones {
			if got, want := p.hears(hz), i != 8; got != want {
				t.Errorf("phone %d hears it: %t", i, got)
			}
		}
		w.run(40)
		m.Play([]mixer.RoomID{3, 99}, open, false, func(s []mixer.RoomStart) { began <- s })
		for _, p := range w.phones {
			p.forget()
		}
		w.run(settle)
		if s := <-began; len(s) != 1 || s[0].Room != 3 {
			t.Errorf("began in %v, want room 3", s)
		}
		for i, p := range w.phones {
			if got, want := p.hears(hz), i == 4; got != want {
				t.Errorf("phone %d hears room 3: %t", i, got)
			}
		}
	})
}

// TestAToneDoesNotEndAMessage: somebody comes while the speakers' message is played.
func TestAToneDoesNotEndAMessage(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		const message, arrival = 1000, 1700
		p := w.phone(0)
		m := w.meeting(0)
		w.run(settle)
		play := func(hz float64, duck bool) {
			m.Play(nil, func() prompt.Source { return prompt.NewPCM(audiotest.Tone(hz, loudness, rate, 4*rate, 0)) }, duck, nil)
			w.run(settle)
			p.forget()
			w.run(settle)
		}
		play(message, true)
		play(arrival, false)
		if !p.hears(message) || p.hears(arrival) {
			t.Errorf("after the tone: message %t, tone %t", p.hears(message), p.hears(arrival))
		}
		play(arrival, true)
		if p.hears(message) || !p.hears(arrival) {
			t.Errorf("after the next message: the first %t, the next %t", p.hears(message), p.hears(arrival))
		}
	})
}

func TestPlayIsAnsweredWhateverHappens(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		answers := make(chan []mixer.RoomStart, 4)
		play := func(m *mixer.Meeting) {
			m.Play(nil, func() prompt.Source { return prompt.NewPCM(nil) }, false,
				func(s []mixer.RoomStart) { answers <- s })
		}
		m := w.engine.NewMeeting()
		play(m)
		m.Close()
		m.Close()
		play(m)
		w.run(2)
		m = w.engine.NewMeeting()
		play(m)
		w.stop()
		play(m)
		if len(answers) != 4 {
			t.Errorf("%d of 4 plays were answered", len(answers))
		}
		close(answers)
		for s := range answers {
			if len(s) != 0 {
				t.Errorf("began in %v", s)
			}
		}
	})
}

// TestMeetingsWithoutLegsAreServed: a shard that has no legs sleeps longer, but leaves no phase out.
func TestMeetingsWithoutLegsAreServed(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{Shards: 1}, func(w *world) {
		answers := make(chan []mixer.RoomStart, 4)
		for range 4 { // one in each phase
			w.engine.NewMeeting().Play(nil, func() prompt.Source { return prompt.NewPCM(nil) }, false,
				func(s []mixer.RoomStart) { answers <- s })
		}
		w.run(2)
		if len(answers) != 4 {
			t.Errorf("%d of 4 plays were answered", len(answers))
		}
	})
}

// endless is a tone without an end.
type endless struct {
	hz float64
	n  int
}

func (e *endless) Next(dst []int16) int {
	copy(dst, audiotest.Tone(e.hz, loudness, rate, len(dst), e.n))
	e.n += len(dst)
	return len(dst)
}

// TestHandoverIsContinuous hands legs to meetings in all phases of both shards while a tone plays to them and while
// they send one.
func TestHandoverIsContinuous(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		var meetings []*mixer.Meeting
		seen := map[[2]int]bool{}
		for range 8 {
			m := w.engine.NewMeeting()
			shard, phase := m.ShardOf()
			seen[[2]int{shard, phase}] = true
			meetings = append(meetings, m)
		}
		if len(seen) != 8 {
			t.Errorf("meetings are on %v", seen)
		}
		for i := range meetings {
			p := w.phone(tone(5))
			p.leg.Play(uint64(i), &endless{hz: 500}, false)
		}
		w.run(settle)
		for _, p := range w.phones {
			p.forget()
		}
		w.run(5)
		for i, m := range meetings {
			m.Adopt(w.phones[i].leg)
		}
		w.run(settle)
		for i, p := range w.phones {
			p.continuous()
			if len(p.heard) < settle+3 {
				t.Errorf("phone %d: %d frames in %d", i, len(p.heard), settle+5)
			}
			if worst := roughness(p.pcm(), 500); worst > 600 {
				t.Errorf("phone %d: the tone breaks, by %.0f", i, worst)
			}
			w.run(settle)
			if s := p.leg.Stats(); s.Concealed > 1 || s.Lost > 0 {
				t.Errorf("phone %d: %d frames concealed, %d packets lost", i, s.Concealed, s.Lost)
			}
		}
	})
}

// roughness is how far samples of a pure tone are from where the two before them point to.
func roughness(pcm []int16, hz float64) float64 {
	k, worst := 2*math.Cos(2*math.Pi*hz/rate), 0.0
	for i := 2; i < len(pcm); i++ {
		worst = max(worst, math.Abs(k*float64(pcm[i-1])-float64(pcm[i-2])-float64(pcm[i])))
	}
	return worst
}

// TestTalkerIsHeardWithoutABreakAfterHandover: what others hear of a caller who was just admitted is his tone.
func TestTalkerIsHeardWithoutABreakAfterHandover(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		talker, ear := w.phone(500), w.phone(0)
		w.run(settle)
		w.meeting(0, 0)
		w.run(settle)
		ear.forget()
		w.run(50)
		if worst := roughness(ear.pcm(), 500); worst > 600 {
			t.Errorf("the tone breaks, by %.0f", worst)
		}
		if s := talker.leg.Stats(); s.Concealed > 1 {
			t.Errorf("%d frames concealed", s.Concealed)
		}
	})
}

func TestLevelsAndTalkers(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		talker := w.phone(tone(2))
		w.phone(0)
		w.phone(tone(3)) // in no room
		m := w.meeting(5, 5, mixer.NoRoom)
		w.run(50)
		levels := m.Levels(nil)
		if len(levels) != 2 {
			t.Fatalf("levels are %+v", levels)
		}
		for _, l := range levels {
			if talks := l.Leg == talker.leg.ID(); l.Talking != talks || (l.LevelDBov > -50) != talks || l.Room != 5 {
				t.Errorf("level %+v", l)
			}
		}
		if who := m.Talkers(nil); len(who) != 1 || who[0].Leg != talker.leg.ID() {
			t.Errorf("talkers are %+v", who)
		}
		if s := talker.leg.Stats(); !s.Talking || time.Since(s.LastRTP) > time.Second {
			t.Errorf("stats are %+v", s)
		}
	})
}

// TestStall holds the shards up: the frames of the time are sent after it, none is lost.
func TestStall(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(500)
		ear := w.phone(0)
		w.meeting(0, 0)
		w.run(settle)
		ear.forget()
		w.engine.Stall(70 * time.Millisecond)
		w.run(20)
		ear.continuous()
		if n := len(ear.heard); n < 19 || n > 21 {
			t.Errorf("%d frames in 20", n)
		}
		if worst := roughness(ear.pcm(), 500); worst > 600 {
			t.Errorf("the tone breaks, by %.0f", worst)
		}
		if c := w.engine.Counters(); c.LateTicks == 0 || c.SkippedTicks != 0 {
			t.Errorf("%d late, %d skipped", c.LateTicks, c.SkippedTicks)
		}
	})
}

// TestLongStall is longer than what is caught up: ticks are left out, and time stamps go on with the clock.
func TestLongStall(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		ear := w.phone(0)
		w.meeting(0)
		w.run(settle)
		ear.forget()
		w.run(2)
		w.engine.Stall(time.Second)
		w.run(60)
		first, last := ear.heard[0], ear.heard[len(ear.heard)-1]
		passed := int(last.TSRTP-first.TSRTP) / 8
		if wall := int(last.at.Sub(first.at).Milliseconds()); passed < wall-20 || passed > wall+20 {
			t.Errorf("time stamps went on by %d ms in %d", passed, wall)
		}
		if int(last.Seq-first.Seq) != len(ear.heard)-1 {
			t.Error("sequence numbers have a gap")
		}
		if c := w.engine.Counters(); c.SkippedTicks < 40 {
			t.Errorf("%d ticks skipped", c.SkippedTicks)
		}
	})
}
