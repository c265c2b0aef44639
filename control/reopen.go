package control

import (
	"slices"
	"time"
)

// OpenMeeting holds a meeting that has ended again, under the same codes if none are named, or begins one that is
// planned. A meeting that is open stays as it is.
type OpenMeeting struct {
	AccessCode, SpeakerCode NewCode
	Schedule                Schedule // of the new holding
}

func (OpenMeeting) command() {}

// MeetingReopened begins another holding of a meeting. What was planned stays (rooms, roster, assignments, options,
// recordings), what was live is as at first.
type MeetingReopened struct {
	Holding     int    `json:"holding" doc:"Counts the holdings, from 1; this is the second or a later one."`
	AccessCode  string `json:"access_code"`
	SpeakerCode string `json:"speaker_code,omitempty"`
	Schedule
	Gone []ParticipantID `json:"gone,omitempty" doc:"Callers of the holding before who were never on the roster."`
}

// Type implements [Event].
func (MeetingReopened) Type() string { return "meeting.reopened" }

// HoldingNumber counts the holdings of the meeting, from 1.
func (s *State) HoldingNumber() int { return max(1, s.Holding) }

func decideOpen(s *State, c OpenMeeting, now time.Time) ([]Event, any, error) {
	if s.Phase == Ended {
		return decideReopen(s, c, now)
	}
	if c.AccessCode.Set || c.SpeakerCode.Set || !c.Schedule.equal(Schedule{}) {
		return nil, nil, &Error{Code: CodeWrongState, Message: "the meeting is open already", Hint: "change codes and times with PATCH"}
	}
	if s.NotStarted() {
		return one(MeetingStarted{})
	}
	return nil, nil, nil
}

func decideReopen(s *State, c OpenMeeting, now time.Time) ([]Event, any, error) {
	if err := c.Schedule.check(Schedule{}, now); err != nil {
		return nil, nil, err
	}
	e := MeetingReopened{Holding: s.HoldingNumber() + 1, Schedule: c.Schedule.utc()}
	var err error
	if e.AccessCode, e.SpeakerCode, err = newCodes(s, c.AccessCode, c.SpeakerCode); err != nil {
		return nil, nil, err
	}
	for _, p := range s.roster() {
		if p.onlyGuest() {
			e.Gone = append(e.Gone, p.ID)
		}
	}
	return one(e)
}

// onlyGuest says whether nobody on the roster is meant by the participant, nor by who has become one with him.
func (p *Participant) onlyGuest() bool {
	return p.Guest && !slices.ContainsFunc(p.Merged, func(a Absorbed) bool { return !a.Guest })
}

// reopen leaves the plan and nothing else.
func (s *State) reopen(e MeetingReopened) {
	s.Phase, s.Holding, s.AccessCode, s.SpeakerCode = Open, e.Holding, e.AccessCode, e.SpeakerCode
	s.StartsAt, s.OverAt, s.Started, s.EndWarned = e.StartsAt, e.EndsAt, false, 0
	s.Locked, s.MutedAll = false, false
	clear(s.Broadcasts)
	s.BroadcastLog, s.LastBroadcast, s.HelpLog = nil, "", nil
	for _, id := range e.Gone {
		s.remove(id)
	}
	for _, p := range s.Participants {
		p.Muted, p.MutedByAdmin, p.GainDB, p.ListenGainDB = false, false, 0, 0
		p.JoinedAt, p.LastRoom, p.Outside = time.Time{}, "", false
	}
}
