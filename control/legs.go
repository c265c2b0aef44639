package control

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

func decideJoin(s *State, c Join, now time.Time) ([]Event, any, error) {
	if c.Leg == "" || s.Legs[c.Leg] != "" {
		return nil, nil, Invalid("leg", "", "must be new")
	}
	if c.Kind != PhoneLeg && c.Kind != BrowserLeg {
		return nil, nil, Invalid("kind", "", "must be %q or %q", PhoneLeg, BrowserLeg)
	}
	if c.Call != "" {
		var err error
		if c, err = s.invited(c); err != nil {
			return nil, nil, err
		}
	}
	c.Role = cmp.Or(c.Role, Audience)
	if err := checkRole("role", c.Role); err != nil {
		return nil, nil, err
	}
	c.Number, c.Name = sanitize(c.Number, maxNumberBytes), sanitize(c.Name, MaxNameRunes)
	if isWithheld(c.Number) {
		c.Number = "" // it is many people's
	}
	if err := checkRecordedName(c.Named); err != nil {
		return nil, nil, err
	}
	w, err := s.whoJoins(c, now)
	switch {
	case err != nil:
		return nil, nil, err
	case w.p == nil:
		return s.confirming(c)(joinNew(s, w.join(c)))
	case len(w.p.Legs) >= maxLegsEach:
		return nil, nil, Errorf(CodeLimit, "the participant has %d connections", maxLegsEach)
	}
	return s.confirming(c)(joinKnown(s, w.join(c), w))
}

// maxLegsEach bounds the connections of one person.
const maxLegsEach = 8

func joinNew(s *State, c Join) ([]Event, any, error) {
	switch {
	case c.Participant == "":
		return nil, nil, Invalid("participant", "", "must not be empty")
	case len(s.Participants) >= MaxParticipants:
		return nil, nil, Errorf(CodeLimit, "a meeting has at most %d participants", MaxParticipants)
	}
	p := &Participant{ID: c.Participant, Role: c.Role, Location: Location{Place: Absent}}
	e := joined(s, c, caller{p: p})
	e.New, e.Guest = true, true
	e.Name = s.newcomerName(c.Name, c.Number)
	e.Muted = s.Options.MutedOnEntry && c.Role == Audience
	e.MutedByAdmin = s.MutedAll && c.Role == Audience
	return []Event{e}, Joined{Participant: p.ID, Location: e.Location}, nil
}

func joinKnown(s *State, c Join, w caller) ([]Event, any, error) {
	p := w.p
	e := joined(s, c, w)
	e.Name, e.Number = p.Name, cmp.Or(p.Number, c.Number)
	e.Muted, e.MutedByAdmin = p.Muted, p.MutedByAdmin
	if e.Role != p.Role && s.MutedAll {
		e.MutedByAdmin = e.Role == Audience
	}
	switch {
	case p.Present():
	case w.back != nil:
		e.HandAt = w.back.Hand
	default:
		e.Muted = s.Options.MutedOnEntry && e.Role == Audience
	}
	return []Event{e}, Joined{Participant: p.ID, Location: e.Location, Returned: !p.JoinedAt.IsZero()}, nil
}

// joined is what is common to newcomers and those who return.
func joined(s *State, c Join, w caller) ParticipantJoined {
	p := w.p
	e := ParticipantJoined{
		Language: newLanguage(p, c.Language), Participant: p.ID, Number: c.Number, Role: p.Role, Leg: &Leg{ID: c.Leg, Kind: c.Kind, Number: c.Number, KnownBy: w.by},
		Location: p.Location, Assignment: p.Assignment, RecordedName: c.Named,
	}
	switch {
	case c.Role == Speaker:
		e.Role = Speaker
	case w.by == KnownByRedial || w.by == KnownByNumber || w.by == KnownByCall: // which can be forged, or anybody who answers
		e.Role = Audience
	}
	if p.Present() && p.Location.Place != Lobby {
		return e
	}
	who := *p
	who.Role = e.Role
	if w.back == nil {
		who.LastRoom = ""
	}
	if c.Call != "" {
		e.Location, e.Assignment, e.KeptOut = s.invitedTo(c.Call, &who)
		return e
	}
	e.Location, e.Assignment = s.entry(&who, c.Kind == PhoneLeg)
	e.KeptOut = s.keptOut(&who, c.Kind == PhoneLeg, e.Location)
	return e
}

// legsGone lets the participants of legs that have ended go. Legs that are not known are no news.
func legsGone(s *State, legs []LegID, reason string) []Event {
	var events []Event
	var gone []ParticipantID
	left := make(map[ParticipantID]int)
	seen := make(map[LegID]bool, len(legs))
	for _, leg := range legs {
		p := s.ByLeg(leg)
		if p == nil || seen[leg] {
			continue
		}
		seen[leg] = true
		left[p.ID]++
		absent := !p.Web && left[p.ID] == len(p.Legs)
		events = append(events, LegLeft{Participant: p.ID, Leg: leg, Reason: reason, Absent: absent, Location: p.Location})
		if absent {
			gone = append(gone, p.ID)
		}
	}
	back := s.strandedWithout(seen, left)
	if len(back) > 0 {
		events = append(events, ParticipantsMoved{Moves: back, Reason: ReasonOptions})
	}
	events = append(events, s.withoutCalls(legs, reason)...)
	if len(gone) == 0 && len(back) == 0 {
		return events
	}
	return append(events, emptied(s, back, gone...)...)
}

// strandedWithout brings those back who are left with the telephone alone once the legs are gone.
func (s *State) strandedWithout(gone map[LegID]bool, lost map[ParticipantID]int) []Relocation {
	if s.Options.PhoneBreakouts {
		return nil
	}
	var back []Relocation
	for _, id := range slices.Sorted(maps.Keys(lost)) {
		left := *s.Participants[id]
		left.Legs = slices.DeleteFunc(slices.Clone(left.Legs), func(l Leg) bool { return gone[l.ID] })
		back = append(back, s.stranded(&left)...)
	}
	return back
}

func decideHold(s *State, c HoldLeg) []Event {
	p := s.ByLeg(c.Leg)
	if p == nil || p.Legs[p.leg(c.Leg)].Held == c.Held {
		return nil
	}
	return []Event{LegHeld{Participant: p.ID, Leg: c.Leg, Held: c.Held}}
}
