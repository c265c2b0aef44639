package control_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
)

// expecting is a meeting in which Ada, a speaker, and Bob are expected, each with a PIN and a number.
func expecting(t *testing.T, change func(*control.Options)) *scene {
	t.Helper()
	sc := newScene(t, 2, func(o *control.Options) {
		o.PersonalPINs = control.PINsOptional
		if change != nil {
			change(o)
		}
	})
	sc.do(control.ChangeMeeting{SpeakerCode: control.NewCode{Set: true, Code: "987654321"}})
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, PIN: "111111", Number: "+49301"}})
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", PIN: "222222", Number: "+49302"}})
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_eve", Name: "Eve", Number: "+49302000002"}})
	return sc
}

// TestWhoCalls: who a caller is by what he keys in and by the number that he calls from.
func TestWhoCalls(t *testing.T) {
	t.Parallel()
	byNumber := func(o *control.Options) { o.IdentifyByNumber = true }
	for name, tt := range map[string]struct {
		options func(*control.Options)
		join    control.Join
		who     control.ParticipantID
		role    control.Role
		by      string
	}{
		"nobody who is known":           {nil, control.Join{Number: "+4940"}, "par_new", control.Audience, ""},
		"the number of the roster":      {byNumber, control.Join{Number: "+49302"}, "par_bob", control.Audience, control.KnownByNumber},
		"without its plus":              {byNumber, control.Join{Number: "49302000002"}, "par_eve", control.Audience, control.KnownByNumber},
		"with 00 for the plus":          {byNumber, control.Join{Number: "0049302000002"}, "par_eve", control.Audience, control.KnownByNumber},
		"another one that ends so":      {byNumber, control.Join{Number: "302000002"}, "par_new", control.Audience, ""},
		"it makes no speaker":           {byNumber, control.Join{Number: "+49301"}, "par_ada", control.Audience, control.KnownByNumber},
		"it means nothing by default":   {nil, control.Join{Number: "+49302"}, "par_new", control.Audience, ""},
		"a PIN":                         {nil, control.Join{Code: "222222", Number: "+4940"}, "par_bob", control.Audience, control.KnownByPIN},
		"a PIN and no number":           {nil, control.Join{Code: "222222"}, "par_bob", control.Audience, control.KnownByPIN},
		"the PIN of a speaker":          {nil, control.Join{Code: "111111", Number: "anonymous"}, "par_ada", control.Speaker, control.KnownByPIN},
		"a PIN before a number":         {byNumber, control.Join{Code: "111111", Number: "+49302"}, "par_ada", control.Speaker, control.KnownByPIN},
		"a PIN where none is asked for": {func(o *control.Options) { o.PersonalPINs = control.PINsOff }, control.Join{Code: "222222"}, "", "", ""},
		"a wrong PIN":                   {byNumber, control.Join{Code: "333333", Number: "+49302"}, "", "", ""},
		"the access code is no PIN":     {nil, control.Join{Code: "123456789"}, "", "", ""},
		"the speaker code":              {nil, control.Join{Code: "987654321", Number: "+4940"}, "par_new", control.Speaker, ""},
		"the speaker code and a number": {byNumber, control.Join{Code: "987654321", Number: "+49302"}, "par_bob", control.Speaker, control.KnownByNumber},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := expecting(t, tt.options)
			join := tt.join
			join.Participant, join.Leg, join.Kind = "par_new", "leg_1", control.PhoneLeg
			if tt.who == "" {
				sc.refused(join, control.CodeNotFound)
				return
			}
			sc.do(join)
			p := sc.s.ByLeg("leg_1")
			got := []any{p.ID, p.Role, p.Legs[0].KnownBy}
			if d := cmp.Diff([]any{tt.who, tt.role, tt.by}, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestRedial: who calls again soon is as he was; later he is only who he is.
func TestRedial(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		redial *int
		after  time.Duration
		code   string
		same   bool
		soon   bool
	}{
		"soon":                   {nil, 10 * time.Minute, "", true, true},
		"too late":               {nil, 10*time.Minute + time.Second, "", false, false},
		"within a longer time":   {new(3600), time.Hour, "", true, true},
		"never":                  {new(0), 0, "", false, false},
		"soon, with his PIN":     {nil, time.Minute, "222222", true, true},
		"too late, with his PIN": {nil, 11 * time.Minute, "222222", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := expecting(t, func(o *control.Options) { o.RedialS, o.LateJoiners = tt.redial, "main" })
			sc.do(control.Join{Participant: "par_x", Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4940", Code: "222222"})
			sc.do(control.StartBreakouts{Distribution: control.ByManual})
			sc.do(control.Move{Participants: ids("par_bob"), Room: "room_2"})
			sc.do(control.Mute{Participant: "par_bob", Muted: true})
			sc.do(control.RaiseHand{Participant: "par_bob", Up: true})
			up := sc.s.Participants["par_bob"].Hand
			sc.do(control.LegGone{Leg: "leg_1", Reason: "lost"})
			sc.now = sc.now.Add(tt.after)
			sc.do(control.Join{Participant: "par_new", Leg: "leg_2", Kind: control.PhoneLeg, Number: "+4940", Code: tt.code})
			p := sc.s.ByLeg("leg_2")
			if (p.ID == "par_bob") != tt.same {
				t.Fatalf("he is %s", p.ID)
			}
			if p.Muted != tt.soon || p.Hand.Equal(up) != tt.soon {
				t.Errorf("muted %v, hand up since %v", p.Muted, p.Hand)
			}
			if want := map[bool]control.RoomID{true: "room_2", false: control.MainRoom}[tt.soon]; sc.at(p.ID) != want {
				t.Errorf("he is in %s, want %s", sc.at(p.ID), want)
			}
		})
	}
}

// TestRedialToAnAssignedRoom: after a longer time he comes to the room that he belongs to, not to the one he was in.
func TestRedialToAnAssignedRoom(t *testing.T) {
	t.Parallel()
	sc := expecting(t, nil)
	sc.do(control.Join{Participant: "par_x", Leg: "leg_1", Kind: control.PhoneLeg, Code: "222222"})
	sc.do(control.Assign{Participants: ids("par_bob"), Room: "room_1"})
	sc.do(control.StartBreakouts{})
	sc.do(control.Move{Participants: ids("par_bob"), Room: "room_2"})
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.now = sc.now.Add(time.Hour)
	sc.do(control.Join{Participant: "par_x", Leg: "leg_2", Kind: control.PhoneLeg, Code: "222222"})
	sc.wantAt("par_bob", "room_1")
}

// TestOnePINOnTwoTelephones: a second call with a PIN is a second telephone of that person.
func TestOnePINOnTwoTelephones(t *testing.T) {
	t.Parallel()
	sc := expecting(t, nil)
	for _, leg := range []control.LegID{"leg_1", "leg_2", "leg_3", "leg_4", "leg_5", "leg_6", "leg_7", "leg_8"} {
		sc.do(control.Join{Participant: "par_x", Leg: leg, Kind: control.PhoneLeg, Code: "222222"})
	}
	if n := len(sc.s.Participants["par_bob"].Legs); n != 8 {
		t.Errorf("he has %d legs", n)
	}
	sc.refused(control.Join{Participant: "par_x", Leg: "leg_9", Kind: control.PhoneLeg, Code: "222222"}, control.CodeLimit)
}

// TestPhoneCodes: a code is used once, in its time, and is whose it is.
func TestPhoneCodes(t *testing.T) {
	t.Parallel()
	join := control.Join{Participant: "par_x", Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4940", Code: "700000001"}
	for name, play := range map[string]func(*scene){
		"a speaker's": func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_ada", Code: "700000001"})
			sc.do(join)
			if p := sc.s.ByLeg("leg_1"); p.ID != "par_ada" || p.Role != control.Speaker || p.Legs[0].KnownBy != control.KnownByCode {
				t.Errorf("joined as %+v", p)
			}
			join := join
			join.Leg = "leg_2"
			sc.refused(join, control.CodeNotFound) // it was used
		},
		"after its time": func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001", Life: time.Minute})
			sc.now = sc.now.Add(time.Minute)
			sc.refused(join, control.CodeNotFound)
		},
		"replaced by a newer one": func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001"})
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000002"})
			sc.refused(join, control.CodeNotFound)
		},
		"of somebody who was removed": func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001"})
			sc.do(control.RemoveParticipant{Participant: "par_bob"})
			sc.refused(join, control.CodeNotFound)
		},
		"of somebody who was erased": func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001"})
			sc.do(control.EraseParticipant{Participant: "par_bob"})
			sc.refused(join, control.CodeNotFound)
		},
		"that means something else": func(sc *scene) {
			for _, code := range []string{"123456789", "987654321", "111111", "12", "12345678x"} {
				sc.refused(control.IssuePhoneCode{Participant: "par_bob", Code: code}, control.CodeInvalid)
			}
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001"})
			sc.refused(control.ChangeParticipant{Participant: "par_ada", PIN: new("700000001")}, control.CodeInvalid)
			sc.refused(control.ChangeMeeting{AccessCode: control.NewCode{Set: true, Code: "700000001"}}, control.CodeInvalid)
		},
		"of nobody, and for too long": func(sc *scene) {
			sc.refused(control.IssuePhoneCode{Participant: "par_none", Code: "700000001"}, control.CodeNotFound)
			sc.refused(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001", Life: 2 * time.Hour}, control.CodeInvalid)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(expecting(t, nil))
		})
	}
}

