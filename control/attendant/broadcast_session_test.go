package attendant

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

// tape is a recorder: every take has the same length.
type tape struct {
	b      *bridge
	length time.Duration
	err    error // of storing

	mu    sync.Mutex
	on    map[control.LegID]uint64 // guarded by mu
	notes []string                 // guarded by mu
}

func (t *tape) note(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

func (t *tape) Record(leg control.LegID, id uint64, limit time.Duration) bool {
	t.note("record %s %v", leg, limit)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.on[leg] = id
	return t.length >= 0
}

func (t *tape) StopRecord(leg control.LegID) {
	t.mu.Lock()
	id := t.on[leg]
	t.mu.Unlock()
	p := t.b.phone(leg)
	p.Post(func() { p.called().Recorded(id-1, 1); p.called().Recorded(id, 8000) }) // what was replaced is not waited for
}

func (t *tape) Trim(leg control.LegID, samples int, keyed bool) time.Duration {
	t.note("trim %s %d %t", leg, samples, keyed)
	return t.length
}

func (t *tape) Replay(leg control.LegID, play uint64) {
	t.note("replay %s", leg)
	p := t.b.phone(leg)
	time.AfterFunc(t.length, func() { p.Post(func() { p.called().Played(play) }) })
}

func (t *tape) Store(leg control.LegID, meeting control.MeetingID, id control.AudioID, done func(control.Audio, error)) {
	t.note("store %s %s", leg, meeting)
	done(control.Audio{ID: id, DurationMS: int(t.length.Milliseconds()), Bytes: 99}, t.err)
}

func (t *tape) Discard(leg control.LegID) { t.note("discard %s", leg) }

// recorder gives a bridge a tape.
func (b *bridge) recorder() *tape {
	t := &tape{b: b, length: 4 * time.Second, on: map[control.LegID]uint64{}}
	b.attendant.options.Recorder = t
	b.attendant.options.Broadcasts = Broadcasts{Recording: time.Minute, Live: 40 * time.Second}
	return t
}

// wants compares what the recorder was told since.
func (t *tape) wants(want ...string) {
	t.b.t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	if fmt.Sprint(t.notes) != fmt.Sprint(want) {
		t.b.t.Errorf("the recorder was told\n %q, want\n %q", t.notes, want)
	}
	t.notes = nil
}

func (b *bridge) broadcasts() (list []control.Broadcast) {
	b.t.Helper()
	if err := b.meeting.Read(b.t.Context(), func(s *control.State) {
		for _, id := range s.BroadcastLog {
			list = append(list, *s.Broadcasts[id])
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	return list
}

// TestMessageByTelephone: a message is a recording of the meeting, and a broadcast by who has spoken it.
func TestMessageByTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		tape := b.recorder()
		ann, sam := b.dial("leg_1", "123456789"), b.dial("leg_2", "123456789")
		ann.hears("in_main_room others 0 " + star2)
		ann.keys("*8")
		ann.hears("not_in_this_meeting")
		options := control.DefaultOptions()
		options.EveryoneBroadcasts = true
		b.do(control.ChangeMeeting{Options: &options})
		ann.keys("*8")
		ann.hears("speak_message speak_now")
		tape.wants("record leg_1 1m0s")
		ann.keys("#")
		ann.hears("message_goes_out to_hear_again 2 to_record_again 3 to_cancel *#", "message_sent", "message_heard 1")
		tape.wants("trim leg_1 8000 true", "store leg_1 mtg_1", "discard leg_1")
		sent := b.broadcasts()
		by := b.person(ann).ID
		if len(sent) != 1 || sent[0].By != string(by) || sent[0].State != control.BroadcastPlayed || sent[0].Live() {
			t.Fatalf("sent %+v", sent)
		}
		if err := b.meeting.Read(t.Context(), func(s *control.State) {
			if a := s.Audio[sent[0].Audio]; a.By != by || a.DurationMS != 4000 || a.Bytes != 99 {
				t.Errorf("kept %+v", a)
			}
		}); err != nil {
			t.Error(err)
		}
		sam.goes()
		ann.keys("*8")
		ann.keys("#1")
		ann.hears("speak_message speak_now", "message_goes_out to_hear_again 2 to_record_again 3 to_cancel *#", "message_sent", "message_heard 0")
		tape.err = control.Errorf(control.CodeLimit, "full")
		ann.keys("*8")
		ann.keys("#1")
		ann.hears("speak_message speak_now", "message_goes_out to_hear_again 2 to_record_again 3 to_cancel *#", "no_room_for_messages")
		if sent := b.broadcasts(); len(sent) != 2 {
			t.Errorf("%d were sent", len(sent))
		}
		tape.length = -1
		ann.keys("*8")
		ann.hears("speak_message speak_now", "try_again")
		b.stop()
	})
}

// TestHangUpWithAMessage: what was recorded and not sent is dropped.
func TestHangUpWithAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.recorder()
		for _, keys := range []string{"", "#"} {
			sam := b.dial("leg_2", "987654321")
			sam.keys("*8")
			sam.keys("1" + keys)
			sam.goes()
			b.settle()
		}
		if sent := b.broadcasts(); len(sent) > 0 {
			t.Errorf("sent %+v", sent)
		}
		b.stop()
	})
}

