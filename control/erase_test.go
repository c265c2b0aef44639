package control_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// impersonal are the plain texts in events and state that say nothing of who somebody is. Whoever adds a text to an event
// decides here, or in control.personal, which it is.
var impersonal = map[string]bool{
	"MeetingCodes.access_code": true, "MeetingCodes.speaker_code": true, "MeetingReopened.access_code": true, "MeetingReopened.speaker_code": true,
	"ParticipantJoined.kept_out": true, "WebJoin.kept_out": true, "Participant.kept_out": true, "ParticipantsAdmitted.reason": true,
	"MeetingCreated.access_code": true, "MeetingCreated.speaker_code": true,
	"Options.late_joiners": true, "Options.announce_arrivals": true, "Options.language": true,
	"LegLeft.reason": true, "ParticipantsMoved.reason": true, "BreakoutsStarted.distribution": true, "HelpEnded.outcome": true,
	"BroadcastSent.prompt": true, "BroadcastSent.language": true, "BroadcastSent.priority": true, "BroadcastDelivered.failed": true,
	"BroadcastEnded.outcome": true, "BroadcastEnded.reason": true, "Delivery.outcome": true, "EndedHelp.outcome": true,
	"State.access_code": true, "State.speaker_code": true, "PhoneCode.phone_code": true,
	"Participant.language": true, "ParticipantChanged.language": true, "ParticipantJoined.language": true,
	"Options.personal_pins": true, "Options.record_names": true, "Leg.known_by": true, "ParticipantsMerged.known_by": true,
	"CallFinished.reason": true, "OutgoingCall.reason": true,
	"Broadcast.prompt": true, "Broadcast.language": true, "Broadcast.by": true, "Broadcast.state": true, "Broadcast.failed": true,
}

const secretText = "Lovelace"

// fillPerson sets every plain text of a value to a secret, and every id of a participant to one.
func fillPerson(t *testing.T, v reflect.Value, id control.ParticipantID) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		switch v.Type() {
		case reflect.TypeFor[string]():
			v.SetString(secretText)
		case reflect.TypeFor[control.ParticipantID]():
			v.SetString(string(id))
		case reflect.TypeFor[control.RoomID]():
			v.SetString("room_a")
		default:
			v.SetString("x") // ids, and words of our own
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillPerson(t, v.Elem(), id)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillPerson(t, v.Index(0), id)
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fillPerson(t, key, id)
		fillPerson(t, value, id)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for field, value := range v.Fields() {
			if value.Type() == reflect.TypeFor[string]() && impersonal[v.Type().Name()+"."+jsonName(field)] {
				continue
			}
			fillPerson(t, value, id)
		}
	case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
	default:
		t.Fatalf("a kind of field that the test does not know: %s", v.Kind())
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// TestEveryEventIsErased: no event, and no state, keeps a text that is not known to be harmless.
func TestEveryEventIsErased(t *testing.T) {
	t.Parallel()
	types := map[string]any{"state": control.State{}}
	for name, e := range control.EventTypes() {
		types[name] = e
	}
	for name, empty := range types {
		full := reflect.New(reflect.TypeOf(empty)).Elem()
		fillPerson(t, full, "par_ada")
		data, err := json.Marshal(full.Interface())
		if err != nil {
			t.Fatal(err)
		}
		got, err := control.Erasure{}.Begin().Answer(data)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(got), secretText) {
			t.Errorf("%s: an erased meeting keeps %s\n(name the field in control.personal, or in this test's impersonal)", name, got)
		}
		other, err := one("par_bob").Begin().Answer(data)
		if err != nil || string(other) != string(data) {
			t.Errorf("%s: erasing somebody else made %s, %v of %s", name, other, err, data)
		}
	}
}