// TestAttach: somebody who is in already says by a code who he is.
func TestAttach(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		play func(*scene) // before he keys it in
		code string
		want string // types of the events, or the code of the refusal
		who  control.ParticipantID
		role control.Role
		at   control.RoomID
	}{
		"to himself on the web": {func(sc *scene) {
			sc.do(control.SetPresence{Participant: "par_bob", Web: true})
			sc.do(control.StartBreakouts{Distribution: control.ByManual})
			sc.do(control.Move{Participants: ids("par_bob"), Room: "room_2"})
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001"})
		}, "700000001", "participants.merged", "par_bob", control.Audience, "room_2"},
		"to a speaker who is not there": {func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_ada", Code: "700000001"})
		}, "700000001", "participants.merged", "par_ada", control.Speaker, control.MainRoom},
		"by a PIN":            {nil, "222222", "participants.merged", "par_bob", control.Audience, control.MainRoom},
		"by the speaker code": {nil, "987654321", "participant.changed", "par_cid", control.Speaker, control.MainRoom},
		"by a wrong code":     {nil, "333333", string(control.CodeNotFound), "par_cid", control.Audience, control.MainRoom},
		"by the code of nobody": {func(sc *scene) {
			sc.do(control.IssuePhoneCode{Participant: "par_bob", Code: "700000001", Life: time.Second})
			sc.now = sc.now.Add(time.Minute)
		}, "700000001", string(control.CodeNotFound), "par_cid", control.Audience, control.MainRoom},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := expecting(t, nil)
			sc.call("cid")
			if tt.play != nil {
				tt.play(sc)
			}
			attach := control.AttachPhone{Participant: "par_cid", Code: tt.code}
			if tt.who == "par_cid" && tt.role == control.Audience {
				sc.refused(attach, control.Code(tt.want))
			} else {
				sc.wantEvents(attach, tt.want)
			}
			p := sc.s.ByLeg("leg_cid")
			if p.ID != tt.who || p.Role != tt.role || sc.at(p.ID) != tt.at {
				t.Errorf("he is %s, %s, in %s", p.ID, p.Role, sc.at(p.ID))
			}
		})
	}
}

