package demo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"partyline/cmd/internal/bridgeapi"
	"partyline/cmd/internal/phone"
)

// keep is how much of what a caller hears is kept: a broadcast is looked for in it afterwards.
const keep = 20 * time.Second

func (s *stage) makeMeeting(ctx context.Context) error {
	n := bridgeapi.NewMeeting{Title: "Spring workshop", SpeakerCode: "730118264", Options: map[string]any{"announce_arrivals": "off"}}
	for _, name := range roomNames {
		n.Rooms = append(n.Rooms, bridgeapi.NewRoom{Name: name})
	}
	var err error
	if s.meeting, err = s.api.CreateMeeting(ctx, n); err != nil {
		return err
	}
	if s.rooms, err = s.api.Rooms(ctx, s.meeting.ID); err != nil {
		return err
	}
	if len(s.rooms) != len(roomNames) {
		return fmt.Errorf("%d rooms were asked for, %d are there", len(roomNames), len(s.rooms))
	}
	s.say("Made the meeting %q with the rooms Red, Green, Blue and Yellow; access code %s.", n.Title, s.meeting.AccessCode)
	return nil
}

// join lets everybody call and key in the code.
func (s *stage) join(ctx context.Context) error {
	s.say("Twelve people pick up their telephones and call sip:bridge@%s.", s.bridge.SIPAddr)
	errs := make([]error, len(s.callers))
	var wait sync.WaitGroup
	for i, c := range s.callers {
		wait.Go(func() { errs[i] = s.callIn(ctx, c) }) // waited for below
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.say("All twelve are answered, and key in the access code on their keypads.")
	if err := s.identify(ctx); err != nil {
		return err
	}
	for i := range s.callers {
		s.put(i, bridgeapi.MainRoom)
	}
	s.say("Everybody is in the main room. Hana, who keyed in the speakers' code, leads the meeting.")
	return s.check(ctx)
}

func (s *stage) callIn(ctx context.Context, c *caller) error {
	ctx, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	call, err := s.set.Dial(ctx, "sip:bridge@"+s.bridge.SIPAddr, phone.Options{
		From: c.number, Name: c.name, Source: c.voice, Record: keep,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	c.call = call
	code := s.meeting.AccessCode
	if c.speaker && s.meeting.SpeakerCode != "" {
		code = s.meeting.SpeakerCode
	}
	if err := call.SendDigits(ctx, code+"#"); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}

// identify waits until the meeting lists everybody in its main room, and learns who is who.
func (s *stage) identify(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	err := phone.Await(ctx, func() error {
		people, err := s.api.ByCallID(ctx, s.meeting.ID)
		if err != nil {
			return err
		}
		for _, c := range s.callers {
			p, ok := people[c.call.ID()]
			if !ok || p.Location.Room != bridgeapi.MainRoom {
				return fmt.Errorf("%s is not in the main room", c.name)
			}
			c.id = p.ID
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, c := range s.callers {
		s.matrix.Voices = append(s.matrix.Voices, phone.Voice{Call: c.call, Name: c.name, Hz: pilotHz(i), Amplitude: pilotAmplitude})
	}
	return nil
}

// startBreakouts assigns everybody but Hana to a room and opens the breakouts.
func (s *stage) startBreakouts(ctx context.Context) error {
	for i, c := range s.callers {
		if c.speaker {
			continue
		}
		if err := s.api.Assign(ctx, s.meeting.ID, c.id, s.roomOf(i).ID); err != nil {
			return err
		}
	}
	if err := s.api.StartBreakouts(ctx, s.meeting.ID); err != nil {
		return err
	}
	for i, c := range s.callers {
		if !c.speaker {
			s.put(i, s.roomOf(i).ID)
		}
	}
	s.say("Hana starts the breakouts: all are moved in the same frame, and are told where they are.")
	return s.check(ctx)
}

// roomOf is the room that caller i is assigned to.
func (s *stage) roomOf(i int) bridgeapi.Room { return s.rooms[i%len(s.rooms)] }

// help lets a caller ask for help by key; Hana goes there.
func (s *stage) help(ctx context.Context) error {
	who, hana := s.find("Chen"), s.find("Hana")
	s.say("Chen, in %s, presses star zero: his room needs help.", s.roomName(s.where[who]))
	ctx, stop := context.WithTimeout(ctx, 2*s.patience)
	defer stop()
	if err := s.callers[who].call.SendDigits(ctx, "*0"); err != nil {
		return err
	}
	var request bridgeapi.HelpRequest
	err := phone.Await(ctx, func() error {
		open, err := s.api.HelpRequests(ctx, s.meeting.ID)
		if err != nil {
			return err
		}
		for _, h := range open {
			if h.Room == s.where[who] {
				request = h
				return nil
			}
		}
		return errors.New("the call for help is not listed")
	})
	if err != nil {
		return err
	}
	if err := s.api.AcceptHelp(ctx, s.meeting.ID, request.ID, s.callers[hana].id); err != nil {
		return err
	}
	s.put(hana, request.Room)
	s.say("Hana accepts, and is with them.")
	return s.check(ctx)
}

// move sends somebody to another room.
func (s *stage) move(ctx context.Context) error {
	who, to := s.find("Dora"), s.rooms[1]
	if err := s.api.Move(ctx, s.meeting.ID, s.callers[who].id, to.ID); err != nil {
		return err
	}
	s.say("Dora is moved from %s to %s.", s.roomName(s.where[who]), to.Name)
	s.put(who, to.ID)
	return s.check(ctx)
}

// countdownS is how long the callers are warned before they are brought back.
const countdownS = 3

func (s *stage) stopBreakouts(ctx context.Context) error {
	if err := s.api.StopBreakouts(ctx, s.meeting.ID, countdownS); err != nil {
		return err
	}
	s.say("Hana stops the breakouts; all hear that %d seconds are left.", countdownS)
	wait, stop := context.WithTimeout(ctx, s.patience)
	defer stop()
	err := phone.Await(wait, func() error {
		m, err := s.api.Meeting(wait, s.meeting.ID)
		if err == nil && m.Breakouts.State != "idle" {
			err = fmt.Errorf("the breakouts are %s", m.Breakouts.State)
		}
		return err
	})
	if err != nil {
		return err
	}
	for i := range s.callers {
		s.put(i, bridgeapi.MainRoom)
	}
	s.say("Everybody is back in the main room.")
	return s.check(ctx)
}
