package control

import (
	"cmp"
	"slices"
	"time"
)

// The distributions.
const (
	ByRandom = "random"
	ByPlan   = "plan"
	ByManual = "manual"
)

func decideStart(s *State, c StartBreakouts, now time.Time) ([]Event, any, error) {
	c, err := checkStart(s, c)
	if err != nil {
		return nil, nil, err
	}
	e := BreakoutsStarted{Distribution: c.Distribution}
	if c.Duration > 0 {
		e.EndsAt = now.Add(c.Duration)
	}
	plan := newPlan(s, c)
	for _, p := range s.roster() {
		plan.add(p)
	}
	outcomes := Outcomes(nil)
	e.Assignments, e.Moves, outcomes = plan.result()
	events := append([]Event{e}, emptied(s, e.Moves)...)
	return events, outcomes, nil
}

func checkStart(s *State, c StartBreakouts) (StartBreakouts, error) {
	switch {
	case !s.Options.Breakouts:
		return c, Errorf(CodeNotAllowed, "breakouts are off in this meeting")
	case s.Breakouts != BreakoutsIdle:
		return c, &Error{Code: CodeWrongState, Message: "the breakouts are " + string(s.Breakouts), Hint: "stop them first"}
	case len(s.Rooms) == 0:
		return c, errNoRooms()
	case c.Duration < 0 || c.Duration > MaxDuration:
		return c, Invalid("duration_s", "0 means without end", "must be 0 to %d", int(MaxDuration.Seconds()))
	}
	if c.Distribution == "" {
		c.Distribution = ByRandom
		for _, p := range s.Participants {
			if p.Assignment != "" {
				c.Distribution = ByPlan
			}
		}
	}
	switch c.Distribution {
	case ByManual:
		c.Unassigned = cmp.Or(c.Unassigned, string(MainRoom))
	case ByPlan, ByRandom:
		c.Unassigned = cmp.Or(c.Unassigned, ByRandom)
	default:
		return c, Invalid("distribution", "", `must be "random", "plan" or "manual"`)
	}
	if c.Unassigned != ByRandom && c.Unassigned != string(MainRoom) {
		return c, Invalid("unassigned", "", `must be "random" or "main"`)
	}
	return c, nil
}

func errNoRooms() error {
	return &Error{Code: CodeWrongState, Message: "there are no breakout rooms", Hint: "create rooms first"}
}

// plan works out where everybody goes when breakouts open.
type plan struct {
	s     *State
	c     StartBreakouts
	fixed []Assignment // assigned already, and going
	rest  *distribution
	other Outcomes // of those who stay
}

func newPlan(s *State, c StartBreakouts) *plan {
	return &plan{s: s, c: c, rest: newDistribution(s, nil, c.Seed)}
}

// add decides about one person: he goes where he is assigned, is dealt out with the rest, or stays.
func (pl *plan) add(p *Participant) {
	assigned := pl.c.Distribution != ByRandom && p.Assignment != ""
	stays := func(outcome string, room RoomID) {
		pl.other = append(pl.other, PersonOutcome{Participant: p.ID, Outcome: outcome, Room: room})
	}
	switch {
	case !p.Present():
		stays(p.away(), p.Assignment)
	case p.Location.Place != InRoom:
		stays(OutcomeUnchanged, "")
	case pl.s.refusesPhone(p):
		stays(OutcomeNoPhone, MainRoom)
	case assigned && !pl.rest.seat(p, p.Assignment):
		stays(OutcomeRoomFull, MainRoom)
	case assigned:
		pl.fixed = append(pl.fixed, Assignment{Participant: p.ID, Room: p.Assignment, Was: p.Assignment})
	case p.Role == Speaker && !pl.c.IncludeSpeakers:
		stays(OutcomeUnchanged, MainRoom)
	case pl.c.Distribution != ByRandom && pl.c.Unassigned == string(MainRoom):
		stays(OutcomeUnchanged, MainRoom)
	default:
		pl.rest.add(p)
	}
}

