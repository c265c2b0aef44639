package control

import (
	"slices"
	"time"
)

const (
	maxWarnings = 10
	maxWarningS = 3600
	// lateWarning is how late a warning may be: what has been left to wait longer, e.g. by a restart of the bridge, would
	// be untrue.
	lateWarning = 2 * time.Second
)

// ExtendBreakouts moves the end of the breakouts; a countdown that runs is taken back. The value is [Outcomes], of nobody.
type ExtendBreakouts struct{ Duration time.Duration }

func (ExtendBreakouts) command() {}

type (
	// BreakoutsExtended moves the end, and opens closing breakouts again.
	BreakoutsExtended struct {
		EndsAt time.Time `json:"ends_at"`
	}
	// BreakoutsWarned says that everybody in the rooms was warned of the end.
	BreakoutsWarned struct {
		LeftS  int       `json:"left_s"`
		EndsAt time.Time `json:"ends_at"`
		Missed bool      `json:"missed,omitempty"` // nobody was warned: the bridge was down at the time
	}
)

// Type implements [Event].
func (BreakoutsExtended) Type() string { return "breakouts.extended" }

// Type implements [Event].
func (BreakoutsWarned) Type() string { return "breakouts.warned" }

func decideExtend(s *State, c ExtendBreakouts, now time.Time) ([]Event, any, error) {
	end := s.breakoutsEnd()
	switch {
	case s.Breakouts == BreakoutsIdle:
		return nil, nil, Errorf(CodeWrongState, "the breakouts are not open")
	case end.IsZero():
		return nil, nil, &Error{Code: CodeWrongState, Message: "the breakouts have no end that could be moved", Hint: "stop them, with a countdown if people need time"}
	case c.Duration < time.Second || c.Duration > MaxDuration:
		return nil, nil, Invalid("duration_s", "", "must be 1 to %d", int(MaxDuration.Seconds()))
	}
	end = end.Add(c.Duration)
	if end.Sub(now) > MaxDuration {
		return nil, nil, Invalid("duration_s", "", "the breakouts would go on for more than %d s from now", int(MaxDuration.Seconds()))
	}
	return []Event{BreakoutsExtended{EndsAt: end}}, Outcomes{}, nil
}

// breakoutsEnd is when the breakouts are over by themselves; zero: never.
func (s *State) breakoutsEnd() time.Time {
	if s.Breakouts == BreakoutsClosing {
		return s.ClosesAt
	}
	return s.EndsAt
}

func (s *State) setEnd(end, at time.Time) {
	s.EndsAt = end
	s.WarnedS = s.secondsLeft(at)
}

// secondsLeft is the time until the end in whole seconds, rounded up; 0: there is no end.
func (s *State) secondsLeft(at time.Time) int {
	end := s.breakoutsEnd()
	if s.Breakouts == BreakoutsIdle || end.IsZero() {
		return 0
	}
	return max(0, int((end.Sub(at)+time.Second-1)/time.Second))
}

// rewarn keeps new warnings, whose time has passed already, from being given late.
func (s *State) rewarn(at time.Time) { s.WarnedS = min(s.WarnedS, s.secondsLeft(at)) }

// nextWarning is how many seconds before the end the next warning is due; 0: none is.
func (s *State) nextWarning() int {
	if s.Breakouts == BreakoutsIdle || s.breakoutsEnd().IsZero() {
		return 0
	}
	for _, w := range s.Options.WarningsS { // the longest first
		if w < s.WarnedS {
			return w
		}
	}
	return 0
}

func (s *State) warningDue() time.Time {
	w := s.nextWarning()
	if w == 0 {
		return time.Time{}
	}
	return s.breakoutsEnd().Add(-time.Duration(w) * time.Second)
}

// warn gives the last warning that is due: those before it are overtaken. Where it is all over, nothing is left to warn of.
func warn(s *State, now time.Time) []Event {
	end := s.breakoutsEnd()
	if !now.Before(end) {
		return endBreakouts(s, now)
	}
	left := s.nextWarning()
	for _, w := range s.Options.WarningsS {
		if w < left && !now.Before(end.Add(-time.Duration(w)*time.Second)) {
			left = w
		}
	}
	late := now.Sub(end.Add(-time.Duration(left) * time.Second))
	return []Event{BreakoutsWarned{LeftS: left, EndsAt: end, Missed: late > lateWarning}}
}

// cleanWarnings checks the list of warnings, and puts the longest first.
func cleanWarnings(list []int) ([]int, error) {
	const field = "options.warnings_s"
	if len(list) > maxWarnings {
		return nil, Invalid(field, "", "must be at most %d", maxWarnings)
	}
	clean := slices.Clone(list)
	slices.Sort(clean)
	slices.Reverse(clean)
	for i, w := range clean {
		if w < 1 || w > maxWarningS {
			return nil, Invalid(field, "seconds before the end", "must each be 1 to %d", maxWarningS)
		}
		if i > 0 && w == clean[i-1] {
			return nil, Invalid(field, "", "names %d twice", w)
		}
	}
	if len(clean) == 0 {
		return nil, nil
	}
	return clean, nil
}
