package controltest

import (
	"fmt"
	"strings"

	"partyline/control"
)

// Check says what is wrong with a state that must hold for every meeting at every time; nil: nothing.
func Check(s *control.State) error {
	for _, check := range []func(*control.State) error{checkRooms, checkPeople, checkLegs, checkBreakouts, checkHelp, checkBroadcasts, checkLobby, checkTokens, checkPhoneCodes, checkCalls} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func checkRooms(s *control.State) error {
	if len(s.Rooms) > control.MaxRooms || len(s.Rooms) != len(s.RoomOrder) {
		return fmt.Errorf("%d rooms, %d in order", len(s.Rooms), len(s.RoomOrder))
	}
	names, numbers := map[string]bool{}, map[int]bool{}
	for _, id := range s.RoomOrder {
		r := s.Rooms[id]
		if r == nil || r.ID != id {
			return fmt.Errorf("room %s is in the order alone", id)
		}
		name := strings.ToLower(r.Name)
		if names[name] || numbers[r.Number] || r.Number < 1 || r.Number > control.MaxRooms || r.Name == "" {
			return fmt.Errorf("room %s has number %d and name %q", id, r.Number, r.Name)
		}
		names[name], numbers[r.Number] = true, true
	}
	return nil
}

func checkPeople(s *control.State) error {
	if len(s.Participants) != len(s.Order) {
		return fmt.Errorf("%d participants, %d in order", len(s.Participants), len(s.Order))
	}
	unique := map[string]bool{}
	for _, id := range s.Order {
		p := s.Participants[id]
		if p == nil || p.ID != id {
			return fmt.Errorf("participant %s is in the order alone", id)
		}
		if err := checkPerson(s, p); err != nil {
			return fmt.Errorf("participant %s: %w", id, err)
		}
		for key := range keysOf(p) {
			if unique[key] {
				return fmt.Errorf("participant %s is not alone with %s", id, key)
			}
			unique[key] = true
		}
	}
	return nil
}

// keysOf is what nobody else may have: what names him, and what named those who have become one with him.
func keysOf(p *control.Participant) map[string]bool {
	keys := map[string]bool{}
	add := func(email, external, pin string) {
		for kind, value := range map[string]string{"email ": strings.ToLower(email), "external id ": external, "pin ": pin} {
			if value != "" {
				keys[kind+value] = true
			}
		}
	}
	add(p.Email, p.ExternalID, p.PIN)
	for _, a := range p.Merged {
		add(a.Identity.Email, a.Identity.ExternalID, a.Identity.PIN)
	}
	return keys
}

func checkPerson(s *control.State, p *control.Participant) error {
	l := p.Location
	switch l.Place {
	case control.InRoom:
		if !s.HasRoom(l.Room) {
			return fmt.Errorf("is in room %q, which is not there", l.Room)
		}
	case control.Absent, control.Attendant, control.Lobby:
		if l.Room != "" {
			return fmt.Errorf("is %s and in room %q", l.Place, l.Room)
		}
	default:
		return fmt.Errorf("is at %q", l.Place)
	}
	if present := p.Web || len(p.Legs) > 0; present != p.Present() {
		return fmt.Errorf("web %v, %d legs, but %s", p.Web, len(p.Legs), l.Place)
	}
	if p.Assignment != "" && s.Rooms[p.Assignment] == nil {
		return fmt.Errorf("is assigned to %q, which is not there", p.Assignment)
	}
	if p.LastRoom != "" && (!s.HasRoom(p.LastRoom) || p.Present() || s.Breakouts == control.BreakoutsIdle) {
		return fmt.Errorf("is %s, breakouts are %s, and was in %q last", l.Place, s.Breakouts, p.LastRoom)
	}
	if p.ListenOnly && l.Place != control.InRoom {
		return fmt.Errorf("is %s and only listens", l.Place)
	}
	if !p.Present() && !p.Hand.IsZero() {
		return fmt.Errorf("is absent with a hand up")
	}
	return nil
}

func checkLegs(s *control.State) error {
	n := 0
	for _, p := range s.Participants {
		for _, l := range p.Legs {
			n++
			if s.Legs[l.ID] != p.ID {
				return fmt.Errorf("leg %s of %s is known as that of %q", l.ID, p.ID, s.Legs[l.ID])
			}
		}
	}
	if n != len(s.Legs) {
		return fmt.Errorf("participants have %d legs, %d are known", n, len(s.Legs))
	}
	return nil
}

func checkTokens(s *control.State) error {
	if len(s.Tokens) > 0 && s.Phase != control.Open {
		return fmt.Errorf("%d tokens of a meeting that is %s", len(s.Tokens), s.Phase)
	}
	for id, t := range s.Tokens {
		if t.ID != id || t.Participant != "" && s.Participants[t.Participant] == nil {
			return fmt.Errorf("token %s is of %s, who is not there", id, t.Participant)
		}
	}
	return nil
}

// checkPhoneCodes: a code is one person's, and means nothing else.
func checkPhoneCodes(s *control.State) error {
	means := map[string]bool{s.AccessCode: true, s.SpeakerCode: true}
	for _, p := range s.Participants {
		means[p.PIN] = true
	}
	for id, c := range s.PhoneCodes {
		if means[c.Code] || s.Participants[id] == nil || s.Phase != control.Open {
			return fmt.Errorf("phone code %s of %s: it means something else, or he is not there", c.Code, id)
		}
		means[c.Code] = true
	}
	return nil
}

func checkBreakouts(s *control.State) error {
	switch {
	case s.Breakouts == control.BreakoutsIdle && s.WarnedS != 0:
		return fmt.Errorf("breakouts are idle and wait for warnings below %d s", s.WarnedS)
	case s.Breakouts == control.BreakoutsIdle != s.OpenedAt.IsZero():
		return fmt.Errorf("breakouts are %s, opened at %v", s.Breakouts, s.OpenedAt)
	case s.Breakouts == control.BreakoutsClosing == s.ClosesAt.IsZero():
		return fmt.Errorf("breakouts are %s, close at %v", s.Breakouts, s.ClosesAt)
	case s.Breakouts != control.BreakoutsIdle:
		return nil
	}
	for _, p := range s.Participants {
		if p.Location.Place == control.InRoom && p.Location.Room != control.MainRoom {
			return fmt.Errorf("breakouts are idle and participant %s is in room %s", p.ID, p.Location.Room)
		}
	}
	return nil
}

func checkHelp(s *control.State) error {
	rooms := map[control.RoomID]bool{}
	for id, h := range s.Help {
		if h.ID != id || rooms[h.Room] || !s.HasRoom(h.Room) || len(s.People(h.Room)) == 0 {
			return fmt.Errorf("help request %s of room %s: the room has another one, nobody in it, or is not there", id, h.Room)
		}
		rooms[h.Room] = true
	}
	return nil
}

// checkCalls: they are bounded, one number is called once at a time, and nobody is called by a meeting that is over.
func checkCalls(s *control.State) error {
	open, ids, numbers := 0, map[control.CallID]bool{}, map[string]bool{}
	for _, c := range s.Calls {
		ended := c.State == control.CallEnded
		if ids[c.ID] || ended == c.EndedAt.IsZero() || ended == (c.Outcome == "") || c.Participant == "" || c.Leg == "" {
			return fmt.Errorf("call %s is %s, outcome %q, ended %v, and there are %d of that id", c.ID, c.State, c.Outcome, c.EndedAt, len(ids))
		}
		ids[c.ID] = true
		if ended {
			continue
		}
		if open++; s.Phase != control.Open || numbers[c.Number] {
			return fmt.Errorf("call %s is %s in a meeting that is %s", c.ID, c.State, s.Phase)
		}
		numbers[c.Number] = true
	}
	if open > control.MaxOpenCalls || len(s.Calls) > control.MaxCalls+1 {
		return fmt.Errorf("%d calls, %d of them open", len(s.Calls), open)
	}
	return nil
}

func checkBroadcasts(s *control.State) error {
	if len(s.HelpLog) > control.MaxHelpLog {
		return fmt.Errorf("%d ended help requests", len(s.HelpLog))
	}
	if len(s.Broadcasts) != len(s.BroadcastLog) {
		return fmt.Errorf("%d broadcasts, %d in order", len(s.Broadcasts), len(s.BroadcastLog))
	}
	count, onAir := map[string]int{}, 0
	for _, id := range s.BroadcastLog {
		b := s.Broadcasts[id]
		if b == nil || b.ID != id {
			return fmt.Errorf("broadcast %s is in the order alone", id)
		}
		count[b.State]++
		over := b.State != control.BroadcastQueued && b.State != control.BroadcastPlaying
		if b.Live() && !over {
			onAir++
		}
		if b.Live() == (b.Sound() != control.Sound{}) || b.Live() != (b.LimitS > 0) {
			return fmt.Errorf("broadcast %s is live by %q for %d s, and has %+v", id, b.Leg, b.LimitS, b.Sound())
		}
		if over == b.EndedAt.IsZero() || b.State == control.BroadcastPlaying == b.BeganAt.IsZero() && !over {
			return fmt.Errorf("broadcast %s is %s, began %v, ended %v", id, b.State, b.BeganAt, b.EndedAt)
		}
	}
	if onAir > 1 || count[control.BroadcastPlaying] > 1 || count[control.BroadcastQueued] > control.MaxQueued+1 || len(s.BroadcastLog) > control.MaxBroadcasts+1 {
		return fmt.Errorf("broadcasts by state: %v", count)
	}
	return nil
}

// checkLobby: whoever is in the lobby has a reason to wait, and only there is somebody outside.
func checkLobby(s *control.State) error {
	for _, p := range s.Participants {
		switch {
		case p.Location.Place == control.Lobby && (!s.Waits(p) || !p.Outside || s.Phase != control.Open):
			return fmt.Errorf("participant %s is in the lobby and need not wait", p.ID)
		case p.Location.Place == control.InRoom && p.Outside:
			return fmt.Errorf("participant %s is in room %s and outside", p.ID, p.Location.Room)
		}
	}
	return nil
}
