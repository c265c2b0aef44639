package main

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// TestHandoverIsNotHeard lets callers come in who send a tone all the time. They are handed over from the attendant to the
// meeting's shard, wherever that is: their tones are whole from the first packet in which somebody hears them, and so is
// that of somebody who was there before.
func TestHandoverIsNotHeard(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	ann, listener := newTalker(600), b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second})
	annCall := b.dial(m.AccessCode, phone.Options{Source: ann, Record: 20 * time.Second})
	b.participant(m, annCall, inMainRoom)
	b.participant(m, listener, inMainRoom)
	await(t, "Ann's tone", func() error { return hearsTone(listener.Recorder(), 0, ann.hz, ann.amplitude) })

	clean := 0
	for round := 0; round < 3 && clean == 0; round++ {
		clean += handOver(b, m, ann, annCall, listener)
	}
	if clean == 0 {
		t.Skip("this machine is too busy for the telephones to keep time")
	}
}

// handOver lets some callers come in and counts those of whom nothing was broken.
func handOver(b *bridge, m bridgeapi.Meeting, ann *talker, annCall, listener *phone.Call) (clean int) {
	b.t.Helper()
	talkers := []*talker{newTalker(1000), newTalker(1400), newTalker(1800), newTalker(2200)}
	calls := make([]*phone.Call, len(talkers))
	from := listener.Recorder().Pos()
	eachOf(b.t, len(talkers), func(i int) (err error) {
		calls[i], err = b.tryDial("attendant", phone.Options{Source: talkers[i], Record: 20 * time.Second})
		if err == nil {
			err = calls[i].SendDigits(b.t.Context(), m.AccessCode) // without the pound key: his tone goes on until he is in
		}
		return err
	})
	for i, call := range calls {
		who := talkers[i]
		await(b.t, "the newcomer's tone", func() error { return hearsTone(listener.Recorder(), from, who.hz, who.amplitude) })
		await(b.t, "Ann's tone at the newcomer", func() error { return hearsTone(call.Recorder(), 0, ann.hz, ann.amplitude) })
		if judge(b.t, listener, from, who, ann) {
			clean++
		}
	}
	b.continuous(append(calls, annCall, listener)...)
	for _, call := range calls {
		must(b.t, call.Hangup(soon(b.t)))
	}
	await(b.t, "silence", func() error {
		for _, who := range talkers {
			if db := toneDB(listener.Recorder().Last(200*time.Millisecond), who.hz, who.amplitude); db > -40 {
				return fmt.Errorf("%.0f Hz at %.1f dB", who.hz, db)
			}
		}
		return nil
	})
	return clean
}

// judge looks at 400 ms around the first packet in which a newcomer is heard. At most one frame may be made up, which
// shows in its neighbours. What the telephones themselves did not send in time is no fault of the bridge.
func judge(t *testing.T, listener *phone.Call, from int64, who, ann *talker) (clean bool) {
	t.Helper()
	const around = 10
	packets, sound := frames(listener.Recorder(), from)
	first := slices.IndexFunc(sound, func(f []int16) bool { return toneDB(f, who.hz, who.amplitude) > -3 })
	if first < around || first+around > len(sound) {
		t.Fatalf("heard from packet %d of %d on", first, len(sound))
	}
	before, after := packets[first-around].Arrival, packets[first+around-1].Arrival
	ok := true
	for name, broken := range map[string][]int{
		"newcomer": slices.DeleteFunc(breaks(sound[first:first+around], who.hz, who.amplitude), func(i int) bool {
			return i == 0 // he is faded in
		}),
		"Ann": breaks(sound[first-around:first+around], ann.hz, ann.amplitude),
	} {
		if len(broken) == 0 {
			continue
		}
		ok = false
		late := max(who.late(before, after), ann.late(before, after))
		t.Logf("tone of %s (%.0f Hz): broken in packets %d; the telephones were late by up to %v", name, who.hz, broken, late)
		if late < 3*time.Millisecond && broken[len(broken)-1]-broken[0] > 2 {
			t.Errorf("more than one frame of %s was made up", name)
		}
	}
	return ok
}

// talker is a tone that remembers when it was sent.
type talker struct {
	phone.Source
	hz, amplitude float64

	mu   sync.Mutex
	sent []time.Duration // of the packets
}

func newTalker(hz float64) *talker {
	return &talker{Source: phone.Tone(hz, 3000), hz: hz, amplitude: 3000}
}

// Sent implements [phone.SentObserver].
func (s *talker) Sent(at time.Duration, _ int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, at)
}

// late is how far the packets of a while, and before it as long as they may wait at the bridge, were from an even pace.
func (s *talker) late(from, to time.Duration) (worst time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 1; i < len(s.sent); i++ {
		if at := s.sent[i]; at > from-200*time.Millisecond && at < to {
			worst = max(worst, (at - s.sent[i-1] - 20*time.Millisecond).Abs())
		}
	}
	return worst
}
