package mixer

import (
	"testing"

	"partyline/mixer/prompt"
)

// TestMusicAllocatesNothing: legs in the lobby, and one that talks while it is muted.
func TestMusicAllocatesNothing(t *testing.T) {
	st := newStepper(t, 1, 4, 2)
	e := st.shard.engine
	e.opts.Music = prompt.Music()
	var m *Meeting
	p := &Placement{Gen: 2}
	for id, l := range e.legs {
		m = l.meeting
		p.Legs = append(p.Legs, Place{Leg: id, Room: NoRoom, Music: true})
	}
	p.Legs[0] = Place{Leg: p.Legs[0].Leg, Muted: true}
	m.Place(p)
	st.ticks(100)
	if n := testing.AllocsPerRun(200, st.tick); n != 0 {
		t.Errorf("%v allocations a tick", n)
	}
}
