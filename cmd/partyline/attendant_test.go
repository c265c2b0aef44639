package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/config"
)

// songbook is a folder of recordings in which every phrase that a test listens for is a tone of its own; of the others only
// pauses are left.
type songbook struct {
	t   *testing.T
	dir string
	hz  map[string]float64 // by phrase
}

const (
	songAmplitude = 6000
	songWindow    = 120 * phone.Rate / 1000 // samples in which up to 31 tones can be told from one another
)

func newSongbook(t *testing.T, phrases ...string) *songbook {
	t.Helper()
	tones, err := phone.Plan(len(phrases))
	must(t, err)
	s := &songbook{t: t, dir: pauses(t), hz: map[string]float64{}}
	for i, phrase := range phrases {
		s.hz[phrase] = tones.Hz[i]
		writeWAV(t, s.recording(phrase), tone(tones.Hz[i], songAmplitude, 400*time.Millisecond))
	}
	return s
}

// recording is the file of a phrase, or of what comes before or after its first gap; in another language than English it has
// a folder.
func (s *songbook) recording(phrase string) string {
	s.t.Helper()
	if path := filepath.Join(s.dir, phrase+".wav"); strings.Contains(phrase, "/") {
		must(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
		return path
	}
	for _, name := range []string{phrase, phrase + ".1", phrase + ".other.1"} {
		path := filepath.Join(s.dir, "en", name+".wav")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	s.t.Fatalf("there is no phrase %q", phrase)
	return ""
}

// options make a bridge say its phrases so.
func (s *songbook) options() bridgeOptions {
	return bridgeOptions{talkative: true, change: func(cfg *config.Config) { cfg.Prompts = s.dir }}
}

// hears waits until a caller has been told a phrase since a position of his recording.
func (s *songbook) hears(call *phone.Call, from int64, phrases ...string) {
	s.t.Helper()
	for _, phrase := range phrases {
		hz, ok := s.hz[phrase]
		if !ok {
			s.t.Fatalf("there is no phrase %q", phrase)
		}
		at := from
		await(s.t, "phrase "+phrase, func() error {
			for {
				sound := call.Recorder().Range(at, at+songWindow)
				if sound == nil {
					return errors.New("it is not said")
				}
				if toneDB(sound, hz, songAmplitude) > -3 {
					return nil
				}
				at += 160
			}
		})
	}
}

// said are the phrases that a caller has been told since a position.
func (s *songbook) said(call *phone.Call, from int64) (phrases []string) {
	for at := from; ; at += 160 {
		sound := call.Recorder().Range(at, at+songWindow)
		if sound == nil {
			return phrases
		}
		for phrase, hz := range s.hz {
			if toneDB(sound, hz, songAmplitude) > -3 && (len(phrases) == 0 || phrases[len(phrases)-1] != phrase) {
				phrases = append(phrases, phrase)
			}
		}
	}
}

// TestThreeWrongCodesEndTheCall keys in three codes that no meeting has.
func TestThreeWrongCodesEndTheCall(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "welcome", "enter_code", "wrong_code", "goodbye")
	b := newBridge(t, songs.options())
	m, _ := b.meeting(bridgeapi.NewMeeting{})
	call := b.dial("attendant", phone.Options{Record: 30 * time.Second})
	songs.hears(call, 0, "welcome", "enter_code")
	for _, code := range []string{"1#", "000000000#", m.AccessCode + "7#"} {
		from := call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), code))
		songs.hears(call, from, "wrong_code")
	}
	end := endOf(t, call)
	if !end.Remote || !strings.Contains(end.Reason, "wrong codes") {
		t.Errorf("the call ended so: %v", end)
	}
	songs.hears(call, 0, "goodbye")
	if people, err := b.api.Participants(soon(t), m.ID); err != nil || len(people) > 0 {
		t.Errorf("participants: %v, %v", people, err)
	}
}

