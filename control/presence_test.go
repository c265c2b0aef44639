package control_test

import (
	"testing"

	"partyline/control"
)

func TestPresence(t *testing.T) {
	t.Parallel()
	const joined, left = "participant.joined", "participant.web_left"
	web := func(on bool) control.Command { return control.SetPresence{Participant: "par_1", Web: on} }
	expected := control.AddParticipant{New: control.NewParticipant{ID: "par_1", Name: "Ada", Room: "R1"}}
	type step struct {
		do     control.Command
		events string
		at     control.RoomID
	}
	calls := control.Join{Participant: "par_1", Leg: "leg_1", Kind: control.PhoneLeg}
	browses := control.Join{Participant: "par_1", Leg: "leg_b", Kind: control.BrowserLeg}
	for name, steps := range map[string][]step{
		"comes and goes": {
			{expected, "participants.added", "absent"},
			{web(false), "", "absent"}, {web(true), joined, "main"}, {web(true), "", "main"}, {web(false), left, "absent"}, {web(false), "", "absent"},
		},
		"comes back to where he was": {
			{expected, "participants.added", "absent"}, {web(true), joined, "main"},
			{control.StartBreakouts{Distribution: "plan"}, "breakouts.started", "room_1"},
			{control.Move{Participants: ids("par_1"), Room: "room_2"}, "participants.moved", "room_2"},
			{web(false), left, "absent"}, {web(true), joined, "room_2"},
		},
		"comes to his room while breakouts are open": {
			{expected, "participants.added", "absent"}, {control.StartBreakouts{Distribution: "plan"}, "breakouts.started", "absent"},
			{web(true), joined, "room_1"},
		},
		"the telephone stays": {
			{calls, joined, "main"}, {web(true), joined, "main"}, {control.StartBreakouts{Distribution: "manual"}, "breakouts.started", ""},
			{control.Move{Participants: ids("par_1"), Room: "room_2"}, "participants.moved", "room_2"},
			{web(false), left, "room_2"}, {control.LegGone{Leg: "leg_1"}, "participant.leg_left", "absent"},
		},
		"the web stays": {
			{calls, joined, "main"}, {web(true), joined, "main"}, {control.LegGone{Leg: "leg_1"}, "participant.leg_left", "main"}, {web(false), left, "absent"},
		},
		"no phone breakouts: with the web he may go, with the telephone alone he is brought back": {
			{control.ChangeMeeting{Options: phoneless()}, "meeting.changed", ""},
			{calls, joined, "main"}, {web(true), joined, "main"}, {control.StartBreakouts{Distribution: "manual"}, "breakouts.started", ""},
			{control.Move{Participants: ids("par_1"), Room: "room_2"}, "participants.moved", "room_2"},
			{web(false), left + " participants.moved", "main"},
		},
		"no phone breakouts: a browser's microphone is as good as the web": {
			{control.ChangeMeeting{Options: phoneless()}, "meeting.changed", ""},
			{calls, joined, "main"}, {browses, joined, "main"}, {control.StartBreakouts{Distribution: "manual"}, "breakouts.started", ""},
			{control.Move{Participants: ids("par_1"), Room: "room_2"}, "participants.moved", "room_2"},
			{control.LegGone{Leg: "leg_b"}, "participant.leg_left participants.moved", "main"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 2, nil)
			for i, s := range steps {
				if s.events == "breakouts.started" { // the distribution's room does not matter
					sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_host", Name: "Host", Role: control.Speaker, Web: true}})
				}
				sc.wantEvents(s.do, s.events)
				if s.at != "" && sc.at("par_1") != s.at {
					t.Fatalf("step %d: %q, want %q", i, sc.at("par_1"), s.at)
				}
			}
		})
	}
}

// phoneless are options without breakouts for callers, that leave late joiners in the main room.
func phoneless() *control.Options {
	o := control.DefaultOptions()
	o.PhoneBreakouts, o.LateJoiners = false, "main"
	return &o
}

func TestPresenceIsRefused(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	sc.refused(control.SetPresence{Participant: "par_9", Web: true}, control.CodeNotFound)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_1", Name: "Ada"}})
	sc.do(control.LockMeeting{Locked: true})
	sc.do(control.SetPresence{Participant: "par_1", Web: true})
	sc.wantAt("par_1", "lobby")
	sc.do(control.LockMeeting{})
	sc.do(control.LockMeeting{Locked: true})
	sc.do(control.SetPresence{Participant: "par_1"})
	sc.do(control.SetPresence{Participant: "par_1", Web: true}) // he was in
	sc.wantAt("par_1", control.MainRoom)
}

func TestHelpEndsWhenTheWebLeaves(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, nil)
	p := sc.web("ada", control.Audience)
	sc.do(control.StartBreakouts{})
	sc.do(control.AskHelp{ID: "help_1", Participant: p})
	sc.wantEvents(control.SetPresence{Participant: p}, "participant.web_left help.ended")
}
