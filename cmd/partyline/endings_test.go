package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
	"partyline/mixer/prompt"
)

// TestShutdownIsSaid stops a bridge with callers in a meeting and before it, one of whom has vanished without a word. The
// others are told, all at once, and their calls end with a reason; new ones are refused; the stop does not wait for ever.
func TestShutdownIsSaid(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{talkative: true})
	m, rooms := b.meeting(bridgeapi.NewMeeting{}, "Red")
	keep := phone.Options{Record: 20 * time.Second}
	main, breakout, outside := b.dial(m.AccessCode, keep), b.dial(m.AccessCode, keep), b.dial("attendant", keep)
	b.participant(m, main, inMainRoom)
	id := b.participant(m, breakout, inMainRoom).ID
	must(t, b.api.Assign(soon(t), m.ID, id, rooms[0].ID))
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/breakouts/start", map[string]string{"distribution": "manual"}, nil))
	b.participant(m, breakout, inRoom(rooms[0].ID))
	lost := &bridge{t: t, app: b.app, api: b.api, set: vanishingSet(t)}
	lost.participant(m, lost.dial(m.AccessCode, phone.Options{}), nil)
	must(t, lost.set.Close()) // with the call

	began := time.Now()
	stopped := make(chan error, 1)
	from := map[*phone.Call]int64{main: main.Recorder().Pos(), breakout: breakout.Recorder().Pos(), outside: outside.Recorder().Pos()}
	go func() { stopped <- b.app.Stop(context.Background()) }() // awaited below
	await(t, "new calls are refused", func() error {
		call, err := b.set.Dial(soon(t), "sip:"+m.AccessCode+"@"+b.sipAddr(""), phone.Options{})
		var refused *phone.StatusError
		if errors.As(err, &refused) && refused.Code == 503 {
			return nil
		}
		if err == nil {
			call.Vanish()
		}
		return errors.Join(errors.New("the call is not refused"), err)
	})
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	took := time.Since(began)
	t.Logf("the stop took %v", took.Round(time.Millisecond))
	if took > 12*time.Second {
		t.Errorf("the stop took %v", took)
	}
	words, first, last := recorded(t, "shutting_down"), time.Hour, time.Duration(0)
	for call, from := range from {
		if end := endOf(t, call); !end.Remote || end.Reason != `Q.850;cause=16;text="the bridge shuts down"` {
			t.Errorf("the call ended so: %v", end)
		}
		likeness, at := likeness(call.Recorder(), from, words)
		first, last = min(first, at), max(last, at)
		if likeness < 0.9 {
			t.Errorf("the announcement is not heard: likeness %.2f", likeness)
		}
	}
	t.Logf("the announcement begins after %v to %v", first, last)
	if last-first > 500*time.Millisecond {
		t.Errorf("the announcement begins after %v for some and %v for others", first, last)
	}
}

// vanishingSet makes telephones that a test closes while they are calling.
func vanishingSet(t *testing.T) *phone.Set {
	t.Helper()
	set, err := phone.NewSet(phone.SetOptions{})
	must(t, err)
	t.Cleanup(func() {
		for _, call := range set.Calls() {
			call.Vanish()
		}
	})
	return set
}

// recorded is a recording of the attendant's.
func recorded(t *testing.T, phrase string) []int16 {
	t.Helper()
	f, err := os.Open(filepath.Join("../../control/attendant/voice/en", phrase+".wav"))
	must(t, err)
	defer f.Close() //nolint:errcheck // it is only read
	pcm, err := prompt.DecodeWAV(f, prompt.Limits{})
	must(t, err)
	return pcm
}

// likeness says how much of what was heard since a position is the beginning of a recording, from 0 to 1 (the coefficient of
// correlation where it is largest), and how long after the position that is.
func likeness(rec *phone.Recorder, from int64, words []int16) (best float64, at time.Duration) {
	words = words[:min(len(words), phone.Rate)]
	heard := rec.Range(from, rec.Pos())
	norm := math.Sqrt(product(words, words))
	for i := 0; i+len(words) <= len(heard); i++ {
		part := heard[i : i+len(words)]
		if c := product(part, words) / (norm*math.Sqrt(product(part, part)) + 1); c > best {
			best, at = c, time.Duration(i)*time.Second/phone.Rate
		}
	}
	return best, at
}

func product(a, b []int16) (sum float64) {
	for i, v := range a {
		sum += float64(v) * float64(b[i])
	}
	return sum
}

