package attendant

import (
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

func TestNaming(t *testing.T) {
	t.Parallel()
	said := Recorded{Length: 1200 * time.Millisecond}
	code := line{"dialled 123456", "enter 123456"}
	asked, begun := line{"name", "say welcome say_name speak_now"}, line{"played", "record 5s"}
	const in = "say in_main_room others 3 for_help **"
	plays := map[string][]line{
		"said and kept": {
			code, asked, begun, {"keys #", "stop recording"}, {said, "replay"}, {"played", "say keep_name"}, {"keys 1", "hush; keep name"},
			{"stored", "discard; join named"}, {"entered", in},
		},
		"silence is a yes": {
			code, asked, begun, {"keys #", "stop recording"}, {said, "replay"}, {"played", "say keep_name"}, {"played", ""},
			{"wait 5s", "keep name"}, {"stored", "discard; join named"},
		},
		"the question is not waited for": {
			code, asked, begun, {"keys #", "stop recording"}, {said, "replay"}, {"keys 1", "hush; keep name"},
		},
		"said again": {
			code, asked, begun, {"keys #", "stop recording"}, {said, "replay"}, {"played", "say keep_name"},
			{"keys 2", "discard; say say_name speak_now"}, begun, {"keys #", "stop recording"}, {said, "replay"}, {"keys #", "hush; keep name"},
		},
		"another key": {
			code, asked, begun, {"keys #", "stop recording"}, {said, "replay"}, {"keys 5", "say keep_name"}, {"keys 1", "hush; keep name"},
		},
		"nothing is heard twice": {
			code, asked, begun, {Recorded{}, "say name_not_heard say_name speak_now"}, begun, {Recorded{Length: 100 * time.Millisecond}, "join"}, {"entered", in},
		},
		"not wanted":                {code, asked, begun, {"keys *#", "discard; join"}, {"entered", in}},
		"there is no memory":        {code, asked, begun, {Recorded{Failed: true}, "join"}, {"entered", in}},
		"the store is away":         {code, asked, begun, {said, "replay"}, {"keys 1", "hush; keep name"}, {"stored store_unavailable", "discard; join"}},
		"the store does not answer": {code, asked, begun, {said, "replay"}, {"keys 1", "hush; keep name"}, {"wait 15s", "discard; join"}},
		"the meeting ends":          {code, asked, begun, {"keys *#", "discard; join"}, {"refused wrong_state", "say meeting_over goodbye"}},
		"by a phone code": {
			{"dialled 730118264", "enter 730118264"}, {"name 730118264", "say welcome say_name speak_now"}, begun, {"keys *#", "discard; join 730118264"},
		},
		"after a PIN": {
			code, {"pin names", "say welcome enter_pin_or_skip"}, {"keys 471108#", "hush; check 471108"}, {"checked name", "say say_name speak_now"},
			begun, {said, "replay"}, {"keys 1", "hush; keep name"}, {"stored", "discard; join 471108 named"}, {"entered", in},
		},
		"not after the PIN of one who has": {
			code, {"pin names", "say welcome enter_pin_or_skip"}, {"keys 471108#", "hush; check 471108"}, {"checked", "join 471108"}, {"entered", in},
		},
		"a wrong PIN": {
			code, {"pin names", "say welcome enter_pin_or_skip"}, {"keys 1#", "hush; check 1"}, {"refused not_found", "say wrong_code enter_pin_or_skip"},
			{"keys 2#", "hush; check 2"}, {"refused not_found", "say wrong_code enter_pin_or_skip"},
			{"keys 3#", "hush; check 3"}, {"refused not_found", "say wrong_code without_pin say_name speak_now"},
		},
		"without a PIN": {code, {"pin names", "say welcome enter_pin_or_skip"}, {"keys #", "say say_name speak_now"}, begun},
	}
	for name, lines := range plays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, View{Role: control.Audience, Others: 3}), lines)
		})
	}
}

// takes1 is a recorder that hears everybody say something of a second.
type takes1 struct{ b *bridge }

func (r takes1) Record(leg control.LegID, id uint64, _ time.Duration) bool {
	p := r.b.phone(leg)
	time.AfterFunc(2*time.Second, func() { p.Post(func() { p.called().Recorded(id, 8000) }) })
	return true
}
func (takes1) StopRecord(control.LegID)                    {}
func (takes1) Trim(control.LegID, int, bool) time.Duration { return time.Second }
func (r takes1) Replay(leg control.LegID, id uint64)       { r.b.Say(leg, id, "", []Phrase{"the recording"}) }
func (takes1) Discard(control.LegID)                       {}
func (takes1) Store(_ control.LegID, _ control.MeetingID, id control.AudioID, done func(control.Audio, error)) {
	done(control.Audio{ID: id, DurationMS: 1000, Bytes: 8044}, nil)
}

// TestNamesOfUnknownCallers: those who are not known say their names, once.
func TestNamesOfUnknownCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.attendant.options.Recorder = takes1{b}
		o := control.DefaultOptions()
		o.RecordNames, o.PersonalPINs = control.NamesOfUnknown, control.PINsOptional
		b.do(control.ChangeMeeting{Options: &o})
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", PIN: "222222", Role: control.Audience}})
		p := b.dial("leg_1", "123456789")
		p.keys("#")
		time.Sleep(20 * time.Second)
		synctest.Wait()
		p.hears("welcome enter_pin_or_skip", "say_name speak_now", "the recording", "keep_name", "in_main_room others 0 "+star2)
		who := b.person(p)
		if who.RecordedName == nil || !who.RecordedName.ID.IsName() {
			t.Errorf("he is %+v", who)
		}
		p.goes()
		b.settle()
		again := b.pickUp("leg_3", "123456789")
		again.call.From = p.call.From
		var err error
		if again.caller, err = b.attendant.Admit(again.call, again); err != nil {
			t.Fatal(err)
		}
		again.Post(again.caller.Answered)
		b.settle()
		again.keys("#")
		again.hears("welcome enter_pin_or_skip", "in_main_room others 0 "+star2)
		if is := b.person(again); is.ID != who.ID || is.RecordedName == nil {
			t.Errorf("calling again he is %+v", is)
		}
		bob := b.dial("leg_2", "123456789")
		bob.keys("222222#")
		bob.hears("welcome enter_pin_or_skip", "in_main_room others 1 "+star2)
		b.stop()
	})
}