// TestAttachInTheLobby: who waits and turns out to be somebody who is in, is in; a speaker begins the meeting.
func TestAttachInTheLobby(t *testing.T) {
	t.Parallel()
	sc := expecting(t, func(o *control.Options) { o.Lobby = true })
	sc.do(control.ChangeMeeting{StartsAt: new(sc.now.Add(time.Hour))})
	sc.wantAt(sc.call("cid"), "lobby")
	sc.wantAt(sc.call("dan"), "lobby")
	sc.wantEvents(control.AttachPhone{Participant: "par_dan", Code: "222222"}, "participants.merged")
	sc.wantAt("par_bob", "lobby")
	sc.wantEvents(control.AttachPhone{Participant: "par_cid", Code: "111111"}, "meeting.started participants.merged")
	sc.wantAt("par_ada", control.MainRoom)
	sc.wantAt("par_bob", "lobby")
	sc.wantEvents(control.AttachPhone{Participant: "par_ada", Code: "111111"}, "") // he is
	sc.refused(control.AttachPhone{Participant: "par_bob", Code: "111111"}, control.CodeNotAllowed)
	sc.refused(control.AttachPhone{Participant: "par_bob"}, control.CodeNotFound) // who has no code is not found by none
}

// TestDrawnPINs: each is six digits and one person's alone.
func TestDrawnPINs(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	c := control.CreateMeeting{Title: "Drawn", Options: control.DefaultOptions()}
	for range 50 {
		c.Roster = append(c.Roster, control.NewParticipant{Name: "Eve", PIN: control.GeneratePIN, Role: control.Audience})
	}
	m, err := b.reg.Create(t.Context(), c, control.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	who := do(t, m, control.AddParticipant{New: control.NewParticipant{Name: "Ada", PIN: control.GeneratePIN, Role: control.Audience}}).Value.(control.ParticipantID)
	do(t, m, control.NewImportPlan([]control.ImportRow{{Line: 2, First: "Fay", PIN: control.GeneratePIN}, {Line: 3, First: "Gil", PIN: control.GeneratePIN}}, control.Faults{}))
	pins := func() map[string]control.ParticipantID {
		return read(t, m, func(s *control.State) map[string]control.ParticipantID {
			pins := map[string]control.ParticipantID{}
			for id, p := range s.Participants {
				if len(p.PIN) != 6 {
					t.Errorf("%s has the PIN %q", id, p.PIN)
				}
				pins[p.PIN] = id
			}
			return pins
		})
	}
	before := pins()
	do(t, m, control.ChangeParticipant{Participant: who, PIN: new(control.GeneratePIN)})
	after := pins()
	if len(before) != 53 || len(after) != 53 || cmp.Equal(before, after) {
		t.Errorf("%d PINs, then %d", len(before), len(after))
	}
}
