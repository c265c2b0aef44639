package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// stage is what the story is played on.
type stage struct {
	out    io.Writer
	began  time.Time
	bridge Daemon

	// patience is how long it may take until everybody hears whom he should;
	// what the attendant says to a caller must have been said first.
	patience time.Duration

	api *bridgeapi.Client
	set *phone.Set

	meeting bridgeapi.Meeting
	rooms   []bridgeapi.Room
	callers []*caller
	matrix  phone.Matrix

	conductor sync.WaitGroup
	curtain   context.CancelFunc // ends the conductor

	mu    sync.Mutex
	where []string // the room of each caller by id, as the story has it; guarded by mu
}

// caller is one of the cast.
type caller struct {
	role
	voice *voice
	call  *phone.Call
	id    string // participant
}

// say tells one line of the story, with the seconds since it began.
func (s *stage) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	// The story goes on where nobody can read it: what was heard counts.
	_, _ = fmt.Fprintf(s.out, "%5.1f  %s\n", time.Since(s.began).Seconds(), line)
}

// plain tells something without a time.
func (s *stage) plain(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

// open makes the telephones and their voices.
func (s *stage) open() error {
	s.api = bridgeapi.New(s.bridge.APIURL, s.bridge.Key)
	local, err := phone.LocalFor(s.bridge.SIPAddr)
	if err != nil {
		return err
	}
	if s.set, err = phone.NewSet(phone.SetOptions{Local: local, UserAgent: "partyline-demo"}); err != nil {
		return err
	}
	s.matrix = phone.Matrix{Window: pilotWindow, HeardDB: pilotHeard, SilentDB: pilotSilent}
	for i, r := range cast {
		s.callers = append(s.callers, &caller{role: r, voice: newVoice(r, i)})
	}
	s.where = make([]string, len(s.callers))
	ctx, stop := context.WithCancel(context.Background())
	s.curtain = stop
	s.conductor.Go(func() { s.conduct(ctx) }) // ends in close
	return nil
}

func (s *stage) close(ctx context.Context) error {
	s.curtain()
	s.conductor.Wait()
	err := s.set.HangupAll(ctx)
	s.api.Close()
	return errors.Join(err, s.set.Close())
}

// turn is how long somebody talks before it is the next one's turn.
const turn = 2 * time.Second

// conduct lets one caller of every room talk, and after a while the next.
func (s *stage) conduct(ctx context.Context) {
	pace := time.NewTicker(turn)
	defer pace.Stop()
	for n := 0; ; n++ {
		s.giveTurns(n)
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
		}
	}
}

func (s *stage) giveTurns(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	people := make(map[string][]*caller)
	for i, c := range s.callers {
		people[s.where[i]] = append(people[s.where[i]], c)
	}
	for room, who := range people {
		for i, c := range who {
			c.voice.talk(room != "" && i == n%len(who))
		}
	}
}

// put notes where a caller is.
func (s *stage) put(i int, room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.where[i] = room
}

// places are where the callers are, as numbers for the matrix.
func (s *stage) places() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := make(map[string]int)
	places := make([]int, len(s.where))
	for i, room := range s.where {
		if _, ok := number[room]; !ok {
			number[room] = len(number)
		}
		places[i] = number[room]
	}
	return places
}

// check waits until everybody hears exactly those of his room, and goes on to do
// so for another window. What the attendant says to somebody, who then hears his
// room less well, only delays it.
func (s *stage) check(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	want := phone.SameRoom(s.places())
	for {
		err := s.matrix.Wait(ctx, want)
		if err == nil {
			err = s.matrix.Hold(ctx, want, pilotWindow)
		}
		switch {
		case err == nil:
			s.say("  ✓ heard: %s", s.heard())
			return nil
		case errors.Is(ctx.Err(), context.Canceled):
			return ctx.Err()
		case ctx.Err() != nil:
			return fmt.Errorf("%w: %w", ErrWrong, err)
		}
	}
}

// heard tells who hears whom, room by room.
func (s *stage) heard() string {
	var groups []string
	for _, r := range append([]bridgeapi.Room{{ID: bridgeapi.MainRoom, Name: "main room"}}, s.rooms...) {
		var names []string
		for i, c := range s.callers {
			if s.where[i] == r.ID {
				names = append(names, c.name)
			}
		}
		if len(names) > 0 {
			groups = append(groups, r.Name+" ("+strings.Join(names, ", ")+")")
		}
	}
	return strings.Join(groups, "; ")
}

// find is the number of a caller.
func (s *stage) find(name string) int {
	for i, c := range s.callers {
		if c.name == name {
			return i
		}
	}
	return 0
}

func (s *stage) roomName(id string) string {
	for _, r := range s.rooms {
		if r.ID == id {
			return r.Name
		}
	}
	if id == bridgeapi.MainRoom {
		return "the main room"
	}
	return id
}
