package main

import (
	"fmt"
	"testing"
	"time"
)

// TestKeysOfASpeaker goes through what a speaker does to others with keys, and listens to them.
func TestKeysOfASpeaker(t *testing.T) {
	realAudio(t)
	t.Parallel()
	s := newScene(t, "mute_all_question", "all_muted", "muted_by", "hand_raised", "has_raised_hand", "floor_question", "floor_given",
		"you_have_the_floor", "to_start_breakouts", "start_question", "confirm", "breakouts_open", "lock_room_question", "room_is_locked",
		"to_bring_back", "stop_question", "bringing_back", "cancelled", "message", "volume_louder")

	s.muteAll()
	s.giveFloor()
	s.listensLouder()
	s.runBreakouts()
	s.repeatsBroadcast()
	s.b.continuous(s.ann, s.ben, s.cid)
}

// muteAll is not done without its confirmation.
func (s *scene) muteAll() {
	s.t.Helper()
	from := s.press(s.ann, "*4")
	s.songs.hears(s.ann, from, "mute_all_question", "confirm")
	from = s.press(s.ann, "#")
	s.songs.hears(s.ann, from, "cancelled")
	s.benIsHeard(true)
	heard := s.press(s.ann, "*4")
	s.songs.hears(s.ann, heard, "mute_all_question", "confirm")
	from = s.ben.Recorder().Pos()
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "all_muted")
	s.songs.hears(s.ben, from, "muted_by")
	s.benIsHeard(false)
}

// giveFloor has Ben, who is muted, raise his hand, and Ann give him the floor.
func (s *scene) giveFloor() {
	s.t.Helper()
	heard := s.ann.Recorder().Pos()
	from := s.press(s.ben, "*9")
	s.songs.hears(s.ben, from, "hand_raised")
	s.songs.hears(s.ann, heard, "has_raised_hand")
	heard = s.press(s.ann, "*9")
	s.songs.hears(s.ann, heard, "has_raised_hand", "floor_question", "confirm")
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "floor_given")
	s.songs.hears(s.ben, from, "you_have_the_floor")
	s.benIsHeard(true)
}

// listensLouder has Cid hear Ben 6 dB louder, and Ann as before.
func (s *scene) listensLouder() {
	s.t.Helper()
	from := s.press(s.cid, "*1")
	s.songs.hears(s.cid, from, "volume_louder")
	await(s.t, "Cid hears 6 dB more", func() error {
		for who, want := range map[string]float64{"Cid": 6, "Ann": 0} {
			call := s.cid
			if who == "Ann" {
				call = s.ann
			}
			if db := toneDB(call.Recorder().Last(400*time.Millisecond), benHz, benAmplitude); db < want-0.6 || db > want+0.6 {
				return fmt.Errorf("%s hears %.1f dB", who, db)
			}
		}
		return nil
	})
}

// runBreakouts opens the breakouts, locks a room and brings everybody back.
func (s *scene) runBreakouts() {
	s.t.Helper()
	heard := s.press(s.ann, "*5")
	s.songs.hears(s.ann, heard, "to_start_breakouts")
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "start_question", "confirm")
	from := s.ben.Recorder().Pos()
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "breakouts_open")
	s.songs.hears(s.ben, from, "now_in_breakout_room")

	heard = s.press(s.ann, "*32#")
	s.songs.hears(s.ann, heard, "now_in_room")
	heard = s.press(s.ann, "*7")
	s.songs.hears(s.ann, heard, "lock_room_question", "confirm")
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "room_is_locked")

	heard = s.press(s.ann, "*5")
	s.songs.hears(s.ann, heard, "to_bring_back")
	heard = s.press(s.ann, "3")
	s.songs.hears(s.ann, heard, "stop_question", "confirm")
	from = s.ben.Recorder().Pos()
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "bringing_back")
	s.songs.hears(s.ben, from, "closing_in", "back_in_main_room")
}

// repeatsBroadcast has Ben hear a broadcast once more, alone.
func (s *scene) repeatsBroadcast() {
	s.t.Helper()
	from := s.ben.Recorder().Pos()
	must(s.t, s.b.api.Do(soon(s.t), "POST", "/v1/meetings/"+s.m.ID+"/broadcasts", map[string]string{"prompt": "message"}, nil))
	s.songs.hears(s.ben, from, "message")
	s.benIsHeard(true) // not softer any more: it is over
	heard := s.ann.Recorder().Pos()
	from = s.press(s.ben, "*4")
	s.songs.hears(s.ben, from, "message")
	if said := s.songs.said(s.ann, heard); len(said) > 0 {
		s.t.Errorf("Ann hears %q meanwhile", said)
	}
}
