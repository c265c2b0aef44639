package control

import (
	"slices"
	"time"
)

// SplitParticipant makes a participant of its own of some of a person's legs, or of his presence on the web. Who was
// merged before is himself again; a leg that always was the person's becomes a caller who is not known. Everybody
// stays in the room. The value is the [ParticipantID] of who is on his own now.
type SplitParticipant struct {
	Participant ParticipantID
	Legs        []LegID       // none, and not Web: what the last merge brought, or else all if he is on the web
	Web         bool          // the web goes: only if it came by a merge
	ID          ParticipantID // what he gets if he was nobody before
}

func (SplitParticipant) command() {}

// ParticipantSplit says that one person is two now. It carries the whole of the new one, and of what the old one is
// called then.
type ParticipantSplit struct {
	Participant ParticipantID    `json:"participant"`
	Name        string           `json:"name"`
	Identity    Identity         `json:"identity"`
	New         AddedParticipant `json:"new"`
	Was         ParticipantID    `json:"was,omitempty"`  // who he was before a merge; absent: nobody
	Legs        []LegID          `json:"legs,omitempty"` // of the new one
}

// Type implements [Event].
func (ParticipantSplit) Type() string { return "participant.split" }

func decideSplit(s *State, c SplitParticipant) ([]Event, any, error) {
	p, err := s.inRoom("participant", c.Participant)
	if err != nil {
		return nil, nil, err
	}
	if len(s.Participants) >= MaxParticipants {
		return nil, nil, Errorf(CodeLimit, "a meeting has at most %d participants", MaxParticipants)
	}
	if len(c.Legs) == 0 && !c.Web {
		c.Legs, c.Web = p.lastMerged()
	}
	if c.Legs, err = c.ways(p); err != nil {
		return nil, nil, err
	}
	e := ParticipantSplit{Participant: p.ID, Name: p.Name, Identity: p.identity(), Legs: c.Legs}
	a := c.absorbed(p)
	switch {
	case c.ID == "" || s.Participants[c.ID] != nil:
		return nil, nil, Invalid("id", "", "must be new")
	case a != nil:
		e.New, e.Was = a.restored(), a.ID
		e.Name, e.Identity = a.without(p)
		if s.Participants[a.ID] != nil { // somebody has come under his id
			e.New.ID = c.ID
		}
	case c.Web:
		return nil, nil, &Error{Code: CodeWrongState, Field: "web", Message: "he has always been on the web", Hint: "split his legs off instead"}
	default:
		number := p.Legs[p.leg(c.Legs[0])].Number
		e.New = AddedParticipant{ID: c.ID, Name: s.newcomerName("", number), Number: number, Role: Audience, Guest: true}
		e.Name, e.Identity = c.withoutMoving(p)
	}
	e.New.Web, e.New.Location, e.New.Assignment = c.Web, p.Location, p.Assignment
	e.New.Muted = p.Muted
	e.New.MutedByAdmin = p.MutedByAdmin
	if s.MutedAll {
		e.New.MutedByAdmin = e.New.Role == Audience
	}
	return s.apart(p, e), e.New.ID, nil
}

// lastMerged is what is there of whoever was merged last; else it is all legs of somebody who is on the web.
func (p *Participant) lastMerged() (legs []LegID, web bool) {
	for _, a := range slices.Backward(p.Merged) {
		for _, l := range p.Legs {
			if a.brought(l) {
				legs = append(legs, l.ID)
			}
		}
		if web = a.Web && p.Web; web || len(legs) > 0 {
			return legs, web
		}
	}
	if p.Web {
		return p.legIDs(), false
	}
	return nil, false
}

// brought says whether a leg came with the absorbed one, or is a later call of his telephone.
func (a *Absorbed) brought(l Leg) bool {
	return slices.Contains(a.Legs, l.ID) || l.Number != "" && l.Number == a.Identity.Number
}

