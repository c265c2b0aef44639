package api

import (
	"context"
	"net/http"
	"time"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) broadcastRoutes(r routes) {
	const all, one, tag = "/v1/meetings/{meeting}/broadcasts", "/v1/meetings/{meeting}/broadcasts/{broadcast}", "broadcasts"
	send := op(http.MethodPost, all, "send-broadcast", tag, "Play a prompt or a recording in every room at once")
	send.DefaultStatus = http.StatusCreated
	handle(r, needs(access.MeetingsWrite).everyone(), send, a.sendBroadcast)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, all, "list-broadcasts", tag, "List the broadcasts, oldest first"), a.listBroadcasts)
	handle(r, needs(access.MeetingsRead).everyone(), op(http.MethodGet, one, "get-broadcast", tag, "Read a broadcast and how it reached each room"), a.getBroadcast)
}

// Broadcast is one message played into rooms.
type Broadcast struct {
	ID         control.BroadcastID `json:"id" example:"bct_abcdefghijklmnop" doc:"Opaque id."`
	Prompt     string              `json:"prompt,omitempty" example:"please_return" doc:"The prompt that is played, or"`
	Audio      control.AudioID     `json:"audio,omitempty" example:"aud_abcdefghijklmnop" doc:"the uploaded recording."`
	State      string              `json:"state" enum:"queued,played,failed" doc:"queued: not begun yet."`
	Failed     string              `json:"failed,omitempty" doc:"Why it could not be played."`
	SentAt     time.Time           `json:"sent_at" doc:"When it was ordered."`
	By         string              `json:"by,omitempty" doc:"The participant who broadcasts; absent: an API client did."`
	Deliveries []Delivery          `json:"deliveries" nullable:"false" doc:"How it reached each room; empty while queued."`
}

// Delivery says how a broadcast reached one room.
type Delivery struct {
	Room      control.RoomID `json:"room" example:"main" doc:"The room."`
	Listeners int            `json:"listeners" doc:"How many legs heard it there."`
	Tick      int64          `json:"tick" doc:"The mixer's tick at which it began in this room."`
}

func broadcastOf(b *control.Broadcast) Broadcast {
	v := Broadcast{ID: b.ID, Prompt: b.Prompt, Audio: b.Audio, State: b.State, Failed: b.Failed, SentAt: b.At.UTC(), By: b.By,
		Deliveries: make([]Delivery, 0, len(b.Deliveries))}
	for _, d := range b.Deliveries {
		v.Deliveries = append(v.Deliveries, Delivery{Room: d.Room, Listeners: d.Listeners, Tick: d.Tick})
	}
	return v
}

// NewBroadcast is the request for a broadcast: exactly one of its fields.
type NewBroadcast struct {
	Text   string          `json:"text,omitempty" maxLength:"2000" doc:"Text to be spoken. Refused for now: this server has no speech yet."`
	Prompt string          `json:"prompt,omitempty" maxLength:"64" example:"please_return" doc:"Name of a prompt of the catalogue."`
	Audio  control.AudioID `json:"audio,omitempty" maxLength:"64" example:"aud_abcdefghijklmnop" doc:"Id of an uploaded recording."`
}

// check says what is wrong with a request that its schema lets pass.
func (n NewBroadcast) check(hasPrompt func(string) bool) error {
	given := 0
	for _, v := range []string{n.Text, n.Prompt, string(n.Audio)} {
		if v != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return control.Invalid("prompt", "send one of prompt and audio", "a broadcast is exactly one of text, prompt and audio")
	case n.Text != "":
		return newProblem(codeUnsupported, "text cannot be broadcast: this server has no speech yet").
			with("text", "send prompt, or upload a recording and send its id as audio")
	case n.Prompt != "" && hasPrompt != nil && !hasPrompt(n.Prompt):
		return control.Invalid("prompt", "take the name of a prompt of the catalogue", "there is no such prompt")
	}
	return nil
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
	return run(ctx, a, m, command[Broadcast]{
		do: control.SendBroadcast{ID: control.NewID[control.BroadcastID]("bct_"), Prompt: in.Body.Prompt, Audio: in.Body.Audio},
		answer: func(d done) Broadcast {
			for _, e := range d.events {
				if e, ok := e.(control.BroadcastSent); ok {
					return Broadcast{ID: e.ID, Prompt: e.Prompt, Audio: e.Audio, State: "queued", SentAt: d.at.UTC(),
						By: string(e.By), Deliveries: []Delivery{}}
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
