package demo

import (
	"context"
	"errors"
	"time"

	"partyline/cmd/internal/bridgeapi"
)

// invite tells the newcomer how to take part and to drive.
func (s *stage) invite() {
	base, id := s.bridge.APIURL+"/v1/meetings/"+s.meeting.ID, s.meeting.ID
	s.plain("")
	s.plain("The callers go on talking. Now it is your turn:")
	s.plain("")
	s.plain("  call in      sip:%s@%s with any SIP telephone on this machine (or sip:bridge@%s and key in %s#)",
		s.meeting.AccessCode, s.bridge.SIPAddr, s.bridge.SIPAddr, s.meeting.AccessCode)
	s.plain("  as a speaker key in %s# instead", s.meeting.SpeakerCode)
	if s.bridge.PageURL != "" {
		s.plain("  page         %s", s.bridge.PageURL)
	}
	s.plain("  API key      %s", s.bridge.Key)
	s.plain("  meeting      %s", id)
	s.plain("")
	s.plain("  KEY='Authorization: Bearer %s'", s.bridge.Key)
	s.plain("  curl -sS -H \"$KEY\" %s/participants", base)
	s.plain("  curl -sS -H \"$KEY\" %s/rooms", base)
	s.plain("  curl -sS -H \"$KEY\" -X POST %s/breakouts/start", base)
	s.plain("  curl -sS -H \"$KEY\" -X POST %s/participants/%s/move -H 'Content-Type: application/json' -d '{\"room\":\"%s\"}'",
		base, s.callers[1].id, s.rooms[0].ID)
	s.plain("  curl -sS -H \"$KEY\" -X POST %s/breakouts/stop", base)
	s.plain("  curl -sS -N -H \"$KEY\" %s/events", base)
	s.plain("")
	s.plain("Where the twelve are is told here; the event stream above tells everything. Ctrl-C ends it.")
	s.plain("")
}

// look is how often the meeting is looked at while the newcomer drives.
const look = 500 * time.Millisecond

// watch tells who goes where until ctx ends or the last caller has gone.
func (s *stage) watch(ctx context.Context) error {
	pace := time.NewTicker(look)
	defer pace.Stop()
	gone := make([]bool, len(s.callers))
	var failed string
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pace.C:
		}
		if s.hungUp(gone) {
			return errors.New("demo: all callers have been hung up on")
		}
		people, err := s.api.Participants(ctx, s.meeting.ID)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			if failed != err.Error() {
				s.say("%v", err)
			}
			failed = err.Error()
			continue
		}
		failed = ""
		s.follow(people)
	}
}

// hungUp tells whose call has ended, and says whether that is so of all.
func (s *stage) hungUp(gone []bool) bool {
	all := true
	for i, c := range s.callers {
		select {
		case <-c.call.Done():
			if !gone[i] {
				s.say("%s is out of the meeting: %v.", c.name, c.call.Err())
				s.put(i, "")
			}
			gone[i] = true
		default:
			all = false
		}
	}
	return all
}

// follow tells which caller is in another room than before.
func (s *stage) follow(people []bridgeapi.Participant) {
	byID := make(map[string]bridgeapi.Participant, len(people))
	for _, p := range people {
		byID[p.ID] = p
	}
	for i, c := range s.callers {
		p, ok := byID[c.id]
		if !ok || p.Location.Place != "room" || p.Location.Room == s.where[i] {
			continue
		}
		s.put(i, p.Location.Room)
		s.say("%s is now in %s.", c.name, s.roomName(p.Location.Room))
	}
}