// ways checks what is to go: something must, and something must stay.
func (c SplitParticipant) ways(p *Participant) ([]LegID, error) {
	if c.Web && !p.Web {
		return nil, &Error{Code: CodeWrongState, Field: "web", Message: "the participant is not on the web"}
	}
	if len(c.Legs) == 0 && !c.Web {
		return nil, Invalid("legs", "name the legs that go", "must name a leg of the participant")
	}
	seen := make(map[LegID]bool, len(c.Legs))
	var going []LegID
	for _, id := range c.Legs {
		if p.leg(id) < 0 {
			return nil, &Error{Code: CodeNotFound, Field: "legs", Message: "the participant has no such leg"}
		}
		if !seen[id] {
			seen[id] = true
			going = append(going, id)
		}
	}
	if len(going) == len(p.Legs) && (!p.Web || c.Web) {
		return nil, &Error{Code: CodeWrongState, Field: "legs", Message: "nothing of the participant would stay", Hint: "a person with one connection cannot be split"}
	}
	return going, nil
}

// absorbed finds who is himself again by the split: the one who brought all that goes, or whose number calls.
func (c SplitParticipant) absorbed(p *Participant) *Absorbed {
	if i := slices.IndexFunc(p.Merged, func(a Absorbed) bool { return c.is(p, a) }); i >= 0 {
		return &p.Merged[i]
	}
	return nil
}

func (c SplitParticipant) is(p *Participant, a Absorbed) bool {
	if c.Web || a.Web && p.Web {
		return c.Web && a.Web // he is where his web is
	}
	return !slices.ContainsFunc(c.Legs, func(id LegID) bool { return !a.brought(p.Legs[p.leg(id)]) })
}

// withoutMoving is who stays, without what he has of those whose legs go with others.
func (c SplitParticipant) withoutMoving(p *Participant) (string, Identity) {
	old := *p
	for _, a := range p.Merged {
		if slices.ContainsFunc(a.Legs, func(id LegID) bool { return slices.Contains(c.Legs, id) }) {
			name, id := a.without(&old)
			old.Name = name
			old.identify(id)
		}
	}
	return old.Name, old.identity()
}

func (a *Absorbed) restored() AddedParticipant {
	id := a.Identity
	return AddedParticipant{
		ID: a.ID, Name: a.Name, Number: id.Number, ExternalID: id.ExternalID, FirstName: id.FirstName, LastName: id.LastName,
		Email: id.Email, PIN: id.PIN, Role: a.Role, Guest: a.Guest,
	}
}

// apart brings the one who is left with the telephone alone back to the main room, if breakouts are not for callers.
func (s *State) apart(p *Participant, e ParticipantSplit) []Event {
	old, alone := *p, Participant{ID: e.New.ID, Web: e.New.Web, Location: e.New.Location}
	old.Web, old.Legs = p.Web && !e.New.Web, nil
	for _, l := range p.Legs {
		if slices.Contains(e.Legs, l.ID) {
			alone.Legs = append(alone.Legs, l)
		} else {
			old.Legs = append(old.Legs, l)
		}
	}
	if len(s.stranded(&alone)) > 0 {
		e.New.Location = in(MainRoom)
	}
	events := []Event{e}
	moves := s.stranded(&old)
	if len(moves) > 0 {
		events = append(events, ParticipantsMoved{Moves: moves, Reason: ReasonOptions})
		moves = append(slices.Clip(moves), Relocation{Participant: e.New.ID, To: e.New.Location}) // he may stay where help is asked
	}
	return append(events, emptied(s, moves)...)
}

func (s *State) split(e ParticipantSplit, at time.Time) {
	p := s.Participants[e.Participant]
	if p == nil {
		return
	}
	n := e.New.participant(at)
	n.Language = p.Language
	var kept []Absorbed
	for _, a := range p.Merged {
		switch {
		case a.ID == e.Was:
			n.GainDB = a.GainDB
			p.giveName(n, a)
		case slices.ContainsFunc(a.Legs, func(id LegID) bool { return slices.Contains(e.Legs, id) }):
			n.Merged = append(n.Merged, a) // he came with him
		default:
			kept = append(kept, a)
		}
	}
	var legs []Leg
	for _, l := range p.Legs {
		if !slices.Contains(e.Legs, l.ID) {
			legs = append(legs, l)
			continue
		}
		n.Legs = append(n.Legs, l)
		s.Legs[l.ID] = n.ID
	}
	p.Merged, p.Legs, p.Name = kept, legs, e.Name
	p.identify(e.Identity)
	if n.Web {
		p.Web, n.WebSeq = false, p.WebSeq
	}
	s.Participants[n.ID] = n
	s.Order = append(s.Order, n.ID)
}
