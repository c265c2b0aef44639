package api

import (
	"context"

	"partyline/control"
)

const syncDescription = "Whoever is in the list is on the web from now on, with these details; whoever is not leaves the web, and the meeting unless a telephone " +
	"of his stays. It is one step, and sending it again changes nothing. People are found by external_id, else by the email of somebody who has none; who is " +
	"not found is added. as_of is the seq of the last event that the list knows of: a list older than the last one is refused with 409, and presence that was " +
	"reported of one person later than that stays as it is (outcome newer). Where newcomers have to wait they come to the lobby (outcome waiting)."

// WebList is the whole list of who is on the web.
type WebList struct {
	AsOf         uint64      `json:"as_of" example:"1" doc:"seq of the last event that the list knows of."`
	Participants []WebPerson `json:"participants" nullable:"false" maxItems:"10000" doc:"Everybody who is on the web."`
}

// WebPerson is somebody on the web. What is left out stays as it is.
type WebPerson struct {
	ExternalID string `json:"external_id" minLength:"1" maxLength:"128" example:"user-17" doc:"The control plane's own id."`
	Name       string `json:"name,omitempty" maxLength:"64" example:"Ada Lovelace" doc:"What he is called; needed of those who are new, unless first or last name is given."`
	FirstName  string `json:"first_name,omitempty" maxLength:"64" example:"Ada" doc:"His first name."`
	LastName   string `json:"last_name,omitempty" maxLength:"64" example:"Lovelace" doc:"His last name."`
	Email      string `json:"email,omitempty" maxLength:"254" example:"ada@example.org" doc:"Unique within the meeting."`
	Role       string `json:"role,omitempty" enum:"speaker,audience" doc:"What he may do; those who are new are audience if it is left out."`
}

// WebSynced says what the list came to.
type WebSynced struct {
	CommandID control.CommandID `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq       uint64            `json:"seq" example:"18" doc:"Sequence of the command's last event."`
	OutcomePage
}

type syncWebInput struct {
	MeetingPath
	Body WebList
}

func (a *API) syncWeb(ctx context.Context, in *syncWebInput) (*reply[WebSynced], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	sync := control.SyncWeb{AsOf: in.Body.AsOf, People: make([]control.WebPerson, 0, len(in.Body.Participants))}
	for _, w := range in.Body.Participants {
		sync.People = append(sync.People, control.WebPerson{
			ExternalID: w.ExternalID, Name: w.Name, FirstName: w.FirstName, LastName: w.LastName, Email: w.Email, Role: control.Role(w.Role),
		})
	}
	return run(ctx, a, m, command[WebSynced]{do: sync, answer: func(d done) WebSynced {
		return WebSynced{CommandID: d.command, Seq: d.seq(), OutcomePage: outcomePage(d.value)}
	}})
}
