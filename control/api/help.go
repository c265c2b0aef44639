package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) helpRoutes(r routes) {
	const all, one = "/v1/meetings/{meeting}/help-requests", "/v1/meetings/{meeting}/help-requests/{request}"
	const tag = "help requests"
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-help-requests", tag, "List the open calls for help, oldest first"), a.listHelp)
	ask := op(http.MethodPost, all, "ask-help", tag, "Ask for help in a participant's room")
	ask.DefaultStatus = http.StatusCreated
	ask.Description = "A room has one open request; asking again answers with that one."
	handle(r, needs(access.MeetingsWrite).everyone(), ask, a.askHelp)
	handle(r, needs(access.MeetingsWrite).everyone(), op(http.MethodDelete, one, "withdraw-help", tag, "Take a call for help back"), a.withdrawHelp)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/accept", "accept-help", tag, "Answer a call for help"), a.acceptHelp)
	handle(r, needs(access.MeetingsWrite).speakers(), op(http.MethodPost, one+"/decline", "decline-help", tag, "Turn a call for help down"), a.declineHelp)
}

// HelpRequest is a room's call for the speakers.
type HelpRequest struct {
	ID          control.HelpID        `json:"id" example:"help_abcdefghijklmnop" doc:"Opaque id."`
	Room        control.RoomID        `json:"room" example:"room_abcdefghijklmnop" doc:"Where help is wanted."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who asked."`
	AskedAt     time.Time             `json:"asked_at" doc:"Since when the room waits."`
}

func helpOf(h *control.HelpRequest) HelpRequest {
	return HelpRequest{ID: h.ID, Room: h.Room, Participant: h.Participant, AskedAt: h.At.UTC()}
}

// openHelp are the open requests, oldest first.
func openHelp(s *control.State) []control.HelpID {
	return slices.SortedFunc(maps.Keys(s.Help), func(x, y control.HelpID) int {
		return cmp.Or(s.Help[x].At.Compare(s.Help[y].At), cmp.Compare(x, y))
	})
}

type listHelpInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listHelp(ctx context.Context, in *listHelpInput) (*list[HelpRequest], error) {
	var out *list[HelpRequest]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		out, err = pageOf(in.PageQuery, openHelp(s), func(id control.HelpID) HelpRequest { return helpOf(s.Help[id]) })
		return err
	})
	return out, err
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
	return run(ctx, a, m, command[HelpRequest]{
		do: control.AskHelp{ID: control.NewID[control.HelpID]("help_"), Participant: in.Body.Participant},
		answer: func(d done) HelpRequest {
			for _, e := range d.events {
				if e, ok := e.(control.HelpAsked); ok {
					return helpOf(&control.HelpRequest{ID: e.Request, Room: e.Room, Participant: e.Participant, At: d.at})
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
	return nil, a.change(ctx, m, control.WithdrawHelp{Request: in.Request}, nil)
}

// HelpAnswer says who answers a call for help.
type HelpAnswer struct {
	By control.ParticipantID `json:"by,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who answers; on accept he is moved to the room if he is present."`
}

type answerHelpInput struct {
	HelpPath
	Body *HelpAnswer `required:"false"`
}

func (in *answerHelpInput) by() control.ParticipantID {
	if in.Body == nil {
		return ""
	}
	return in.Body.By
}

// HelpAnswered is what answering a call for help came to.
type HelpAnswered struct {
	CommandID   control.CommandID     `json:"command_id" example:"cmd_abcdefghijklmnop" doc:"Names the command in the events."`
	Seq         uint64                `json:"seq" doc:"Sequence of the command's last event."`
	Request     control.HelpID        `json:"request" example:"help_abcdefghijklmnop" doc:"The request."`
	Room        control.RoomID        `json:"room" example:"room_abcdefghijklmnop" doc:"Where help was wanted."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who had asked."`
	Outcome     string                `json:"outcome" enum:"accepted,declined,withdrawn,ended" doc:"How the request ended."`
	By          control.ParticipantID `json:"by,omitempty" doc:"Who answered."`
}

func (a *API) acceptHelp(ctx context.Context, in *answerHelpInput) (*reply[HelpAnswered], error) {
	return a.answerHelp(ctx, in, control.AcceptHelp{Request: in.Request, By: in.by()})
}

func (a *API) declineHelp(ctx context.Context, in *answerHelpInput) (*reply[HelpAnswered], error) {
	return a.answerHelp(ctx, in, control.DeclineHelp{Request: in.Request, By: in.by()})
}

func (a *API) answerHelp(ctx context.Context, in *answerHelpInput, c control.Command) (*reply[HelpAnswered], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[HelpAnswered]{
		do: c,
		answer: func(d done) HelpAnswered {
			out := HelpAnswered{CommandID: d.command, Seq: d.seq()}
			for _, e := range d.events {
				if e, ok := e.(control.HelpEnded); ok && e.Request == in.Request {
					out.Request, out.Room, out.Participant, out.Outcome, out.By = e.Request, e.Room, e.Participant, e.Outcome, e.By
				}
			}
			return out
		},
	})
}
