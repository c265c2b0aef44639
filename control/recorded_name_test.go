package control_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
	"partyline/control/controltest"
)

// TestRecordedNames: whose a recording is after merges and splits, and when it is deleted.
func TestRecordedNames(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	m := b.create(1)
	said := func(id control.AudioID) *control.Audio { return &control.Audio{ID: id, DurationMS: 1000, Bytes: 8044} }
	join := func(who, leg string, named *control.Audio) {
		t.Helper()
		do(t, m, control.Join{Participant: control.ParticipantID(who), Leg: control.LegID(leg), Kind: control.PhoneLeg, Named: named})
	}
	of := func(who control.ParticipantID) control.AudioID {
		t.Helper()
		return read(t, m, func(s *control.State) control.AudioID {
			if p := s.Participants[who]; p != nil && p.RecordedName != nil {
				return p.RecordedName.ID
			}
			return ""
		})
	}
	dropped := func(want ...control.AudioID) {
		t.Helper()
		var got []control.AudioID
		for _, a := range b.store.Appends() {
			got = append(got, a.Drop...)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("deleted: -want +got:\n%s", d)
		}
	}
	join("par_1", "leg_1", said("nam_1"))
	join("par_1", "leg_2", said("nam_2")) // again
	dropped("nam_1")
	do(t, m, control.AddParticipant{New: control.NewParticipant{ID: "par_web", Name: "Ada", Role: control.Audience, Web: true}})
	do(t, m, control.MergeParticipants{Participant: "par_web", Other: "par_1"})
	if of("par_web") != "nam_2" {
		t.Errorf("merged: %q", of("par_web"))
	}
	do(t, m, control.SplitParticipant{Participant: "par_web"})
	if of("par_web") != "" || of("par_1") != "nam_2" {
		t.Errorf("split: %q and %q", of("par_web"), of("par_1"))
	}
	do(t, m, control.MergeParticipants{Participant: "par_web", Other: "par_1"})
	do(t, m, control.DeleteRecordedName{Participant: "par_web"})
	dropped("nam_1", "nam_2")
	do(t, m, control.SplitParticipant{Participant: "par_web"})
	if of("par_1") != "" {
		t.Errorf("split after the deletion: %q", of("par_1"))
	}
	join("par_3", "leg_3", said("nam_3"))
	join("par_4", "leg_4", said("nam_4"))
	join("par_5", "leg_5", said("nam_5"))
	do(t, m, control.MergeParticipants{Participant: "par_3", Other: "par_4"})
	do(t, m, control.EraseParticipant{Participant: "par_3"})
	do(t, m, control.RemoveParticipant{Participant: "par_5"})
	dropped("nam_1", "nam_2", "nam_3", "nam_4", "nam_5")
	join("par_6", "leg_6", said("nam_6"))
	do(t, m, control.EndMeeting{})
	do(t, m, control.OpenMeeting{})
	dropped("nam_1", "nam_2", "nam_3", "nam_4", "nam_5", "nam_6") // a guest of the holding before
	b.stop()
}

func TestWhoSaysHisName(t *testing.T) {
	t.Parallel()
	unknown, silent, heard := (*control.Participant)(nil), &control.Participant{}, &control.Participant{RecordedName: &control.Audio{}}
	for option, want := range map[string][3]bool{
		"": {}, control.NamesOff: {}, control.NamesOfUnknown: {true, false, false}, control.NamesOfAll: {true, true, false},
	} {
		s := control.State{Options: control.Options{RecordNames: option}}
		if got := [3]bool{s.AsksName(unknown), s.AsksName(silent), s.AsksName(heard)}; got != want {
			t.Errorf("%s: %v, want %v", option, got, want)
		}
	}
	sc := newScene(t, 0, nil)
	sc.refused(control.Join{Participant: "par_1", Leg: "leg_1", Kind: control.PhoneLeg, Named: &control.Audio{ID: "aud_1", DurationMS: 1, Bytes: 1}}, control.CodeInvalid)
	sc.call("1")
	sc.refused(control.DeleteRecordedName{Participant: "par_1"}, control.CodeNotFound)
	sc.refused(control.DeleteRecordedName{Participant: "par_none"}, control.CodeNotFound)
}
