package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) callRoutes(r routes) {
	const all, one, tag = "/v1/meetings/{meeting}/calls", "/v1/meetings/{meeting}/calls/{call}", "calls"
	dial := op(http.MethodPost, all, "call-out", tag, "Call somebody")
	dial.DefaultStatus = http.StatusCreated
	handle(r, needs(access.Calls).speakers(), dial, a.callOut)
	handle(r, needs(access.Calls).speakers(), op(http.MethodGet, all, "list-calls", tag, "List the calls that the meeting has made, oldest first"), a.listCalls)
	handle(r, needs(access.Calls).speakers(), op(http.MethodGet, one, "get-call", tag, "Read how far a call has come, or how it ended"), a.getCall)
	handle(r, needs(access.Calls).speakers(), op(http.MethodDelete, one, "end-call", tag, "Take a call back, or hang up"), a.endCall)
}

// Call is a call that a meeting makes, or has made.
type Call struct {
	ID          control.CallID        `json:"id" example:"call_abcdefghijklmnop" doc:"Opaque id."`
	State       string                `json:"state" enum:"dialing,ringing,answered,joined,ended" doc:"answered: somebody, or an answering machine, hears that he is invited; joined: he has pressed 1 and is in the meeting."`
	Outcome     string                `json:"outcome,omitempty" enum:"completed,hung_up,busy,no_answer,declined,not_confirmed,cancelled,failed" doc:"How it ended. completed: he was in the meeting and has left; hung_up: he was, and the call was ended by DELETE; declined: by the telephone, by hanging up or by 2; not_confirmed: answered, and 1 was not pressed; cancelled: by DELETE, or with the meeting."`
	Reason      string                `json:"reason,omitempty" doc:"More of the outcome, for people."`
	Number      string                `json:"number,omitempty" example:"+49•••417" doc:"Who is called, masked."`
	Name        string                `json:"name" example:"Ada Lovelace" doc:"What he is called."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who he is, or will be once he has pressed 1."`
	Role        string                `json:"role" enum:"speaker,audience" doc:"What he may do."`
	Room        control.RoomID        `json:"room,omitempty" example:"room_abcdefghijklmnop" doc:"Where he is wanted; absent: where newcomers go."`
	By          control.ParticipantID `json:"by,omitempty" example:"par_abcdefghijklmnop" doc:"The speaker who invites; absent: an API client."`
	Leg         control.LegID         `json:"leg" example:"leg_abcdefghijklmnop" doc:"The media connection, once it is there."`
	DialedAt    time.Time             `json:"dialed_at" doc:"When it began."`
	RangAt      *time.Time            `json:"rang_at,omitempty" doc:"Since when the telephone rang."`
	AnsweredAt  *time.Time            `json:"answered_at,omitempty" doc:"When somebody answered."`
	JoinedAt    *time.Time            `json:"joined_at,omitempty" doc:"When he pressed 1."`
	EndedAt     *time.Time            `json:"ended_at,omitempty" doc:"When it was over."`
}

func callOf(c *control.OutgoingCall) Call {
	return Call{
		ID: c.ID, State: string(c.State), Outcome: string(c.Outcome), Reason: c.Reason, Number: control.MaskAddress(c.Number), Name: c.Name,
		Participant: c.Participant, Role: string(c.Role), Room: c.Room, By: c.By, Leg: c.Leg, DialedAt: c.At.UTC(),
		RangAt: timeOf(c.RangAt), AnsweredAt: timeOf(c.AnsweredAt), JoinedAt: timeOf(c.JoinedAt), EndedAt: timeOf(c.EndedAt),
	}
}

// openCalls are those that have not ended.
func openCalls(s *control.State) []Call {
	list := []Call{}
	for i := range s.Calls {
		if s.Calls[i].State != control.CallEnded {
			list = append(list, callOf(&s.Calls[i]))
		}
	}
	return list
}

// NewCall is the request for a call.
type NewCall struct {
	To          string                `json:"to,omitempty" minLength:"1" maxLength:"64" example:"+4930123417" doc:"Whom to call: a number with its country code, or sip:user@192.0.2.7 where the operator allows it; absent: the participant's number."`
	Participant control.ParticipantID `json:"participant,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"Who is called; absent: who on the roster has the number, else somebody new."`
	Name        string                `json:"name,omitempty" maxLength:"64" example:"Ada Lovelace" doc:"What somebody new is called; absent: his masked number."`
	Role        string                `json:"role,omitempty" enum:"speaker,audience" doc:"speaker: whoever answers and presses 1 speaks for the participant, who must be a speaker; absent: audience, whatever the roster says."`
	Room        control.RoomID        `json:"room,omitempty" maxLength:"64" example:"main" doc:"Into which room; absent: where newcomers go. Somebody who is in the meeting already stays where he is."`
	By          control.ParticipantID `json:"by,omitempty" maxLength:"64" example:"par_abcdefghijklmnop" doc:"The speaker who invites, whose name the callee hears; absent: the participant of the token, or nobody."`
}

type callOutInput struct {
	MeetingPath
	Body NewCall
}

func (a *API) callOut(ctx context.Context, in *callOutInput) (*reply[Call], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if b.To == "" && b.Participant == "" {
		return nil, control.Invalid("to", "name a number, or a participant who has one", "must not be empty")
	}
	return run(ctx, a, m, command[Call]{
		do: control.CallOut{
			To: b.To, Participant: b.Participant, Name: b.Name, Role: control.Role(b.Role), Room: b.Room,
			By: cmp.Or(b.By, callerOf(ctx).token.Participant),
		},
		answer: func(d done) Call {
			for _, e := range d.events {
				if e, ok := e.(control.CallDialled); ok {
					s := control.NewState()
					control.Apply(s, e, d.at)
					return callOf(s.CallOf(e.Call))
				}
			}
			return Call{}
		},
		location: func(c Call) string { return "/v1/meetings/" + string(in.Meeting) + "/calls/" + string(c.ID) },
	})
}

type listCallsInput struct {
	MeetingPath
	PageQuery
	State string `query:"state" default:"all" enum:"all,open,ended" doc:"Which ones; open: those that have not ended."`
}

func (a *API) listCalls(ctx context.Context, in *listCallsInput) (*list[Call], error) {
	var out *list[Call]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		var ids []control.CallID
		for i := range s.Calls {
			if ended := s.Calls[i].State == control.CallEnded; in.State == "all" || ended == (in.State == "ended") {
				ids = append(ids, s.Calls[i].ID)
			}
		}
		out, err = pageOf(in.PageQuery, ids, func(id control.CallID) Call { return callOf(s.CallOf(id)) })
		return err
	})
	return out, err
}

// CallPath is the path of one call.
type CallPath struct {
	MeetingPath
	Call control.CallID `path:"call" example:"call_abcdefghijklmnop" doc:"The call's id."`
}

type callOutput struct {
	Body Call
}

func (a *API) getCall(ctx context.Context, in *CallPath) (*callOutput, error) {
	var out callOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		c := s.CallOf(in.Call)
		if c == nil {
			return notFound("call")
		}
		out.Body = callOf(c)
		return nil
	})
	return &out, err
}

func (a *API) endCall(ctx context.Context, in *CallPath) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.CancelCall{ID: in.Call}, nil)
}
