package attendant

import (
	"testing"
	"testing/synctest"

	"partyline/control"
)

// TestMergedAndSplitCallers: a caller is told what becomes of him, and his keys work on whoever he is then.
func TestMergedAndSplitCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		p.hears("in_main_room others 0 " + star2)
		id := b.person(p).ID
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_web", Name: "Ada", Role: control.Speaker, Web: true}})
		b.do(control.StartBreakouts{Distribution: "manual"})
		b.do(control.Move{Participants: []control.ParticipantID{"par_web"}, Room: "room_2"})
		p.hears("breakouts_open")

		b.do(control.MergeParticipants{Participant: "par_web", Other: id})
		p.hears("merged", "now_speaker", "moved_to_room 2 Blue")
		p.keys("*6")
		p.hears("muted")
		if who := b.person(p); who.ID != "par_web" || !who.Muted {
			t.Errorf("he is %+v", who)
		}
		b.do(control.Move{Participants: []control.ParticipantID{"par_web"}, Room: "room_1"})
		p.hears("moved_to_room 1 Red")

		b.do(control.SplitParticipant{Participant: "par_web"})
		p.hears("split", "now_audience")
		p.keys("*6")
		p.hears("unmuted")
		if who := b.person(p); who.ID != id || who.Muted || who.Location.Room != "room_1" {
			t.Errorf("he is %+v", who)
		}
		p.keys("*#")
		p.hears("back_in_main_room")
		b.do(control.RemoveParticipant{Participant: "par_web"})
		p.hears()
		b.do(control.RemoveParticipant{Participant: id})
		p.hears("removed goodbye")
		if p.hungUp != "removed from the meeting" {
			t.Errorf("hung up: %q", p.hungUp)
		}
		p.goes()
		b.stop()
	})
}

// TestTheKeptCallerHearsItToo: he who stays has a telephone, the other is on the web.
func TestTheKeptCallerHearsItToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		p := b.dial("leg_1", "123456789")
		p.hears("in_main_room others 0 " + star2)
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_web", Name: "Ada", Web: true}})
		b.do(control.MergeParticipants{Participant: b.person(p).ID, Other: "par_web"})
		p.hears("merged")
		b.do(control.SplitParticipant{Participant: b.person(p).ID})
		p.hears("split")
		p.goes()
		b.stop()
	})
}
