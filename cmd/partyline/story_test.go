package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
	"partyline/cmd/internal/phone/ear"
)

// TestStories plays the stories of testdata/stories with real calls, and compares what the telephones hear with what stands
// there: every prompt, recognised by its samples, in order, and nothing else. How a story is written is said in README there.
func TestStories(t *testing.T) {
	realAudio(t)
	t.Parallel()
	files, err := filepath.Glob("testdata/stories/*.story")
	must(t, err)
	if len(files) < 10 {
		t.Fatalf("%d stories", len(files))
	}
	theatre := newTheatre(t)
	queue := make(chan string, len(files))
	for _, file := range files {
		queue <- file
	}
	close(queue)
	var stages sync.WaitGroup
	for range 3 { // at a time: a story is mostly waiting
		stages.Go(func() {
			for file := range queue {
				t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) { play(t, theatre, file) })
			}
		})
	}
	stages.Wait()
}

// actor is somebody with a telephone.
type actor struct {
	name  string
	call  *phone.Call
	at    int64    // of his recording: what comes before has been compared
	music bool     // what he hears beside prompts does not matter
	cut   []string // the pieces of a phrase that has begun and that the next key may cut off
}

// stage is a story that is being played.
type stage struct {
	t       *testing.T
	th      *theatre
	before  strain
	meeting bridgeapi.Meeting
	values  map[string]string // what {name} stands for
	actors  map[string]*actor
	order   []*actor
	last    *actor
	line    string
}

// A story is lines of these forms.
var (
	storyMeeting = regexp.MustCompile(`^meeting (\{.*\})$`)
	storyCalls   = regexp.MustCompile(`^([A-Z]+) calls (\S+)(?: from (\S+))?( without events)?$`)
	storyKeys    = regexp.MustCompile(`^([A-Z]+) keys (\S+)(?: by (info|tones))?$`)
	storySpeaks  = regexp.MustCompile(`^([A-Z]+) (speaks|is silent)$`)
	storyHangsUp = regexp.MustCompile(`^([A-Z]+) hangs up$`)
	storyAdmin   = regexp.MustCompile(`^admin (GET|POST|PUT|PATCH|DELETE) (\S+)(?: (\{.*\}|\[.*\]))?$`)
	storySaid    = regexp.MustCompile(`^([A-Z]+)?> (\S+?)( \.\.\.)?$`)
	storyCalled  = regexp.MustCompile(`^([A-Z]+) (answers|declines) (\+\d+)$`)
	storyIsIn    = regexp.MustCompile(`^([A-Z]+) is in (\S+)$`)
	storyMusic   = regexp.MustCompile(`^([A-Z]+) hears (music|silence)$`)
	storyIsGone  = regexp.MustCompile(`^([A-Z]+) is gone$`)
	storyValue   = regexp.MustCompile(`\{[A-Za-z_.0-9]+\}`)
)

// failure is why a story cannot be played to its end.
type failure string

// play plays a story; once more where the machine was so busy meanwhile that the bridge or the telephones lost frames.
func play(t *testing.T, th *theatre, file string) {
	text, err := os.ReadFile(file)
	must(t, err)
	for try := 1; ; try++ {
		before := th.bridge.strain()
		why := th.perform(t, before, filepath.Base(file), string(text))
		switch {
		case why == "":
			return
		case try == 3 || !th.bridge.strain().since(before):
			t.Fatal(why)
		}
		t.Logf("this machine is busy, the story is told again: %s", why)
	}
}

func (th *theatre) perform(t *testing.T, before strain, name, text string) (why failure) {
	s := &stage{t: t, th: th, before: before, values: make(map[string]string), actors: make(map[string]*actor)}
	defer func() {
		defer s.curtain()
		switch r := recover().(type) {
		case nil:
		case failure:
			why = r + failure(s.review())
		default:
			panic(r)
		}
	}()
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s.line = fmt.Sprintf("%s:%d: %s", name, i+1, line)
		s.act(line)
	}
	s.nothingElse()
	return ""
}

// review is what everybody heard, for who wants to know why the story has failed.
func (s *stage) review() (all string) {
	for _, a := range s.order {
		heard, _ := s.th.ear.Listen(a.call.Recorder().Range(0, a.call.Recorder().Pos()))
		all += fmt.Sprintf("\n\t%s heard, in all: %s", a.name, describe(heard))
	}
	return all
}

// curtain ends the calls.
func (s *stage) curtain() {
	for _, a := range s.order {
		if a.call.Err() == nil {
			if err := a.call.Hangup(soon(s.t)); err != nil {
				s.t.Logf("%s: %v", a.name, err)
			}
		}
	}
}

