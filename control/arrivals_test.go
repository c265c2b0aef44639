package control_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/control"
	"partyline/control/controltest"
)

// TestArrivalsByName: who has a name is named, in the language of the meeting; who has none is a tone. Nobody hears of those
// who only listen, nor of bulk moves.
func TestArrivalsByName(t *testing.T) {
	t.Parallel()
	b := newBridge(t, controltest.NewStore(), nil)
	defer b.stop()
	m := b.create(2)
	step := func(name string, c control.Command, want ...controltest.Play) {
		t.Helper()
		do(t, m, c)
		for i := range want {
			want[i].Meeting = m.ID()
		}
		if d := cmp.Diff(want, b.mixer.Plays(), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got:\n%s", name, d)
		}
	}
	options := control.DefaultOptions()
	options.AnnounceArrivals, options.Language = "name", "de"
	step("options", control.ChangeMeeting{Options: &options})
	named := func(prompt, name string, room int) controltest.Play {
		tone := map[string]string{"person_came": "arrival", "person_left": "departure"}[prompt]
		return controltest.Play{Rooms: []int{room}, Sound: control.Sound{Prompt: prompt, Person: name, Else: tone, Language: "de"}}
	}
	tone := func(prompt string, room int) controltest.Play {
		return controltest.Play{Rooms: []int{room}, Sound: control.Sound{Prompt: prompt}}
	}
	join := func(n, name, number string, role control.Role) control.Join {
		return control.Join{Participant: control.ParticipantID("par_" + n), Leg: control.LegID("leg_" + n), Kind: control.PhoneLeg, Name: name, Number: number, Role: role}
	}
	move := func(room control.RoomID, listens bool) control.Command {
		return control.Move{Participants: ids("par_host"), Room: room, ListenOnly: listens}
	}
	step("the first hears nothing", join("1", "Ann", "", ""))
	step("a name", join("2", "Ben", "", ""), named("person_came", "Ben", 0))
	step("a number is no name", join("3", "", "+49301234567", ""), tone("arrival", 0))
	step("nor is what stands for one", join("4", "anonymous", "", ""), tone("arrival", 0))
	said := join("5", "", "+49301234568", "")
	said.Named = &control.Audio{ID: "nam_1", DurationMS: 900, Bytes: 7200}
	recorded := named("person_came", "", 0)
	recorded.Sound.Named = "nam_1"
	step("a number that has said his name", said, recorded)
	step("the host", join("host", "Hope", "", control.Speaker), named("person_came", "Hope", 0))
	step("a bulk move is silent", control.Assign{Participants: ids("par_1", "par_2"), Room: "room_1"})
	step("and the start", control.StartBreakouts{Distribution: "manual"})
	step("he listens in", move("room_1", true), named("person_left", "Hope", 0))
	step("he listens elsewhere", move("room_2", true))
	step("and there again", move("room_1", true))
	step("now he is heard", move("room_1", false), named("person_came", "Hope", 1))
	step("and no longer", move("room_1", true))
	step("asked for help", control.AskHelp{ID: "help_1", Participant: "par_1"})
	step("he comes out", control.AcceptHelp{Request: "help_1", By: "par_host"}, named("person_came", "Hope", 1))
	step("back", move(control.MainRoom, false), named("person_left", "Hope", 1), named("person_came", "Hope", 0))
	step("asked again", control.AskHelp{ID: "help_2", Participant: "par_1"})
	step("a listener is not told of", control.AcceptHelp{Request: "help_2", By: "par_host", ListenOnly: true}, named("person_left", "Hope", 0))
	step("nor when he hangs up", control.LegGone{Leg: "leg_host"})
	step("one goes", control.LegGone{Leg: "leg_2"}, named("person_left", "Ben", 1))
	step("closing", control.StopBreakouts{Countdown: time.Minute})
}
