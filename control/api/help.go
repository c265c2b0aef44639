package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) helpRoutes(r routes) {
	const all, one = "/v1/meetings/{meeting}/help-requests", "/v1/meetings/{meeting}/help-requests/{request}"
	const tag = "help requests"
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-help-requests", tag, "List the calls for help, oldest first"), a.listHelp)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-help", tag, "Read a call for help, also for a while after its end"), a.getHelp)
	ask := op(http.MethodPost, all, "ask-help", tag, "Ask for help in a participant's room")
	ask.DefaultStatus = http.StatusCreated
	handle(r, needs(access.MeetingsWrite).everyone(), ask, a.askHelp)
	handle(r, needs(access.MeetingsWrite).everyone(), op(http.MethodDelete, one, "withdraw-help", tag, "Take a call for help back"), a.withdrawHelp)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/accept", "accept-help", tag, "Answer a call for help"), a.acceptHelp)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/decline", "decline-help", tag, "Turn a call for help down"), a.declineHelp)
}

// AskHelp says who asks for help.
type AskHelp struct {
	Participant control.ParticipantID `json:"participant" minLength:"1" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who asks; the request is for the room he is in."`
}

type askHelpInput struct {
	MeetingPath
	Body AskHelp
}

func (a *API) askHelp(ctx context.Context, in *askHelpInput) (*reply[HelpRequest], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	if err := callerOf(ctx).only("participant", in.Body.Participant); err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[HelpRequest]{
		do: control.AskHelp{ID: control.NewID[control.HelpID]("help_"), Participant: in.Body.Participant},
		answer: func(d done) HelpRequest {
			for _, e := range d.events {
				if e, ok := e.(control.HelpAsked); ok {
					return helpOf(&control.HelpRequest{ID: e.Request, Room: e.Room, Participant: e.Participant, At: d.at, ExpiresAt: e.ExpiresAt})
				}
			}
			if id, ok := d.value.(control.HelpID); ok && d.before.Help[id] != nil {
				return helpOf(d.before.Help[id])
			}
			return HelpRequest{}
		},
	})
}

// HelpPath is the path of one help request.
type HelpPath struct {
	MeetingPath
	Request control.HelpID `path:"request" example:"help_abcdefghijklmnop" doc:"The help request's id."`
}

func (a *API) withdrawHelp(ctx context.Context, in *HelpPath) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.WithdrawHelp{Request: in.Request}, callerOf(ctx).mayWithdraw(in.Request))
}

// HelpAccept says who answers a call for help.
type HelpAccept struct {
	By   control.ParticipantID `json:"by,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who answers: a speaker; absent: somebody who is no participant."`
	Move *bool                 `json:"move,omitempty" example:"true" doc:"Whether he is moved to the room, if he is present elsewhere: he is, if this is absent. false: the request is only marked as answered."`

	ListenOnly bool `json:"listen_only,omitempty" example:"false" doc:"He hears the room and is not heard there, until he moves again. The room is not told that he comes; who asked is told that somebody listens."`
}

type acceptHelpInput struct {
	HelpPath
	Body *HelpAccept `required:"false"`
}

// HelpDecline says who turns a call for help down.
type HelpDecline struct {
	By control.ParticipantID `json:"by,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who declines: a speaker; absent: somebody who is no participant."`
}

type declineHelpInput struct {
	HelpPath
	Body *HelpDecline `required:"false"`
}

// HelpAnswered is what answering a call for help came to.
type HelpAnswered struct {
	CommandID   control.CommandID     `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq         uint64                `json:"seq" doc:"Sequence of the command's last event."`
	Request     control.HelpID        `json:"request" example:"help_abcdefghijklmnop" doc:"The request."`
	Room        control.RoomID        `json:"room" example:"room_abcdefghijklmnop" doc:"Where help was wanted."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who had asked."`
	Outcome     string                `json:"outcome" enum:"accepted,declined" doc:"How the request ended."`
	By          control.ParticipantID `json:"by,omitempty" example:"par_abcdefghijklmnop" doc:"Who answered."`
	Moved       bool                  `json:"moved" doc:"Who answered was moved to the room."`
	WaitedS     int                   `json:"waited_s" example:"42" doc:"How long the room had waited."`
	ListenOnly  bool                  `json:"listen_only,omitempty" example:"false" doc:"Who answered hears the room and is not heard there."`
}

func (a *API) acceptHelp(ctx context.Context, in *acceptHelpInput) (*reply[HelpAnswered], error) {
	c := control.AcceptHelp{Request: in.Request}
	if in.Body != nil {
		c.By, c.Stay, c.ListenOnly = in.Body.By, in.Body.Move != nil && !*in.Body.Move, in.Body.ListenOnly
	}
	return a.answerHelp(ctx, in.HelpPath, c)
}

func (a *API) declineHelp(ctx context.Context, in *declineHelpInput) (*reply[HelpAnswered], error) {
	c := control.DeclineHelp{Request: in.Request}
	if in.Body != nil {
		c.By = in.Body.By
	}
	return a.answerHelp(ctx, in.HelpPath, c)
}

func (a *API) answerHelp(ctx context.Context, in HelpPath, c control.Command) (*reply[HelpAnswered], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[HelpAnswered]{
		do: c,
		answer: func(d done) HelpAnswered {
			out := HelpAnswered{CommandID: d.command, Seq: d.seq()}
			for _, e := range d.events {
				switch e := e.(type) {
				case control.HelpEnded:
					if e.Request == in.Request {
						out.Request, out.Room, out.Participant, out.Outcome, out.By = e.Request, e.Room, e.Participant, e.Outcome, e.By
						out.WaitedS, out.ListenOnly = seconds(e.AskedAt, d.at), e.ListenOnly
					}
				case control.ParticipantsMoved:
					out.Moved = true
				}
			}
			return out
		},
	})
}
