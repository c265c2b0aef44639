package control

import (
	"fmt"
	"reflect"
	"time"
)

func decideCreateMeeting(s *State, c CreateMeeting) ([]Event, any, error) {
	if s.ID != "" {
		return nil, nil, Errorf(CodeWrongState, "the meeting exists already")
	}
	created, err := newMeeting(c)
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
	added, err := newParticipants(next, c.Roster, func(i int) string { return fmt.Sprintf("roster[%d].", i) })
	if err != nil {
		return nil, nil, err
	}
	return append(events, ParticipantsAdded{Participants: added}), c.ID, nil
}

func newMeeting(c CreateMeeting) (MeetingCreated, error) {
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
	if err := checkCode("access_code", c.AccessCode); err != nil {
		return none, err
	}
	if c.SpeakerCode != "" {
		if err := checkCode("speaker_code", c.SpeakerCode); err != nil {
			return none, err
		}
		if c.SpeakerCode == c.AccessCode {
			return none, Invalid("speaker_code", "", "must differ from the access code")
		}
	}
	return MeetingCreated{
		ID: c.ID, Title: title, AccessCode: c.AccessCode, SpeakerCode: c.SpeakerCode, Options: options, StartsAt: c.StartsAt.UTC(),
	}, nil
}

func cleanTitle(title string) (string, error) {
	title, err := cleanText("title", title, MaxTitleRunes)
	if err == nil && title == "" {
		err = Invalid("title", "", "must not be empty")
	}
	return title, err
}

func decideChangeMeeting(s *State, c ChangeMeeting) ([]Event, any, error) {
	changed := MeetingChanged{Title: s.Title, Options: s.Options}
	if c.Title != nil {
		title, err := cleanTitle(*c.Title)
		if err != nil {
			return nil, nil, err
		}
		changed.Title = title
	}
	if c.Options != nil {
		options, err := c.Options.clean()
		if err != nil {
			return nil, nil, err
		}
		if !options.Breakouts && s.Breakouts != BreakoutsIdle {
			return nil, nil, &Error{Code: CodeWrongState, Field: "options.breakouts", Message: "the breakouts are open", Hint: "stop them first"}
		}
		changed.Options = options
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
	return append(events, MeetingEnded{})
}
