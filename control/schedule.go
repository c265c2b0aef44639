package control

import (
	"slices"
	"time"
)

// Bounds of a schedule.
const (
	MaxAhead = 10 * 366 * 24 * time.Hour // how far ahead a meeting may be planned
	MaxLate  = 24 * time.Hour            // how long ago it may be said to have begun
)

// endWarnings are how long before its end a meeting is warned of it.
var endWarnings = []time.Duration{5 * time.Minute, time.Minute}

// lastMinute is how long before the end of the meeting everybody is back from the breakout rooms, so that nobody is cut
// off in one of them.
const lastMinute = time.Minute

// Schedule is when a meeting is to begin and to end by itself. Zero: it has begun; it does not.
type Schedule struct {
	StartsAt time.Time `json:"starts_at,omitzero" doc:"When it begins, unless a speaker comes before; absent: at once."`
	EndsAt   time.Time `json:"ends_at,omitzero" doc:"When it ends by itself; absent: never."`
}

func (w Schedule) utc() Schedule {
	return Schedule{StartsAt: w.StartsAt.Round(0).UTC(), EndsAt: w.EndsAt.Round(0).UTC()}
}

func (w Schedule) equal(o Schedule) bool {
	return w.StartsAt.Equal(o.StartsAt) && w.EndsAt.Equal(o.EndsAt)
}

// check judges what is new in a schedule.
func (w Schedule) check(was Schedule, now time.Time) error {
	if !w.StartsAt.IsZero() && !w.StartsAt.Equal(was.StartsAt) {
		switch {
		case w.StartsAt.Before(now.Add(-MaxLate)):
			return Invalid("starts_at", "leave it out for a meeting that begins at once", "is more than a day ago")
		case w.StartsAt.After(now.Add(MaxAhead)):
			return Invalid("starts_at", "", "is more than ten years ahead")
		}
	}
	if !w.EndsAt.IsZero() && !w.EndsAt.Equal(was.EndsAt) {
		switch {
		case !w.EndsAt.After(now):
			return Invalid("ends_at", "end the meeting with POST …/end", "must be in the future")
		case w.EndsAt.After(now.Add(MaxAhead)):
			return Invalid("ends_at", "", "is more than ten years ahead")
		}
	}
	if !w.StartsAt.IsZero() && !w.EndsAt.IsZero() && !w.equal(was) && !w.EndsAt.After(w.StartsAt) {
		return Invalid("ends_at", "", "must be after starts_at")
	}
	return nil
}

// MeetingStarted says that a planned meeting has begun: its time has come, or a speaker has.
type MeetingStarted struct{}

// MeetingEnding warns everybody that the meeting is about to end by itself.
type MeetingEnding struct {
	EndsAt  time.Time `json:"ends_at" doc:"When it ends."`
	Warning int       `json:"warning_s" doc:"Which warning this is: that of so many seconds before the end."`
}

// Type implements [Event].
func (MeetingStarted) Type() string { return "meeting.started" }

// Type implements [Event].
func (MeetingEnding) Type() string { return "meeting.ending" }

func (s *State) schedule() Schedule { return Schedule{StartsAt: s.StartsAt, EndsAt: s.OverAt} }

// NotStarted says whether the meeting is planned and has not begun.
func (s *State) NotStarted() bool { return !s.StartsAt.IsZero() && !s.Started }

func applySchedule(s *State, e Event) {
	switch e := e.(type) {
	case MeetingStarted:
		s.Started = true
	case MeetingEnding:
		s.EndWarned = e.Warning
	}
}

// reschedule takes a new schedule over. A new time of the beginning has yet to come; if it is past, it comes at once.
func (s *State) reschedule(w Schedule) {
	if !w.StartsAt.Equal(s.StartsAt) {
		s.StartsAt, s.Started = w.StartsAt, false
	}
	if !w.EndsAt.Equal(s.OverAt) {
		s.OverAt, s.EndWarned = w.EndsAt, 0
	}
}

// checkReschedule refuses to put off what goes on.
func checkReschedule(s *State, w Schedule, now time.Time) error {
	if err := w.check(s.schedule(), now); err != nil {
		return err
	}
	inside := func(p *Participant) bool { return p.Location.Place == InRoom }
	if w.StartsAt.After(now) && !s.NotStarted() && slices.ContainsFunc(s.roster(), inside) {
		return &Error{Code: CodeWrongState, Field: "starts_at", Message: "the meeting goes on already", Hint: "end it first, or leave starts_at as it is"}
	}
	return nil
}

func (s *State) startDue() time.Time {
	if s.NotStarted() {
		return s.StartsAt
	}
	return time.Time{}
}

func startMeeting(*State, time.Time) []Event { return []Event{MeetingStarted{}} }

// endWarning is the next warning of the end, or 0. Nobody is warned in a meeting that has not begun.
func (s *State) endWarning() time.Duration {
	for _, d := range endWarnings {
		if s.EndWarned == 0 || int(d.Seconds()) < s.EndWarned {
			return d
		}
	}
	return 0
}

func (s *State) endWarningDue() time.Time {
	d := s.endWarning()
	if s.OverAt.IsZero() || s.NotStarted() || d == 0 {
		return time.Time{}
	}
	return s.OverAt.Add(-d)
}

// warnOfEnd warns with the time that is left. A warning that comes too late is that of the next mark which was passed.
func warnOfEnd(s *State, now time.Time) []Event {
	left := s.OverAt.Sub(now)
	if left <= 0 {
		return endOnTime(s, now)
	}
	mark := endWarnings[0]
	for _, d := range endWarnings {
		if left <= d {
			mark = d
		}
	}
	return []Event{MeetingEnding{EndsAt: s.OverAt, Warning: int(mark.Seconds())}}
}

// callBackDue is when the breakouts have to begin to close so that they are over before the meeting's last minute.
// Breakouts that were opened in that minute are left alone.
func (s *State) callBackDue() time.Time {
	back := s.OverAt.Add(-lastMinute)
	open := s.Breakouts == BreakoutsOpen || s.Breakouts == BreakoutsClosing && s.ClosesAt.After(back)
	if s.OverAt.IsZero() || !open || !s.OpenedAt.Before(back) {
		return time.Time{}
	}
	return back.Add(-min(lastMinute, time.Duration(s.Options.ReturnCountdownS)*time.Second))
}

func callBack(s *State, now time.Time) []Event {
	if back := s.OverAt.Add(-lastMinute); now.Before(back) {
		return []Event{BreakoutsAreClosing{ClosesAt: back}}
	}
	if !now.Before(s.OverAt) {
		return endOnTime(s, now)
	}
	events, _ := stopBreakouts(s)
	return events
}

func (s *State) overDue() time.Time { return s.OverAt }

// endOnTime ends a meeting whose time is over. Who is in a breakout room all the same is brought back first.
func endOnTime(s *State, _ time.Time) []Event {
	events := endMeeting(s)
	if s.Breakouts == BreakoutsIdle {
		return events
	}
	moves, _ := allBack(s)
	return append([]Event{BreakoutsStopped{Moves: moves}}, events...)
}
