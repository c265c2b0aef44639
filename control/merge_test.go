package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

// pair is a caller and who he is on the web, with breakouts open: the caller in room_1, the web in room_2.
func pair(t *testing.T, role control.Role) (*scene, control.ParticipantID, control.ParticipantID) {
	t.Helper()
	sc := newScene(t, 2, func(o *control.Options) { o.LateJoiners = "main" })
	phone := sc.call("+4930123456")
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada Lovelace", FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.org", ExternalID: "u1", PIN: "123456", Role: role, Web: true}})
	sc.do(control.StartBreakouts{Distribution: "manual"})
	sc.do(control.Move{Participants: ids(phone), Room: "room_1"})
	sc.do(control.Move{Participants: ids("par_ada"), Room: "room_2"})
	return sc, phone, "par_ada"
}

func clone(p *control.Participant) control.Participant {
	c := *p
	c.Legs = append([]control.Leg(nil), p.Legs...)
	return c
}

// TestMergeAndSplit: whoever stays, the other's legs come to his room, and a split makes them who they were.
func TestMergeAndSplit(t *testing.T) {
	t.Parallel()
	for _, role := range []control.Role{control.Audience, control.Speaker} {
		for _, keepWeb := range []bool{true, false} {
			sc, phone, web := pair(t, role)
			kept, other, room := web, phone, control.RoomID("room_2")
			if !keepWeb {
				kept, other, room = phone, web, "room_1"
			}
			keptWas, otherWas := clone(sc.s.Participants[kept]), clone(sc.s.Participants[other])
			sc.wantEvents(control.MergeParticipants{Participant: kept, Other: other}, "participants.merged")
			sc.wantAt(kept, room)
			p := sc.s.Participants[kept]
			if len(sc.s.Order) != 1 || !p.Web || len(p.Legs) != 1 || p.Role != keptWas.Role || sc.s.ByLeg(phoneLeg) != p {
				t.Errorf("%v, %s: %+v", keepWeb, role, p)
			}
			if p.Name != "Ada Lovelace" || p.Email != "ada@example.org" || p.ExternalID != "u1" || p.Number != "+4930123456" || p.PIN != "123456" {
				t.Errorf("%v: he is called %+v", keepWeb, p)
			}
			sc.do(control.Move{Participants: ids(kept), Room: "room_1"})
			_, value := sc.do(control.SplitParticipant{Participant: kept, ID: "par_new"})
			if value != other {
				t.Errorf("%v: split made %v, want %s", keepWeb, value, other)
			}
			for _, was := range []control.Participant{keptWas, otherWas} {
				is := clone(sc.s.Participants[was.ID])
				is.Location, was.Location = control.Location{}, control.Location{}
				is.WebSeq, was.WebSeq = 0, 0
				if d := cmp.Diff(was, is); d != "" {
					t.Errorf("keeping the web %v, %s: -before +after:\n%s", keepWeb, role, d)
				}
				sc.wantAt(was.ID, "room_1")
			}
		}
	}
}

const phoneLeg = control.LegID("leg_+4930123456")

func TestMergeIsRefused(t *testing.T) {
	t.Parallel()
	sc, phone, web := pair(t, control.Audience)
	other := sc.web("eve", control.Audience)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob"}})
	for _, tt := range []struct {
		one, two control.ParticipantID
		want     control.Code
	}{
		{phone, phone, control.CodeInvalid}, {web, other, control.CodeWrongState}, {phone, "par_bob", control.CodeWrongState}, {"par_bob", phone, control.CodeWrongState},
		{phone, "par_x", control.CodeNotFound}, {"par_x", phone, control.CodeNotFound}, {phone, "", control.CodeNotFound},
	} {
		sc.refused(control.MergeParticipants{Participant: tt.one, Other: tt.two}, tt.want)
	}
}

func TestSplitIsRefused(t *testing.T) {
	t.Parallel()
	sc, phone, web := pair(t, control.Audience)
	split := func(p control.ParticipantID, web bool, legs ...control.LegID) control.Command {
		return control.SplitParticipant{Participant: p, Web: web, Legs: legs, ID: "par_new"}
	}
	for name, tt := range map[string]struct {
		do   control.Command
		want control.Code
	}{
		"nobody":                  {split("par_x", false), control.CodeNotFound},
		"one leg alone":           {split(phone, false, phoneLeg), control.CodeWrongState},
		"a caller without a name": {split(phone, false), control.CodeInvalid},
		"the web alone":           {split(web, true), control.CodeWrongState},
		"on the web without legs": {split(web, false), control.CodeInvalid},
		"a leg of somebody else":  {split(web, false, phoneLeg), control.CodeNotFound},
		"the web of a caller":     {split(phone, true, phoneLeg), control.CodeWrongState},
		"an id that somebody has": {control.SplitParticipant{Participant: web, Web: true, ID: phone}, control.CodeWrongState},
	} {
		t.Run(name, func(*testing.T) { sc.refused(tt.do, tt.want) })
	}
	sc.do(control.MergeParticipants{Participant: web, Other: phone})
	sc.refused(split(web, true, phoneLeg), control.CodeWrongState) // nothing would stay
	sc.refused(split(web, true), control.CodeWrongState)           // the web has always been his
	sc.refused(control.SplitParticipant{Participant: web, ID: web}, control.CodeInvalid)
}