// TestEraseOne: the person's own objects alone are touched, wherever they are.
func TestEraseOne(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, was, want string }{
		{"an added one among others", `{"participants":[{"id":"par_a","name":"Ada","email":"a@b.c","pin":"123456","external_id":"7"},{"id":"par_b","name":"Bob"}]}`,
			`{"participants":[{"id":"par_a","name":"Erased"},{"id":"par_b","name":"Bob"}]}`},
		{"an event about him", `{"leg":{"id":"leg_1"},"name":"Ada","number":"+4930","participant":"par_a"}`, `{"leg":{"id":"leg_1"},"name":"Erased","participant":"par_a"}`},
		{"what is nested in it", `{"identity":{"email":"a@b.c","first_name":"Ada"},"name":"Ada","participant":"par_a"}`, `{"identity":{},"name":"Erased","participant":"par_a"}`},
		{"his leg", `{"participants":[{"id":"par_a","legs":[{"id":"leg_1","number":"+4930"}]}]}`, `{"participants":[{"id":"par_a","legs":[{"id":"leg_1"}]}]}`},
		{"what he had broadcast", `{"by":"par_a","id":"bct_1","text":"Call Ada"}`, `{"by":"par_a","id":"bct_1","text":"Erased"}`},
		{"a room is none of his", `{"id":"room_1","name":"par_a","number":3}`, `{"id":"room_1","name":"par_a","number":3}`},
		{"an event that he is mentioned in", `{"by":"par_a","name":"Bob","participant":"par_b"}`, `{"by":"par_a","name":"Bob","participant":"par_b"}`},
		{"a state", `{"participants":{"par_a":{"id":"par_a","name":"Ada"},"par_b":{"id":"par_b","name":"Bob"}},"title":"Ada's"}`,
			`{"participants":{"par_a":{"id":"par_a","name":"Erased"},"par_b":{"id":"par_b","name":"Bob"}},"title":"Ada's"}`},
		{"a kept answer", `{"status":201,"location":"/par_a","body":{"id":"par_a","name":"Ada","number":"+49•••1"}}`,
			`{"body":{"id":"par_a","name":"Erased"},"location":"/par_a","status":201}`},
		{"large numbers stay", `{"participant":"par_a","name":"x","seq":12345678901234567890}`, `{"name":"Erased","participant":"par_a","seq":12345678901234567890}`},
		{"nothing", ``, ``},
	}
	for _, tt := range tests {
		got, err := one("par_a").Begin().Answer(json.RawMessage(tt.was))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s, %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
	if _, err := (control.Erasure{}).Begin().Answer(json.RawMessage(`{`)); err == nil {
		t.Error("broken JSON was rewritten")
	}
}

// TestErasedLogReplays: whenever somebody is erased, the log rewritten for it makes the state that was.
func TestErasedLogReplays(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		w := newWalk(seed)
		var log []control.Record
		w.log = func(r control.Record) error {
			log = append(log, r)
			if r.Type == (control.ParticipantErased{}).Type() {
				var e control.ParticipantErased
				if err := json.Unmarshal(r.Data, &e); err != nil {
					return err
				}
				return rewrite(log, one(append(e.Merged, e.Participant)...))
			}
			return nil
		}
		if err := w.run(200); err != nil {
			t.Fatal(err)
		}
		check := func(what string) {
			t.Helper()
			s := control.NewState()
			if err := control.Replay(s, log); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(w.state, s, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(control.Absorbed{}, "GaveName", "GaveNumber")); d != "" {
				t.Fatalf("seed %d, %s: -lived +replayed:\n%s", seed, what, d)
			}
		}
		check("people erased")
		for _, c := range []control.Command{control.EndMeeting{}, control.EraseMeeting{}} { // it may have been reopened
			if err := w.step(c); err != nil {
				t.Fatal(err)
			}
		}
		if err := rewrite(log, control.Erasure{}); err != nil {
			t.Fatal(err)
		}
		check("meeting erased")
		for _, p := range w.state.Participants {
			if p.Name != control.Erased || p.Email+p.Number+p.FirstName+p.LastName+p.PIN+p.ExternalID != "" {
				t.Errorf("left of %s: %+v", p.ID, p)
			}
		}
	}
}

func one(who ...control.ParticipantID) control.Erasure { return control.Erasure{Who: who} }

func rewrite(log []control.Record, e control.Erasure) (err error) {
	eraser := e.Begin()
	for i := range log {
		if _, err = eraser.Record(&log[i]); err != nil {
			return err
		}
	}
	return nil
}

