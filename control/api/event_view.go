package api

import (
	"time"

	"partyline/control"
)

// Event is something that happened to a meeting, as streams show it.
type Event struct {
	Type      string            `json:"type" example:"participants.moved" doc:"What happened; says what data is."`
	Meeting   control.MeetingID `json:"meeting" example:"mtg_abcdefghijklmnop" doc:"To which meeting."`
	Seq       uint64            `json:"seq" example:"17" doc:"Counts up by one within the meeting, from 1."`
	At        time.Time         `json:"at" doc:"When."`
	Actor     string            `json:"actor,omitempty" example:"key:default" doc:"Who caused it."`
	CommandID control.CommandID `json:"command_id,omitempty" example:"cmd_abcdefghijklmnop" doc:"The command it came of."`
	Version   int               `json:"version" example:"1" doc:"Version of the payload."`
	Data      any               `json:"data" doc:"The payload."`
}

// Snapshot is a meeting as a whole, after the event numbered seq.
type Snapshot struct {
	Seq          uint64        `json:"seq" doc:"Sequence of the last event that is included."`
	Meeting      Meeting       `json:"meeting" doc:"The meeting."`
	Rooms        []Room        `json:"rooms" nullable:"false" doc:"Its breakout rooms."`
	Participants []Participant `json:"participants" nullable:"false" doc:"Its participants."`
	HelpRequests []HelpRequest `json:"help_requests" nullable:"false" doc:"Its open calls for help."`
	Broadcasts   []Broadcast   `json:"broadcasts" nullable:"false" doc:"Its broadcasts that wait or are being played."`
	Calls        []Call        `json:"calls" nullable:"false" doc:"The calls out that have not ended."`
}

// Overview is the snapshot of the stream of all meetings.
type Overview struct {
	Meetings []Meeting `json:"meetings" nullable:"false" doc:"Every open meeting. Skip events of a meeting up to its seq: they are included."`
}

// eventOf shows a record of the log. Callers' numbers are masked.
func eventOf(r control.Record) (Event, error) {
	payload, err := control.Unmarshal(r)
	if err != nil {
		return Event{}, err
	}
	return Event{Type: r.Type, Meeting: r.Meeting, Seq: r.Seq, At: r.At.UTC(), Actor: r.Actor,
		CommandID: r.Command, Version: r.Version, Data: counted(masked(payload))}, nil
}

// masked hides callers' numbers in a payload.
func masked(e control.Event) control.Event {
	switch e := e.(type) {
	case control.ParticipantJoined:
		e.Number = control.MaskNumber(e.Number)
		if e.Leg != nil {
			leg := *e.Leg
			leg.Number = control.MaskNumber(leg.Number)
			e.Leg = &leg
		}
		return e
	case control.ParticipantsMerged:
		e.Identity = *maskedIdentity(&e.Identity)
		return e
	case control.ParticipantSplit:
		e.Identity = *maskedIdentity(&e.Identity)
		e.New.Number, e.New.PIN = control.MaskNumber(e.New.Number), ""
		return e
	case control.ParticipantChanged:
		e.Identity = maskedIdentity(e.Identity)
		return e
	case control.ParticipantsAdded:
		people := make([]control.AddedParticipant, len(e.Participants))
		for i, p := range e.Participants {
			p.Number, p.PIN = control.MaskNumber(p.Number), ""
			people[i] = p
		}
		e.Participants = people
		return e
	case control.RosterImported:
		e.People = maskedRoster(e.People)
		return e
	case control.PhoneCodeIssued:
		e.Code = ""
		return e
	case control.WebSynced:
		e.Changed = maskedRoster(e.Changed)
		return e
	case control.CallDialled:
		e.Number = control.MaskAddress(e.Number)
		return e
	default:
		return e
	}
}

func maskedRoster(list []control.RosterChange) []control.RosterChange {
	people := make([]control.RosterChange, len(list))
	for i, p := range list {
		p.Number, p.PIN = control.MaskNumber(p.Number), ""
		people[i] = p
	}
	return people
}

func maskedIdentity(id *control.Identity) *control.Identity {
	if id == nil {
		return nil
	}
	shown := *id
	shown.Number, shown.PIN = control.MaskNumber(id.Number), ""
	return &shown
}

func snapshotOf(s *control.State) Snapshot {
	out := Snapshot{Seq: s.Seq, Meeting: meetingOf(s), Rooms: make([]Room, 0, len(s.RoomOrder)),
		Participants: make([]Participant, 0, len(s.Order)), HelpRequests: make([]HelpRequest, 0, len(s.Help)), Broadcasts: liveBroadcasts(s), Calls: openCalls(s)}
	counts := countRooms(s)
	for _, id := range s.RoomOrder {
		out.Rooms = append(out.Rooms, roomOf(s.Rooms[id], counts))
	}
	for _, id := range s.Order {
		out.Participants = append(out.Participants, participantOf(s.Participants[id]))
	}
	for _, id := range openHelp(s) {
		out.HelpRequests = append(out.HelpRequests, helpOf(s.Help[id]))
	}
	return out
}