// TestSplitOffAKnownNumber: a leg that the number alone brought can be told apart.
func TestSplitOffAKnownNumber(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, func(o *control.Options) { o.IdentifyByNumber = true })
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Number: "+4930123456", Role: control.Speaker}})
	sc.do(control.Join{Participant: "par_x", Leg: "leg_1", Kind: control.PhoneLeg, Number: "+4930123456"})
	sc.do(control.SetPresence{Participant: "par_ada", Web: true})
	sc.do(control.SplitParticipant{Participant: "par_ada", ID: "par_new"})
	p := sc.s.Participants["par_new"]
	if p == nil || p.Name != "+49•••456" || p.Role != control.Audience || p.Number != "+4930123456" || sc.s.ByLeg("leg_1") != p {
		t.Errorf("split off: %+v", p)
	}
	if ada := sc.s.Participants["par_ada"]; ada.Name != "Ada" || !ada.Web || len(ada.Legs) != 0 {
		t.Errorf("stayed: %+v", ada)
	}
}

func TestMergedAreOnePerson(t *testing.T) {
	t.Parallel()
	sc, phone, web := pair(t, control.Audience)
	sc.do(control.AskHelp{ID: "help_1", Participant: phone})
	sc.do(control.Mute{Participant: phone, Muted: true})
	sc.do(control.RaiseHand{Participant: phone, Up: true})
	sc.wantEvents(control.MergeParticipants{Participant: web, Other: phone}, "participants.merged help.ended")
	p := sc.s.Participants[web]
	if !p.Muted || p.Hand.IsZero() {
		t.Errorf("whoever was muted with his hand up is %+v", p)
	}
	sc.refused(control.AddParticipant{New: control.NewParticipant{ID: "par_2", Name: "Eve", PIN: "123456"}}, control.CodeInvalid)
	// The telephone is lost; when it calls again it is still his, but never a speaker's by its number alone.
	sc.do(control.LegGone{Leg: phoneLeg})
	join := control.Join{Participant: "par_again", Leg: "leg_2", Kind: control.PhoneLeg, Number: "+4930123456"}
	if _, v := sc.do(join); v.(control.Joined).Participant != web {
		t.Errorf("he joined as %+v", v)
	}
	sc.wantAt(web, "room_2")
	_, back := sc.do(control.SplitParticipant{Participant: web, ID: "par_new"})
	if back != phone {
		t.Errorf("the second call was split off as %v", back)
	}
	sc.do(control.MergeParticipants{Participant: web, Other: phone})
	sc.do(control.LegGone{Leg: "leg_2"})
	sc.do(control.ChangeParticipant{Participant: web, Role: new(control.Speaker)})
	join.Leg = "leg_3"
	if _, v := sc.do(join); v.(control.Joined).Participant != "par_again" {
		t.Errorf("a number joined as the speaker %+v", v)
	}
}

// TestNoSplitMakesASpeaker: who was demoted while he was one person stays so.
func TestNoSplitMakesASpeaker(t *testing.T) {
	t.Parallel()
	sc, phone, web := pair(t, control.Audience)
	sc.do(control.ChangeParticipant{Participant: phone, Role: new(control.Speaker)})
	sc.do(control.MergeParticipants{Participant: web, Other: phone})
	if sc.s.Participants[web].Role != control.Audience {
		t.Error("a merge made a speaker")
	}
	sc.do(control.ChangeParticipant{Participant: web, Role: new(control.Speaker)})
	sc.do(control.ChangeParticipant{Participant: web, Role: new(control.Audience)})
	sc.do(control.SplitParticipant{Participant: web, ID: "par_new"})
	if sc.s.Participants[phone].Role != control.Audience {
		t.Error("a split made a speaker")
	}
}

// TestMergedWithoutPhoneBreakouts: with the web he takes part; what a split leaves with the telephone alone does not.
func TestMergedWithoutPhoneBreakouts(t *testing.T) {
	t.Parallel()
	for _, keepWeb := range []bool{true, false} {
		sc := newScene(t, 2, func(o *control.Options) { o.PhoneBreakouts, o.LateJoiners = false, "main" })
		kept, other := sc.web("ada", control.Audience), sc.call("1")
		if !keepWeb {
			kept, other = other, kept
		}
		sc.do(control.MergeParticipants{Participant: kept, Other: other})
		sc.do(control.StartBreakouts{})
		if sc.at(kept) == control.MainRoom {
			t.Error("the merged one stayed in the main room")
		}
		sc.do(control.AskHelp{ID: "help_1", Participant: kept})
		want := "participant.split"
		if !keepWeb {
			want += " participants.moved"
		}
		room := sc.at(kept)
		sc.wantEvents(control.SplitParticipant{Participant: kept, ID: "par_new"}, want)
		sc.wantAt("par_1", control.MainRoom)
		sc.wantAt("par_ada", room)
	}
}

// TestSplitOfSomeLegs: a leg of his own and one that a merge brought go together; what names the merged one stays with nobody
// else.
func TestSplitOfSomeLegs(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	kept, other := sc.call("1"), sc.call("2")
	sc.do(control.ChangeParticipant{Participant: other, Email: new("ada@example.org"), PIN: new("123456")})
	sc.do(control.MergeParticipants{Participant: kept, Other: other})
	sc.do(control.Join{Participant: kept, Leg: "leg_3", Kind: control.BrowserLeg})
	sc.do(control.SplitParticipant{Participant: kept, Legs: []control.LegID{"leg_1", "leg_2"}, ID: "par_new"})
	if p := sc.s.Participants[kept]; p.Email != "" || p.PIN != "" {
		t.Errorf("stayed: %+v", p)
	}
}
