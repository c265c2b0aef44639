package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

// TestChangingWhoSomebodyIs: the roster's details one by one, and what they do to each other.
func TestChangingWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	type identity struct{ Name, First, Last, Email, External, Number, PIN string }
	ada := identity{"Ada Lovelace", "Ada", "Lovelace", "ada@example.org", "u1", "+4930123456", "123456"}
	with := func(change func(*identity)) identity { v := ada; change(&v); return v }
	for name, tt := range map[string]struct {
		change control.ChangeParticipant
		want   identity
		events string
	}{
		"nothing":                  {control.ChangeParticipant{}, ada, ""},
		"what he has":              {control.ChangeParticipant{Email: new("ada@example.org"), PIN: new("123456"), ExternalID: new("u1")}, ada, ""},
		"an email in another case": {control.ChangeParticipant{Email: new("ADA@example.org")}, with(func(v *identity) { v.Email = "ADA@example.org" }), "participant.changed"},
		"a name leaves him without its parts": {control.ChangeParticipant{Name: new("Countess")},
			with(func(v *identity) { v.Name, v.First, v.Last = "Countess", "", "" }), "participant.changed"},
		"a name and its parts": {control.ChangeParticipant{Name: new("The Countess"), FirstName: new("Ada"), LastName: new("King")},
			with(func(v *identity) { v.Name, v.Last = "The Countess", "King" }), "participant.changed"},
		"the name follows its parts": {control.ChangeParticipant{LastName: new(" King ")},
			with(func(v *identity) { v.Name, v.Last = "Ada King", "King" }), "participant.changed"},
		"all is taken back": {control.ChangeParticipant{Email: new(""), ExternalID: new(""), Number: new(""), PIN: new("")},
			with(func(v *identity) { v.Email, v.External, v.Number, v.PIN = "", "", "", "" }), "participant.changed"},
		"a number and a PIN": {control.ChangeParticipant{Number: new("+4930999"), PIN: new("654321")},
			with(func(v *identity) { v.Number, v.PIN = "+4930999", "654321" }), "participant.changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 0, nil)
			sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_1", FirstName: "Ada", LastName: "Lovelace", Email: ada.Email, ExternalID: ada.External, Number: ada.Number, PIN: ada.PIN}})
			tt.change.Participant = "par_1"
			sc.wantEvents(tt.change, tt.events)
			p := sc.s.Participants["par_1"]
			if d := cmp.Diff(tt.want, identity{p.Name, p.FirstName, p.LastName, p.Email, p.ExternalID, p.Number, p.PIN}); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestIdentitiesAreUnique(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_1", Name: "Ada", Email: "ada@example.org", ExternalID: "u1", PIN: "123456"}})
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_2", FirstName: "Bob", LastName: ""}})
	for _, c := range []control.ChangeParticipant{
		{Email: new("Ada@Example.org")}, {ExternalID: new("u1")}, {PIN: new("123456")}, {PIN: new("123456789")}, {PIN: new("12345")}, {PIN: new("abcdef")},
		{Email: new("nonsense")}, {FirstName: new("")}, {Name: new(" ")}, {Name: new("a\u202eb")}, {ExternalID: new("a\x00")},
	} {
		c.Participant = "par_2"
		sc.refused(c, control.CodeInvalid)
	}
	sc.refused(control.AddParticipant{New: control.NewParticipant{ID: "par_3", Name: "Eve", ExternalID: "u1"}}, control.CodeInvalid)
	sc.do(control.ChangeParticipant{Participant: "par_1", ExternalID: new("")})
	sc.do(control.ChangeParticipant{Participant: "par_2", ExternalID: new("u1")})
}

func TestHandByAdmin(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_1", Name: "Ada"}})
	sc.refused(control.ChangeParticipant{Participant: "par_1", Hand: new(true), Name: new("Eve")}, control.CodeWrongState)
	sc.wantEvents(control.ChangeParticipant{Participant: "par_1", Hand: new(false)}, "")
	sc.do(control.SetPresence{Participant: "par_1", Web: true})
	sc.wantEvents(control.ChangeParticipant{Participant: "par_1", Hand: new(true)}, "participant.hand_raised")
	sc.wantEvents(control.ChangeParticipant{Participant: "par_1", Hand: new(true)}, "")
	sc.wantEvents(control.ChangeParticipant{Participant: "par_1", Hand: new(false)}, "participant.hand_raised")
}

func TestMuteAllBut(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	a, b, host := sc.call("1"), sc.call("2"), sc.web("host", control.Speaker)
	sc.refused(control.MuteAll{Muted: true, Except: ids(a, "par_9")}, control.CodeNotFound)
	sc.do(control.MuteAll{Muted: true, Except: ids(a)})
	for id, want := range map[control.ParticipantID]bool{a: false, b: true, host: false, sc.call("3"): true} {
		if got := sc.s.Participants[id].MutedByAdmin; got != want {
			t.Errorf("%s: muted %v, want %v", id, got, want)
		}
	}
	sc.do(control.LegGone{Leg: "leg_1"})
	sc.do(control.Join{Participant: a, Leg: "leg_1b", Kind: control.PhoneLeg})
	if sc.s.Participants[a].MutedByAdmin {
		t.Error("who was left out is muted when he calls again")
	}
	sc.do(control.ChangeParticipant{Participant: b, Role: new(control.Speaker)})
	if sc.s.Participants[b].MutedByAdmin {
		t.Error("the new speaker is muted")
	}
	sc.do(control.MuteAll{})
	if sc.s.Participants["par_3"].MutedByAdmin {
		t.Error("not released")
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query, text string
		want        bool
	}{
		{"", "Ada", true}, {"LOVE", "Ada Lovelace", true}, {"  ada  love", "Ada Lovelace", true}, {"lace", "Ada Lovelace", true}, {"laces", "Ada Lovelace", false},
		{"zoë", "ZOË Müller", true}, {"mu", "ZOË Müller", false}, {"STRASSE", "Straße 5", true}, {"x", "", false},
	} {
		if got := control.Search(tt.query)(tt.text); got != tt.want {
			t.Errorf("%q in %q: %v", tt.query, tt.text, got)
		}
	}
}
