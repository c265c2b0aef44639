package attendant

import (
	"testing"
	"testing/synctest"

	"partyline/control"
)

func TestChooseLanguage(t *testing.T) {
	t.Parallel()
	const offer = "say language_choice en 1 language_choice de 2"
	for name, lines := range map[string][]line{
		"another":                {{"keys *7", offer}, {"keys 2", "hush; do choose a language"}, {"done", "say language_chosen (de)"}, {"played", ""}, {Silenced{Muted: true}, "say muted_by_speaker (de)"}},
		"the same":               {{"keys *7", offer}, {"keys 1", "hush; do choose a language"}, {"done", "say language_chosen"}},
		"the store is away":      {{"keys *7", offer}, {"keys 2", "hush; do choose a language"}, {"done store_unavailable", "say try_again"}},
		"none of them":           {{"keys *7", offer}, {"keys 3", "say unknown_key"}},
		"left":                   {{"keys *7", offer}, {"keys #", "say menu_left"}},
		"elsewhere, by an admin": {{Speaks{Language: "de"}, ""}, {"keys *7", offer + " (de)"}},
		"and back":               {{Speaks{Language: "de"}, ""}, {Speaks{Language: "en"}, ""}, {Silenced{Muted: true}, "say muted_by_speaker"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, with(listener(), func(v *View) { v.Language = "en" }))
			s.machine = NewMachine(DefaultKeymap(), "en", "de")
			play(t, s, append([]line{{Resumed{View: s.view}, ""}}, lines...))
		})
	}
	t.Run("there is one only", func(t *testing.T) {
		t.Parallel()
		s := inMeeting(t, listener())
		s.machine.languages = nil
		play(t, s, []line{{"keys *7", "say not_available"}})
	})
	t.Run("in the lobby", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, View{Role: control.Audience, Room: control.NoRoom, Lobby: true})
		s.machine = NewMachine(DefaultKeymap(), "en", "de")
		play(t, s, []line{{Resumed{View: s.view}, ""}, {"keys *7", offer}, {"keys 2", "hush; do choose a language"}, {"done", "say language_chosen (de)"}})
	})
}

// TestLanguageOfANumber: what is said before the meeting is known is in the language of the number, then in that of the
// meeting, or of the caller.
func TestLanguageOfANumber(t *testing.T) {
	t.Parallel()
	view := with(listener(), func(v *View) { v.Language = "fr" })
	play(t, newStage(t, view), []line{
		{Answered{Language: "de"}, "say welcome enter_code (de)"}, {"keys 123456#", "hush; enter 123456"},
		{"refused not_found", "say wrong_code enter_code (de)"}, {"keys 123456#", "hush; enter 123456"},
		{"entered", "say in_room 7 others 4 for_help ** (fr)"},
	})
}

// TestLanguageStays: what a caller has chosen stays over a restart of the bridge and the end of his call; who has chosen
// nothing hears the language of the meeting.
func TestLanguageStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		b.attendant.options.Languages = []string{"en", "de"}
		ann := b.dial("leg_1", "123456789")
		ann.keys("*72")
		ann.hears("in_main_room others 0 "+star2, "language_choice en 1 language_choice de 2", "language_chosen (de)")
		again := b.restart(ann)
		again.keys("*2")
		again.hears("in_main_room others 0 (de)")
		again.goes()
		meeting, err := b.registry.Meeting("mtg_1")
		if err != nil {
			t.Fatal(err)
		}
		b.meeting = meeting
		called := b.pickUp("leg_2", "123456789")
		called.call.From = again.call.From
		if called.caller, err = b.attendant.Admit(called.call, called); err != nil {
			t.Fatal(err)
		}
		called.Post(called.caller.Answered)
		b.settle()
		b.do(control.ChangeParticipant{Participant: b.person(called).ID, Language: new("fr")})
		called.keys("*2")
		options := control.DefaultOptions()
		options.Language = "it"
		b.do(control.ChangeMeeting{Options: &options})
		called.keys("*2")
		b.do(control.ChangeParticipant{Participant: b.person(called).ID, Language: new("")})
		called.keys("*2")
		called.hears("in_main_room others 0 "+star2+" (de)", "in_main_room others 0 (fr)", "in_main_room others 0 (fr)", "in_main_room others 0 (it)")
		called.goes()
		b.stop()
	})
}

// TestNumberWithALanguage: somebody who calls a German number hears German from the first word on, and after a restart.
func TestNumberWithALanguage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		if _, _, err := b.registry.BindNumber(t.Context(), control.Number{Number: "+49301", Meeting: "mtg_1", Language: "de"}, nil); err != nil {
			t.Fatal(err)
		}
		ann := b.dial("leg_1", "+49301")
		ann.hears("in_main_room others 0 " + star2 + " (de)")
		again := b.restart(ann)
		again.keys("*2")
		again.hears("in_main_room others 0 (de)")
		options := control.DefaultOptions()
		options.PersonalPINs, options.Language = control.PINsRequired, "fr"
		meeting, err := b.registry.Meeting("mtg_1")
		if err != nil {
			t.Fatal(err)
		}
		b.meeting = meeting
		b.do(control.ChangeMeeting{Options: &options})
		b.dial("leg_2", "+49301").hears("welcome enter_pin (de)")
		b.dial("leg_3", "123456789").hears("welcome enter_pin (fr)")
		b.stop()
	})
}