func describe(heard []ear.Heard) string {
	var words []string
	for _, h := range heard {
		word := h.Name
		if !h.Whole {
			word += "…"
		}
		words = append(words, fmt.Sprintf("%s@%.1fs", word, float64(h.From)/phone.Rate))
	}
	return strings.Join(words, " ")
}

func (s *stage) fail(format string, args ...any) {
	s.t.Helper()
	panic(failure(s.line + "\n\t" + fmt.Sprintf(format, args...)))
}

// await waits for a state.
func (s *stage) await(cond func() error) {
	s.t.Helper()
	s.check(phone.Await(soon(s.t), cond))
}

func (s *stage) check(err error) {
	s.t.Helper()
	if err != nil {
		s.fail("%v", err)
	}
}

func (s *stage) act(line string) {
	s.t.Helper()
	if m := storyMeeting.FindStringSubmatch(line); m != nil {
		s.opens(m[1])
		return
	}
	if s.meeting.ID == "" {
		s.opens("{}")
	}
	line = s.fill(line)
	if m := storyCalls.FindStringSubmatch(line); m != nil {
		s.calls(m[1], m[2], phone.Options{Record: 3 * time.Minute, From: m[3], Name: m[1], NoEvents: m[4] != ""})
	} else if m := storyKeys.FindStringSubmatch(line); m != nil {
		s.last = s.who(m[1])
		s.keys(s.last.call, m[2], m[3])
	} else if m := storySpeaks.FindStringSubmatch(line); m != nil {
		s.speaks(s.who(m[1]).call, m[2] == "speaks")
	} else if m := storyCalled.FindStringSubmatch(line); m != nil {
		s.called(m[1], m[3], m[2] == "answers")
	} else if m := storyHangsUp.FindStringSubmatch(line); m != nil {
		s.check(s.who(m[1]).call.Hangup(soon(s.t)))
	} else if m := storyAdmin.FindStringSubmatch(line); m != nil {
		s.admin(m[1], m[2], m[3])
	} else if m := storySaid.FindStringSubmatch(line); m != nil {
		s.said(m[1], m[2], m[3] != "")
	} else if m := storyIsIn.FindStringSubmatch(line); m != nil {
		s.isIn(s.who(m[1]), m[2])
	} else if m := storyMusic.FindStringSubmatch(line); m != nil {
		s.who(m[1]).music = m[2] == "music"
	} else if m := storyIsGone.FindStringSubmatch(line); m != nil {
		s.isGone(s.who(m[1]))
	} else {
		s.fail("nobody can play this")
	}
}

// opens makes the meeting of the story.
func (s *stage) opens(body string) {
	s.t.Helper()
	var n struct {
		Options map[string]any      `json:"options"`
		Rooms   []bridgeapi.NewRoom `json:"rooms"`
	}
	s.check(json.Unmarshal([]byte(body), &n))
	options := map[string]any{"announce_arrivals": "off"}
	maps.Copy(options, n.Options)
	var err error
	s.meeting, err = s.th.bridge.api.CreateMeeting(soon(s.t), bridgeapi.NewMeeting{Title: s.t.Name(), Options: options, Rooms: n.Rooms})
	s.check(err)
	rooms, err := s.th.bridge.api.Rooms(soon(s.t), s.meeting.ID)
	s.check(err)
	s.values["code"], s.values["speaker_code"], s.values["meeting"] = s.meeting.AccessCode, s.meeting.SpeakerCode, s.meeting.ID
	for _, room := range rooms {
		s.values["room."+room.Name] = room.ID
	}
}

// fill puts values in the place of their names. A name in small letters of somebody is his id.
func (s *stage) fill(line string) string {
	return storyValue.ReplaceAllStringFunc(line, func(name string) string {
		key := name[1 : len(name)-1]
		if value, ok := s.values[key]; ok {
			return value
		}
		if a := s.actors[strings.ToUpper(key)]; a != nil {
			return s.th.participantOf(s, a).ID
		}
		return name
	})
}

func (th *theatre) participantOf(s *stage, a *actor) (found bridgeapi.Participant) {
	s.t.Helper()
	s.await(func() error {
		people, err := th.bridge.api.ByCallID(s.t.Context(), s.meeting.ID)
		if err != nil {
			return err
		}
		var ok bool
		if found, ok = people[a.call.ID()]; !ok {
			return errors.New(a.name + " is not in the meeting")
		}
		return nil
	})
	return found
}

