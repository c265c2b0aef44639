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
