package api

import (
	"time"

	"partyline/control"
)

// Meeting is a meeting as the API shows it.
type Meeting struct {
	ID          control.MeetingID `json:"id" example:"mtg_abcdefghijklmnop" doc:"Opaque id."`
	Title       string            `json:"title" example:"Spring workshop" doc:"What people call it."`
	AccessCode  string            `json:"access_code,omitempty" example:"482913057" doc:"What callers key in; the audience is not shown it."`
	SpeakerCode string            `json:"speaker_code,omitempty" example:"730118264" doc:"What speakers key in instead; absent: speakers cannot identify themselves by code, or the one who asks may not make speakers (a key without meetings:write)."`
	Phase       string            `json:"phase" enum:"open,ended" doc:"Whether people may come."`
	Started     bool              `json:"started" doc:"It has begun. Until then everybody but speakers waits in the lobby."`
	Holding     int               `json:"holding" example:"1" doc:"Counts how often it has been held: 1, and one more whenever it is opened after its end."`
	Locked      bool              `json:"locked" doc:"Newcomers wait in the lobby."`
	MutedAll    bool              `json:"muted_all" doc:"The audience is muted."`
	CreatedAt   time.Time         `json:"created_at" doc:"When it was made."`
	StartsAt    *time.Time        `json:"starts_at,omitempty" doc:"When it is planned to begin."`
	EndsAt      *time.Time        `json:"ends_at,omitempty" doc:"When it ends by itself."`
	Options     control.Options   `json:"options" doc:"What may be done in it."`
	Breakouts   Breakouts         `json:"breakouts" doc:"State of the breakouts."`
	Counts      Counts            `json:"counts" doc:"How many there are now. Not covered by the ETag."`
	Seq         uint64            `json:"seq" doc:"Sequence of the last event this answer includes. Not covered by the ETag."`
}

// Breakouts is the state of a meeting's breakouts.
type Breakouts struct {
	State    string     `json:"state" enum:"idle,open,closing" doc:"idle: everybody is in the main room."`
	OpenedAt *time.Time `json:"opened_at,omitempty" doc:"When they were opened."`
	EndsAt   *time.Time `json:"ends_at,omitempty" doc:"When they end by themselves."`
	ClosesAt *time.Time `json:"closes_at,omitempty" doc:"When the countdown is over and everybody is brought back."`
}

// Counts are the sizes of a meeting.
type Counts struct {
	Rooms        int `json:"rooms" doc:"Breakout rooms."`
	Participants int `json:"participants" doc:"Everybody on the roster."`
	Present      int `json:"present" doc:"Those who are in the meeting now."`
	Waiting      int `json:"waiting" doc:"Those of them who wait in the lobby."`
	HelpRequests int `json:"help_requests" doc:"Open calls for help."`
}

// MeetingSummary is a meeting as a list shows it.
type MeetingSummary struct {
	ID          control.MeetingID `json:"id" example:"mtg_abcdefghijklmnop" doc:"Opaque id."`
	Title       string            `json:"title" example:"Spring workshop" doc:"What people call it."`
	AccessCode  string            `json:"access_code" example:"482913057" doc:"What callers key in."`
	SpeakerCode string            `json:"speaker_code,omitempty" doc:"What speakers key in instead."`
	Phase       string            `json:"phase" enum:"open,ended" doc:"Whether people may come in."`
	CreatedAt   time.Time         `json:"created_at" doc:"When it was made."`
}

func meetingOf(s *control.State) Meeting {
	return Meeting{
		ID: s.ID, Title: s.Title, AccessCode: s.AccessCode, SpeakerCode: s.SpeakerCode,
		Phase: string(s.Phase), Started: !s.NotStarted(), Holding: s.HoldingNumber(), Locked: s.Locked, MutedAll: s.MutedAll,
		CreatedAt: s.CreatedAt.UTC(), StartsAt: timeOf(s.StartsAt), EndsAt: timeOf(s.OverAt), Options: s.Options,
		Breakouts: breakoutsOf(s), Counts: countsOf(s), Seq: s.Seq,
	}
}

func breakoutsOf(s *control.State) Breakouts {
	b := Breakouts{State: string(s.Breakouts)}
	if s.Breakouts != control.BreakoutsIdle {
		b.OpenedAt, b.EndsAt, b.ClosesAt = timeOf(s.OpenedAt), timeOf(s.EndsAt), timeOf(s.ClosesAt)
	}
	return b
}

func countsOf(s *control.State) Counts {
	c := Counts{Rooms: len(s.Rooms), Participants: len(s.Participants), HelpRequests: len(s.Help)}
	for _, p := range s.Participants {
		if p.Present() {
			c.Present++
		}
		if p.Location.Place == control.Lobby {
			c.Waiting++
		}
	}
	return c
}

// countsAfter are the counts after a command that changes the meeting itself.
func countsAfter(d done) Counts {
	c := countsOf(d.before)
	for _, e := range d.events {
		switch e := e.(type) {
		case control.HelpEnded:
			c.HelpRequests--
		case control.MeetingEnded:
			c.Present, c.Waiting = 0, 0
		case control.ParticipantsAdmitted:
			c.Waiting -= len(e.Moves)
		case control.MeetingReopened:
			c.Participants -= len(e.Gone)
		}
	}
	return c
}

// meetingETag covers what an admin can edit.
func meetingETag(s *control.State) string {
	return etagOf(struct {
		Title            string
		Access, Speaker  string
		StartsAt, EndsAt int64
		Options          control.Options
		Phase            control.Phase
		Locked           bool
	}{s.Title, s.AccessCode, s.SpeakerCode, s.StartsAt.UnixNano(), s.OverAt.UnixNano(), s.Options, s.Phase, s.Locked})
}

// after returns a shallow copy of the state with the events applied that
// change nothing but the meeting's own fields.
func after(d done) *control.State {
	s := *d.before
	s.Seq = d.seq()
	for _, e := range d.events {
		switch e := e.(type) {
		case control.MeetingLocked:
			s.Locked = e.Locked
		case control.MeetingStarted:
			s.Started = true
		case control.MeetingReopened:
			afterReopening(&s, e)
		case control.MeetingEnded:
			s.Phase, s.Breakouts = control.Ended, control.BreakoutsIdle
		case control.AllMuted:
			s.MutedAll = e.Muted
		case control.BreakoutsStarted:
			s.Breakouts, s.OpenedAt, s.EndsAt, s.ClosesAt = control.BreakoutsOpen, d.at, e.EndsAt, time.Time{}
		case control.BreakoutsAreClosing:
			s.Breakouts, s.ClosesAt = control.BreakoutsClosing, e.ClosesAt
		case control.BreakoutsExtended:
			s.Breakouts, s.EndsAt, s.ClosesAt = control.BreakoutsOpen, e.EndsAt, time.Time{}
		case control.BreakoutsStopped:
			s.Breakouts = control.BreakoutsIdle
		}
	}
	return &s
}

// timeOf leaves out a time that is not set.
func timeOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
