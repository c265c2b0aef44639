package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
)

// drawCode asks for a code to be drawn anew.
const drawCode = "generate"

// newCode is the wish for another code; nil: it stays.
func newCode(code *string) control.NewCode {
	switch {
	case code == nil:
		return control.NewCode{}
	case *code == drawCode:
		return control.NewCode{Set: true, Draw: true}
	}
	return control.NewCode{Set: true, Code: *code}
}

// accessCode is a code that cannot be taken away. Without it a null would pass for an absent field.
type accessCode struct{ clearable[string] }

// Schema documents the field.
func (accessCode) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

// change is newCode for it.
func (c accessCode) change() (control.NewCode, error) {
	if c.sent && c.value == nil {
		return control.NewCode{}, control.Invalid("access_code", "send generate to have a new one drawn", "a meeting cannot be without one")
	}
	return newCode(c.value), nil
}

// newSpeakerCode is newCode for a code that may be taken away.
func newSpeakerCode(c clearable[string]) control.NewCode {
	if c.sent && c.value == nil {
		return control.NewCode{Set: true}
	}
	return newCode(c.value)
}

// timeSent is a time from a request; nil: none. The year 1 would pass for none too.
func timeSent(field string, t *time.Time) (time.Time, error) {
	if t == nil {
		return time.Time{}, nil
	}
	if t.IsZero() {
		return *t, control.Invalid(field, "leave it out for none", "is out of range")
	}
	return *t, nil
}

// timeChange is a new time; zero: it is taken away, nil: it stays.
func timeChange(field string, c clearable[time.Time]) (*time.Time, error) {
	if !c.sent {
		return nil, nil
	}
	t, err := timeSent(field, c.value)
	return &t, err
}

// OpenMeeting says how a meeting is held again.
type OpenMeeting struct {
	AccessCode  accessCode        `json:"access_code,omitzero" required:"false" pattern:"^([0-9]{6,12}|generate)$" patternDescription:"6 to 12 digits, or generate" example:"482913057" doc:"What callers key in from now on; absent: the code of the last time; generate: a new one is drawn."`
	SpeakerCode clearable[string] `json:"speaker_code,omitzero" required:"false" pattern:"^([0-9]{6,12}|generate)$" patternDescription:"6 to 12 digits, or generate" example:"730118264" doc:"What speakers key in; absent: the code of the last time; generate: a new one is drawn; null: none."`
	StartsAt    *time.Time        `json:"starts_at,omitempty" example:"2030-01-09T09:00:00Z" doc:"When it is planned to begin; absent: now."`
	EndsAt      *time.Time        `json:"ends_at,omitempty" example:"2030-01-09T10:00:00Z" doc:"When it ends by itself; absent: never."`
}

type openMeetingInput struct {
	MeetingPath
	Body *OpenMeeting `required:"false"`
}

func (a *API) openMeeting(ctx context.Context, in *openMeetingInput) (*reply[Meeting], error) {
	var c control.OpenMeeting
	if b := in.Body; b != nil {
		c.SpeakerCode = newSpeakerCode(b.SpeakerCode)
		var err error
		if c.AccessCode, err = b.AccessCode.change(); err != nil {
			return nil, err
		}
		if c.Schedule.StartsAt, err = timeSent("starts_at", b.StartsAt); err != nil {
			return nil, err
		}
		if c.Schedule.EndsAt, err = timeSent("ends_at", b.EndsAt); err != nil {
			return nil, err
		}
	}
	return a.meetingCommand(ctx, in.Meeting, c)
}

// afterReopening is what a meeting itself is when it is held again.
func afterReopening(s *control.State, e control.MeetingReopened) {
	s.Phase, s.Holding, s.AccessCode, s.SpeakerCode = control.Open, e.Holding, e.AccessCode, e.SpeakerCode
	s.StartsAt, s.OverAt, s.Started = e.StartsAt, e.EndsAt, false
	s.Locked, s.MutedAll = false, false
}