// result returns the new assignments, the moves of everybody who goes, and everybody's outcome.
func (pl *plan) result() ([]Assignment, []Relocation, Outcomes) {
	dealt, outcomes := pl.rest.deal()
	without := outcomes[len(dealt):]
	moves, going := takeUp(pl.s, append(slices.Clip(pl.fixed), dealt...), nil)
	return dealt, moves, append(append(going, without...), pl.other...)
}

func decideStop(s *State, c StopBreakouts, now time.Time) ([]Event, any, error) {
	if s.Breakouts == BreakoutsIdle {
		return nil, nil, Errorf(CodeWrongState, "the breakouts are not open")
	}
	if c.Countdown == DefaultCountdown {
		c.Countdown = time.Duration(s.Options.ReturnCountdownS) * time.Second
	}
	if c.Countdown < 0 || c.Countdown > MaxCountdown {
		return nil, nil, Invalid("countdown_s", "", "must be 0 to %d", int(MaxCountdown.Seconds()))
	}
	if c.Countdown == 0 {
		events, outcomes := stopBreakouts(s)
		return events, outcomes, nil
	}
	closes := now.Add(c.Countdown)
	if s.Breakouts == BreakoutsOpen && !s.EndsAt.IsZero() && s.EndsAt.Before(closes) {
		closes = s.EndsAt // a stop never makes them longer
	}
	if s.Breakouts == BreakoutsClosing && !closes.Before(s.ClosesAt) {
		return nil, Outcomes{}, nil
	}
	return []Event{BreakoutsAreClosing{ClosesAt: closes}}, Outcomes{}, nil
}

// stopBreakouts brings everybody back, whoever he is and wherever.
func stopBreakouts(s *State) ([]Event, Outcomes) {
	moves, outcomes := allBack(s)
	events := []Event{BreakoutsStopped{Moves: moves}}
	for _, h := range sortedHelp(s) {
		if h.Room != MainRoom {
			events = append(events, h.over(HelpOver, ""))
		}
	}
	return events, outcomes
}

// allBack brings everybody to the main room who is in another.
func allBack(s *State) ([]Relocation, Outcomes) {
	var moves []Relocation
	outcomes := make(Outcomes, 0, len(s.Order))
	for _, p := range s.roster() {
		o := PersonOutcome{Participant: p.ID, Outcome: OutcomeUnchanged, Room: p.Location.Room}
		switch {
		case !p.Present():
			o.Outcome = p.away()
		case inBreakout(p):
			moves = append(moves, p.to(MainRoom))
			o.Outcome, o.Room = OutcomeMoved, MainRoom
		}
		outcomes = append(outcomes, o)
	}
	return moves, outcomes
}

func decideReset(s *State) ([]Event, any, error) {
	moves, outcomes := allBack(s)
	var cleared []Assignment
	for i, p := range s.roster() {
		if p.Assignment == "" {
			continue
		}
		cleared = append(cleared, Assignment{Participant: p.ID, Was: p.Assignment})
		if outcomes[i].Outcome != OutcomeMoved {
			outcomes[i].Outcome = OutcomeUnassigned
		}
	}
	if len(moves) == 0 && len(cleared) == 0 {
		return nil, outcomes, nil
	}
	return append([]Event{BreakoutsReset{Assignments: cleared, Moves: moves}}, emptied(s, moves)...), outcomes, nil
}

// breakoutsDue is when the countdown has to begin so that open breakouts are over when their duration is, or when closing
// ones are to be stopped.
func (s *State) breakoutsDue() time.Time {
	switch {
	case s.Breakouts == BreakoutsClosing:
		return s.ClosesAt
	case s.Breakouts == BreakoutsOpen && !s.EndsAt.IsZero():
		return s.EndsAt.Add(-time.Duration(s.Options.ReturnCountdownS) * time.Second)
	}
	return time.Time{}
}

// endBreakouts is what happens then.
func endBreakouts(s *State, now time.Time) []Event {
	if s.Breakouts == BreakoutsOpen && now.Before(s.EndsAt) {
		return []Event{BreakoutsAreClosing{ClosesAt: s.EndsAt}}
	}
	events, _ := stopBreakouts(s)
	return events
}
