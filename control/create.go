package control

import (
	"fmt"
	"slices"
	"time"
)

func decideCreateMeeting(s *State, c CreateMeeting, now time.Time) ([]Event, any, error) {
	if s.ID != "" {
		return nil, nil, Errorf(CodeWrongState, "the meeting exists already")
	}
	created, err := newMeeting(c, now)
	if err != nil {
		return nil, nil, err
	}
	events := []Event{created}
	next := NewState()
	Apply(next, created, time.Time{})
	if len(c.Rooms) > 0 {
		rooms, err := newRooms(next, c.Rooms)
		if err != nil {
			return nil, nil, err
		}
		events = append(events, RoomsCreated{Rooms: rooms})
		Apply(next, events[1], time.Time{})
	}
	if len(c.Roster) == 0 {
		return events, c.ID, nil
	}
	if next.NotStarted() && slices.ContainsFunc(c.Roster, func(p NewParticipant) bool { return p.Web && p.Role == Speaker }) {
		events = append(events, MeetingStarted{})
		Apply(next, MeetingStarted{}, time.Time{})
	}
	added, err := newParticipants(next, c.Roster, func(i int) string { return fmt.Sprintf("roster[%d].", i) })
	if err != nil {
		return nil, nil, err
	}
	return append(events, ParticipantsAdded{Participants: added}), c.ID, nil
}

func newMeeting(c CreateMeeting, now time.Time) (MeetingCreated, error) {
	var none MeetingCreated
	if c.ID == "" {
		return none, Invalid("id", "", "must not be empty")
	}
	title, err := cleanTitle(c.Title)
	if err != nil {
		return none, err
	}
	options, err := c.Options.clean()
	if err != nil {
		return none, err
	}
	if err := checkCodes(c.AccessCode, c.SpeakerCode); err != nil {
		return none, err
	}
	when := Schedule{StartsAt: c.StartsAt, EndsAt: c.EndsAt}.utc()
	if err := when.check(Schedule{}, now); err != nil {
		return none, err
	}
	return MeetingCreated{
		ID: c.ID, Title: title, AccessCode: c.AccessCode, SpeakerCode: c.SpeakerCode, Options: options,
		StartsAt: when.StartsAt, EndsAt: when.EndsAt,
	}, nil
}

func cleanTitle(title string) (string, error) {
	title, err := cleanText("title", title, MaxTitleRunes)
	if err == nil && foldName(title) == "" {
		err = Invalid("title", "say what the meeting is about", "must not be empty")
	}
	return title, err
}

// fetchCallers brings the callers back who may no longer be in breakout rooms.
func fetchCallers(s *State) []Event {
	var moves []Relocation
	for _, p := range s.roster() {
		if p.OnPhone() && inBreakout(p) {
			moves = append(moves, Relocation{Participant: p.ID, From: p.Location, To: in(MainRoom)})
		}
	}
	if len(moves) == 0 {
		return nil
	}
	return append([]Event{ParticipantsMoved{Moves: moves, Reason: ReasonOptions}}, emptied(s, moves)...)
}

// endMeeting ends the help requests and the broadcasts too, so that nobody waits for them.
func endMeeting(s *State) []Event {
	var events []Event
	for _, h := range sortedHelp(s) {
		events = append(events, h.over(HelpOver, ""))
	}
	events = append(events, endBroadcasts(s, BroadcastCancelled, "the meeting has ended")...)
	events = append(events, endCalls(s)...)
	return append(events, MeetingEnded{})
}
