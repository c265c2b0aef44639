package control

import "encoding/json"

// Outcomes is the value of a command about many people: one entry for each of them.
type Outcomes []PersonOutcome

// PersonOutcome says what a command came to for one person.
type PersonOutcome struct {
	Participant ParticipantID `json:"participant"`
	Outcome     string        `json:"outcome" enum:"moved,assigned,unassigned,unchanged,not_present,left,no_phone_breakouts,room_full,locked,changed_since,room_gone,added,joined,waiting,edited,newer"`
	Room        RoomID        `json:"room,omitempty"` // where he is or belongs now
}

// What a command came to for one person.
const (
	OutcomeMoved      = "moved"
	OutcomeAssigned   = "assigned"   // belongs to the room, and was not moved
	OutcomeUnassigned = "unassigned" // belongs to no room, and was not moved
	OutcomeUnchanged  = "unchanged"
	OutcomeNotPresent = "not_present" // has not come yet
	OutcomeLeft       = "left"        // was here, and has left
	OutcomeNoPhone    = "no_phone_breakouts"
	OutcomeRoomFull   = "room_full"
	OutcomeLocked     = "locked"
	OutcomeChanged    = "changed_since" // of an undo: he has been moved or assigned again since
	OutcomeAdded      = "added"         // of a list of the web: he is new
	OutcomeJoined     = "joined"        // he was known, and has come
	OutcomeWaiting    = "waiting"       // he has come, or is new, and waits in the lobby
	OutcomeEdited     = "edited"        // he was there, and his details have changed
	OutcomeNewer      = "newer"         // what is known of him is newer than the list
	OutcomeRoomGone   = "room_gone"     // of an undo: the room that he was in, or the breakouts, are gone
)

// away says of somebody who is not present whether he has ever been.
func (p *Participant) away() string {
	if p.JoinedAt.IsZero() {
		return OutcomeNotPresent
	}
	return OutcomeLeft
}

// refusal makes an error of an outcome that is all the command came to.
func (o PersonOutcome) refusal() error {
	switch o.Outcome {
	case OutcomeNotPresent, OutcomeLeft:
		return &Error{Code: CodeWrongState, Field: "participants", Message: "the participant is not in the meeting now"}
	case OutcomeNoPhone:
		return &Error{Code: CodeNotAllowed, Field: "participants", Message: "callers take no part in the breakouts of this meeting", Hint: "set the option phone_breakouts"}
	case OutcomeRoomFull:
		return &Error{Code: CodeRoomFull, Field: "room", Message: "the room is full", Hint: "raise its capacity; speakers are not bound by it"}
	}
	return nil
}

// outcomesIn returns what a command's value says of each person; ok is false if that is nothing to be kept.
func outcomesIn(value any) (_ Outcomes, ok bool) {
	switch v := value.(type) {
	case Outcomes:
		return v, true
	case CreatedRooms:
		return v.Outcomes, len(v.Outcomes) > 0
	case ImportResult:
		people := make(Outcomes, 0, len(v.Outcomes))
		for _, o := range v.Outcomes {
			people = append(people, o.PersonOutcome)
		}
		return people, !v.DryRun
	}
	return nil, false
}

// ReadOutcomes reads what is kept of a command, see [Outcome]; ok is false if that was not about people.
func ReadOutcomes(kept json.RawMessage) (_ Outcomes, ok bool) {
	var list Outcomes
	if json.Unmarshal(kept, &list) == nil && list != nil {
		return list, true
	}
	var within struct { // of a command that made something too
		DryRun   bool     `json:"dry_run"`
		Outcomes Outcomes `json:"outcomes"`
	}
	if err := json.Unmarshal(kept, &within); err != nil || within.DryRun {
		return nil, false
	}
	return within.Outcomes, within.Outcomes != nil
}
