package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) recordedNameRoutes(r routes, path, tag string) {
	get := op(http.MethodGet, path, "get-recorded-name", tag, "Hear somebody's name as he has said it himself")
	get.Responses = map[string]*huma.Response{"200": {
		Description: "The recording.",
		Content: map[string]*huma.MediaType{"audio/wav": {
			Schema:  &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "A WAV file of 8,000 samples a second, mono."},
			Example: "RIFF…",
		}},
	}}
	handle(r, needs(access.MeetingsRead).own(), get, a.getRecordedName)
	handle(r, needs(access.MeetingsWrite).own(), op(http.MethodDelete, path, "delete-recorded-name", tag, "Delete the recording of somebody's name"), a.deleteRecordedName)
}

type wavOutput struct {
	ContentType string `header:"Content-Type" doc:"audio/wav" example:"audio/wav"`
	Body        []byte
}

func (a *API) getRecordedName(ctx context.Context, in *ParticipantPath) (*wavOutput, error) {
	var id control.AudioID
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		p := s.Participants[in.Participant]
		switch {
		case p == nil:
			return notFound("participant")
		case p.RecordedName == nil:
			return control.NoRecordedName()
		}
		id = p.RecordedName.ID
		return nil
	})
	if err != nil {
		return nil, err
	}
	wav, err := a.opt.Store.Audio(ctx, in.Meeting, id)
	switch {
	case err == nil:
		return &wavOutput{ContentType: "audio/wav", Body: wav}, nil
	case problemOf(err).Code == string(control.CodeNotFound): // deleted just now
		return nil, control.NoRecordedName()
	}
	a.opt.Logger.Warn("recording not read", "err", err)
	return nil, control.Errorf(control.CodeStore, "the store does not answer")
}

func (a *API) deleteRecordedName(ctx context.Context, in *ParticipantPath) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.DeleteRecordedName{Participant: in.Participant}, nil)
}
