package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

func TestLateJoiners(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	sc.call("1")
	sc.do(control.StartBreakouts{})
	first := sc.at("par_1")
	second := sc.call("2")
	if got := sc.at(second); got == first || got == control.MainRoom {
		t.Errorf("the late one is in %q, the first in %q", got, first)
	}
	if sc.s.Participants[second].Assignment != sc.at(second) {
		t.Error("the late one is not assigned to the room")
	}
	o := sc.s.Options
	o.LateJoiners = "main"
	sc.do(control.ChangeMeeting{Options: &o})
	sc.wantAt(sc.call("3"), control.MainRoom)
	sc.wantAt(sc.web("host", control.Speaker), control.MainRoom)
}

func TestCallingAgain(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	p := sc.call("+4930123456")
	sc.do(control.StartBreakouts{})
	sc.do(control.Mute{Participant: p, Muted: true})
	sc.do(control.Move{Participants: ids(p), Room: "room_2"})
	sc.wantEvents(control.LegGone{Leg: "leg_+4930123456", Reason: "bye"}, "participant.leg_left")
	sc.wantAt(p, "absent")
	again := control.Join{Participant: "par_new", Leg: "leg_2", Kind: control.PhoneLeg, Number: "+4930123456"}
	_, value := sc.do(again)
	want := control.Joined{Participant: p, Location: control.Location{Place: control.InRoom, Room: "room_2"}, Returned: true}
	if d := cmp.Diff(want, value); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if !sc.s.Participants[p].Muted {
		t.Error("he is no longer muted")
	}
	// A second call from the number of somebody who is there is somebody else.
	again.Leg = "leg_3"
	if _, value := sc.do(again); value.(control.Joined).Participant != "par_new" {
		t.Errorf("a colleague joined as %+v", value)
	}
	// With two absent of one number nobody can tell who calls.
	sc.do(control.LegsGone{Legs: []control.LegID{"leg_2", "leg_3"}})
	again.Leg, again.Participant = "leg_4", "par_third"
	if _, value := sc.do(again); value.(control.Joined).Participant != "par_third" {
		t.Errorf("one of two joined as %+v", value)
	}
}

func TestWhatACallerIsCalled(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, number, want string }{
		{"Ada Lovelace", "+4930123456", "Ada Lovelace"},
		{"", "alice", "alice"},
		{"", "+4930123456", "+49•••456"},
		{"+49 30 123456", "+4930123456", "+49•••456"}, // many gateways repeat the number as the name
		{"030/123456", "alice", "•••456"},
		{"Anonymous", "anonymous", "Caller 1"},
		{"unknown", "alice", "alice"},
		{"", "", "Caller 1"},
	} {
		sc := newScene(t, 0, nil)
		sc.do(control.Join{Participant: "par_1", Leg: "leg_1", Kind: control.PhoneLeg, Name: tt.name, Number: tt.number})
		if got := sc.s.Participants["par_1"].Name; got != tt.want {
			t.Errorf("%q <%s> is called %q, want %q", tt.name, tt.number, got, tt.want)
		}
	}
}

func TestAnonymousCallersAreNotOnePerson(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	for i, leg := range []control.LegID{"leg_1", "leg_2"} {
		_, v := sc.do(control.Join{Participant: control.ParticipantID(leg), Leg: leg, Kind: control.PhoneLeg, Number: "Anonymous"})
		if j := v.(control.Joined); j.Returned || j.Participant != control.ParticipantID(leg) {
			t.Errorf("caller %d joined as %+v", i, j)
		}
		if got, want := sc.s.ByLeg(leg).Name, []string{"Caller 1", "Caller 2"}[i]; got != want {
			t.Errorf("caller %d is called %q, want %q", i, got, want)
		}
		sc.do(control.LegGone{Leg: leg})
	}
}

func TestANumberMakesNoSpeaker(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	join := control.Join{Participant: "par_1", Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4930123456", Role: control.Speaker}
	sc.do(join)
	sc.do(control.MuteAll{Muted: true})
	for _, tt := range []struct {
		leg  control.LegID
		role control.Role
	}{{"leg_2", control.Audience}, {"leg_3", control.Speaker}} {
		sc.do(control.LegsGone{Legs: []control.LegID{"leg_1", "leg_2"}})
		sc.do(control.Join{Participant: "par_x", Leg: tt.leg, Kind: control.PhoneLeg, Number: join.Number, Role: tt.role})
		p := sc.s.ByLeg(tt.leg)
		if p.ID != "par_1" || p.Role != tt.role || p.MutedByAdmin != (tt.role == control.Audience) {
			t.Errorf("with the code of %s: %s is %s, muted %v", tt.role, p.ID, p.Role, p.MutedByAdmin)
		}
	}
}

func TestLockedMeeting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	sc.call("1")
	sc.do(control.LockMeeting{Locked: true})
	sc.wantEvents(control.LockMeeting{Locked: true}, "")
	sc.wantAt(sc.call("2"), "lobby")
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.do(control.Join{Participant: "par_3", Leg: "leg_3", Kind: control.PhoneLeg, Number: "1"}) // he was in
	sc.wantAt("par_1", control.MainRoom)
}

func TestSeveralLegs(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	p := sc.call("1")
	sc.do(control.Join{Participant: p, Leg: "leg_b", Kind: control.BrowserLeg})
	sc.refused(control.Join{Participant: p, Leg: "leg_b", Kind: control.BrowserLeg}, control.CodeInvalid)
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.wantAt(p, control.MainRoom)
	events := sc.wantEvents(control.LegGone{Leg: "leg_b", Reason: "bye"}, "participant.leg_left")
	want := control.LegLeft{Participant: p, Leg: "leg_b", Reason: "bye", Absent: true, Location: control.Location{Place: control.InRoom, Room: control.MainRoom}}
	if d := cmp.Diff(want, events[0]); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	sc.wantEvents(control.LegGone{Leg: "leg_b"}, "")
}

func TestMuting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, func(o *control.Options) { o.MutedOnEntry = true })
	p, host := sc.call("1"), sc.web("host", control.Speaker)
	if !sc.s.Participants[p].Muted || sc.s.Participants[host].Muted {
		t.Error("audience is muted on entry, speakers are not")
	}
	sc.do(control.Mute{Participant: p})
	sc.wantEvents(control.MuteAll{Muted: true}, "participants.all_muted")
	sc.refused(control.Mute{Participant: p}, control.CodeNotAllowed)
	if late := sc.call("2"); !sc.s.Participants[late].MutedByAdmin {
		t.Error("a newcomer is not muted by mute-all")
	}
	no := false
	sc.do(control.ChangeParticipant{Participant: p, Muted: &no}) // given the floor
	if sc.s.Participants[p].Silenced() || sc.s.Participants[host].Silenced() {
		t.Error("who was given the floor, or a speaker, is silenced")
	}
	sc.do(control.MuteAll{})
	sc.wantEvents(control.MuteAll{}, "")
	if sc.s.Participants["par_2"].MutedByAdmin {
		t.Error("release released not all")
	}
}

func TestMaskNumber(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]string{
		"": "", "+4930123456": "+49•••456", "030123456": "•••456", "123": "•••", "12345": "•••5", "(030) 123-456": "•••456",
		"alice": "alice", "room-12a": "room-12a", "Ærø": "Ærø", "-": "-",
	} {
		if got := control.MaskNumber(number); got != want {
			t.Errorf("MaskNumber(%q) = %q, want %q", number, got, want)
		}
	}
}
