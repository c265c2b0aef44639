package control_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// TestHeldAgain: the plan stays, what was live starts clean.
func TestHeldAgain(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, func(o *control.Options) { o.FreeMovement, o.IdentifyByNumber = true, true })
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Room: "R2", Number: "9"}})
	sc.do(control.AddAudio{Audio: control.Audio{ID: "aud_1", DurationMS: 10, Bytes: 80}})
	planned, err := restore(sc.s)
	if err != nil {
		t.Fatal(err)
	}
	guest, host := sc.call("1"), sc.web("host", control.Speaker)
	sc.call("9")
	sc.do(control.MergeParticipants{Participant: sc.call("7"), Other: sc.web("ed", control.Audience)}) // who stays for Ed's sake
	sc.do(control.LockMeeting{Locked: true})
	sc.do(control.ChangeMeeting{EndsAt: new(sc.now.Add(time.Hour))})
	sc.do(control.MuteAll{Muted: true})
	sc.do(control.RaiseHand{Participant: "par_ada", Up: true})
	sc.do(control.SendBroadcast{ID: "bct_1", Audio: "aud_1"})
	sc.do(control.StartBreakouts{Distribution: "plan", Seed: 1})
	sc.do(control.AskHelp{ID: "help_1", Participant: "par_ada"})
	sc.wantEvents(control.OpenMeeting{}, "") // it is open
	sc.refused(control.OpenMeeting{AccessCode: control.NewCode{Set: true, Code: "777777"}}, control.CodeWrongState)
	sc.do(control.EndMeeting{})

	sc.refused(control.OpenMeeting{Schedule: control.Schedule{EndsAt: sc.now.Add(-time.Hour)}}, control.CodeInvalid)
	sc.wantEvents(control.OpenMeeting{}, "meeting.reopened")
	if sc.s.Participants[guest] != nil || sc.s.HoldingNumber() != 2 || sc.s.Phase != control.Open {
		t.Errorf("guest %v, holding %d, %s", sc.s.Participants[guest], sc.s.HoldingNumber(), sc.s.Phase)
	}
	sc.do(control.RemoveParticipant{Participant: host})
	if p := sc.s.Participants["par_7"]; p == nil || p.Name != "ed" {
		t.Errorf("who has become one with somebody on the roster: %+v", p)
	}
	sc.do(control.RemoveParticipant{Participant: "par_7"})
	same := cmpopts.IgnoreFields(control.State{}, "Seq", "Holding")
	if d := cmp.Diff(planned, sc.s, same, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-planned +held again:\n%s", d)
	}
	sc.do(control.EndMeeting{})
	sc.do(control.OpenMeeting{Schedule: control.Schedule{StartsAt: sc.now.Add(time.Hour)}})
	sc.wantAt(sc.call("5"), "lobby")
	sc.do(control.DeleteMeeting{})
	sc.refused(control.OpenMeeting{}, control.CodeNotFound)
}

// TestCodesOfAMeeting: what they may be changed to. That they are free is for the registry to see.
func TestCodesOfAMeeting(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_a", Name: "Ada", PIN: "777777"}})
	set := func(code string) control.NewCode { return control.NewCode{Set: true, Code: code} }
	for _, code := range []string{"", "12345", "1234567890123", "12345a", "777777"} {
		sc.refused(control.ChangeMeeting{AccessCode: set(code)}, control.CodeInvalid)
		if code != "" {
			sc.refused(control.ChangeMeeting{SpeakerCode: set(code)}, control.CodeInvalid)
		}
	}
	sc.refused(control.ChangeMeeting{SpeakerCode: set(sc.s.AccessCode)}, control.CodeInvalid)
	sc.wantEvents(control.ChangeMeeting{AccessCode: set("111111"), SpeakerCode: set("222222")}, "meeting.changed")
	sc.wantEvents(control.ChangeMeeting{AccessCode: set("222222"), SpeakerCode: set("111111")}, "meeting.changed")
	title := "New"
	sc.do(control.ChangeMeeting{Title: &title})
	if sc.s.AccessCode != "222222" || sc.s.SpeakerCode != "111111" || sc.s.Title != title {
		t.Errorf("%s %s %s", sc.s.AccessCode, sc.s.SpeakerCode, sc.s.Title)
	}
	sc.do(control.ChangeMeeting{SpeakerCode: set("")})
	if sc.s.SpeakerCode != "" {
		t.Error("the speakers have a code still")
	}
}

// TestCodesChange: a meeting is found by the codes that it has, and by no others, whatever comes of a change.
func TestCodesChange(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), func(o *control.RegistryOptions) { o.MaxOpen = 2 })
	defer b.stop()
	create := func(access, speaker string) *control.Meeting {
		m, err := b.reg.Create(t.Context(), control.CreateMeeting{Title: "A", AccessCode: access, SpeakerCode: speaker, DrawSpeakerCode: true}, control.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	find := func(want map[string]control.Role) {
		t.Helper()
		for code, role := range want {
			switch _, got, err := b.reg.ByCode(code); {
			case role == "":
				wantCode(t, err, control.CodeNotFound)
			case err != nil || got != role:
				t.Errorf("by %s: %s, %v", code, got, err)
			}
		}
	}
	set := func(code string) control.NewCode { return control.NewCode{Set: true, Code: code} }
	draw := control.NewCode{Set: true, Draw: true}
	m, other := create("111111", "222222"), create("333333", "")
	if code := read(t, other, func(s *control.State) string { return s.SpeakerCode }); len(code) != 9 {
		t.Errorf("the speakers' code %q was drawn", code)
	}
	refused(t, m, control.ChangeMeeting{AccessCode: set("333333"), SpeakerCode: set("444444")}, control.CodeCodeTaken)
	refused(t, m, control.ChangeMeeting{AccessCode: set("555555"), SpeakerCode: set("12")}, control.CodeInvalid)
	find(map[string]control.Role{"111111": control.Audience, "222222": control.Speaker, "333333": control.Audience, "444444": "", "555555": "", "12": ""})
	do(t, m, control.ChangeMeeting{AccessCode: set("222222"), SpeakerCode: set("111111")})
	find(map[string]control.Role{"222222": control.Audience, "111111": control.Speaker})
	do(t, m, control.ChangeMeeting{AccessCode: draw, SpeakerCode: draw})
	access, speaker := read(t, m, func(s *control.State) string { return s.AccessCode }), read(t, m, func(s *control.State) string { return s.SpeakerCode })
	find(map[string]control.Role{"222222": "", "111111": "", access: control.Audience, speaker: control.Speaker})
	if list, err := b.reg.List(t.Context(), control.MeetingQuery{Limit: 10}); err != nil || len(list) != 2 || list[0].AccessCode != access && list[1].AccessCode != access {
		t.Errorf("the listing has %+v, %v", list, err)
	}

	do(t, m, control.EndMeeting{})
	find(map[string]control.Role{access: "", speaker: ""})
	do(t, other, control.ChangeMeeting{AccessCode: set(access)})
	refused(t, m, control.OpenMeeting{}, control.CodeCodeTaken)
	third := create("666666", "")
	refused(t, m, control.OpenMeeting{AccessCode: draw}, control.CodeLimit)
	do(t, third, control.EndMeeting{})
	do(t, m, control.OpenMeeting{AccessCode: set("888888")})
	find(map[string]control.Role{"888888": control.Audience, speaker: control.Speaker, access: control.Audience, "666666": ""})
}
