package api

import (
	"time"

	"partyline/control"
)

// Participant is a person in a meeting as the API shows him.
type Participant struct {
	ID           control.ParticipantID `json:"id" example:"par_abcdefghijklmnop" doc:"Opaque id."`
	Name         string                `json:"name" example:"Ada Lovelace" doc:"What he is called."`
	Number       string                `json:"number,omitempty" example:"+49•••417" doc:"The caller's number, masked."`
	ExternalID   string                `json:"external_id,omitempty" example:"user-17" doc:"The control plane's own id."`
	FirstName    string                `json:"first_name,omitempty" example:"Ada" doc:"His first name, if it is known."`
	LastName     string                `json:"last_name,omitempty" example:"Lovelace" doc:"His last name, if it is known."`
	Email        string                `json:"email,omitempty" example:"ada@example.org" doc:"Unique within the meeting."`
	PIN          string                `json:"pin,omitempty" pattern:"^[0-9]{6,12}$" patternDescription:"6 to 12 digits" example:"471108" doc:"His personal PIN, in the answer to the request that had it drawn alone."`
	Role         string                `json:"role" enum:"speaker,audience" doc:"What he may do."`
	Location     Location              `json:"location" doc:"Where he is now."`
	Assignment   control.RoomID        `json:"assignment,omitempty" example:"room_abcdefghijklmnop" doc:"The room he belongs to while breakouts are open; absent: unassigned."`
	Legs         []Leg                 `json:"legs" nullable:"false" doc:"His media connections."`
	Web          bool                  `json:"web" doc:"He is present on the web."`
	Muted        bool                  `json:"muted" doc:"Nobody hears him: he or an admin muted him."`
	MutedByAdmin bool                  `json:"muted_by_admin" doc:"He cannot unmute himself."`
	ListenOnly   bool                  `json:"listen_only" doc:"He hears the room he is in, and is not heard there; the next move ends it."`
	GainDB       int                   `json:"gain_db" minimum:"-20" maximum:"20" doc:"How much louder others hear him."`
	ListenGainDB int                   `json:"listen_gain_db" minimum:"-20" maximum:"20" doc:"How much louder he hears everything, on his telephone."`
	Language     string                `json:"language,omitempty" example:"de" doc:"The language that he is told things in, on his telephone; absent: the meeting's."`
	RecordedName *RecordedName         `json:"recorded_name,omitempty" doc:"His name as he has said it himself, read with GET …/recorded-name; absent: he has not."`
	HandRaisedAt *time.Time            `json:"hand_raised_at,omitempty" doc:"Since when his hand is up; absent: it is down."`
	JoinedAt     *time.Time            `json:"joined_at,omitempty" doc:"When he came in; absent: he has not been here."`
}

// RecordedName is a recording of somebody's name.
type RecordedName struct {
	DurationMS int `json:"duration_ms" example:"1400" doc:"How long it plays."`
}

func recordedNameOf(a *control.Audio) *RecordedName {
	if a == nil {
		return nil
	}
	return &RecordedName{DurationMS: a.DurationMS}
}

// Location is where a participant is now.
type Location struct {
	Place string         `json:"place" enum:"absent,attendant,lobby,room" doc:"What kind of place it is."`
	Room  control.RoomID `json:"room,omitempty" example:"main" doc:"The room, if and only if place is room."`
}

// Leg is a media connection of a participant.
type Leg struct {
	ID   control.LegID `json:"id" example:"leg_abcdefghijklmnop" doc:"Opaque id."`
	Kind string        `json:"kind" enum:"phone,link,browser" doc:"How it is connected."`
	Held bool          `json:"held" doc:"The far end has put it on hold: it neither hears nor is heard."`

	Number string `json:"number,omitempty" example:"+49•••417" doc:"The number that called, masked."`

	KnownBy string `json:"known_by,omitempty" enum:"redial,number,pin,phone_code,call" doc:"How it is known whose it is: he called from this number a short time ago, the roster has the number, he keyed in his PIN or a phone code, or he was called; absent: he is nobody who is known, or was named or merged since."`
}

func participantOf(p *control.Participant) Participant {
	v := Participant{
		ID: p.ID, Name: p.Name, Number: control.MaskNumber(p.Number), ExternalID: p.ExternalID,
		FirstName: p.FirstName, LastName: p.LastName, Email: p.Email,
		Role: string(p.Role), Location: locationOf(p.Location), Assignment: p.Assignment,
		Legs: make([]Leg, 0, len(p.Legs)), Web: p.Web,
		Muted: p.Silenced(), MutedByAdmin: p.MutedByAdmin, GainDB: p.GainDB, ListenGainDB: p.ListenGainDB, ListenOnly: p.ListenOnly, Language: p.Language,
		HandRaisedAt: timeOf(p.Hand), JoinedAt: timeOf(p.JoinedAt), RecordedName: recordedNameOf(p.RecordedName),
	}
	for _, l := range p.Legs {
		v.Legs = append(v.Legs, Leg{ID: l.ID, Kind: string(l.Kind), Held: l.Held, Number: control.MaskNumber(l.Number), KnownBy: l.KnownBy})
	}
	return v
}

func locationOf(l control.Location) Location {
	return Location{Place: string(l.Place), Room: l.Room}
}

// addedParticipant is a participant who was just put on the roster.
func addedParticipant(p control.AddedParticipant, at time.Time) Participant {
	v := Participant{
		ID: p.ID, Name: p.Name, Number: control.MaskNumber(p.Number), ExternalID: p.ExternalID,
		FirstName: p.FirstName, LastName: p.LastName, Email: p.Email,
		Role: string(p.Role), Location: locationOf(p.Location), Assignment: p.Assignment,
		Legs: []Leg{}, Web: p.Web, Muted: p.Muted || p.MutedByAdmin, MutedByAdmin: p.MutedByAdmin,
	}
	if p.Location.Place != control.Absent {
		v.JoinedAt = timeOf(at)
	}
	return v
}
