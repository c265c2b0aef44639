package control_test

import (
	"testing"
	"time"

	"partyline/control"
)

// TestFloor: whoever raised his hand gets it, muted by others or not, and nobody else.
func TestFloor(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	a, b, host := sc.call("1"), sc.call("2"), sc.web("host", control.Speaker)
	sc.refused(control.GiveFloor{Participant: a, By: host}, control.CodeWrongState)
	sc.refused(control.GiveFloor{Participant: "par_9", By: host}, control.CodeNotFound)
	sc.do(control.MuteAll{Muted: true})
	sc.do(control.RaiseHand{Participant: b, Up: true})
	sc.now = sc.now.Add(time.Second)
	sc.do(control.RaiseHand{Participant: a, Up: true})
	if next := sc.s.NextHand(control.MainRoom); next == nil || next.ID != b {
		t.Errorf("the first hand is that of %v", next)
	}
	sc.refused(control.GiveFloor{Participant: b, By: a}, control.CodeNotAllowed)
	sc.refused(control.GiveFloor{Participant: b, By: "par_9"}, control.CodeNotFound)
	sc.wantEvents(control.GiveFloor{Participant: b, By: host}, "participant.floor_given")
	if p := sc.s.Participants[b]; p.Silenced() || !p.Hand.IsZero() || !sc.s.Participants[a].MutedByAdmin {
		t.Errorf("muted %v, hand %v", p.Silenced(), p.Hand)
	}
	sc.refused(control.GiveFloor{Participant: b, By: host}, control.CodeWrongState)
	sc.do(control.Mute{Participant: a, Muted: true})
	sc.do(control.GiveFloor{Participant: a})
	if p := sc.s.Participants[a]; !p.Muted || p.MutedByAdmin {
		t.Errorf("who mutes himself: %v, by an admin: %v", p.Muted, p.MutedByAdmin)
	}
	if next := sc.s.NextHand(control.MainRoom); next != nil {
		t.Errorf("the hand of %s is still up", next.ID)
	}
}

// TestApplyPlan brings everybody to the room that is his.
func TestApplyPlan(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	a, b, host := sc.call("1"), sc.call("2"), sc.web("host", control.Speaker)
	sc.refused(control.ApplyPlan{}, control.CodeWrongState)
	sc.do(control.Assign{Participants: ids(a), Room: "room_1"})
	sc.do(control.Assign{Participants: ids(b), Room: "room_2"})
	sc.do(control.StartBreakouts{})
	sc.wantEvents(control.ApplyPlan{}, "")
	sc.do(control.Move{Participants: ids(a, b, host), Room: "room_2"})
	sc.wantEvents(control.ApplyPlan{}, "participants.moved")
	sc.wantAt(a, "room_1")
	sc.wantAt(b, "room_2")
	sc.wantAt(host, "room_2")
	sc.do(control.StopBreakouts{})
	sc.refused(control.ApplyPlan{}, control.CodeWrongState)
}

// TestListenGain: how loud somebody hears others is his own, and stays while he is away.
func TestListenGain(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	a := sc.call("1")
	sc.refused(control.ChangeParticipant{Participant: a, ListenGain: new(21)}, control.CodeInvalid)
	sc.wantEvents(control.ChangeParticipant{Participant: a, ListenGain: new(6), Self: true}, "participant.changed")
	sc.wantEvents(control.ChangeParticipant{Participant: a, Muted: new(true)}, "participant.changed")
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.do(control.Join{Participant: a, Leg: "leg_2", Kind: control.PhoneLeg})
	if p := sc.s.Participants[a]; p.ListenGainDB != 6 || !p.MutedByAdmin {
		t.Errorf("%+d dB, muted %v", p.ListenGainDB, p.MutedByAdmin)
	}
}
