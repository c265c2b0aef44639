package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
)

// TestBroadcastIsHeardEverywhere plays a recording and a prompt into all rooms: it begins in the same tick everywhere, and
// everybody hears it.
func TestBroadcastIsHeardEverywhere(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	const callers, rooms, amplitude = 20, 10, 6000
	prompts := pauses(t)
	writeWAV(t, filepath.Join(prompts, "en", "message.wav"), tone(700, amplitude, 2*time.Second))
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) { cfg.Prompts = prompts }})
	c := newCrowd(b, crowdOptions{callers: callers, rooms: rooms, record: 6 * time.Second})
	must(t, c.start("random"))
	c.hears("after the start", c.where())
	c.talk(nobody)

	audio, err := c.api.Upload(soon(t), c.meeting.ID, wavFile(tone(1900, amplitude, 2*time.Second)))
	must(t, err)
	for name, cast := range map[string]struct {
		body map[string]string
		hz   float64
	}{
		"recording": {map[string]string{"audio": audio}, 1900},
		"prompt":    {map[string]string{"prompt": "message"}, 700},
	} {
		heard := make([]int64, callers)
		for i, call := range c.calls {
			heard[i] = call.Recorder().Pos()
		}
		c.broadcast(name, cast.body)
		for i, call := range c.calls {
			await(t, fmt.Sprintf("%s at caller %d", name, i), func() error {
				return hearsTone(call.Recorder(), heard[i], cast.hz, amplitude)
			})
		}
	}
}

// broadcast sends a broadcast and looks how it was delivered.
func (c *crowd) broadcast(name string, body map[string]string) {
	c.t.Helper()
	var sent bridgeapi.Broadcast
	must(c.t, c.api.Do(soon(c.t), "POST", "/v1/meetings/"+c.meeting.ID+"/broadcasts", body, &sent))
	await(c.t, name+" delivered", func() (err error) {
		if sent, err = c.api.Broadcast(c.t.Context(), c.meeting.ID, sent.ID); err == nil && len(sent.Deliveries) == 0 {
			err = fmt.Errorf("it is %q", sent.State)
		}
		return err
	})
	listeners, rooms, ticks := 0, []string{}, []int64{}
	for _, d := range sent.Deliveries {
		listeners += d.Listeners
		rooms, ticks = append(rooms, d.Room), append(ticks, d.Tick)
	}
	for _, room := range c.rooms {
		if !slices.Contains(rooms, room.ID) {
			c.t.Errorf("%s: not delivered to %s", name, room.Name)
		}
	}
	if first, last := slices.Min(ticks), slices.Max(ticks); last-first > 1 || listeners != len(c.calls) || sent.Failed != "" {
		c.t.Errorf("%s: began in ticks %d to %d, %d listeners, failed %q", name, first, last, listeners, sent.Failed)
	}
}

// hearsTone says what is wrong unless a tone was heard, at the level it was sent with, for half a second from pos on.
func hearsTone(rec *phone.Recorder, pos int64, hz, amplitude float64) error {
	const step, length = 800, 4000
	loudest := -150.0
	for at := pos; ; at += step {
		sound := rec.Range(at, at+length)
		if sound == nil {
			return fmt.Errorf("the tone of %.0f Hz is at %.1f dB at most", hz, loudest)
		}
		loudest = max(loudest, toneDB(sound, hz, amplitude))
		if loudest > -1 && loudest < 1 {
			return nil
		}
	}
}
