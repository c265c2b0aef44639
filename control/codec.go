package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
)

// EventVersion is the version of the payloads that this program writes. A
// payload whose meaning changes gets a higher one, and Unmarshal lifts the older ones.
const EventVersion = 1

// events knows every event by its type.
var events = func() map[string]Event {
	all := []Event{
		MeetingCreated{}, MeetingChanged{}, MeetingLocked{}, MeetingEnded{}, MeetingDeleted{},
		MeetingStarted{}, MeetingEnding{}, MeetingReopened{}, ParticipantsAdmitted{},
		RoomsCreated{}, RoomChanged{}, RoomDeleted{},
		ParticipantsAdded{}, RosterImported{}, ParticipantChanged{}, ParticipantRemoved{}, ParticipantJoined{}, LegLeft{}, LegHeld{}, WebLeft{}, WebSynced{}, ParticipantsMerged{}, ParticipantSplit{},
		ParticipantsMoved{}, AssignmentsChanged{}, ParticipantMuted{}, AllMuted{}, HandRaised{}, FloorGiven{},
		BreakoutsStarted{}, BreakoutsAreClosing{}, BreakoutsStopped{}, BreakoutsReset{}, BreakoutsExtended{}, BreakoutsWarned{}, BreakoutsShuffled{}, CommandUndone{},
		HelpAsked{}, HelpEnded{}, TokenIssued{}, TokensRevoked{}, AudioAdded{}, BroadcastSent{}, BroadcastStarted{}, BroadcastEnded{}, BroadcastDelivered{},
		ParticipantErased{}, MeetingErased{}, PhoneCodeIssued{}, RecordedNameDeleted{},
		CallDialled{}, CallRang{}, CallAnswered{}, CallConfirmed{}, CallFinished{},
	}
	m := make(map[string]Event, len(all))
	for _, e := range all {
		m[e.Type()] = e
	}
	return m
}()

// EventTypes returns an empty event of every type, by the name of the type.
func EventTypes() map[string]Event {
	m := make(map[string]Event, len(events))
	maps.Copy(m, events)
	return m
}

// Marshal makes the stored form of an event.
func Marshal(e Event) (typ string, version int, data json.RawMessage, err error) {
	data, err = json.Marshal(e)
	if err != nil {
		return "", 0, nil, fmt.Errorf("marshal event %s: %w", e.Type(), err)
	}
	return e.Type(), EventVersion, data, nil
}

// Unmarshal reads an event from its stored form.
func Unmarshal(r Record) (Event, error) {
	known, ok := events[r.Type]
	if !ok {
		return nil, fmt.Errorf("event %d of meeting %s: unknown type %q", r.Seq, r.Meeting, r.Type)
	}
	if r.Version < 1 || r.Version > EventVersion {
		return nil, fmt.Errorf("event %d of meeting %s: %s has version %d, this program reads up to %d",
			r.Seq, r.Meeting, r.Type, r.Version, EventVersion)
	}
	v := reflect.New(reflect.TypeOf(known))
	if err := json.Unmarshal(r.Data, v.Interface()); err != nil {
		return nil, fmt.Errorf("event %d of meeting %s: %w", r.Seq, r.Meeting, err)
	}
	return v.Elem().Interface().(Event), nil
}
