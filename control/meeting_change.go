package control

import (
	"reflect"
	"time"
)

// ChangeMeeting sets what is not nil or not Set. Times that are zero are cleared.
type ChangeMeeting struct {
	Title                   *string
	Options                 *Options
	AccessCode, SpeakerCode NewCode
	StartsAt, EndsAt        *time.Time
}

func (ChangeMeeting) command() {}

// MeetingCodes are the codes of a meeting.
type MeetingCodes struct {
	AccessCode  string `json:"access_code" doc:"What callers key in."`
	SpeakerCode string `json:"speaker_code,omitempty" doc:"What speakers key in; absent: they have no code."`
}

// MeetingChanged carries the whole of what can be changed.
type MeetingChanged struct {
	Title    string        `json:"title"`
	Options  Options       `json:"options"`
	Codes    *MeetingCodes `json:"codes,omitempty" doc:"The codes from now on; absent: as before."`
	Schedule *Schedule     `json:"schedule,omitempty" doc:"The times from now on; absent: as before."`
}

// Type implements [Event].
func (MeetingChanged) Type() string { return "meeting.changed" }

func (s *State) changeMeeting(e MeetingChanged) {
	s.Title, s.Options = e.Title, e.Options
	if e.Codes != nil {
		s.AccessCode, s.SpeakerCode = e.Codes.AccessCode, e.Codes.SpeakerCode
	}
	if e.Schedule != nil {
		s.reschedule(*e.Schedule)
	}
}

func decideChangeMeeting(s *State, c ChangeMeeting, now time.Time) ([]Event, any, error) {
	changed := MeetingChanged{Title: s.Title, Options: s.Options}
	if c.Title != nil {
		title, err := cleanTitle(*c.Title)
		if err != nil {
			return nil, nil, err
		}
		changed.Title = title
	}
	if err := changed.setOptions(s, c.Options); err != nil {
		return nil, nil, err
	}
	if err := changed.setCodes(s, c); err != nil {
		return nil, nil, err
	}
	if err := changed.setSchedule(s, c, now); err != nil {
		return nil, nil, err
	}
	if reflect.DeepEqual(changed, MeetingChanged{Title: s.Title, Options: s.Options}) {
		return nil, nil, nil
	}
	events := []Event{changed}
	if s.Options.PhoneBreakouts && !changed.Options.PhoneBreakouts {
		events = append(events, fetchCallers(s)...)
	}
	return events, nil, nil
}

func (e *MeetingChanged) setOptions(s *State, o *Options) error {
	if o == nil {
		return nil
	}
	options, err := o.clean()
	if err != nil {
		return err
	}
	if !options.Breakouts && s.Breakouts != BreakoutsIdle {
		return &Error{Code: CodeWrongState, Field: "options.breakouts", Message: "the breakouts are open", Hint: "stop them first"}
	}
	e.Options = options
	return nil
}

func (e *MeetingChanged) setCodes(s *State, c ChangeMeeting) error {
	access, speaker, err := newCodes(s, c.AccessCode, c.SpeakerCode)
	if err != nil {
		return err
	}
	if access != s.AccessCode || speaker != s.SpeakerCode {
		e.Codes = &MeetingCodes{AccessCode: access, SpeakerCode: speaker}
	}
	return nil
}

func (e *MeetingChanged) setSchedule(s *State, c ChangeMeeting, now time.Time) error {
	next := s.schedule()
	if c.StartsAt != nil {
		next.StartsAt = *c.StartsAt
	}
	if c.EndsAt != nil {
		next.EndsAt = *c.EndsAt
	}
	if next = next.utc(); next.equal(s.schedule()) {
		return nil
	}
	if err := checkReschedule(s, next, now); err != nil {
		return err
	}
	e.Schedule = &next
	return nil
}
