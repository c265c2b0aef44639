package api

import (
	"cmp"
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) broadcastRoutes(r routes) {
	const all, one, tag = "/v1/meetings/{meeting}/broadcasts", "/v1/meetings/{meeting}/broadcasts/{broadcast}", "broadcasts"
	send := op(http.MethodPost, all, "send-broadcast", tag, "Play a message in all or some rooms at once")
	send.DefaultStatus = http.StatusCreated
	handle(r, needs(access.MeetingsWrite).everyone(), send, a.sendBroadcast)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-broadcasts", tag, "List the broadcasts, oldest first"), a.listBroadcasts)
	cancel := op(http.MethodDelete, one, "cancel-broadcast", tag, "Take a broadcast back that waits, or stop the one that is being played")
	handle(r, needs(access.MeetingsWrite).speakers(), cancel, a.cancelBroadcast)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-broadcast", tag, "Read a broadcast and how it reached each room"), a.getBroadcast)
}

type sendBroadcastInput struct {
	MeetingPath
	Body NewBroadcast
}

func (a *API) sendBroadcast(ctx context.Context, in *sendBroadcastInput) (*reply[Broadcast], error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	if err := in.Body.check(a.opt.HasPrompt); err != nil {
		return nil, err
	}
	send, who := in.Body.command(), callerOf(ctx)
	send.By = cmp.Or(send.By, who.token.Participant)
	if err := who.only("by", send.By); err != nil {
		return nil, err
	}
	return run(ctx, a, m, command[Broadcast]{
		do: send,
		answer: func(d done) Broadcast {
			for _, e := range d.events {
				if e, ok := e.(control.BroadcastSent); ok {
					s := control.NewState()
					control.Apply(s, e, d.at)
					return broadcastOf(s.Broadcasts[e.ID])
				}
			}
			return Broadcast{}
		},
		location: func(b Broadcast) string {
			return "/v1/meetings/" + string(in.Meeting) + "/broadcasts/" + string(b.ID)
		},
	})
}

type listBroadcastsInput struct {
	MeetingPath
	PageQuery
}

func (a *API) listBroadcasts(ctx context.Context, in *listBroadcastsInput) (*list[Broadcast], error) {
	var out *list[Broadcast]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		out, err = pageOf(in.PageQuery, s.BroadcastLog, func(id control.BroadcastID) Broadcast { return broadcastOf(s.Broadcasts[id]) })
		return err
	})
	return out, err
}

// BroadcastPath is the path of one broadcast.
type BroadcastPath struct {
	MeetingPath
	Broadcast control.BroadcastID `path:"broadcast" example:"bct_abcdefghijklmnop" doc:"The broadcast's id."`
}

type broadcastOutput struct {
	Body Broadcast
}

func (a *API) getBroadcast(ctx context.Context, in *BroadcastPath) (*broadcastOutput, error) {
	var out broadcastOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		b := s.Broadcasts[in.Broadcast]
		if b == nil {
			return notFound("broadcast")
		}
		out.Body = broadcastOf(b)
		return nil
	})
	return &out, err
}

func (a *API) cancelBroadcast(ctx context.Context, in *BroadcastPath) (*struct{}, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return nil, a.change(ctx, m, control.CancelBroadcast{ID: in.Broadcast}, nil)
}
