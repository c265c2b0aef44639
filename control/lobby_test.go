package control_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

// TestLobbyDoors: who waits, and what lets him in.
func TestLobbyDoors(t *testing.T) {
	t.Parallel()
	no := control.DefaultOptions()
	lobby := no
	lobby.Lobby = true
	soon := func(sc *scene) *time.Time { return new(sc.now.Add(time.Hour)) }
	tests := []struct {
		name   string
		shut   func(sc *scene) control.Command
		open   func(sc *scene) control.Command
		events string
		reason string
	}{
		{"unlocked", func(*scene) control.Command { return control.LockMeeting{Locked: true} },
			func(*scene) control.Command { return control.LockMeeting{} }, "meeting.locked participants.admitted", control.ReasonUnlocked},
		{"the option is taken back", func(*scene) control.Command { return control.ChangeMeeting{Options: &lobby} },
			func(*scene) control.Command { return control.ChangeMeeting{Options: &no} }, "meeting.changed participants.admitted", control.ReasonOptions},
		{"its time has come", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(sc *scene) control.Command { sc.now = sc.now.Add(time.Hour); return control.Due{} }, "meeting.started participants.admitted", control.ReasonStarted},
		{"begun by an admin", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command { return control.OpenMeeting{} }, "meeting.started participants.admitted", control.ReasonStarted},
		{"no longer planned", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command { return control.ChangeMeeting{StartsAt: new(time.Time{})} }, "meeting.changed participants.admitted", control.ReasonOptions},
		{"a speaker calls", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command {
				return control.Join{Participant: "par_s", Leg: "leg_s", Kind: control.PhoneLeg, Role: control.Speaker}
			}, "meeting.started participants.admitted participant.joined", control.ReasonStarted},
		{"a speaker comes on the web", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command {
				return control.AddParticipant{New: control.NewParticipant{ID: "par_s", Name: "S", Role: control.Speaker, Web: true}}
			}, "meeting.started participants.admitted participants.added", control.ReasonStarted},
		{"a speaker is on the web's list", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command {
				return control.SyncWeb{People: []control.WebPerson{{ID: "par_x", ExternalID: "x", Name: "X"}, {ID: "par_s", ExternalID: "s", Name: "S", Role: control.Speaker},
					{ID: "par_w2", ExternalID: "w", Email: "w@example.org", Name: "w"}}}
			}, "meeting.started participants.added participants.synced participants.admitted", control.ReasonStarted},
		{"one of them is made a speaker", func(sc *scene) control.Command { return control.ChangeMeeting{StartsAt: soon(sc)} },
			func(*scene) control.Command {
				return control.ChangeParticipant{Participant: "par_1", Role: new(control.Speaker)}
			}, "participant.changed meeting.started participants.admitted", control.ReasonStarted},
		{"an admin lets them in", func(*scene) control.Command { return control.LockMeeting{Locked: true} },
			func(*scene) control.Command { return control.AdmitParticipants{All: true} }, "participants.admitted", control.ReasonAdmitted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 1, nil)
			sc.do(tt.shut(sc))
			caller, web := sc.call("1"), control.ParticipantID("par_w")
			sc.do(control.AddParticipant{New: control.NewParticipant{ID: web, Name: "w", Email: "w@example.org", Web: true}})
			sc.wantAt(caller, "lobby")
			sc.wantAt(web, "lobby")
			events := sc.wantEvents(tt.open(sc), tt.events)
			for _, e := range events {
				if e, ok := e.(control.ParticipantsAdmitted); ok && (e.Reason != tt.reason || len(e.Moves) != 2) {
					t.Errorf("%+v", e)
				}
			}
			sc.wantAt(caller, control.MainRoom)
			sc.wantAt(web, control.MainRoom)
		})
	}
}

// TestLobbyReasons: what opens one door lets nobody in whom another stops.
func TestLobbyReasons(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, func(o *control.Options) { o.Lobby, o.EveryoneBroadcasts = true, true })
	p := sc.call("1")
	sc.do(control.LockMeeting{Locked: true})
	sc.wantEvents(control.LockMeeting{}, "meeting.locked")
	sc.wantAt(p, "lobby")
	sc.refused(control.Move{Participants: ids(p), Room: control.MainRoom}, control.CodeWrongState)
	sc.refused(control.AskHelp{ID: "help_1", Participant: p}, control.CodeWrongState)
	sc.refused(control.SendBroadcast{ID: "bct_1", Prompt: "hello", By: p}, control.CodeWrongState)
	sc.do(control.Join{Participant: p, Leg: "leg_again", Kind: control.BrowserLeg})
	sc.wantAt(p, "lobby")
	sc.do(control.Join{Participant: p, Leg: "leg_code", Kind: control.PhoneLeg, Role: control.Speaker}) // by the speakers' code
	sc.wantAt(p, control.MainRoom)
}

// TestAdmission: the outcome for each, and that who was let in need not wait when he calls again.
func TestAdmission(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 1, func(o *control.Options) { o.Lobby = true })
	a, b, host := sc.call("1"), sc.call("2"), sc.web("host", control.Speaker)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_away", Name: "Away"}})
	events, outcomes := sc.do(control.AdmitParticipants{Participants: ids(a, host, "par_away")})
	want := control.Outcomes{
		{Participant: a, Outcome: control.OutcomeMoved, Room: control.MainRoom},
		{Participant: host, Outcome: control.OutcomeUnchanged, Room: control.MainRoom},
		{Participant: "par_away", Outcome: control.OutcomeNotPresent},
	}
	if d := cmp.Diff(want, outcomes); d != "" || types(events) != "participants.admitted" {
		t.Errorf("%s: -want +got:\n%s", types(events), d)
	}
	sc.wantAt(b, "lobby")
	sc.refused(control.AdmitParticipants{Participants: ids("par_away")}, control.CodeWrongState)
	sc.refused(control.AdmitParticipants{Participants: ids("par_x")}, control.CodeNotFound)
	sc.refused(control.AdmitParticipants{}, control.CodeInvalid)
	sc.refused(control.RemoveParticipant{Participant: a, Waiting: true}, control.CodeWrongState)
	sc.do(control.LegsGone{Legs: []control.LegID{"leg_1", "leg_2"}})
	for _, name := range []string{"1", "2"} {
		sc.do(control.Join{Participant: "par_new", Leg: control.LegID("leg_b" + name), Kind: control.PhoneLeg, Number: name})
	}
	sc.wantAt(a, control.MainRoom)
	sc.wantAt(b, "lobby")
	sc.wantEvents(control.RemoveParticipant{Participant: b, Waiting: true}, "participant.removed")
	if _, v := sc.do(control.AdmitParticipants{All: true}); len(v.(control.Outcomes)) != 0 {
		t.Errorf("of an empty lobby: %v", v)
	}
}

// TestAdmissionIntoBreakouts: those who are let in together are spread over the rooms.
func TestAdmissionIntoBreakouts(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 3, nil)
	sc.web("a", control.Audience)
	sc.do(control.StartBreakouts{Seed: 1})
	sc.do(control.LockMeeting{Locked: true})
	for i := range 8 {
		sc.call(fmt.Sprint(i))
	}
	sc.do(control.LockMeeting{})
	for _, room := range sc.s.RoomOrder {
		if n := len(sc.s.People(room)); n != 3 {
			t.Errorf("room %s has %d people", room, n)
		}
	}
	for _, p := range sc.s.Participants {
		if p.Assignment != p.Location.Room {
			t.Errorf("%s is in %s and belongs to %q", p.ID, p.Location.Room, p.Assignment)
		}
	}
}