// TestLiveByTelephone: one speaks, another has to wait; an admin, the limit or hanging up ends it.
func TestLiveByTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.recorder()
		b.mixer.Hold = true
		ann, sam, tom := b.dial("leg_1", "123456789"), b.dial("leg_2", "987654321"), b.dial("leg_3", "987654321")
		ann.hears("in_main_room others 0 " + star2)
		sam.hears("in_main_room others 1 " + star2)
		tom.hears("in_main_room others 2 " + star2)
		live := func(p *phone, want ...string) {
			t.Helper()
			p.keys("*8")
			p.keys("2")
			p.hears(append([]string{"to_all_rooms to_record_message 1 to_speak_live 2"}, want...)...)
		}
		live(sam, "live_after_tone")
		on := b.broadcasts()
		if len(on) != 1 || on[0].Leg != "leg_2" || on[0].LimitS != 40 || on[0].By != string(b.person(sam).ID) || on[0].State != control.BroadcastPlaying {
			t.Fatalf("on the air: %+v", on)
		}
		live(tom, "somebody_speaks")
		sam.keys("#")
		sam.hears("live_over", "message_heard 1")

		live(sam, "live_after_tone")
		time.Sleep(30 * time.Second) // of the bubble's time
		synctest.Wait()
		sam.hears("time_is_short")
		b.mixer.Finish(b.broadcasts()[1].ID)
		b.settle()
		sam.hears("live_over time_is_up message_heard 1")

		live(sam, "live_after_tone")
		b.do(control.CancelBroadcast{ID: b.broadcasts()[2].ID})
		sam.hears("live_over message_stopped")

		live(sam, "live_after_tone")
		sam.goes()
		b.settle()
		live(tom, "live_after_tone")
		var states []string
		for _, x := range b.broadcasts() {
			states = append(states, x.State)
		}
		if fmt.Sprint(states) != "[played played cancelled played playing]" {
			t.Errorf("%q", states)
		}
		ann.hears()
		b.stop()
	})
}

// TestRestartWhileLive: who was speaking to all rooms hears that he is no longer; once.
func TestRestartWhileLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.recorder()
		b.mixer.Hold = true
		sam := b.dial("leg_2", "987654321")
		sam.keys("*8")
		sam.keys("2")
		sam.hears("in_main_room others 0 "+star2, "to_all_rooms to_record_message 1 to_speak_live 2", "live_after_tone")
		b.meeting = nil
		again := b.restart(sam)
		again.hears("live_over message_failed")
		meeting, err := b.registry.Meeting("mtg_1")
		if err != nil {
			t.Fatal(err)
		}
		b.meeting = meeting
		if sent := b.broadcasts(); len(sent) != 1 || sent[0].State != control.BroadcastFailed {
			t.Errorf("sent %+v", sent)
		}
		time.Sleep(2 * justLost) // of the bubble's time
		b.restart(again).hears()
		b.stop()
	})
}
