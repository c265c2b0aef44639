package attendant

import (
	"testing"
	"testing/synctest"

	"partyline/control"
)

// callKeys is the default map with keys for calling.
func callKeys(t *testing.T) Keymap {
	t.Helper()
	k, err := DefaultKeymap().With(KeyChange{Role: control.Speaker, Keys: "*4", Action: ActCall})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestCallSomebody(t *testing.T) {
	t.Parallel()
	begun := []line{{"keys *4", "look"}, {"seen", "say enter_number"}}
	asked := append(begun, line{"keys 004930123417#", "hush; say call_question 004930123417 confirm"})
	for name, lines := range map[string][]line{
		"a number":             append(asked, line{"keys 1", "hush; do call"}, line{"done", "say calling"}),
		"without 00":           append(begun, line{"keys 4930123417#", "hush; say call_question 4930123417 confirm"}),
		"not confirmed":        append(asked, line{"keys 2", "say cancelled"}),
		"that may not be":      append(asked, line{"keys 1", "hush; do call"}, line{"done not_allowed", "say number_not_allowed"}),
		"that is none":         append(asked, line{"keys 1", "hush; do call"}, line{"done invalid", "say number_not_allowed"}),
		"too many":             append(asked, line{"keys 1", "hush; do call"}, line{"done rate_limited", "say too_many_calls"}),
		"too many at a time":   append(asked, line{"keys 1", "hush; do call"}, line{"done limit_reached", "say too_many_calls"}),
		"twice":                append(asked, line{"keys 1", "hush; do call"}, line{"done wrong_state", "say called_already"}),
		"the store is away":    append(asked, line{"keys 1", "hush; do call"}, line{"done store_unavailable", "say try_again"}),
		"nothing":              append(begun, line{"keys #", "say menu_left"}),
		"silence":              append(begun, line{"played", ""}, line{"wait 8s", "say enter_number"}, line{"played", ""}, line{"wait 8s", "say menu_left"}),
		"half a number":        append(begun, line{"keys 0049", "hush"}, line{"wait 8s", "say menu_left"}),
		"a command in between": append(begun, line{"keys 0049", "hush"}, line{"keys *2", "look"}),
		"busy":                 {{CallCame{Outcome: control.CallBusy}, "say call_busy"}},
		"nobody answers":       {{CallCame{Outcome: control.CallNoAnswer}, "say call_not_answered"}},
		"an answering machine": {{CallCame{Outcome: control.CallNotConfirmed}, "say call_not_answered"}},
		"declined":             {{CallCame{Outcome: control.CallDeclined}, "say call_declined"}},
		"failed":               {{CallCame{Outcome: control.CallFailed}, "say call_failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, speaker())
			s.machine = NewMachine(callKeys(t))
			play(t, s, append([]line{{Resumed{View: s.view}, ""}}, lines...))
		})
	}
}

// TestCallSomebodySession: a speaker's call goes into his room, and he hears what came of it; others do not.
func TestCallSomebodySession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		defer b.stop()
		b.attendant.options.Keys = callKeys(t)
		sam, ann := b.dial("leg_1", "987654321"), b.dial("leg_2", "123456789")
		b.do(control.StartBreakouts{Distribution: "manual"})
		b.do(control.Move{Participants: []control.ParticipantID{b.person(sam).ID}, Room: "room_2"})
		sam.keys("*4")
		sam.keys("4930123417#")
		sam.keys("1")
		var call control.OutgoingCall
		if err := b.meeting.Read(t.Context(), func(s *control.State) { call = s.Calls[0] }); err != nil {
			t.Fatal(err)
		}
		if call.Room != "room_2" || call.By != b.person(sam).ID {
			t.Errorf("%+v", call)
		}
		for _, p := range []*phone{sam, ann} {
			p.mu.Lock()
			p.heard = nil
			p.mu.Unlock()
		}
		b.do(control.CallOver{ID: call.ID, Outcome: control.CallBusy})
		sam.hears("call_busy")
		ann.hears()
	})
}
