package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/config"
)

// TestWholeSession holds a meeting from its schedule to its attendance, with callers and people on the web.
func TestWholeSession(t *testing.T) {
	realAudio(t)
	newSession(t, 60, 240, 30).hold()
}

// TestWholeSessionOf3000 is the same at the size of the largest meeting: 600 callers and 2,400 people on the web in 300
// rooms.
func TestWholeSessionOf3000(t *testing.T) {
	realAudio(t)
	long(t)
	newSession(t, 600, 2400, 300).hold()
}

// session is a meeting as a control plane holds it. Person i of the roster belongs to room i modulo the number of rooms;
// the callers come first.
type session struct {
	*crowd
	t           *testing.T
	store       string // empty: SQLite
	callers     int
	web         int
	rooms       int
	people      map[string]string // ids by email
	answerTimes answerTimes
	changing    sync.Mutex // held while transactions are counted, or the watcher writes
}

func newSession(t *testing.T, callers, web, rooms int) *session {
	checkLeaks(t)
	return &session{t: t, callers: callers, web: web, rooms: rooms}
}

func (s *session) hold() {
	b := newBridge(s.t, bridgeOptions{change: func(c *config.Config) { manyCalls(c); c.Store = s.store }})
	m, _ := b.meeting(bridgeapi.NewMeeting{SpeakerCode: "730118264", Options: map[string]any{"identify_by_number": true}})
	s.crowd = &crowd{bridge: b, meeting: m}
	s.importRoster()
	s.comeIn()
	stop := s.answerTimes.watch(s)
	s.start()
	s.move()
	s.help()
	s.message()
	s.comeBack()
	stop()
	s.attendance()
	s.t.Logf("request to answer while the meeting ran: %s (goal: p99 40 ms)", s.answerTimes.String())
	s.continuous(s.calls...)
}

func emailOf(i int) string { return fmt.Sprintf("p%d@example.org", i) }

func (s *session) roomOf(i int) bridgeapi.Room { return s.crowd.rooms[i%s.rooms] }

// importRoster makes the rooms and everybody who is expected by one file.
func (s *session) importRoster() {
	s.t.Helper()
	var file strings.Builder
	file.WriteString("room_name;first_name;last_name;email;phone\r\n")
	for i := range s.callers + s.web {
		number := ""
		if i < s.callers {
			number = numberOf(i)
		}
		fmt.Fprintf(&file, "Room no. %d;Person;\"No. %d\";%s;%s\r\n", i%s.rooms+1, i, emailOf(i), number)
	}
	var done struct {
		Counts struct {
			Rooms int `json:"rooms_created"`
			Added int `json:"people_added"`
		} `json:"counts"`
	}
	s.oneAppend("import", func() error {
		return s.api.Send(soon(s.t), "POST", s.path("/rooms/import"), "text/csv", []byte(file.String()), &done)
	})
	if done.Counts.Rooms != s.rooms || done.Counts.Added != s.callers+s.web {
		s.t.Fatalf("the import made %+v", done.Counts)
	}
}

func (s *session) path(rest string) string { return "/v1/meetings/" + s.meeting.ID + rest }

// comeIn has the people on the web told by the control plane, and the callers call.
func (s *session) comeIn() {
	s.t.Helper()
	list, err := s.api.Rooms(soon(s.t), s.meeting.ID)
	must(s.t, err)
	s.crowd = gather(s.bridge, s.meeting, list, crowdOptions{callers: s.callers, silent: true})
	s.people = map[string]string{}
	for _, p := range s.everybody() {
		s.people[p.Email] = p.ID
	}
	for i, id := range s.ids {
		if want := s.people[emailOf(i)]; id != want {
			s.t.Fatalf("caller %d is %s, not %s of the roster", i, id, want)
		}
	}
	s.comeOnTheWeb()
}

// comeOnTheWeb has the control plane report who is there on the web.
func (s *session) comeOnTheWeb() {
	s.t.Helper()
	began := time.Now()
	eachOf(s.t, s.web, func(i int) error {
		who := s.people[emailOf(s.callers+i)]
		return s.api.Do(s.t.Context(), "POST", s.path("/participants/"+who+"/presence"), map[string]string{"web": "join"}, nil)
	})
	s.t.Logf("%d people came on the web in %d ms", s.web, time.Since(began).Milliseconds())
}

// start opens the breakouts: everybody is in his room, by one append and one placement.
func (s *session) start() {
	s.t.Helper()
	began := time.Now()
	ticks := s.step("start", func() error { return s.crowd.start("plan") })
	s.t.Logf("start of %d people: answered and in effect after %d ms, %d ticks", s.callers+s.web, time.Since(began).Milliseconds(), ticks)
	if s.app.engine.Counters().SkippedTicks == 0 && ticks > 2 {
		s.t.Errorf("the start was in effect after %d ticks", ticks)
	}
	for email, room := range s.whereabouts() {
		var i int
		if _, err := fmt.Sscanf(email, "p%d@", &i); err != nil || room != s.roomOf(i).ID {
			s.t.Errorf("%s is in %s", email, room)
		}
	}
	where := s.where()
	s.talk(func(i int) bool { return slices.Index(where, where[i]) == i }) // the first of each room
	s.hears("after the start", where)
	s.talk(nobody)
}