// keys presses keys. Tones are the shortest that a receiver has to take (ITU-T Q.24).
func (s *stage) keys(call *phone.Call, keys, way string) {
	s.t.Helper()
	switch way {
	case "info":
		s.check(call.SendInfo(soon(s.t), keys, true))
	case "tones":
		s.check(call.SendTones(soon(s.t), keys, 60*time.Millisecond, 60*time.Millisecond))
	default:
		s.check(call.SendDigits(soon(s.t), keys))
	}
}

// speaks has somebody speak: a voice that no prompt is like.
func (s *stage) speaks(call *phone.Call, on bool) {
	if !on {
		call.Say(nil)
		return
	}
	call.Say(phone.Mix(phone.Tone(310, 4000), phone.Tone(730, 3000)))
}

func (s *stage) calls(name, target string, options phone.Options) {
	s.t.Helper()
	b := s.th.bridge
	call, err := b.set.Dial(soon(s.t), "sip:"+target+"@"+b.sipAddr("udp"), options)
	s.check(err)
	s.enters(name, call)
}

// called waits until the bridge calls a number.
func (s *stage) called(name, number string, answers bool) {
	s.t.Helper()
	select {
	case in := <-s.th.line(number):
		if !answers {
			in.Refuse(603, "Decline")
			return
		}
		call, err := in.Answer(phone.Options{Record: 3 * time.Minute})
		s.check(err)
		s.enters(name, call)
	case <-soon(s.t).Done():
		s.fail("nobody calls %s", number)
	}
}

// enters makes a call somebody's, in place of one that has ended.
func (s *stage) enters(name string, call *phone.Call) {
	s.t.Helper()
	if old := s.actors[name]; old != nil {
		s.finished(old)
		old.call, old.at, s.last = call, 0, old
		return
	}
	a := &actor{name: name, call: call}
	s.actors[name], s.last = a, a
	s.order = append(s.order, a)
}

func (s *stage) who(name string) *actor {
	s.t.Helper()
	a := s.actors[name]
	if a == nil {
		s.fail("%s has not called", name)
	}
	return a
}

// admin sends a request; a path that begins with no slash is of the meeting. Its answer's id and code can be named later.
func (s *stage) admin(method, path, body string) {
	s.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/v1/meetings/" + s.meeting.ID + "/" + path
	}
	path = strings.TrimSuffix(path, "/.")
	var in, out any
	if body != "" {
		s.check(json.Unmarshal([]byte(body), &in))
	}
	s.check(s.th.bridge.api.Do(soon(s.t), method, path, in, &out))
	if answer, ok := out.(map[string]any); ok {
		for _, name := range []string{"id", "code"} {
			if value, ok := answer[name].(string); ok {
				s.values["answer."+name] = value
			}
		}
		if items, ok := answer["items"].([]any); ok && len(items) > 0 {
			if first, ok := items[0].(map[string]any); ok {
				s.values["answer.id"], _ = first["id"].(string)
			}
		}
	}
}

func (s *stage) isIn(a *actor, room string) {
	s.t.Helper()
	s.await(func() error {
		people, err := s.th.bridge.api.ByCallID(s.t.Context(), s.meeting.ID)
		if err != nil {
			return err
		}
		l := people[a.call.ID()].Location
		if l.Room != room && l.Place != room && s.values["room."+room] != l.Room {
			return fmt.Errorf("%s is in %s %s", a.name, l.Place, l.Room)
		}
		return nil
	})
}

func (s *stage) isGone(a *actor) {
	s.t.Helper()
	s.await(func() error {
		if a.call.Err() == nil {
			return errors.New("the call goes on")
		}
		return nil
	})
	var end *phone.End
	if !errors.As(a.call.Err(), &end) || !end.Remote {
		s.fail("the call ended so: %v", a.call.Err())
	}
}

// nothingElse compares the end of the story: nobody is told anything more.
func (s *stage) nothingElse() {
	s.t.Helper()
	for _, a := range s.order {
		s.finished(a)
	}
}

func (s *stage) finished(a *actor) {
	s.t.Helper()
	until := a.at + phone.Rate
	_ = phone.Await(soon(s.t), func() error {
		if a.call.Err() == nil && a.call.Recorder().Pos() < until {
			return errors.New("it is not recorded yet")
		}
		return nil
	})
	heard, unknown := s.th.ear.Listen(a.call.Recorder().Range(a.at, a.call.Recorder().Pos()))
	if len(heard) > 0 || unknown > 2*breath && !a.music {
		s.fail("after the end of the story %s hears %s and %s s of something else", a.name, describe(heard), strconv.FormatFloat(float64(unknown)/phone.Rate, 'f', 1, 64))
	}
}
