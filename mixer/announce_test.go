package mixer_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"partyline/mixer"
	"partyline/mixer/audiotest"
	"partyline/mixer/prompt"
)

// The two halves of a message that takes four seconds.
const (
	firstHalf  = 1000
	secondHalf = 1700
	halfTicks  = 100
)

// told is what an announcement reported.
type told struct {
	began, ended []mixer.RoomStart
	whole        bool
	begins, ends int
}

// message is an announcement whose halves can be told apart. Its reports come while the world runs.
func message(to *told, rooms ...mixer.RoomID) *mixer.Announcement {
	pcm := audiotest.Tone(firstHalf, loudness, rate, halfTicks*frame, 0)
	pcm = append(pcm, audiotest.Tone(secondHalf, loudness, rate, halfTicks*frame, 0)...)
	return &mixer.Announcement{
		Rooms: rooms, Length: len(pcm),
		Open:  func(skip int) prompt.Source { return prompt.NewPCM(pcm[skip:]) },
		Began: func(s []mixer.RoomStart) { to.began = s; to.begins++ },
		Ended: func(s []mixer.RoomStart, whole bool) { to.ended, to.whole = s, whole; to.ends++ },
	}
}

// heard is which half of the message each phone hears: 1, 2 or nothing.
func (w *world) heard() string {
	for _, p := range w.phones {
		p.forget()
	}
	w.run(settle)
	synctest.Wait() // for the reports
	var s strings.Builder
	for _, p := range w.phones {
		switch {
		case p.hears(firstHalf) && p.hears(secondHalf):
			s.WriteString("!")
		case p.hears(firstHalf):
			s.WriteString("1")
		case p.hears(secondHalf):
			s.WriteString("2")
		default:
			s.WriteString(".")
		}
	}
	return s.String()
}

func (w *world) wantHeard(when, want string) {
	w.t.Helper()
	if got := w.heard(); got != want {
		w.t.Errorf("%s: heard %s, want %s", when, got, want)
	}
}

// TestAnnouncementFollowsPeople: who goes to another room while it is said hears it go on there, where it is by then.
func TestAnnouncementFollowsPeople(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for range 4 {
			w.phone(0)
		}
		m, to := w.meeting(0, 1, 1, 2), told{}
		w.run(settle)
		m.Announce(message(&to))
		w.run(settle)
		w.wantHeard("at first", "1111")
		if len(to.began) != 3 || to.began[0].Tick != to.began[2].Tick {
			t.Fatalf("began %+v", to.began)
		}
		w.place(m, 2, 0, 1, 2, 7) // to a room where it is said, and to one that was empty
		w.run(2)
		w.wantHeard("after the moves", "1111")
		w.run(halfTicks - 4*settle)
		w.place(m, 3, 9, 9, 9, 9) // all to a room that nobody was in
		w.run(settle)
		w.wantHeard("in the second half", "2222")
		w.run(2 * halfTicks)
		w.wantHeard("after the end", "....")
		rooms := map[mixer.RoomID]int{}
		for _, s := range to.ended {
			rooms[s.Room] = s.Listeners
		}
		if got := fmt.Sprint(rooms); got != "map[0:1 1:2 2:1 7:1 9:4]" || !to.whole || to.begins != 1 || to.ends != 1 {
			t.Errorf("ended in %s, %+v", got, to)
		}
	})
}

// TestAnnouncementInSomeRooms is not heard elsewhere, nor by those who leave the rooms.
func TestAnnouncementInSomeRooms(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for range 3 {
			w.phone(0)
		}
		m, to := w.meeting(0, 1, 1), told{}
		w.run(settle)
		m.Announce(message(&to, 1, 5))
		w.run(settle)
		w.wantHeard("at first", ".11")
		w.place(m, 2, 5, 1, 0)
		w.run(3)
		w.wantHeard("after the moves", "11.")
	})
}

