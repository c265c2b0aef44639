package api

import (
	"context"
	"net/http"

	"partyline/control"
	"partyline/control/access"
)

func (a *API) eraseRoutes(r routes) {
	const again = " Names, numbers, emails, PINs and external ids are taken out of the log itself, the answers kept for Idempotency-Keys and the snapshots; the events keep " +
		"their sequence. Streams, webhooks and the attendance show the rest from then on. Who asked for it stays in the log. Doing it again does nothing more. " +
		"It reaches neither backups nor what was sent to webhooks before."
	person := op(http.MethodPost, "/v1/meetings/{meeting}/participants/{participant}/erase", "erase-participant", "participants", "Forget who somebody was")
	person.Description = "His calls end, and he is shown as \"" + control.Erased + "\". Also of somebody who was removed, and in a meeting that has ended or was deleted." + again
	handle(r, needs(access.MeetingsWrite), person, a.eraseParticipant)
	meeting := op(http.MethodPost, "/v1/meetings/{meeting}/erase", "erase-meeting", "meetings", "Forget who was in a meeting")
	meeting.Description = "Of a meeting that has ended or was deleted: everybody in it, its title, the names of its rooms, and its recordings." + again
	handle(r, needs(access.MeetingsWrite), meeting, a.eraseMeeting)
}

// Erasure is what was erased.
type Erasure struct {
	Meeting     control.MeetingID     `json:"meeting" example:"mtg_abcdefghijklmnop" doc:"The meeting."`
	Participant control.ParticipantID `json:"participant,omitempty" example:"par_abcdefghijklmnop" doc:"The participant; absent: everybody."`
	CommandID   control.CommandID     `json:"command_id,omitempty" example:"cmd_abcdefghijklmnop" doc:"The command that did it; absent: it had been done before."`
}

type eraseParticipantInput struct {
	ParticipantPath
	Body *emptyBody `required:"false"`
}

func (a *API) eraseParticipant(ctx context.Context, in *eraseParticipantInput) (*reply[Erasure], error) {
	return a.erase(ctx, Erasure{Meeting: in.Meeting, Participant: in.Participant}, func(ctx context.Context, meta control.Meta) (control.Result, error) {
		return a.opt.Registry.EraseParticipant(ctx, in.Meeting, in.Participant, meta)
	})
}

func (a *API) eraseMeeting(ctx context.Context, in *meetingAction) (*reply[Erasure], error) {
	return a.erase(ctx, Erasure{Meeting: in.Meeting}, func(ctx context.Context, meta control.Meta) (control.Result, error) {
		m, err := a.opt.Registry.Kept(in.Meeting)
		if err != nil {
			return control.Result{}, err
		}
		return m.Do(ctx, control.EraseMeeting{}, meta)
	})
}

// erase has a command done that is not found by [API.meeting], which knows no deleted ones.
func (a *API) erase(ctx context.Context, what Erasure, do func(context.Context, control.Meta) (control.Result, error)) (*reply[Erasure], error) {
	meta := metaOf(ctx)
	answerWith(ctx, &meta, func(d done) (any, string) {
		if len(d.events) > 0 {
			what.CommandID = d.command
		}
		return what, ""
	})
	ctx, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	result, err := do(ctx, meta)
	if err != nil {
		return nil, err
	}
	if result.Replayed { // by another process that shares the store
		return replayed[Erasure](ctx, a, meta.Key)
	}
	return &reply[Erasure]{Body: what}, nil
}
