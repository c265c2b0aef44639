package api

import (
	"context"

	"partyline/control"
)

// Presence is a report of where somebody is present outside this bridge.
type Presence struct {
	Web string `json:"web" enum:"join,leave" doc:"join: he is on the web now, and goes where a caller who calls again goes; leave: he is there no longer. His telephones stay."`
}

type presenceInput struct {
	ParticipantPath
	Body Presence
}

func (a *API) setPresence(ctx context.Context, in *presenceInput) (*reply[Participant], error) {
	return a.participantCommand(ctx, &in.ParticipantPath, control.SetPresence{Participant: in.Participant, Web: in.Body.Web == "join"})
}

// participantCommand has a command about one participant (and others) done, and answers with him as he is then.
func (a *API) participantCommand(ctx context.Context, in *ParticipantPath, c control.Command, others ...control.ParticipantID) (*reply[Participant], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Participant]{do: c, answer: func(d done) Participant {
		return participantOf(d.before.Preview(d.events, d.at, append(others, in.Participant)...)[in.Participant])
	}})
}