// TestKeysOfACaller goes through what a caller can do with his keys, and listens to what he is told.
func TestKeysOfACaller(t *testing.T) {
	realAudio(t)
	t.Parallel()
	s := newScene(t)

	from := s.press(s.ben, "**")
	s.songs.hears(s.ben, from, "to_mute", "key.star", "n6", "to_hear_where", "n2")
	from = s.press(s.ben, "*6")
	s.songs.hears(s.ben, from, "muted")
	s.benIsHeard(false)
	from = s.press(s.ben, "*6")
	s.songs.hears(s.ben, from, "unmuted")
	s.benIsHeard(true)
	from = s.press(s.ben, "*2")
	s.songs.hears(s.ben, from, "in_main_room", "n2", "others")
	from = s.press(s.ben, "*32#")
	s.songs.hears(s.ben, from, "breakouts_not_open")

	from = s.ben.Recorder().Pos()
	must(t, s.b.api.Assign(soon(t), s.m.ID, s.benID, s.rooms[0].ID))
	must(t, s.b.api.Do(soon(t), "POST", "/v1/meetings/"+s.m.ID+"/breakouts/start", map[string]string{"distribution": "manual"}, nil))
	s.songs.hears(s.ben, from, "now_in_breakout_room", "n1")
	s.benIsHeard(false)

	s.askForHelp()

	from = s.press(s.ben, "*32#")
	s.songs.hears(s.ben, from, "now_in_room", "n2")
	s.benIsIn(s.rooms[1].ID)
	from = s.press(s.ben, "*39#")
	s.songs.hears(s.ben, from, "no_such_room")
	from = s.press(s.ben, "*30#")
	s.songs.hears(s.ben, from, "now_in_room", "n1")
	s.benIsIn(s.rooms[0].ID)
	from = s.press(s.ben, "*#")
	s.songs.hears(s.ben, from, "back_in_main_room")
	s.benIsIn(bridgeapi.MainRoom)
	s.benIsHeard(true)

	from = s.press(s.ben, "5#")
	must(t, s.b.api.StopBreakouts(soon(t), s.m.ID, 2))
	s.songs.hears(s.ben, from, "closing_in")
	if said := s.songs.said(s.ben, from); said[0] != "closing_in" {
		t.Errorf("keys that mean nothing are answered with %q", said)
	}
	s.songs.hears(s.ben, from, "breakouts_closed")
	s.b.continuous(s.ann, s.ben, s.cid)
}

// scene is a meeting with three rooms, in which people may go where they like: Ann is a speaker, Ben has a tone, Cid listens.
type scene struct {
	t             *testing.T
	b             *bridge
	songs         *songbook
	m             bridgeapi.Meeting
	rooms         []bridgeapi.Room
	ann, ben, cid *phone.Call
	benID         string
}

const benHz, benAmplitude = 3390, 3000

// newScene begins it; the phrases are recognised besides those of the audience.
func newScene(t *testing.T, phrases ...string) *scene {
	t.Helper()
	s := &scene{t: t, songs: newSongbook(t, append(phrases,
		"in_main_room", "n1", "n2", "n6", "others", "key.star", "for_help", "to_mute", "to_hear_where", "muted", "unmuted",
		"breakouts_not_open", "now_in_breakout_room", "now_in_room", "no_such_room", "back_in_main_room", "closing_in",
		"breakouts_closed", "asked_by", "help_asked", "help_withdrawn", "queue_keys", "help_accepted")...)}
	s.b = newBridge(t, s.songs.options())
	s.m, s.rooms = s.b.meeting(bridgeapi.NewMeeting{
		SpeakerCode: "730118264", Options: map[string]any{"free_movement": true},
	}, "Red", "Green", "Blue")
	keep := phone.Options{Record: 60 * time.Second}
	s.ann = s.b.dial("attendant", keep)
	must(t, s.ann.SendDigits(soon(t), "730118264#"))
	s.cid = s.b.dial(s.m.AccessCode, keep)
	s.b.participant(s.m, s.cid, inMainRoom)
	if p := s.b.participant(s.m, s.ann, inMainRoom); p.Role != "speaker" {
		t.Errorf("Ann is %s", p.Role)
	}
	keep.Source = phone.Tone(benHz, benAmplitude)
	s.ben = s.b.dial("attendant", keep)
	must(t, s.ben.SendDigits(soon(t), s.m.AccessCode+"#"))
	s.songs.hears(s.ben, 0, "in_main_room", "n2", "others", "for_help", "key.star")
	s.benID = s.b.participant(s.m, s.ben, inMainRoom).ID
	s.benIsHeard(true)
	return s
}

// press sends keys and returns the position in the recording from which on the answer is to be looked for.
func (s *scene) press(who *phone.Call, keys string) int64 {
	s.t.Helper()
	from := who.Recorder().Pos()
	must(s.t, who.SendDigits(soon(s.t), keys))
	return from
}

func (s *scene) benIsIn(room string) {
	s.t.Helper()
	s.b.participant(s.m, s.ben, inRoom(room))
}

// benIsHeard waits until Cid, in the main room, hears Ben, or hears him no more.
func (s *scene) benIsHeard(want bool) {
	s.t.Helper()
	await(s.t, fmt.Sprintf("Ben is heard: %t", want), func() error {
		db := toneDB(s.cid.Recorder().Last(400*time.Millisecond), benHz, benAmplitude)
		if want && db < -3 || !want && db > -30 {
			return fmt.Errorf("his tone is at %.1f dB", db)
		}
		return nil
	})
}

