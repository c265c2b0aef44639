package main

import (
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/mixer/media"
)

// TestHeldCallerIsApart holds a call in both ways: the caller hears nothing and nobody hears him, until he resumes; the
// others go on.
func TestHeldCallerIsApart(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	c := newCrowd(newBridge(t, bridgeOptions{}), crowdOptions{callers: 3, rooms: 1})
	c.hears("before", together(3))
	for name, hold := range map[string]media.Direction{"sendonly": media.SendOnly, "inactive": media.Inactive} {
		must(t, c.calls[0].Hold(soon(t), hold))
		c.heardBy(1, 0, false)
		c.heardBy(2, 0, false)
		c.participant(c.meeting, c.calls[0], func(p bridgeapi.Participant) bool { return c.isHeld(p) })
		before := c.calls[0].Recorder().Stats().Packets
		c.packets(1, 25)
		if n := c.calls[0].Recorder().Stats().Packets - before; n > 0 {
			t.Errorf("%s: the held caller got %d packets", name, n)
		}
		c.heardBy(1, 2, true)
		c.heardBy(2, 1, true)

		must(t, c.calls[0].Resume(soon(t)))
		c.hears("after "+name, together(3))
	}
	c.continuous(c.calls[1:]...)
}

// isHeld asks the API whether somebody's leg is held.
func (c *crowd) isHeld(p bridgeapi.Participant) bool {
	var who struct {
		Items []struct {
			ID   string `json:"id"`
			Legs []struct {
				Held bool `json:"held"`
			} `json:"legs"`
		} `json:"items"`
	}
	must(c.t, c.api.Do(soon(c.t), "GET", "/v1/meetings/"+c.meeting.ID+"/participants", nil, &who))
	for _, item := range who.Items {
		if item.ID == p.ID {
			return len(item.Legs) == 1 && item.Legs[0].Held
		}
	}
	return false
}

// packets waits until a caller has received n more packets.
func (c *crowd) packets(who int, n uint64) {
	c.t.Helper()
	rec := c.calls[who].Recorder()
	morePackets(c.t, rec, n)
}

func morePackets(t *testing.T, rec *phone.Recorder, n uint64) {
	t.Helper()
	before := rec.Stats().Packets
	await(t, "packets", func() error {
		if got := rec.Stats().Packets - before; got < n {
			return fmt.Errorf("%d of %d have come", got, n)
		}
		return nil
	})
}

// TestCallerInNoRoomHearsTheAttendantOnly: before he has keyed in the code a caller hears what the attendant says and
// nobody else, and is heard by nobody.
func TestCallerInNoRoomHearsTheAttendantOnly(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	const hz, insideHz, amplitude = 3150, 2850, 4000
	b := newBridge(t, bridgeOptions{talkative: true})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	keep := phone.Options{Record: 20 * time.Second, Source: phone.Tone(insideHz, amplitude)}
	inside := b.dial(m.AccessCode, keep)
	b.participant(m, inside, inMainRoom)
	keep.Source = phone.Tone(hz, amplitude)
	outside := b.dial("attendant", keep)
	morePackets(t, outside.Recorder(), 5*50) // welcome, and what to key in

	if level := loudestSpeech(outside.Recorder()); level < -35 {
		t.Errorf("the attendant is heard at %.1f dBFS", level)
	}
	if db := loudestTone(outside.Recorder(), insideHz, amplitude); db > -15 { // speech has some of it
		t.Errorf("a caller in no room hears the main room at %.1f dB", db)
	}
	if db := loudestTone(inside.Recorder(), hz, amplitude); db > -15 {
		t.Errorf("the main room hears a caller in no room at %.1f dB", db)
	}
	must(t, outside.SendDigits(soon(t), m.AccessCode+"#"))
	b.participant(m, outside, inMainRoom)
	await(t, "both hear each other", func() error { // while the attendant speaks, somewhat softer
		a, b := loudestTone(inside.Recorder(), hz, amplitude), loudestTone(outside.Recorder(), insideHz, amplitude)
		if a < -14 || b < -14 {
			return fmt.Errorf("at %.1f and %.1f dB", a, b)
		}
		return nil
	})
}

// loudestSpeech is the loudest 400 ms of a recording.
func loudestSpeech(rec *phone.Recorder) float64 {
	loudest := -150.0
	for at := int64(0); ; at += 1600 {
		sound := rec.Range(at, at+3200)
		if sound == nil {
			return loudest
		}
		loudest = max(loudest, phone.Analyse(sound).LevelDBFS())
	}
}

// loudestTone is the loudest that a tone was in 400 ms of a recording, against how it was sent.
func loudestTone(rec *phone.Recorder, hz, amplitude float64) float64 {
	loudest := -150.0
	for at := int64(0); ; at += 1600 {
		sound := rec.Range(at, at+3200)
		if sound == nil {
			return loudest
		}
		loudest = max(loudest, toneDB(sound, hz, amplitude))
	}
}

// TestKeysAreNotHeard: whatever somebody keys in, the others hear nothing of it.
func TestKeysAreNotHeard(t *testing.T) {
	realAudio(t)
	checkLeaks(t)
	b := newBridge(t, bridgeOptions{})
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	listener := b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second})
	b.participant(m, listener, inMainRoom)
	presser := b.dial(m.AccessCode, phone.Options{})
	b.participant(m, presser, inMainRoom)
	from := listener.Recorder().Pos()
	must(t, presser.SendDigits(soon(t), "1234567890#*2"))
	morePackets(t, listener.Recorder(), 25)
	sound := listener.Recorder().Range(from, listener.Recorder().Pos())
	if len(sound) < samplesIn(time.Second) {
		t.Fatalf("%d samples", len(sound))
	}
	for i, s := range sound {
		if s < -8 || s > 8 {
			t.Fatalf("sample %d is %d", i, s)
		}
	}
}
