package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/mixer/media"
	"partyline/sip"
)

// TestCallsOutliveTheApp suspends all calls of one App, sends what it knows of them through JSON, and has a second App on
// the same ports and the same log take them up: callers are where they were and nobody has to call again.
func TestCallsOutliveTheApp(t *testing.T) { outliveTheApp(t, nil) }

func outliveTheApp(t *testing.T, change func(*config.Config)) {
	t.Helper()
	realAudio(t)
	checkLeaks(t)
	dir := t.TempDir()
	first := newBridge(t, bridgeOptions{stateDir: dir, change: change})
	c := newCrowd(first, crowdOptions{callers: 3, rooms: 1})
	where := []int{0, 0, -1}
	c.assign(where)
	must(t, c.start("manual"))
	where[2] = 1 // stays in the main room
	c.hears("before", where)
	late := first.dial("attendant", phone.Options{})
	legs := c.legs()

	states := first.suspend()
	first.stop()
	c.bridge = newBridge(t, bridgeOptions{stateDir: dir, change: change, sip: []string{"udp:" + first.sipAddr("udp")}, calls: states, set: first.set})
	c.hears("after", where)
	if people, err := c.api.Participants(soon(t), c.meeting.ID); err != nil || len(people) != 3 {
		t.Errorf("%d participants, %v", len(people), err)
	}
	for i, call := range c.calls {
		if s := call.Recorder().Stats(); s.SSRCChanges+s.Jumps+s.Strangers > 0 {
			t.Errorf("caller %d notices it: %+v", i, s)
		}
	}

	for _, hold := range []media.Direction{media.SendOnly, media.Inactive} {
		must(t, c.calls[0].Hold(soon(t), hold))
		c.heardBy(1, 0, false)
		must(t, c.calls[0].Resume(soon(t)))
		c.heardBy(1, 0, true)
	}
	must(t, c.calls[0].SendDigits(soon(t), "*6"))
	c.heardBy(1, 0, false)
	must(t, late.SendDigits(soon(t), c.meeting.AccessCode+"#"))
	c.participant(c.meeting, late, nil)

	must(t, c.calls[0].Hangup(soon(t)))
	c.absent(0)
	must(t, c.api.Do(soon(t), "DELETE", "/v1/legs/"+legs[1], nil, nil))
	ended := endOf(t, c.calls[1])
	if !ended.Remote {
		t.Errorf("the bridge did not hang up: %v", ended)
	}
	c.absent(1)
}

// suspend ends all legs without a word and returns what another App needs, as JSON has it.
func (b *bridge) suspend() []sip.State {
	b.t.Helper()
	var states []sip.State
	for _, leg := range b.app.ua.Legs() {
		s, err := b.app.ua.Suspend(soon(b.t), leg.ID)
		must(b.t, err)
		text, err := json.Marshal(s)
		must(b.t, err)
		var copied sip.State
		must(b.t, json.Unmarshal(text, &copied))
		states = append(states, copied)
	}
	return states
}

// legs are the ids of the callers' legs.
func (c *crowd) legs() []string {
	c.t.Helper()
	people, err := c.api.ByCallID(soon(c.t), c.meeting.ID)
	must(c.t, err)
	ids := make([]string, len(c.calls))
	for i, call := range c.calls {
		ids[i] = people[call.ID()].Legs[0].ID
	}
	return ids
}

// heardBy waits until a listener hears a talker, or hears him no more.
func (c *crowd) heardBy(listener, talker int, want bool) {
	c.t.Helper()
	v := c.matrix.Voices[talker]
	await(c.t, fmt.Sprintf("caller %d heard by %d: %t", talker, listener, want), func() error {
		sound := c.calls[listener].Recorder().Last(c.matrix.Window)
		if sound == nil {
			return errors.New("too little was heard")
		}
		if db := toneDB(sound, v.Hz, v.Amplitude); want && db < -3 || !want && db > -30 {
			return fmt.Errorf("his tone is at %.1f dB", db)
		}
		return nil
	})
}

// absent waits until the meeting knows that somebody has gone.
func (c *crowd) absent(who int) {
	c.t.Helper()
	await(c.t, fmt.Sprintf("caller %d gone", who), func() error {
		people, err := c.api.Participants(c.t.Context(), c.meeting.ID)
		for _, p := range people {
			if p.ID == c.ids[who] && p.Location.Place != "absent" {
				return fmt.Errorf("he is at %+v", p.Location)
			}
		}
		return err
	})
}

// endOf waits until a call has ended and says how.
func endOf(t *testing.T, call *phone.Call) *phone.End {
	t.Helper()
	select {
	case <-call.Done():
	case <-soon(t).Done():
		t.Fatal("the call goes on")
	}
	var end *phone.End
	if !errors.As(call.Err(), &end) {
		t.Fatalf("the call ended with %v", call.Err())
	}
	return end
}

// main room, for conditions.
var inMainRoom = inRoom(bridgeapi.MainRoom)