// TestAnnouncementForSome: legs that are set apart hear the room as it is, no lower.
func TestAnnouncementForSome(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		for _, hz := range []float64{tone(0), 0, 0} {
			w.phone(hz)
		}
		m, to := w.meeting(0, 0, 0), told{}
		p := w.placement(2, 0, 0, 0)
		p.Legs[2].Apart = true
		m.Place(p)
		w.run(settle)
		a := message(&to)
		a.Some = true
		m.Announce(a)
		w.run(settle)
		w.wantHeard("the one apart", "11.")
		if to.began[0].Listeners != 2 {
			t.Errorf("began %+v", to.began)
		}
		if !w.phones[2].hears(w.phones[0].hz) {
			t.Error("the one apart does not hear who talks")
		}
		m.Silence(a)
		w.run(settle)
		w.wantHeard("afterwards", "...")
		m.Announce(message(&to))
		w.run(settle)
		w.wantHeard("what is for all", "111")
	})
}

// TestAnnouncementIsStopped: by Silence, by the next one, by the end of the meeting or of the engine; each is reported once.
func TestAnnouncementIsStopped(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(w *world, m *mixer.Meeting, a *mixer.Announcement){
		"silence":          func(_ *world, m *mixer.Meeting, a *mixer.Announcement) { m.Silence(a); m.Silence(a) },
		"the next":         func(_ *world, m *mixer.Meeting, _ *mixer.Announcement) { m.Announce(message(&told{}, 9)) },
		"the meeting ends": func(_ *world, m *mixer.Meeting, _ *mixer.Announcement) { m.Close() },
		"the engine ends":  func(w *world, _ *mixer.Meeting, _ *mixer.Announcement) { w.stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, mixer.Options{}, func(w *world) {
				w.phone(0)
				m, to := w.meeting(1), told{}
				w.run(settle)
				a := message(&to)
				m.Announce(a)
				w.run(settle)
				stop(w, m, a)
				w.run(settle)
				w.wantHeard("afterwards", ".")
				if to.ends != 1 || to.begins != 1 || to.whole || len(to.ended) != 1 {
					t.Errorf("reported %+v", to)
				}
			})
		})
	}
}

// TestAnnouncementToNobody goes on all the same: who comes meanwhile, or is just being handed over, hears the rest.
func TestAnnouncementToNobody(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		w.phone(0)
		m, to := w.engine.NewMeeting(), told{}
		m.Announce(message(&to))
		w.run(halfTicks + settle)
		w.place(m, 1, 3)
		m.Adopt(w.phones[0].leg)
		w.run(settle)
		w.wantHeard("by a newcomer", "2")
		w.run(halfTicks)
		w.wantHeard("afterwards", ".")
		if len(to.began) != 0 || len(to.ended) != 1 || to.ended[0].Room != 3 || to.ended[0].Listeners != 1 || !to.whole {
			t.Errorf("reported %+v", to)
		}
	})
}

// TestAnnouncementIsAnswered whatever happens: once begun, once ended.
func TestAnnouncementIsAnswered(t *testing.T) {
	t.Parallel()
	inWorld(t, mixer.Options{}, func(w *world) {
		m, replaced, before, late, after := w.engine.NewMeeting(), told{}, told{}, told{}, told{}
		m.Announce(message(&replaced))
		w.run(2)
		a := message(&before)
		m.Silence(a)
		m.Announce(a)
		m.Announce(message(&told{}))
		w.run(2)
		m.Close()
		w.run(2)
		m.Announce(message(&late))
		w.stop()
		w.engine.NewMeeting().Announce(message(&after))
		synctest.Wait()
		for name, to := range map[string]told{"replaced": replaced, "stopped before": before, "meeting closed": late, "engine over": after} {
			if to.begins != 1 || to.ends != 1 || len(to.began) != 0 || to.whole {
				t.Errorf("%s: %+v", name, to)
			}
		}
	})
}
