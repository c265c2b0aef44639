package control_test

import (
	"testing"

	"partyline/control"
)

// TestLanguage: somebody hears his own language if he has chosen one, else that of the number that he dialled, else the
// meeting's. What he has chosen stays with him.
func TestLanguage(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 2, nil)
	person := func(id control.ParticipantID) string { return sc.s.LanguageOf(sc.s.Participants[id]) }
	call := func(id control.ParticipantID, leg control.LegID, number, lang string) {
		sc.do(control.Join{Participant: id, Leg: leg, Kind: control.PhoneLeg, Number: number, Language: lang})
	}
	expect := func(when string, id control.ParticipantID, want string) {
		t.Helper()
		if got := person(id); got != want {
			t.Errorf("%s: %q, want %q", when, got, want)
		}
	}
	call("par_x", "leg_1", "+4930111", "")
	expect("a number without a language", "par_x", "en")
	call("par_y", "leg_2", "+4930222", "de")
	expect("a German number", "par_y", "de")
	call("par_z", "leg_3", "+4930333", "no tag")
	expect("a number with a language that is none", "par_z", "en")

	sc.wantEvents(control.ChangeParticipant{Participant: "par_x", Language: new("fr"), Self: true}, "participant.changed")
	sc.wantEvents(control.ChangeParticipant{Participant: "par_x", Language: new("fr")}, "")
	expect("chosen", "par_x", "fr")
	sc.do(control.ChangeParticipant{Participant: "par_x", GainDB: new(3)})
	expect("another change", "par_x", "fr")
	sc.do(control.LegGone{Leg: "leg_1"})
	call("par_again", "leg_4", "+4930111", "de")
	expect("called again", "par_x", "fr")
	sc.refused(control.ChangeParticipant{Participant: "par_x", Language: new("x y")}, control.CodeInvalid)
	sc.do(control.ChangeParticipant{Participant: "par_x", Language: new("")})
	expect("taken back", "par_x", "en")

	sc.do(control.MergeParticipants{Participant: "par_x", Other: "par_y"})
	expect("merged with who has one", "par_x", "de")
	sc.do(control.SplitParticipant{ID: "par_new", Participant: "par_x", Legs: []control.LegID{"leg_2"}})
	expect("split off again", sc.s.Legs["leg_2"], "de")
}