// TestErase is the decision as a table.
func TestErase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before []control.Command
		c      control.Command
		want   string
	}{
		{"somebody present", nil, control.EraseParticipant{Participant: "par_a"}, "participant.erased help.ended"},
		{"a second time", []control.Command{control.EraseParticipant{Participant: "par_a"}}, control.EraseParticipant{Participant: "par_a"}, ""},
		{"somebody named since", []control.Command{control.EraseParticipant{Participant: "par_a"}, control.ChangeParticipant{Participant: "par_a", Name: new("Ada")}},
			control.EraseParticipant{Participant: "par_a"}, "participant.erased"},
		{"nobody", nil, control.EraseParticipant{Participant: "par_none"}, "not_found"},
		{"somebody removed", nil, control.EraseParticipant{Participant: "par_none", Gone: true}, "participant.erased"},
		{"after the end", []control.Command{control.EndMeeting{}}, control.EraseParticipant{Participant: "par_a"}, "participant.erased"},
		{"after the deletion", []control.Command{control.DeleteMeeting{}}, control.EraseParticipant{Participant: "par_a"}, "participant.erased"},
		{"an open meeting", nil, control.EraseMeeting{}, "wrong_state"},
		{"an ended one", []control.Command{control.EndMeeting{}}, control.EraseMeeting{}, "meeting.erased"},
		{"an erased one", []control.Command{control.EndMeeting{}, control.EraseMeeting{}}, control.EraseMeeting{}, ""},
		{"a deleted one", []control.Command{control.DeleteMeeting{}}, control.EraseMeeting{}, "meeting.erased"},
	}
	for _, tt := range tests {
		w := newWalk(1)
		for _, c := range append([]control.Command{w.create(), control.AskHelp{ID: "help_1", Participant: "par_a"}}, tt.before...) {
			if err := w.step(c); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}
		events, _, err := control.Decide(w.state, tt.c, control.Meta{}, w.now)
		var got []string
		for _, e := range events {
			got = append(got, e.Type())
			control.Apply(w.state, e, w.now)
		}
		if e, ok := err.(*control.Error); ok { //nolint:errorlint // Decide answers with nothing else
			got = append(got, string(e.Code))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %q", tt.name, got, tt.want)
		}
		if err := controltest.Check(w.state); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestEraseMerged: who was two for a while is erased in both guises, in what was said of them as one too, and whoever he
// was taken for by mistake keeps his own.
func TestEraseMerged(t *testing.T) {
	t.Parallel()
	join := func(who, name, number string) control.Command {
		return control.Join{Participant: control.ParticipantID(who), Leg: control.LegID("leg_" + who), Kind: control.PhoneLeg, Name: name, Number: number}
	}
	tests := []struct {
		name  string
		split bool
		erase control.ParticipantID
		gone  []string
		stay  []string
	}{
		{"one with him still", false, "par_x", []string{"Ada", "+4930111"}, nil},
		{"named by who is no longer his own", false, "par_y", []string{"Ada", "+4930111"}, nil},
		{"two again, who was absorbed", true, "par_y", []string{"Ada"}, []string{"+4930111"}},
		{"two again, who stayed", true, "par_x", []string{"+4930111"}, []string{"Ada"}},
	}
	for _, tt := range tests {
		w := newWalk(1)
		var log []control.Record
		w.log = func(r control.Record) error { log = append(log, r); return nil }
		do := func(c control.Command) {
			t.Helper()
			events, _, err := control.Decide(w.state, c, control.Meta{}, w.now)
			if err != nil || len(events) == 0 {
				t.Fatalf("%s: %T made %v, %v", tt.name, c, events, err)
			}
			if err := w.step(c); err != nil {
				t.Fatal(err)
			}
		}
		do(control.CreateMeeting{ID: "mtg_a", Title: "x", AccessCode: "123456", Options: control.DefaultOptions()})
		do(join("par_x", "", "+4930111"))
		do(control.AddParticipant{New: control.NewParticipant{ID: "par_y", Name: "Ada", Email: "Ada@example.org", Web: true}})
		do(control.MergeParticipants{Participant: "par_x", Other: "par_y"})
		do(control.ChangeParticipant{Participant: "par_x", GainDB: new(3)})
		if tt.split {
			do(control.SplitParticipant{Participant: "par_x", ID: "par_new"})
		}
		do(control.EraseParticipant{Participant: tt.erase})
		var e control.ParticipantErased
		if err := json.Unmarshal(log[len(log)-1].Data, &e); err != nil {
			t.Fatal(err)
		}
		if err := rewrite(log, one(append(e.Merged, e.Participant)...)); err != nil {
			t.Fatal(err)
		}
		s := control.NewState()
		if err := control.Replay(s, log); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w.state, s, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -lived +replayed:\n%s", tt.name, d)
		}
		text, err := json.Marshal(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, gone := range tt.gone {
			if strings.Contains(string(text), gone) {
				t.Errorf("%s: the log has %q: %s", tt.name, gone, text)
			}
		}
		for _, stay := range tt.stay {
			if !strings.Contains(string(text), stay) {
				t.Errorf("%s: the log has no %q: %s", tt.name, stay, text)
			}
		}
	}
}
