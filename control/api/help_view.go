package api

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"partyline/control"
)

// HelpRequest is a room's call for the speakers.
type HelpRequest struct {
	ID          control.HelpID        `json:"id" example:"help_abcdefghijklmnop" doc:"Opaque id."`
	Room        control.RoomID        `json:"room" example:"room_abcdefghijklmnop" doc:"Where help is wanted."`
	Participant control.ParticipantID `json:"participant" example:"par_abcdefghijklmnop" doc:"Who asked."`
	State       string                `json:"state" enum:"open,accepted,declined,withdrawn,timed_out,ended" doc:"timed_out: nobody answered; ended: nobody is left in the room, or it is gone."`
	AskedAt     time.Time             `json:"asked_at" doc:"Since when the room waits."`
	ExpiresAt   *time.Time            `json:"expires_at,omitempty" doc:"When it times out; absent: never."`
	EndedAt     *time.Time            `json:"ended_at,omitempty" doc:"When it was answered or came to its end; absent: it is open."`
	WaitedS     int                   `json:"waited_s,omitempty" example:"42" doc:"How long the room waited, of one that is not open."`
	By          control.ParticipantID `json:"by,omitempty" example:"par_abcdefghijklmnop" doc:"Who accepted or declined."`
	ListenOnly  bool                  `json:"listen_only,omitempty" example:"false" doc:"Who accepted hears the room and is not heard there."`
}

func helpOf(h *control.HelpRequest) HelpRequest {
	return HelpRequest{ID: h.ID, Room: h.Room, Participant: h.Participant, State: "open", AskedAt: h.At.UTC(), ExpiresAt: timeOf(h.ExpiresAt)}
}

func endedHelpOf(h *control.EndedHelp) HelpRequest {
	v := helpOf(&h.HelpRequest)
	v.State, v.EndedAt, v.By = h.Outcome, timeOf(h.EndedAt), h.By
	v.WaitedS, v.ListenOnly = seconds(h.At, h.EndedAt), h.ListenOnly
	return v
}

// seconds are the whole seconds between two times.
func seconds(from, to time.Time) int { return max(0, int(to.Sub(from)/time.Second)) }

// openHelp are the open requests, oldest first.
func openHelp(s *control.State) []control.HelpID {
	return slices.SortedFunc(maps.Keys(s.Help), func(x, y control.HelpID) int {
		return cmp.Or(s.Help[x].At.Compare(s.Help[y].At), cmp.Compare(x, y))
	})
}

// helpRequests are those in a state, or "all", in order of their asking.
func helpRequests(s *control.State, state string) []HelpRequest {
	list := []HelpRequest{}
	add := func(v HelpRequest) {
		switch state {
		case "all", v.State:
		case "closed":
			if v.State == "open" {
				return
			}
		default:
			return
		}
		list = append(list, v)
	}
	for i := range s.HelpLog {
		add(endedHelpOf(&s.HelpLog[i]))
	}
	for _, h := range s.Help {
		add(helpOf(h))
	}
	slices.SortFunc(list, func(x, y HelpRequest) int { return cmp.Or(x.AskedAt.Compare(y.AskedAt), cmp.Compare(x.ID, y.ID)) })
	return list
}

type listHelpInput struct {
	MeetingPath
	PageQuery
	State string `query:"state" default:"open" enum:"open,closed,all,accepted,declined,withdrawn,timed_out,ended" doc:"Which ones. The last 200 that are not open are kept: closed, or by how they ended."`
}

func (a *API) listHelp(ctx context.Context, in *listHelpInput) (*list[HelpRequest], error) {
	var out *list[HelpRequest]
	err := a.read(ctx, in.Meeting, func(s *control.State) (err error) {
		requests := helpRequests(s, in.State)
		ids, byID := make([]control.HelpID, 0, len(requests)), make(map[control.HelpID]HelpRequest, len(requests))
		for _, h := range requests {
			ids, byID[h.ID] = append(ids, h.ID), h
		}
		out, err = pageOf(in.PageQuery, ids, func(id control.HelpID) HelpRequest { return byID[id] })
		return err
	})
	return out, err
}

type helpOutput struct {
	Body HelpRequest
}

func (a *API) getHelp(ctx context.Context, in *HelpPath) (*helpOutput, error) {
	var out helpOutput
	err := a.read(ctx, in.Meeting, func(s *control.State) error {
		for _, h := range helpRequests(s, "all") {
			if h.ID == in.Request {
				out.Body = h
				return nil
			}
		}
		return notFound("request")
	})
	return &out, err
}
