package attendant

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/control"
)

func TestPIN(t *testing.T) {
	t.Parallel()
	const in = "say in_main_room others 3 for_help **"
	code := line{"dialled 123456", "enter 123456"}
	plays := map[string][]line{
		"a right one": {
			code,
			{"pin optional", "say welcome enter_pin_or_skip"},
			{"keys 471108#", "hush; join 471108"},
			{"entered", in},
		},
		"after a code that was keyed in": {
			{Answered{}, "say welcome enter_code"},
			{"keys 123456#", "hush; enter 123456"},
			{"pin required", "say enter_pin"},
			{"keys 471108", "hush"},
			{"wait 4s", "join 471108"},
			{"entered", in},
		},
		"of a number": {
			{Answered{Bound: true}, "enter "},
			{"pin required", "say welcome enter_pin"},
			{"keys 471108#", "hush; join 471108"},
			{"entered", in},
		},
		"skipped": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"keys #", "hush; join"}, {"entered", in},
		},
		"cannot be skipped": {
			code, {"pin required", "say welcome enter_pin"}, {"keys #", "say enter_pin"}, {"keys #", "say enter_pin"},
			{"keys #", "say goodbye"}, {"played", "hang up: no PIN was keyed in"},
		},
		"star clears": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"keys 99*", "hush; say enter_pin_or_skip"}, {"keys 471108#", "hush; join 471108"},
		},
		"silence": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"played", ""},
			{"wait 8s", "say enter_pin_or_skip"}, {"played", ""},
			{"wait 8s", "say enter_pin_or_skip"}, {"played", ""},
			{"wait 8s", "join"}, {"entered", "say without_pin in_main_room others 3 for_help **"},
		},
		"silence where one is required": {
			code, {"pin required", "say welcome enter_pin"}, {"played", ""},
			{"wait 8s", "say enter_pin"}, {"played", ""}, {"wait 8s", "say enter_pin"}, {"played", ""}, {"wait 8s", "say goodbye"},
		},
		"three wrong ones": {
			code, {"pin optional", "say welcome enter_pin_or_skip"},
			{"keys 1#", "hush; join 1"}, {"refused not_found", "say wrong_code enter_pin_or_skip"},
			{"keys 2#", "hush; join 2"}, {"refused not_found", "say wrong_code enter_pin_or_skip"},
			{"keys 3#", "hush; join 3"}, {"refused not_found", "join"},
			{"entered", "say wrong_code without_pin in_main_room others 3 for_help **"},
		},
		"three wrong ones where one is required": {
			code, {"pin required", "say welcome enter_pin"},
			{"keys 1#", "hush; join 1"}, {"refused not_found", "say wrong_code enter_pin"},
			{"keys 2#", "hush; join 2"}, {"refused not_found", "say wrong_code enter_pin"},
			{"keys 3#", "hush; join 3"}, {"refused not_found", "say wrong_code goodbye"}, {"played", "hang up: wrong PINs"},
		},
		"too many wrong ones": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"keys 1#", "hush; join 1"}, {"refused rate_limited", "join"},
			{"entered", "say too_many_codes without_pin in_main_room others 3 for_help **"},
		},
		"too many wrong ones where one is required": {
			code, {"pin required", "say welcome enter_pin"}, {"keys 1#", "hush; join 1"}, {"refused rate_limited", "say too_many_codes goodbye"},
		},
		"the meeting ends": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"keys #", "hush; join"}, {"refused wrong_state", "say meeting_over goodbye"},
		},
		"a meeting that is full is not tried again without one": {
			code, {"pin optional", "say welcome enter_pin_or_skip"}, {"keys 1#", "hush; join 1"}, {"refused limit_reached", "say meeting_full goodbye"},
		},
	}
	for name, lines := range plays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, newStage(t, View{Role: control.Audience, Others: 3}), lines)
		})
	}
}

