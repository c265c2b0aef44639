package main

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
)

// TestWhoHearsWhom goes through a meeting with 60 callers in 10 rooms, each with a tone of his own: in the main room, with
// the breakouts open, after five single moves, and back in the main room everybody hears exactly those who are with him.
func TestWhoHearsWhom(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	const callers, rooms = 60, 10
	c := newCrowd(newBridge(t, bridgeOptions{}), crowdOptions{callers: callers, rooms: rooms, record: 4 * time.Second})
	c.hears("in the main room", together(callers))

	where := make([]int, callers)
	for i := range where {
		where[i] = i * rooms / callers // neighbours by tone are in one room
	}
	c.assign(where)
	must(t, c.api.StartBreakouts(soon(t), c.meeting.ID))
	c.hears("after the start", where)

	load := c.app.engine.Load()
	for from := range 5 {
		c.move(slices.Index(where, from), from+5, where)
	}
	for i, shard := range c.app.engine.Load() {
		if shard.Legs != load[i].Legs {
			t.Errorf("the moves took legs to another shard: it had %d and has %d", load[i].Legs, shard.Legs)
		}
	}
	c.hears("after five moves", where)

	must(t, c.api.StopBreakouts(soon(t), c.meeting.ID, 0))
	c.hears("after the stop", together(callers))
	c.continuous(c.calls...)
}

// move moves one caller and looks at every packet that he receives meanwhile: first those of the old room, then those of
// the new one, and no mixture.
func (c *crowd) move(who, to int, where []int) {
	c.t.Helper()
	old, next := c.othersIn(where[who], who, where), c.othersIn(to, who, where)
	rec := c.calls[who].Recorder()
	from := rec.Pos() - int64(samplesIn(200*time.Millisecond))
	must(c.t, c.api.Move(soon(c.t), c.meeting.ID, c.ids[who], c.rooms[to].ID))
	where[who] = to
	await(c.t, "sound of the new room", func() error {
		_, sound := frames(rec, from)
		if len(sound) < 20 {
			return fmt.Errorf("%d packets", len(sound))
		}
		level := loudest(sound, old)
		for _, frame := range sound[len(sound)-10:] {
			if bandDB(frame, next) < level-heardBelow {
				return errors.New("not heard yet")
			}
		}
		return nil
	})
	_, sound := frames(rec, from)
	if err := oneAfterTheOther(sound, old, next); err != nil {
		c.t.Errorf("caller %d: %v", who, err)
	}
}

// heardBelow is how much several tones at once, which beat, may in one packet be below the loudest and still be heard. Where
// a tone breaks off, on a busy machine, a little of it is everywhere, but never so much.
const heardBelow = 15

// oneAfterTheOther says what is wrong unless the sound is, packet for packet, first of the old room alone and then of the
// next alone. On a busy machine there may be packets of neither.
func oneAfterTheOther(sound [][]int16, old, next []float64) error {
	level := loudest(sound, old)
	changed := -1
	for i, frame := range sound {
		was, is := bandDB(frame, old)-level, bandDB(frame, next)-level
		if changed < 0 && is > -heardBelow {
			changed = i
		}
		if changed >= 0 && was > -heardBelow {
			return fmt.Errorf("packet %d has the old room in it (%.1f dB), %d after the first of the new one (%.1f dB)", i, was, i-changed, is)
		}
	}
	if changed < 10 {
		return fmt.Errorf("the new room was heard from packet %d on", changed)
	}
	return nil
}

func loudest(sound [][]int16, hz []float64) float64 {
	level := -150.0
	for _, frame := range sound {
		level = max(level, bandDB(frame, hz))
	}
	return level
}

// othersIn are the tones of a room but one's own.
func (c *crowd) othersIn(room, who int, where []int) (hz []float64) {
	for i, r := range where {
		if r == room && i != who {
			hz = append(hz, c.hz[i])
		}
	}
	return hz
}

// TestStartAndStopAreOneStep starts and stops breakouts for everybody: each is one transaction of the log and one
// placement, which is in effect for all within two ticks.
func TestStartAndStopAreOneStep(t *testing.T) {
	realAudio(t)
	startAndStop(t, 30, 60)
}

// TestStartAndStopOf300Rooms is the same with as many rooms as a meeting may have, and 600 callers.
func TestStartAndStopOf300Rooms(t *testing.T) {
	realAudio(t)
	long(t)
	startAndStop(t, 300, 600)
}

func startAndStop(t *testing.T, rooms, callers int) {
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{change: manyCalls})
	c := newCrowd(b, crowdOptions{callers: callers, rooms: rooms, silent: true})
	c.settled(c.meeting)
	for attempt := 1; ; attempt++ {
		skipped := b.app.engine.Counters().SkippedTicks
		started := c.oneStep("start", func() error { return c.start("random") })
		where := c.where()
		if attempt == 1 {
			c.talk(func(i int) bool { return slices.Index(where, where[i]) == i }) // the first of each room
			c.hears("after the start", where)
			c.talk(func(i int) bool { return i%20 == 0 }) // in one room these are enough
			for room := range rooms {
				if n := count(where, room); n != callers/rooms {
					t.Errorf("%d callers are in room %d", n, room)
				}
			}
		}
		stopped := c.oneStep("stop", func() error { return c.api.StopBreakouts(soon(t), c.meeting.ID, 0) })
		if b.app.engine.Counters().SkippedTicks > skipped && attempt < 5 {
			t.Logf("the mixer stood still on this busy machine: once more")
			continue
		}
		t.Logf("ticks from publication to effect: start %d, stop %d", started, stopped)
		if started > 2 || stopped > 2 {
			t.Errorf("start was in effect after %d ticks, stop after %d", started, stopped)
		}
		break
	}
	c.hears("after the stop", together(callers))
	c.continuous(c.calls...)
}

func count(list []int, v int) (n int) {
	for _, have := range list {
		if have == v {
			n++
		}
	}
	return n
}

// oneStep does something that is one append and one placement, and says after how many ticks that was in effect.
func (c *crowd) oneStep(what string, do func() error) (took int64) {
	c.t.Helper()
	before, appends := c.settled(c.meeting), c.app.registry.Stats().Appends
	must(c.t, do())
	after := c.settled(c.meeting)
	if n := c.app.registry.Stats().Appends - appends; n != 1 {
		c.t.Errorf("%s: %d transactions", what, n)
	}
	if n := after.appliedGen - before.appliedGen; n != 1 {
		c.t.Errorf("%s: %d placements", what, n)
	}
	return after.applied - after.wanted
}

func (c *crowd) start(distribution string) error {
	path := "/v1/meetings/" + c.meeting.ID + "/breakouts/start"
	return c.api.Do(soon(c.t), "POST", path, map[string]string{"distribution": distribution}, nil)
}

// where is in which room everybody is, by its number from 0; the main room is -1 and is nobody's.
func (c *crowd) where() []int {
	c.t.Helper()
	people, err := c.api.ByCallID(soon(c.t), c.meeting.ID)
	must(c.t, err)
	room := make([]int, len(c.calls))
	for i, call := range c.calls {
		at := people[call.ID()].Location.Room
		room[i] = slices.IndexFunc(c.rooms, func(r bridgeapi.Room) bool { return r.ID == at })
	}
	return room
}
