package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/mixer"
)

// TestBadNetwork lets callers with packets of 10 to 60 ms talk over a network that loses 2 % of them and delays the others
// by up to 30 ms, so that they overtake one another; their sequence numbers and time stamps wrap, and one begins another
// stream. Everybody is heard at the level he talks with, and hears.
func TestBadNetwork(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	const amplitude, listenerHz = 2500, 3000
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	listener := b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second, Source: phone.Tone(listenerHz, amplitude)})
	b.participant(m, listener, inMainRoom)

	const change = 300 // the packet at which the first one's stream begins anew
	ptimes := []int{10, 20, 30, 40, 60}
	calls := make([]*phone.Call, len(ptimes))
	hz := func(i int) float64 { return 500 + 450*float64(i) }
	for i, ms := range ptimes {
		bad := badNetwork{seed: uint64(ms), loss: 0.02, jitter: 30 * time.Millisecond, up: wrapSoon(1 << 30)}
		if i == 0 {
			bad.up = wrapSoon(change)
		}
		calls[i] = b.dial(m.AccessCode, phone.Options{
			Ptime: time.Duration(ms) * time.Millisecond, Source: phone.Tone(hz(i), amplitude),
			Record: 20 * time.Second, Relay: newRelay(t, bad).to,
		})
	}
	for i, call := range calls {
		b.participant(m, call, inMainRoom)
		await(t, "tone", func() error { return hearsTone(listener.Recorder(), 0, hz(i), amplitude) })
		await(t, "tone", func() error { return hearsTone(call.Recorder(), 0, listenerHz, amplitude) })
	}
	from, began := listener.Recorder().Pos(), make([]mixer.LegStats, len(calls))
	for i, call := range calls {
		began[i] = b.legStats(call)
	}
	morePackets(t, listener.Recorder(), 6*50)
	for i, call := range calls {
		share := b.concealedShare(call, began[i], listener.Recorder().Pos()-from)
		t.Logf("packets of %d ms: %.1f %% of the frames were made up, or a part of them; %s", ptimes[i], 100*share, reception(b.legStats(call)))
		if share > 0.12 {
			t.Errorf("packets of %d ms: %.1f %% of the frames were made up, or a part of them", ptimes[i], 100*share)
		}
		checkLevel(t, fmt.Sprintf("caller with packets of %d ms", ptimes[i]), listener.Recorder(), from, hz(i), amplitude)
		at := call.Recorder().Pos() - int64(samplesIn(5*time.Second))
		checkLevel(t, fmt.Sprintf("listener, at packets of %d ms", ptimes[i]), call.Recorder(), at, listenerHz, amplitude)
		s := call.Recorder().Stats()
		if reorders := ptimes[i] < 30; s.Lost == 0 || reorders && s.Reordered == 0 {
			t.Errorf("packets of %d ms: the network between is too good: %+v", ptimes[i], s)
		}
		if s.SSRCChanges+s.WrongPayload > 0 {
			t.Errorf("packets of %d ms: the bridge's stream broke: %+v", ptimes[i], s)
		}
	}
	if n := b.legStats(calls[0]).SSRCChanges; n == 0 { // more than one where packets of both streams came mixed
		t.Error("the bridge did not see the change of SSRC")
	}
	b.continuous(listener)
}

// checkLevel looks at a tone in every 200 ms from a position on: the level is right, and it is nearly always there.
func checkLevel(t *testing.T, what string, rec *phone.Recorder, from int64, hz, amplitude float64) {
	t.Helper()
	var levels []float64
	for at := from; ; at += 1600 {
		sound := rec.Range(at, at+1600)
		if sound == nil {
			break
		}
		levels = append(levels, toneDB(sound, hz, amplitude))
	}
	slices.Sort(levels)
	if len(levels) < 15 {
		t.Fatalf("%s: %d stretches of sound", what, len(levels))
	}
	if median, low := levels[len(levels)/2], levels[len(levels)/8]; median < -1.5 || median > 1 || low < -6 {
		t.Errorf("%s: heard at %.1f dB, an eighth of the time below %.1f dB", what, median, low)
	}
}

// legStats is what the mixer knows of a call.
func (b *bridge) legStats(call *phone.Call) mixer.LegStats {
	b.t.Helper()
	for _, leg := range b.app.ua.Legs() {
		if leg.CallID == call.ID() {
			return b.app.media.leg(leg.ID).Stats()
		}
	}
	b.t.Fatal("the bridge does not know the call")
	return mixer.LegStats{}
}

// concealedShare is how many of the frames of the last samples were made up, wholly or in part.
func (b *bridge) concealedShare(call *phone.Call, before mixer.LegStats, samples int64) float64 {
	return float64(b.legStats(call).Concealed-before.Concealed) * 160 / float64(samples)
}

// reception says what a call's packets went through.
func reception(s mixer.LegStats) string {
	return fmt.Sprintf("%d packets, %d lost, %d late, %d concealed", s.PacketsIn, s.Lost, s.Late, s.Concealed)
}
