package api

import (
	"context"

	"partyline/control"
)

// PIN is what somebody keys in to be known. It is in no list of participants and in no event.
type PIN struct {
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Whose it is."`
	PIN         string                `json:"pin" pattern:"^[0-9]{6,12}$" patternDescription:"6 to 12 digits" example:"471108" doc:"What he keys in after the access code."`
}

type pinOutput struct{ Body PIN }

func (a *API) getPIN(ctx context.Context, in *ParticipantPath) (*pinOutput, error) {
	var out pinOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		p := s.Participants[in.Participant]
		switch {
		case p == nil:
			return notFound("participant")
		case p.PIN == "":
			return &control.Error{Code: control.CodeNotFound, Field: "pin", Message: "this participant has no PIN", Hint: `give him one: PATCH {"pin": "generate"}`}
		}
		out.Body = PIN{Participant: p.ID, PIN: p.PIN}
		return nil
	})
	return &out, err
}

type listPINsInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listPINs(ctx context.Context, in *listPINsInput) (*list[PIN], error) {
	var out *list[PIN]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		var ids []control.ParticipantID
		for _, id := range s.Order {
			if s.Participants[id].PIN != "" {
				ids = append(ids, id)
			}
		}
		out, err = pageOf(in.PageQuery, ids, func(id control.ParticipantID) PIN { return PIN{Participant: id, PIN: s.Participants[id].PIN} })
		return err
	})
	return out, err
}