// TestSecondSignalEndsAtOnce: who does not want to wait for the goodbye need not.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	checkLeaks(t)
	p, _, m := serveMeeting(t)
	set := vanishingSet(t)
	call, err := set.Dial(soon(t), "sip:"+m.AccessCode+"@"+p.sip, phone.Options{})
	must(t, err)
	morePackets(t, call.Recorder(), 10)
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	await(t, "the bridge drains", func() error {
		var refused *phone.StatusError
		if _, err := set.Dial(soon(t), "sip:"+m.AccessCode+"@"+p.sip, phone.Options{}); !errors.As(err, &refused) || refused.Code != 503 {
			return errors.Join(errors.New("the call is not refused"), err)
		}
		return nil
	})
	began := time.Now()
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	err = p.cmd.Wait()
	close(p.gone)
	if err == nil || !strings.Contains(err.Error(), "terminated") || time.Since(began) > 2*time.Second {
		t.Errorf("after %v the bridge ended with %v", time.Since(began), err)
	}
	call.Vanish()
	must(t, set.Close())
}

// lines is a log that a test looks into.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// await waits until a line has that in it, so often.
func (l *lines) await(t *testing.T, what string, times int) {
	t.Helper()
	await(t, "log: "+what, func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if n := strings.Count(l.text.String(), what); n < times {
			return fmt.Errorf("it is there %d times, want %d", n, times)
		}
		return nil
	})
}

// TestSilentCallers: one who sends nothing is asked whether he is there, and stays, through several time-outs, until he is
// heard again; one who does not know of the call any more has gone.
func TestSilentCallers(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	log := &lines{}
	b := newBridge(t, bridgeOptions{
		log:    slog.New(slog.NewTextHandler(log, nil)),
		change: func(cfg *config.Config) { cfg.RTP.Timeout.Duration = 500 * time.Millisecond },
	})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	quiet := b.dial(m.AccessCode, phone.Options{Source: phone.Tone(900, 3000)})
	other := b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second})
	forgets := b.dial(m.AccessCode, phone.Options{})
	for _, call := range []*phone.Call{quiet, other, forgets} {
		b.participant(m, call, inMainRoom)
	}
	quiet.Mute(true)
	forgets.Vanish() // the telephone is there, and answers that it has no such call
	log.await(t, "far end gone", 1)
	gone := func(call *phone.Call) error {
		people, err := b.api.ByCallID(t.Context(), m.ID)
		if _, there := people[call.ID()]; err == nil && there {
			return errors.New("he is still in the meeting")
		}
		return err
	}
	await(t, "the vanished caller has gone", func() error { return gone(forgets) })
	for range 3 {
		log.await(t, "media silent", 2)
		morePackets(t, other.Recorder(), 75) // three time-outs
		quiet.Mute(false)
		await(t, "he is heard", func() error { return hearsTone(other.Recorder(), 0, 900, 3000) })
		quiet.Mute(true)
	}
	if gone(quiet) == nil {
		t.Error("the silent caller has gone")
	}
	b.continuous(other)
}

// TestVanishedCallerByDefault: with the configuration as it is, a telephone that is cut off is given up within 35 s, and one
// that is only silent never.
func TestVanishedCallerByDefault(t *testing.T) {
	long(t)
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	lost := &bridge{t: t, app: b.app, api: b.api, set: vanishingSet(t)}
	quiet, cut := b.dial(m.AccessCode, phone.Options{}), lost.dial(m.AccessCode, phone.Options{})
	b.participant(m, quiet, inMainRoom)
	b.participant(m, cut, inMainRoom)
	quiet.Mute(true)
	must(t, lost.set.Close()) // with the call
	began := time.Now()
	for b.calls() > 1 && time.Since(began) < time.Minute {
		morePackets(t, quiet.Recorder(), 5)
	}
	took := time.Since(began)
	t.Logf("the vanished caller was given up after %v", took.Round(100*time.Millisecond))
	if took > 35*time.Second || took < 15*time.Second {
		t.Errorf("the vanished caller was given up after %v", took)
	}
	for time.Since(began) < 90*time.Second { // four probes
		morePackets(t, quiet.Recorder(), 50)
	}
	if b.calls() != 1 || quiet.Err() != nil {
		t.Errorf("the silent caller: %v", quiet.Err())
	}
}

// calls counts those that have not been given up; a BYE may still be under way for others.
func (b *bridge) calls() (n int) {
	for _, leg := range b.app.ua.Legs() {
		if leg.Confirmed {
			n++
		}
	}
	return n
}
