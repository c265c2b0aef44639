package main

import (
	"fmt"
	"maps"
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

// studio is a bridge with four callers, two in each of two rooms, and recordings that are tones.
type studio struct {
	*crowd
	t *testing.T
}

const (
	songLow, songHigh = 700, 1900 // of the recordings
	messageHz         = 1100      // of the phrase that there is a message
	studioAmplitude   = 6000
)

func newStudio(t *testing.T) *studio {
	t.Helper()
	realAudio(t)
	checkLeaks(t)
	prompts := pauses(t)
	writeWAV(t, filepath.Join(prompts, "en", "message.wav"), tone(messageHz, studioAmplitude, time.Second))
	b := newBridge(t, bridgeOptions{change: func(cfg *config.Config) { cfg.Prompts = prompts }})
	s := &studio{newCrowd(b, crowdOptions{callers: 4, rooms: 2, record: 30 * time.Second}), t}
	where := []int{0, 0, 1, 1}
	s.assign(where)
	must(t, s.start("plan"))
	s.hears("in their rooms", where) // the mixer has them all there
	s.talk(nobody)
	return s
}

// record uploads a tone.
func (s *studio) record(hz float64, length time.Duration) string {
	s.t.Helper()
	audio, err := s.api.Upload(soon(s.t), s.meeting.ID, wavFile(tone(hz, studioAmplitude, length)))
	must(s.t, err)
	return audio
}

func (s *studio) send(body map[string]any) string {
	s.t.Helper()
	var sent bridgeapi.Broadcast
	must(s.t, s.api.Do(soon(s.t), "POST", "/v1/meetings/"+s.meeting.ID+"/broadcasts", body, &sent))
	return sent.ID
}

// is waits until a broadcast is in a state.
func (s *studio) is(id, state string) (b bridgeapi.Broadcast) {
	s.t.Helper()
	await(s.t, "broadcast "+state, func() (err error) {
		if b, err = s.api.Broadcast(s.t.Context(), s.meeting.ID, id); err == nil && b.State != state {
			err = fmt.Errorf("it is %s %s", b.State, b.Failed)
		}
		return err
	})
	return b
}

// hear waits until those callers hear a tone now, and the others do not.
func (s *studio) hear(what string, hz float64, who ...bool) {
	s.t.Helper()
	for i, call := range s.calls {
		await(s.t, fmt.Sprintf("%s at caller %d", what, i), func() error {
			sound := call.Recorder().Last(300 * time.Millisecond)
			db := toneDB(sound, hz, studioAmplitude)
			heard, silent := db > -2 && db < 2, db < -30
			if len(sound) == 0 || who[i] && !heard || !who[i] && !silent {
				return fmt.Errorf("the tone is at %.1f dB in %d samples", db, len(sound))
			}
			return nil
		})
	}
}

// TestBroadcastToSomeRooms is heard there and nowhere else, and nobody on the web is counted if it is for phones only.
func TestBroadcastToSomeRooms(t *testing.T) {
	s := newStudio(t)
	must(t, s.api.Do(soon(t), "POST", "/v1/meetings/"+s.meeting.ID+"/participants", map[string]any{"name": "Web", "web": true}, nil))
	song := s.record(songLow, 3*time.Second)
	id := s.send(map[string]any{"audio": song, "rooms": []string{s.rooms[1].ID, "main"}})
	s.hear("to one room", songLow, false, false, true, true)
	b := s.is(id, "played")
	if len(b.Deliveries) != 2 || b.Deliveries[0].Outcome != "nobody" || b.Deliveries[1].Outcome != "played" || b.Deliveries[1].Listeners != 2 {
		t.Errorf("receipts: %+v", b.Deliveries)
	}
	id = s.send(map[string]any{"audio": song, "phones_only": true})
	s.hear("for phones only", songLow, true, true, true, true)
	for _, d := range s.is(id, "played").Deliveries {
		if d.Web != 0 || d.Listeners != 2 {
			t.Errorf("phones only: receipt %+v", d)
		}
	}
}

// TestBroadcastGoesOnAfterAMove: who changes rooms hears it go on, also in a room that was empty, and when the breakouts stop.
func TestBroadcastGoesOnAfterAMove(t *testing.T) {
	s := newStudio(t)
	id := s.send(map[string]any{"audio": s.record(songLow, 8*time.Second)})
	s.hear("before the move", songLow, true, true, true, true)
	must(t, s.api.Move(soon(t), s.meeting.ID, s.ids[0], s.rooms[1].ID))
	must(t, s.api.Move(soon(t), s.meeting.ID, s.ids[1], bridgeapi.MainRoom))
	s.participant(s.meeting, s.calls[1], inRoom(bridgeapi.MainRoom))
	s.hear("after the move", songLow, true, true, true, true)
	must(t, s.api.StopBreakouts(soon(t), s.meeting.ID, 0))
	s.participant(s.meeting, s.calls[3], inRoom(bridgeapi.MainRoom))
	s.hear("after the stop", songLow, true, true, true, true)
	got := map[string]string{}
	for _, d := range s.is(id, "played").Deliveries {
		got[d.Room] = d.Outcome
	}
	want := map[string]string{s.rooms[0].ID: "emptied", s.rooms[1].ID: "emptied", bridgeapi.MainRoom: "played"}
	if !maps.Equal(got, want) {
		t.Errorf("receipts: %v, want %v", got, want)
	}
}

// TestBroadcastIsCancelled while it is played: silence at once.
func TestBroadcastIsCancelled(t *testing.T) {
	s := newStudio(t)
	id := s.send(map[string]any{"audio": s.record(songLow, time.Minute)})
	s.hear("before", songLow, true, true, true, true)
	must(t, s.api.Do(soon(t), "DELETE", "/v1/meetings/"+s.meeting.ID+"/broadcasts/"+id, nil, nil))
	for _, d := range s.is(id, "cancelled").Deliveries {
		if d.Outcome != "cancelled" || d.Listeners != 2 {
			t.Errorf("receipt %+v", d)
		}
	}
	s.hear("afterwards", songLow, false, false, false, false)
}

// TestUrgentBroadcastInterrupts a normal one, which is heard again from its beginning, before the next.
func TestUrgentBroadcastInterrupts(t *testing.T) {
	s := newStudio(t)
	all := []bool{true, true, true, true}
	first := s.send(map[string]any{"audio": s.record(songLow, 4*time.Second)})
	s.hear("the normal one", songLow, all...)
	next := s.send(map[string]any{"text": "There is coffee."})
	urgent := s.send(map[string]any{"audio": s.record(songHigh, 3*time.Second), "priority": "urgent"})
	s.hear("the urgent one", songHigh, all...)
	s.is(first, "queued")
	s.is(urgent, "played")
	s.hear("the normal one again", songLow, all...)
	s.is(next, "queued")
	s.is(first, "played")
	heard := s.calls[0].Recorder().Pos()
	if b := s.is(next, "played"); b.Spoken == nil || *b.Spoken {
		t.Errorf("spoken: %v", b.Spoken)
	}
	await(t, "that there is a message", func() error {
		return hearsTone(s.calls[0].Recorder(), heard-int64(2*phone.Rate), messageHz, studioAmplitude)
	})
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
