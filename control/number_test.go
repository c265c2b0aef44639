package control_test

import (
	"errors"
	"testing"

	"partyline/control"
	"partyline/control/controltest"
)

// TestNumbersLead: which meeting a call comes to, by how its number was dialled and from where.
func TestNumbersLead(t *testing.T) {
	t.Parallel()
	store := controltest.NewStore()
	b := newBridge(t, store, nil)
	m := b.create(0)
	for _, n := range []control.Number{
		{Number: "+4930123456"}, {Number: " Sales.Desk "}, {Number: "100"}, {Number: "+4940", Trunk: "carrier"},
	} {
		n.Meeting = m.ID()
		if _, made, err := b.reg.BindNumber(t.Context(), n, nil); err != nil || !made {
			t.Fatalf("%s: %v, %v", n.Number, made, err)
		}
	}
	for _, tt := range []struct {
		user, trunk string
		leads       bool
	}{
		{"+4930123456", "", true}, {"4930123456", "carrier", true}, {"004930123456", "", true}, {"030123456", "", false}, {"+49301234567", "", false},
		{"SALES.desk", "", true}, {"sales", "", false}, {"100", "", true}, {"+100", "", false}, {"4940", "carrier", true}, {"4940", "", false},
		{"4940", "other", false}, {"", "", false}, {"00", "", false}, {"+", "", false},
	} {
		got, _, err := b.reg.ByNumber(tt.user, tt.trunk)
		if (err == nil && got == m) != tt.leads {
			t.Errorf("%q from %q leads to %v, %v", tt.user, tt.trunk, got, err)
		}
	}
	store.Fail(errors.New("disk full"))
	if _, _, err := b.reg.BindNumber(t.Context(), control.Number{Number: "200", Meeting: m.ID()}, nil); codeOf(err) != control.CodeStore {
		t.Errorf("disk full: %v", err)
	}
	if err := b.reg.UnbindNumber(t.Context(), "100", nil); codeOf(err) != control.CodeStore {
		t.Errorf("disk full: %v", err)
	}
	store.Fail(nil)
	if _, err := b.reg.Number("100"); err != nil {
		t.Errorf("unbound all the same: %v", err)
	}
	if _, _, err := b.reg.ByNumber("200", ""); codeOf(err) != control.CodeNotFound {
		t.Errorf("bound all the same: %v", err)
	}
	do(t, m, control.EndMeeting{})
	if _, _, err := b.reg.ByNumber("100", ""); codeOf(err) != control.CodeWrongState {
		t.Errorf("of a meeting that has ended: %v", err)
	}
	do(t, m, control.OpenMeeting{})
	if got, _, err := b.reg.ByNumber("100", ""); err != nil || got != m {
		t.Errorf("of a meeting that is held again: %v", err)
	}
	do(t, m, control.DeleteMeeting{})
	if n := len(b.reg.Numbers()); n > 0 {
		t.Errorf("%d numbers of a deleted meeting", n)
	}
	b.stop()
}