func TestAttachByKey(t *testing.T) {
	t.Parallel()
	ask := line{"keys 7", "say enter_who"}
	plays := map[string][]line{
		"a right code": {
			ask, {"keys 730118264#", "hush; do attach"},
			{Merged{Participant: "par_web"}, ""}, {Moved{Room: 2, Reason: control.ReasonAdmin}, ""},
			{"done", "say attached"}, {"played", "say moved_to_room 2"},
		},
		"three wrong ones": {
			ask, {"keys 1#", "hush; do attach"}, {"done not_found", "say wrong_code enter_who"},
			{"keys 2#", "hush; do attach"}, {"done not_found", "say wrong_code enter_who"},
			{"keys 3#", "hush; do attach"}, {"done not_found", "say wrong_code"}, {"played", ""}, {"keys 4#", ""},
		},
		"too many":                       {ask, {"keys 1#", "hush; do attach"}, {"done rate_limited", "say too_many_codes"}},
		"somebody else's telephone":      {ask, {"keys 1#", "hush; do attach"}, {"done not_allowed", "say cannot_attach"}},
		"the store does not answer":      {ask, {"keys 1#", "hush; do attach"}, {"wait 5s", "say try_again"}},
		"left by pound":                  {ask, {"keys #", "say menu_left"}},
		"left by silence":                {ask, {"played", ""}, {"wait 8s", "say enter_who"}, {"played", ""}, {"wait 8s", "say menu_left"}},
		"left by a command":              {ask, {"keys *2", "hush; look"}},
		"star clears, a pause completes": {ask, {"keys 12*", "hush; say enter_who"}, {"keys 34", "hush"}, {"wait 4s", "do attach"}},
	}
	for name, lines := range plays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := inMeeting(t, View{Role: control.Audience, Guest: true})
			s.act("keys **")
			if help := s.act("seen"); !strings.Contains(help, "to_attach 7") {
				t.Fatalf("the help is: %s", help)
			}
			play(t, s, lines)
		})
	}
}

// TestPINsOfAMeeting: callers who are known by their PINs, a second telephone, and one who turns out to be somebody.
func TestPINsOfAMeeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		o := control.DefaultOptions()
		o.PersonalPINs = control.PINsOptional
		b.do(control.ChangeMeeting{Options: &o})
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, PIN: "111111"}})
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_bob", Name: "Bob", PIN: "222222", Role: control.Audience}})
		ada := b.dial("leg_1", "123456789")
		ada.hears("welcome enter_pin_or_skip")
		ada.keys("111111#")
		ada.hears("in_main_room others 0 " + star2)
		if p := b.person(ada); p.ID != "par_ada" || p.Role != control.Speaker {
			t.Errorf("she is %+v", p)
		}
		again := b.dial("leg_2", "123456789")
		again.keys("111111#")
		again.hears("welcome enter_pin_or_skip", "other_telephone in_main_room others 0 "+star2)
		ada.hears("telephone_joined")

		bob := b.dial("leg_3", "123456789")
		bob.keys("222223#")
		bob.keys("#")
		bob.hears("welcome enter_pin_or_skip", "wrong_code enter_pin_or_skip", "in_main_room others 1 "+star2)
		bob.attach("222222#")
		if p := b.person(bob); p.ID != "par_bob" || p.Legs[0].KnownBy != control.KnownByPIN {
			t.Errorf("he is %+v", p)
		}
		b.stop()
	})
}

// attach has somebody key in who he is, and takes what he hears of it.
func (p *phone) attach(keys string) {
	p.t.Helper()
	p.keys("**7")
	p.keys(keys)
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.heard, "attached")
	if i < 1 || p.heard[i-1] != "enter_who" {
		p.t.Errorf("%s heard %q", p.call.Leg, p.heard)
	}
	p.heard = p.heard[i+1:]
}

