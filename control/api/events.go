package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) eventRoutes(r routes) {
	one := op(http.MethodGet, "/v1/meetings/{meeting}/events", "stream-meeting-events", "events", "Follow a meeting")
	one.Description = eventsDescription
	one.Responses = eventStreamResponses(r.huma, eventSchema(r.huma), Snapshot{})
	handle(r, needs(access.EventsRead).everyone(), one, a.meetingEvents)
	all := op(http.MethodGet, "/v1/events", "stream-events", "events", "Follow all meetings")
	all.Description = eventsDescription + " Events of one meeting come in order; those of different meetings in the order of the log."
	all.Responses = eventStreamResponses(r.huma, eventSchema(r.huma), Overview{})
	handle(r, needs(access.EventsRead), all, a.allEvents)
}

const eventsDescription = "Server-sent events out of the durable log. Send the last id you have seen as Last-Event-ID, also after a restart of " +
	"the server or days later: the stream goes on after it without a gap and without a double. An id that is unknown here, or older " +
	"than what is kept, is answered with a `reset` event that holds a snapshot; throw away what you knew. A reader that does not keep up is cut and resumes. " +
	"Lines that begin with a colon are signs of life."

// StreamQuery says where a stream begins.
type StreamQuery struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"200" doc:"The id of the last event you have seen; the stream goes on after it."`
	From        string `query:"from" enum:"now,start,snapshot" default:"now" doc:"Where to begin without Last-Event-ID: with what happens from now on, with everything that is kept, or with a snapshot event and what follows it."`
}

type meetingEventsInput struct {
	MeetingPath
	StreamQuery
}

func (a *API) meetingEvents(_ context.Context, in *meetingEventsInput) (*huma.StreamResponse, error) {
	m, err := a.meeting(in.Meeting)
	if err != nil {
		return nil, err
	}
	return a.stream(in.StreamQuery, source{
		name: string(in.Meeting), meeting: in.Meeting,
		read: func(ctx context.Context, after uint64, limit int) ([]control.Record, error) {
			return a.opt.Store.Read(ctx, in.Meeting, after, limit)
		},
		place:      func(r control.Record) uint64 { return r.Seq },
		contiguous: true,
		last: func(ctx context.Context) (last uint64, err error) {
			err = m.Read(ctx, func(s *control.State) { last = s.Seq })
			return last, err
		},
		snapshot: func(ctx context.Context) (body any, last uint64, err error) {
			err = m.Read(ctx, func(s *control.State) { body, last = callerOf(ctx).seesSnapshot(snapshotOf(s)), s.Seq })
			return body, last, err
		},
	}), nil
}

func (a *API) allEvents(_ context.Context, in *StreamQuery) (*huma.StreamResponse, error) {
	return a.stream(*in, source{
		name:      "all",
		read:      a.opt.Store.ReadAll,
		place:     func(r control.Record) uint64 { return r.Pos },
		last:      a.lastPos,
		heldBack:  a.opt.Store.HoldsBack,
		forgotten: a.opt.Store.Forgotten,
		snapshot:  a.overview,
	}), nil
}

// lastPos is where the log ends.
func (a *API) lastPos(ctx context.Context) (uint64, error) {
	last, err := a.opt.Store.LastPos(ctx)
	if err != nil && ctx.Err() == nil {
		a.opt.Logger.Warn("event stream cannot read the log", "stream", "all", "err", err)
		return 0, control.Errorf(control.CodeStore, "the log cannot be read at the moment")
	}
	return last, err
}

// overview shows every open meeting. The position is read first: what happens
// meanwhile is in the stream too, and told apart by the meeting's seq.
func (a *API) overview(ctx context.Context) (any, uint64, error) {
	last, err := a.lastPos(ctx)
	if err != nil {
		return nil, 0, err
	}
	out := Overview{Meetings: []Meeting{}}
	for after := control.MeetingID(""); ; {
		infos, err := a.opt.Registry.List(ctx, control.MeetingQuery{After: after, Limit: 500})
		if err != nil || len(infos) == 0 {
			return out, last, err
		}
		for _, info := range infos {
			after = info.ID
			if info.Phase != control.Open {
				continue
			}
			if err := a.read(ctx, info.ID, func(s *control.State) error {
				out.Meetings = append(out.Meetings, callerOf(ctx).seesMeeting(meetingOf(s)))
				return nil
			}); err != nil && problemOf(err).Status != http.StatusNotFound { // deleted meanwhile
				return nil, 0, err
			}
		}
	}
}
