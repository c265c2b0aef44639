package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) lobbyRoutes(r routes) {
	const meeting, tag = "/v1/meetings/{meeting}", "participants"
	one := op(http.MethodPost, meeting+"/participants/{participant}/admit", "admit-participant", tag, "Let somebody in from the lobby")
	one.Description = "Somebody who is in already stays where he is. Who was let in need not wait when he comes again, until the meeting ends."
	handle(r, needs(access.MeetingsWrite).speakers(), one, a.admitOne)
	all := op(http.MethodPost, meeting+"/lobby/admit", "admit-all", tag, "Let everybody in from the lobby")
	all.Description = "Those who come later wait again."
	handle(r, needs(access.MeetingsWrite).speakers(), all, a.admitAll)
	deny := op(http.MethodPost, meeting+"/participants/{participant}/deny", "deny-participant", tag, "Turn somebody away from the lobby")
	deny.Description = "He is taken off the roster and his call ends. Somebody who has been let in meanwhile stays: that is answered with wrong_state."
	handle(r, needs(access.MeetingsWrite).speakers(), deny, a.denyOne)
}

type participantAction struct {
	ParticipantPath
	Body *emptyBody `required:"false"`
}

func (a *API) admitOne(ctx context.Context, in *participantAction) (*reply[Moved], error) {
	return a.admit(ctx, in.Meeting, control.AdmitParticipants{Participants: []control.ParticipantID{in.Participant}})
}

func (a *API) admitAll(ctx context.Context, in *meetingAction) (*reply[Moved], error) {
	return a.admit(ctx, in.Meeting, control.AdmitParticipants{All: true})
}

func (a *API) admit(ctx context.Context, id control.MeetingID, c control.AdmitParticipants) (*reply[Moved], error) {
	m, err := a.meeting(id)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Moved]{
		do: c,
		answer: func(d done) Moved {
			return Moved{CommandID: d.command, Seq: d.seq(), OutcomePage: outcomePage(d.value)}
		},
	})
}

// Denied is what turning somebody away came to.
type Denied struct {
	CommandID   control.CommandID     `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq         uint64                `json:"seq" example:"17" doc:"Sequence of the command's last event."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who was turned away."`
}

func (a *API) denyOne(ctx context.Context, in *participantAction) (*reply[Denied], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Denied]{
		do: control.RemoveParticipant{Participant: in.Participant, Waiting: true},
		answer: func(d done) Denied {
			return Denied{CommandID: d.command, Seq: d.seq(), Participant: in.Participant}
		},
	})
}
