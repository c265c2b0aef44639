package control

import "time"

// timer is something that happens to a meeting by itself. When it is due follows from the state alone, so that it is
// armed again from the log after a restart.
type timer struct {
	due func(*State) time.Time          // zero: never
	run func(*State, time.Time) []Event // once it is due; afterwards it is due later, or never
}

// timers are all there are. Of those that are due at the same time the first is run first.
var timers = []timer{
	{(*State).startDue, startMeeting},
	{(*State).warningDue, warn},
	{(*State).breakoutsDue, endBreakouts},
	{(*State).helpDue, expireHelp},
	{(*State).callBackDue, callBack},
	{(*State).endWarningDue, warnOfEnd},
	{(*State).overDue, endOnTime},
}

// next is the timer that is due first, and when; zero: none is. Nothing happens by itself to a meeting that is over.
func (s *State) next() (first timer, at time.Time) {
	if s.Phase != Open {
		return first, at
	}
	for _, t := range timers {
		if due := t.due(s); !due.IsZero() && (at.IsZero() || due.Before(at)) {
			first, at = t, due
		}
	}
	return first, at
}

// NextDue returns when the [Due] command has something to do; zero: never.
func (s *State) NextDue() time.Time {
	_, at := s.next()
	return at
}

// decideDue runs the timer that is due first. If another one is due too, the owner, who arms its timer anew after every
// command, asks again at once: each is decided on the state that the one before it has left.
func decideDue(s *State, now time.Time) []Event {
	first, at := s.next()
	if at.IsZero() || now.Before(at) {
		return nil
	}
	return first.run(s, now)
}