// move moves callers and people on the web one by one, to the next room and back.
func (s *session) move() {
	s.t.Helper()
	for i := range min(20, s.callers) {
		for _, to := range []int{i + 1, i} {
			skipped := s.app.engine.Counters().SkippedTicks
			ticks := s.step("move", func() error { return s.api.Move(soon(s.t), s.meeting.ID, s.ids[i], s.roomOf(to).ID) })
			if ticks > 2 && s.app.engine.Counters().SkippedTicks == skipped {
				s.t.Errorf("move of caller %d: in effect after %d ticks", i, ticks)
			}
		}
	}
}

// help lets a room ask and a speaker come.
func (s *session) help() {
	s.t.Helper()
	asker, speaker := s.calls[0], s.people[emailOf(s.callers)]
	must(s.t, s.api.Do(soon(s.t), "PATCH", s.path("/participants/"+speaker), map[string]string{"role": "speaker"}, nil))
	must(s.t, asker.SendDigits(soon(s.t), "*0"))
	var open []bridgeapi.HelpRequest
	await(s.t, "help request", func() (err error) {
		if open, err = s.api.HelpRequests(s.t.Context(), s.meeting.ID); err == nil && len(open) != 1 {
			err = fmt.Errorf("%d are open", len(open))
		}
		return err
	})
	must(s.t, s.api.AcceptHelp(soon(s.t), s.meeting.ID, open[0].ID, speaker))
	if at := s.whereabouts()[emailOf(s.callers)]; at != s.roomOf(0).ID {
		s.t.Errorf("the speaker is in %s", at)
	}
	must(s.t, s.api.Move(soon(s.t), s.meeting.ID, speaker, s.roomOf(s.callers).ID))
}

// message broadcasts to all rooms.
func (s *session) message() {
	s.t.Helper()
	s.broadcast("message", map[string]string{"prompt": "five_minutes_left"})
}

// comeBack brings everybody back.
func (s *session) comeBack() {
	s.t.Helper()
	began := time.Now()
	ticks := s.step("stop", func() error { return s.api.StopBreakouts(soon(s.t), s.meeting.ID, 0) })
	s.t.Logf("stop: answered and in effect after %d ms, %d ticks", time.Since(began).Milliseconds(), ticks)
	for email, room := range s.whereabouts() {
		if room != bridgeapi.MainRoom {
			s.t.Errorf("%s is in %s", email, room)
		}
	}
	s.talk(func(i int) bool { return i%20 == 0 })
	s.hears("after the stop", together(s.callers))
}

// attendance reads who was where from the CSV file: everybody was in his room.
func (s *session) attendance() {
	s.t.Helper()
	file, err := s.api.Fetch(soon(s.t), s.path("/attendance.csv"))
	must(s.t, err)
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	must(s.t, err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	was, helped := map[string]bool{}, false
	for _, row := range rows[1:] {
		was[row[column["email"]]+" "+row[column["room_name"]]] = true
		helped = helped || row[column["kind"]] == "help" && row[column["outcome"]] == "accepted"
	}
	missing := 0
	for i := range s.callers + s.web {
		if !was[emailOf(i)+" "+s.roomOf(i).Name] {
			missing++
		}
	}
	if missing > 0 || !helped {
		s.t.Errorf("%d people were not in their rooms, the help is listed: %t", missing, helped)
	}
}

// everybody are all participants.
func (s *session) everybody() []bridgeapi.Participant {
	s.t.Helper()
	all, err := s.api.Participants(soon(s.t), s.meeting.ID)
	must(s.t, err)
	return all
}

// whereabouts are the rooms that people are in, by email.
func (s *session) whereabouts() map[string]string {
	at := map[string]string{}
	for _, p := range s.everybody() {
		at[p.Email] = p.Location.Room
	}
	return at
}

// step is oneStep with nobody else writing.
func (s *session) step(what string, do func() error) (took int64) {
	s.t.Helper()
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.oneStep(what, do)
}

// oneAppend does something that is one transaction of the log.
func (s *session) oneAppend(what string, do func() error) {
	s.t.Helper()
	appends := s.app.registry.Stats().Appends
	must(s.t, do())
	if n := s.app.registry.Stats().Appends - appends; n != 1 {
		s.t.Errorf("%s: %d transactions", what, n)
	}
}

// answerTimes is how long a control plane waits for answers.
type answerTimes struct {
	mu  sync.Mutex
	all []time.Duration // guarded by mu
}

// watch reads and changes a participant again and again until the function that it returns is called.
func (a *answerTimes) watch(s *session) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var wait sync.WaitGroup
	who := s.path("/participants/" + s.people[emailOf(s.callers+1)])
	wait.Go(func() { // stop waits for it
		for gain := 0; ctx.Err() == nil; gain = 1 - gain {
			for method, body := range map[string]any{"GET": nil, "PATCH": map[string]int{"gain_db": gain}} {
				if body != nil {
					s.changing.Lock()
				}
				began := time.Now()
				err := s.api.Do(ctx, method, who, body, nil)
				a.add(time.Since(began))
				if body != nil {
					s.changing.Unlock()
				}
				if err != nil && !errors.Is(err, context.Canceled) {
					s.t.Errorf("%s: %v", method, err)
				}
			}
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond): // as often as a busy control plane asks
			}
		}
	})
	return func() { cancel(); wait.Wait() }
}

func (a *answerTimes) add(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, d)
}

// String gives the quantiles.
func (a *answerTimes) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	slices.Sort(a.all)
	at := func(q float64) time.Duration { return a.all[int(q*float64(len(a.all)-1))].Round(10 * time.Microsecond) }
	return fmt.Sprintf("%d requests, p50 %v, p99 %v, at most %v", len(a.all), at(0.5), at(0.99), at(1))
}
