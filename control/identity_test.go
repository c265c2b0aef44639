package control_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/control"
)

func TestIdentities(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		give  control.NewParticipant
		field string // empty: taken
		want  control.Participant
	}{
		{"a name of two parts", control.NewParticipant{FirstName: " Ada ", LastName: "Lovelace"}, "",
			control.Participant{Name: "Ada Lovelace", FirstName: "Ada", LastName: "Lovelace"}},
		{"a name of its own", control.NewParticipant{Name: "The Countess", FirstName: "Ada"}, "",
			control.Participant{Name: "The Countess", FirstName: "Ada"}},
		{"any script", control.NewParticipant{FirstName: "明", LastName: "王", Email: "王@例え.jp"}, "",
			control.Participant{Name: "明 王", FirstName: "明", LastName: "王", Email: "王@例え.jp"}},
		{"no name", control.NewParticipant{Email: "ada@example.org"}, "name", control.Participant{}},
		{"both parts too long together", control.NewParticipant{FirstName: strings.Repeat("a", 40), LastName: strings.Repeat("b", 40)}, "name", control.Participant{}},
		{"no @", control.NewParticipant{Name: "x", Email: "ada"}, "email", control.Participant{}},
		{"two @", control.NewParticipant{Name: "x", Email: "ada@b@c"}, "email", control.Participant{}},
		{"a name around it", control.NewParticipant{Name: "x", Email: "Ada <ada@example.org>"}, "email", control.Participant{}},
		{"two addresses", control.NewParticipant{Name: "x", Email: "a@b.c;d@e.f"}, "email", control.Participant{}},
		{"too long", control.NewParticipant{Name: "x", Email: strings.Repeat("a", 65) + "@b.c"}, "email", control.Participant{}},
		{"taken but for case", control.NewParticipant{Name: "x", Email: "BOB@example.org"}, "email", control.Participant{}},
		{"a PIN", control.NewParticipant{Name: "x", PIN: "004711"}, "", control.Participant{Name: "x", PIN: "004711"}},
		{"a short PIN", control.NewParticipant{Name: "x", PIN: "4711"}, "pin", control.Participant{}},
		{"letters", control.NewParticipant{Name: "x", PIN: "47111a"}, "pin", control.Participant{}},
		{"the access code", control.NewParticipant{Name: "x", PIN: "123456789"}, "pin", control.Participant{}},
		{"a PIN that is taken", control.NewParticipant{Name: "x", PIN: "123123"}, "pin", control.Participant{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sc := newScene(t, 0, nil)
			sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", Email: "bob@example.org", PIN: "123123"}})
			tt.give.ID = "par_x"
			_, _, err := sc.try(control.AddParticipant{New: tt.give})
			if tt.field != "" {
				if e, ok := errors.AsType[*control.Error](err); !ok || e.Field != tt.field || e.Code != control.CodeInvalid {
					t.Errorf("answered %v, want a fault of %s", err, tt.field)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tt.want.ID, tt.want.Role, tt.want.Location = "par_x", control.Audience, control.Location{Place: control.Absent}
			if d := cmp.Diff(tt.want, *sc.s.Participants["par_x"]); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func TestRenameForgetsTheParts(t *testing.T) {
	t.Parallel()
	sc := newScene(t, 0, nil)
	sc.do(control.AddParticipant{New: control.NewParticipant{ID: "par_a", FirstName: "Ada", LastName: "Byron"}})
	name := "Ada Lovelace"
	sc.do(control.ChangeParticipant{Participant: "par_a", Name: &name})
	if p := sc.s.Participants["par_a"]; p.Name != name || p.FirstName != "" || p.LastName != "" {
		t.Errorf("%+v", p)
	}
}
