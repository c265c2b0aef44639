package attendant

import (
	"testing"
	"testing/synctest"

	"partyline/control"
)

// TestWhoIsHere: a speaker hears the names of those who are with him, if they have names and are not too many.
func TestWhoIsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		sam := b.dial("leg_1", "987654321")
		sam.keys("*2")
		sam.hears("in_main_room others 0 "+star2, "in_main_room others 0")
		ann := b.dial("leg_2", "123456789")
		ann.keys("*2")
		ann.hears("in_main_room others 1 "+star2, "in_main_room others 1") // not for her
		nobody := b.pickUp("leg_3", "123456789")
		nobody.call.FromName, nobody.call.From = "", "+4930123456"
		caller, err := b.attendant.Admit(nobody.call, nobody)
		if err != nil {
			t.Fatal(err)
		}
		nobody.caller = caller
		nobody.Post(caller.Answered)
		b.settle()
		sam.keys("*2")
		sam.hears("in_main_room others 2 is_here Caller 2")
		for leg := 4; leg < 4+maxNamed; leg++ {
			b.dial(control.LegID("leg_"+string(rune('0'+leg))), "123456789")
		}
		sam.keys("*2")
		sam.hears("in_main_room others 10")
		b.stop()
	})
}

// TestPersonOf: a name is said by its owner if he has recorded it, a number never.
func TestPersonOf(t *testing.T) {
	t.Parallel()
	recorded := &control.Audio{ID: "nam_1", DurationMS: 900}
	for name, c := range map[string]struct {
		who  *control.Participant
		want Phrase
	}{
		"a name":               {&control.Participant{Name: "Ann"}, Phrase("is_here").Person("Ann", "")},
		"recorded":             {&control.Participant{Name: "Ann", RecordedName: recorded}, Phrase("is_here").Person("Ann", "nam_1")},
		"recorded by a number": {&control.Participant{Name: "+49•••123", RecordedName: recorded}, Phrase("is_here").Person("", "nam_1")},
		"a number":             {&control.Participant{Name: "+49•••123"}, ""},
		"a short number":       {&control.Participant{Name: "1234"}, ""},
		"nobody":               {nil, ""},
	} {
		got := Phrase("")
		if who := personOf(c.who); who.known() {
			got = who.in("is_here")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
