package main

import (
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/control"
	"partyline/mixer/media"
)

// crowdOptions say who comes.
type crowdOptions struct {
	callers, rooms int
	silent         bool                      // nobody talks until told to; else all do at once
	record         time.Duration             // how much of what was heard each keeps at least
	phone          func(i int) phone.Options // of their calls; nil: all the same
}

// crowd is a meeting with callers who each have a tone of their own.
type crowd struct {
	*bridge
	meeting bridgeapi.Meeting
	rooms   []bridgeapi.Room
	calls   []*phone.Call
	ids     []string  // participants
	hz      []float64 // of those who talk, else 0
	matrix  phone.Matrix
}

// newCrowd lets callers come into the main room of a new meeting that has breakout rooms.
func newCrowd(b *bridge, o crowdOptions) *crowd {
	b.t.Helper()
	m, rooms := b.meeting(bridgeapi.NewMeeting{}, numbered(o.rooms)...)
	return gather(b, m, rooms, o)
}

// numberOf is the telephone number of a crowd's caller.
func numberOf(i int) string { return fmt.Sprintf("+4930%05d", i) }

// gather lets callers come into the main room of a meeting.
func gather(b *bridge, m bridgeapi.Meeting, rooms []bridgeapi.Room, o crowdOptions) *crowd {
	b.t.Helper()
	n := o.callers
	c := &crowd{bridge: b, meeting: m, rooms: rooms, calls: make([]*phone.Call, n), ids: make([]string, n), hz: make([]float64, n)}
	c.matrix.Voices = make([]phone.Voice, n)
	eachOf(b.t, n, func(i int) (err error) {
		var call phone.Options
		if o.phone != nil {
			call = o.phone(i)
		}
		call.From, call.Record = numberOf(i), max(3*time.Second, o.record)
		c.calls[i], err = b.tryDial(c.meeting.AccessCode, call)
		c.matrix.Voices[i].Call = c.calls[i]
		return err
	})
	c.identify()
	if !o.silent {
		c.talk(everybody)
	}
	return c
}

// everybody and nobody say who talks.
func everybody(int) bool { return true }
func nobody(int) bool    { return false }

// talk lets those talk for whom who says so, each with a tone of his own, and nobody else.
func (c *crowd) talk(who func(i int) bool) {
	c.t.Helper()
	var talkers []int
	for i, call := range c.calls {
		c.hz[i], c.matrix.Voices[i].Hz = 0, 0
		if who(i) {
			talkers = append(talkers, i)
		} else {
			call.Say(nil)
		}
	}
	tones, err := phone.Plan(max(1, len(talkers)))
	must(c.t, err)
	c.matrix.Window = tones.Window
	for n, i := range talkers {
		v := &c.matrix.Voices[i]
		v.Hz, v.Amplitude = tones.Hz[n], phone.Loudness(len(talkers))
		c.hz[i] = v.Hz
		c.calls[i].Say(phone.Tone(v.Hz, v.Amplitude))
	}
}

// identify waits until everybody is in the main room, and learns who is who.
func (c *crowd) identify() {
	c.t.Helper()
	await(c.t, "everybody in the main room", func() error {
		people, err := c.api.ByCallID(c.t.Context(), c.meeting.ID)
		if err != nil {
			return err
		}
		for i, call := range c.calls {
			p := people[call.ID()]
			if p.Location.Room != bridgeapi.MainRoom {
				return fmt.Errorf("caller %d is at %+v", i, p.Location)
			}
			c.ids[i] = p.ID
		}
		return nil
	})
}

// assign says which room everybody belongs to, by number from 0; negative: none.
func (c *crowd) assign(room []int) {
	c.t.Helper()
	eachOf(c.t, len(room), func(i int) error {
		if room[i] < 0 {
			return nil
		}
		return c.api.Assign(c.t.Context(), c.meeting.ID, c.ids[i], c.rooms[room[i]].ID)
	})
}

// hears waits until who hears whom is exactly so, for one listener after the other: those who have the same number hear one
// another.
func (c *crowd) hears(when string, room []int) {
	c.t.Helper()
	ctx, want := soon(c.t), phone.SameRoom(room)
	for l, call := range c.calls {
		err := phone.Await(ctx, func() error {
			sound := call.Recorder().Last(c.matrix.Window)
			if sound == nil {
				return fmt.Errorf("#%d has heard too little", l)
			}
			return c.matrix.Compare(c.matrix.Measure(l, sound), want)
		})
		if err != nil {
			c.t.Fatalf("%s: %v", when, err)
		}
	}
}

// together are n callers in one room.
func together(n int) []int { return make([]int, n) }

// continuous fails if what a telephone has received since its call began has a break: another SSRC, a packet missing or
// twice, a jump of the time stamp. Only where the mixer stood still, on a machine that is too busy, may the time stamp
// have gone on with the clock.
func (b *bridge) continuous(calls ...*phone.Call) {
	b.t.Helper()
	skipped, jumps := b.app.engine.Counters().SkippedTicks, uint64(0)
	for i, call := range calls {
		s := call.Recorder().Stats()
		if skipped > 0 {
			jumps, s.Jumps = jumps+s.Jumps, 0
		}
		if s.SSRCChanges+s.Lost+s.Duplicates+s.Reordered+s.Jumps+s.WrongPayload+s.Strangers > 0 {
			b.t.Errorf("what caller %d of %d received is not continuous: %+v", i, len(calls), s)
		}
	}
	if jumps > 0 {
		b.t.Logf("this machine is busy: the mixer skipped %d frames, and time stamps jumped %d times", skipped, jumps)
	}
}

// ticks is the placement that a meeting wants and the one in effect, with the ticks since when.
type ticks struct {
	wantedGen, appliedGen uint64
	wanted, applied       int64
}

func (b *bridge) ticks(m bridgeapi.Meeting) ticks {
	b.t.Helper()
	mixed := b.app.media.meeting(control.MeetingID(m.ID))
	var t ticks
	t.appliedGen, t.applied = mixed.Applied()
	t.wantedGen, t.wanted = mixed.Published()
	return t
}

// settled waits until the placement that is wanted is in effect.
func (b *bridge) settled(m bridgeapi.Meeting) ticks {
	b.t.Helper()
	var now ticks
	await(b.t, "placement in effect", func() error {
		if now = b.ticks(m); now.appliedGen != now.wantedGen {
			return fmt.Errorf("generation %d is wanted, %d in effect", now.wantedGen, now.appliedGen)
		}
		return nil
	})
	return now
}

// TestCallersOfAllKindsHearEachOther lets telephones meet that differ in transport, codec, packet time and in who makes the
// offer.
func TestCallersOfAllKindsHearEachOther(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	kinds := []phone.Options{
		{}, {Network: "tcp"}, {LateOffer: true}, {Codecs: []media.Codec{media.PCMA}},
		{Ptime: 10 * time.Millisecond, Codecs: []media.Codec{media.PCMA, media.PCMU}},
		{Ptime: 60 * time.Millisecond, Network: "tcp", LateOffer: true}, {Ptime: 30 * time.Millisecond, NoEvents: true},
	}
	b := newBridge(t, bridgeOptions{sip: []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"}})
	c := newCrowd(b, crowdOptions{callers: len(kinds), rooms: 1, phone: func(i int) phone.Options { return kinds[i] }})
	c.hears("in the main room", together(len(kinds)))
	c.continuous(c.calls...)
}