// askForHelp lets Ben, in a room, ask for help, take it back and ask again; Ann goes there.
func (s *scene) askForHelp() {
	s.t.Helper()
	heard := s.ann.Recorder().Pos()
	from := s.press(s.ben, "*0")
	s.songs.hears(s.ben, from, "help_asked")
	s.requests(1)
	s.songs.hears(s.ann, heard, "n1", "asked_by")
	from = s.press(s.ben, "*0")
	s.songs.hears(s.ben, from, "help_withdrawn")
	s.requests(0)

	from = s.press(s.ben, "*0")
	s.requests(1)
	heard = s.press(s.ann, "*0")
	s.songs.hears(s.ann, heard, "asked_by", "queue_keys")
	heard = s.press(s.ann, "1")
	s.songs.hears(s.ann, heard, "now_in_room", "n1")
	s.songs.hears(s.ben, from, "help_accepted")
	s.requests(0)
	s.b.participant(s.m, s.ann, inRoom(s.rooms[0].ID))
}

// TestHelpThatDoesNotCome: the one who asks hears that nobody has answered, that he is declined, and that he asks too soon.
func TestHelpThatDoesNotCome(t *testing.T) {
	realAudio(t)
	t.Parallel()
	songs := newSongbook(t, "help_asked", "help_timed_out", "help_declined", "help_too_soon")
	b := newBridge(t, songs.options())
	m, rooms := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"help_timeout_s": 2, "help_repeat_s": 60}}, "Red")
	call := b.dial(m.AccessCode, phone.Options{Record: 60 * time.Second})
	p := b.participant(m, call, inMainRoom)
	must(t, b.api.Assign(soon(t), m.ID, p.ID, rooms[0].ID))
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/breakouts/start", nil, nil))
	b.participant(m, call, inRoom(rooms[0].ID))
	press := func() int64 {
		from := call.Recorder().Pos()
		must(t, call.SendDigits(soon(t), "*0"))
		return from
	}
	from := press()
	songs.hears(call, from, "help_asked", "help_timed_out")
	from = press()
	songs.hears(call, from, "help_asked")
	open, err := b.api.HelpRequests(soon(t), m.ID)
	if err != nil || len(open) != 1 {
		t.Fatalf("%d requests, %v", len(open), err)
	}
	must(t, b.api.Do(soon(t), "POST", "/v1/meetings/"+m.ID+"/help-requests/"+open[0].ID+"/decline", nil, nil))
	songs.hears(call, from, "help_declined")
	from = press()
	songs.hears(call, from, "help_too_soon")
	if open, err := b.api.HelpRequests(soon(t), m.ID); err != nil || len(open) > 0 {
		t.Errorf("%d requests, %v", len(open), err)
	}
}

// requests waits until the API lists so many rooms that ask for help, all Ben's.
func (s *scene) requests(want int) {
	s.t.Helper()
	await(s.t, "help requests", func() error {
		open, err := s.b.api.HelpRequests(s.t.Context(), s.m.ID)
		if err == nil && len(open) != want {
			err = fmt.Errorf("%d are open", len(open))
		}
		for _, r := range open {
			if r.Participant != s.benID || r.Room != s.rooms[0].ID {
				err = fmt.Errorf("a request of %+v", r)
			}
		}
		return err
	})
}

// TestArrivalsAreHeard: a room hears a tone when somebody comes in, if the meeting wants it, and is left alone if not.
func TestArrivalsAreHeard(t *testing.T) {
	realAudio(t)
	t.Parallel()
	b := newBridge(t, bridgeOptions{})
	for announce, want := range map[string]bool{"tone": true, "off": false} {
		m, _ := b.meeting(bridgeapi.NewMeeting{Options: map[string]any{"announce_arrivals": announce}})
		listener := b.dial(m.AccessCode, phone.Options{Record: 20 * time.Second})
		b.participant(m, listener, inMainRoom)
		morePackets(t, listener.Recorder(), 2*50) // his own arrival
		from := listener.Recorder().Pos()
		newcomer := b.dial(m.AccessCode, phone.Options{})
		b.participant(m, newcomer, inMainRoom)
		morePackets(t, listener.Recorder(), 50)
		level := phone.Analyse(listener.Recorder().Range(from, listener.Recorder().Pos())).LevelDBFS()
		if heard := level > -60; heard != want {
			t.Errorf("announce_arrivals %s: the room hears %.1f dBFS", announce, level)
		}
	}
}