// TestPhoneCodeInPlaceOfTheAccessCode: whoever keys it in is in at once, without a PIN.
func TestPhoneCodeInPlaceOfTheAccessCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		o := control.DefaultOptions()
		o.PersonalPINs = control.PINsRequired
		b.do(control.ChangeMeeting{Options: &o})
		b.do(control.AddParticipant{New: control.NewParticipant{ID: "par_ada", Name: "Ada", Role: control.Speaker, Web: true}})
		made, err := b.meeting.Do(t.Context(), control.IssuePhoneCode{Participant: "par_ada"}, control.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		code := made.Value.(control.PhoneCode).Code
		p := b.dial("leg_1", "")
		p.keys(code + "#")
		p.hears("welcome enter_code", "in_main_room others 0 "+star2)
		if who := b.person(p); who.ID != "par_ada" || !who.Web || who.Role != control.Speaker {
			t.Errorf("she is %+v", who)
		}
		second := b.dial("leg_2", "")
		second.keys(code + "#")
		second.hears("welcome enter_code", "wrong_code enter_code") // it was used
		b.stop()
	})
}

func TestBoundNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		for _, n := range []control.Number{{Number: "+4930123456", Meeting: "mtg_1"}, {Number: "Sales", Meeting: "mtg_1"}} {
			if _, made, err := b.registry.BindNumber(t.Context(), n, nil); err != nil || !made {
				t.Fatalf("made %v, %v", made, err)
			}
		}
		for i, to := range []string{"+4930123456", "4930123456", "004930123456", "SALES"} {
			p := b.dial(control.LegID(fmt.Sprintf("leg_%d", i)), to)
			p.hears(fmt.Sprintf("in_main_room others %d %s", i, star2))
			if who := b.person(p); who.Role != control.Audience || !who.Guest {
				t.Errorf("who calls %s is %+v", to, who)
			}
		}
		p := b.dial("leg_s", "4930123456")
		p.hears("in_main_room others 4 " + star2)
		p.attach("987654321#") // the speaker code
		p.hears("now_speaker")
		b.do(control.EndMeeting{})
		late := b.dial("leg_l", "sales")
		late.hears("meeting_over goodbye")
		b.do(control.DeleteMeeting{})
		late = b.dial("leg_d", "sales")
		late.hears("welcome enter_code")
		b.stop()
	})
}

// TestPINsOfAMillionSources is an attack on the PINs of one meeting from sources that are never seen twice.
func TestPINsOfAMillionSources(t *testing.T) {
	t.Parallel()
	g := newGuesses(DefaultGuessLimits())
	now := noon
	var tried []time.Time
	for i := range 1_000_000 {
		now = now.Add(7 * 24 * time.Hour / 1_000_000)
		source := fmt.Sprint(i)
		if g.pinAllowed(source, "mtg_1", now) {
			g.pinWrong(source, "mtg_1", now)
			tried = append(tried, now)
		}
	}
	for i := range tried {
		n := 0
		for _, at := range tried[i:] {
			if at.Sub(tried[i]) < 24*time.Hour {
				n++
			}
		}
		if n > 10 {
			t.Errorf("%d PINs could be tried within a day: more than 1 in 100,000 of those of 6 digits", n)
		}
	}
	if !g.pinAllowed("friend", "mtg_2", now) {
		t.Error("another meeting's PINs are locked too")
	}
}

// TestMistypedPINs: who gets it right in the end is forgiven, but not for ever.
func TestMistypedPINs(t *testing.T) {
	t.Parallel()
	g := newGuesses(DefaultGuessLimits())
	for i := range 100 { // a large meeting, in which everybody is wrong once
		source := fmt.Sprint("caller ", i)
		if !g.pinAllowed(source, "mtg_1", noon) {
			t.Fatalf("caller %d is kept out", i)
		}
		g.pinWrong(source, "mtg_1", noon)
		g.pinRight("mtg_1", control.ParticipantID(source), 1)
	}
	tried := 0
	for i := range 100 { // one who has a PIN tries for those of others, again and again
		source := fmt.Sprint("thief ", i)
		for range 2 {
			if g.pinAllowed(source, "mtg_1", noon) {
				g.pinWrong(source, "mtg_1", noon)
				tried++
			}
		}
		g.pinRight("mtg_1", "par_thief", 2)
	}
	if tried > 10 {
		t.Errorf("%d PINs could be tried", tried)
	}
	if !g.pinAllowed("x", "mtg_1", noon.Add(25*time.Hour)) {
		t.Error("still locked the day after")
	}
}
