package control

// ShuffleBreakouts deals everybody anew, whatever the assignments. While the breakouts are idle that is a plan for
// whoever is on the roster; while they are open it moves those who are there, in one event. The value is [Outcomes].
type ShuffleBreakouts struct {
	IncludeSpeakers bool
	Seed            uint64
}

func (ShuffleBreakouts) command() {}

// BreakoutsShuffled dealt people anew, and moved them if the breakouts are open.
type BreakoutsShuffled struct {
	Assignments []Assignment `json:"assignments,omitempty"`
	Assigned    int          `json:"assigned,omitempty"` // in streams: how many
	Moves       []Relocation `json:"moves,omitempty"`
	Moved       int          `json:"moved,omitempty"` // in streams: how many
}

// Type implements [Event].
func (BreakoutsShuffled) Type() string { return "breakouts.shuffled" }

func decideShuffle(s *State, c ShuffleBreakouts) ([]Event, any, error) {
	switch {
	case !s.Options.Breakouts:
		return nil, nil, Errorf(CodeNotAllowed, "breakouts are off in this meeting")
	case s.Breakouts == BreakoutsClosing:
		return nil, nil, &Error{Code: CodeWrongState, Message: "the breakouts are closing", Hint: "extend or stop them first"}
	case len(s.Rooms) == 0:
		return nil, nil, errNoRooms()
	case !newDistribution(s, nil, c.Seed).takes():
		return nil, nil, &Error{Code: CodeLocked, Message: "every room is locked", Hint: "unlock those that people may be dealt into"}
	}
	d := newDeal(s, nil, c.Seed, c.IncludeSpeakers)
	assignments, moves, outcomes := d.result(true)
	if len(assignments) == 0 && len(moves) == 0 {
		return nil, outcomes, nil
	}
	e := BreakoutsShuffled{Assignments: assignments, Moves: moves}
	return append([]Event{e}, emptied(s, moves)...), outcomes, nil
}

// dealing deals everybody anew who takes part; the others stay where they are, and keep their seats there.
type dealing struct {
	s        *State
	d        *distribution
	now      []*Participant // who are in a room
	expected []*Participant // who are not: they are dealt after those, so that those are even
	other    Outcomes
}

func newDeal(s *State, more []Room, seed uint64, speakers bool) *dealing {
	dl := &dealing{s: s, d: newDistribution(s, more, seed)}
	for _, p := range s.roster() {
		dl.add(p, speakers)
	}
	return dl
}

func (dl *dealing) add(p *Participant, speakers bool) {
	stays := func(outcome string, room RoomID) {
		dl.other = append(dl.other, PersonOutcome{Participant: p.ID, Outcome: outcome, Room: room})
	}
	switch {
	case dl.s.Breakouts == BreakoutsOpen && !p.Present():
		stays(p.away(), p.Assignment)
	case p.Role == Speaker && !speakers, dl.s.Breakouts == BreakoutsOpen && p.Location.Place != InRoom:
		stays(OutcomeUnchanged, p.Location.Room)
		if inBreakout(p) {
			dl.d.seat(p, p.Location.Room)
		}
	case dl.s.refusesPhone(p):
		stays(OutcomeNoPhone, p.Location.Room)
	case p.Location.Place == InRoom:
		dl.now = append(dl.now, p)
	default:
		dl.expected = append(dl.expected, p)
	}
}

// result returns the assignments that change, the moves of open breakouts, and everybody's outcome. Those who got no seat
// lose the assignment that they had, if all are dealt anew.
func (dl *dealing) result(anew bool) ([]Assignment, []Relocation, Outcomes) {
	dealt, outcomes, without := dl.round(dl.now)
	later, expected, none := dl.round(dl.expected)
	dealt, outcomes, without = append(dealt, later...), append(outcomes, expected...), append(without, none...)
	for _, o := range without {
		if p := dl.s.Participants[o.Participant]; anew && (p.Assignment != "" || inBreakout(p)) {
			dealt = append(dealt, Assignment{Participant: p.ID, Was: p.Assignment})
		}
	}
	moves := []Relocation(nil)
	if dl.s.Breakouts == BreakoutsOpen {
		var taken Outcomes
		moves, taken = takeUp(dl.s, dealt, nil)
		copy(outcomes, taken) // in the same order; those without a seat keep theirs
	}
	changed := dealt[:0:0]
	for _, a := range dealt {
		if a.Room != a.Was {
			changed = append(changed, a)
		}
	}
	return changed, moves, append(append(outcomes, without...), dl.other...)
}

func (dl *dealing) round(people []*Participant) (dealt []Assignment, with, without Outcomes) {
	for _, p := range people {
		dl.d.add(p)
	}
	dealt, outcomes := dl.d.deal()
	for i, a := range dealt {
		outcomes[i].Outcome = a.outcome()
	}
	return dealt, outcomes[:len(dealt)], outcomes[len(dealt):]
}
