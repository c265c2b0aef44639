package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"partyline/control"
	"partyline/control/access"
	"partyline/control/webhook"
)

func (a *API) webhookRoutes(r routes) {
	const all, one, tag = "/v1/webhooks", "/v1/webhooks/{webhook}", "webhooks"
	create := op(http.MethodPost, all, "create-webhook", tag, "Have events sent to a URL")
	create.DefaultStatus = http.StatusCreated
	create.Description = webhooksDescription
	handle(r, needs(access.Webhooks), create, a.createWebhook)
	handle(r, needs(access.Webhooks), op(http.MethodGet, all, "list-webhooks", tag, "List the webhooks and how they do"), a.listWebhooks)
	handle(r, needs(access.Webhooks), op(http.MethodGet, one, "get-webhook", tag, "Read a webhook and how it does"), a.getWebhook)
	change := op(http.MethodPatch, one, "change-webhook", tag, "Change URL, description or filters")
	change.Description = "Filters hold for the events that are not delivered yet. A new URL is tried at once, unless the webhook is parked."
	handle(r, needs(access.Webhooks), change, a.changeWebhook)
	handle(r, needs(access.Webhooks), op(http.MethodDelete, one, "delete-webhook", tag, "Send no more"), a.deleteWebhook)
	rotate := op(http.MethodPost, one+"/rotate", "rotate-webhook-secret", tag, "Draw a new secret")
	rotate.Description = "The answer is the only place where the new secret is shown. Until the old one expires, deliveries carry a signature by each."
	handle(r, needs(access.Webhooks), rotate, a.rotateWebhook)
	replay := op(http.MethodPost, one+"/replay", "replay-webhook", tag, "Send events again")
	replay.Description = "Sends again, with the same webhook-id, what the webhook wants from an event on; give meeting and seq, or after. " +
		"It may also go forward, over an event that cannot be delivered. A parked webhook is resumed."
	handle(r, needs(access.Webhooks), replay, a.replayWebhook)
	resume := op(http.MethodPost, one+"/resume", "resume-webhook", tag, "Try a parked webhook again")
	resume.Description = "It goes on with the event that could not be delivered, also of meetings held back; nothing is left out. One that waits for its next attempt is tried at once."
	handle(r, needs(access.Webhooks), resume, a.resumeWebhook)
}

const webhooksDescription = "Events are sent by POST, one at a time, at least once and in order within a meeting; the body is what the data of a server-sent event is. " +
	"They are signed by Standard Webhooks: webhook-id (the same at every attempt: skip what you have seen), webhook-timestamp and webhook-signature. " +
	"Answer with 2xx within 15 seconds. Anything else, redirects too, is tried again after a growing time; after a day of failures, or 410, the webhook is parked " +
	"until it is resumed, and what happened meanwhile is sent then. An event that you answer three times with a failure (but 429 and 503) holds back its own meeting " +
	"alone: it is tried on, and what comes after it in that meeting waits, while other meetings go on. The answer is the only place where the secret is shown."

// EncodeEvent is an event as streams and webhooks send it.
func EncodeEvent(r control.Record) ([]byte, error) {
	e, err := eventOf(r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(e)
}

// Webhook is somewhere events are sent to.
type Webhook struct {
	ID          webhook.ID          `json:"id" example:"whk_abcdefghijklmnop" doc:"Opaque id."`
	URL         string              `json:"url" example:"https://example.com/hooks" doc:"Where events are sent."`
	Description string              `json:"description,omitempty" doc:"What people call it."`
	Meetings    []control.MeetingID `json:"meetings" nullable:"false" doc:"Only events of these meetings are sent; empty: of all."`
	Types       []string            `json:"types" nullable:"false" doc:"Only events of these types are sent; empty: all."`
	CreatedAt   time.Time           `json:"created_at" doc:"When it was made."`
	Secrets     []WebhookSecret     `json:"secrets" nullable:"false" doc:"The secrets that deliveries are signed with, the newest first. They are not shown."`

	State       string     `json:"state" enum:"active,retrying,parked" doc:"active: all goes well; retrying: the last attempt failed, or meetings are held back; parked: given up until it is resumed."`
	Position    uint64     `json:"position" doc:"All events up to this place in the log are delivered, or were not wanted, but for the meetings held back."`
	Behind      uint64     `json:"behind" doc:"How many events of the log come after it, wanted or not."`
	DeliveredAt *time.Time `json:"delivered_at,omitempty" doc:"When an event was delivered last."`
	LastStatus  int        `json:"last_status,omitempty" example:"500" doc:"HTTP status of the last attempt; absent: there was no answer."`

	LastError     string     `json:"last_error,omitempty" example:"it answered 500 Internal Server Error" doc:"Why the last attempt failed."`
	Attempts      int        `json:"attempts,omitempty" doc:"Failed attempts since an event was delivered."`
	FailingSince  *time.Time `json:"failing_since,omitempty" doc:"When the first of them was."`
	NextAttemptAt *time.Time `json:"next_attempt_at,omitempty" doc:"When the next one is."`
	ParkedAt      *time.Time `json:"parked_at,omitempty" doc:"When it was given up."`

	Held []HeldMeeting `json:"held" nullable:"false" doc:"Meetings whose next event cannot be delivered, while others go on."`
}

// HeldMeeting is a meeting that a webhook holds back.
type HeldMeeting struct {
	Meeting       control.MeetingID `json:"meeting" example:"mtg_abcdefghijklmnop" doc:"Which meeting."`
	Seq           uint64            `json:"seq" example:"17" doc:"The event that cannot be delivered; what follows it in the meeting waits."`
	LastStatus    int               `json:"last_status,omitempty" example:"500" doc:"HTTP status of the last attempt; absent: there was none."`
	LastError     string            `json:"last_error,omitempty" example:"it answered 500 Internal Server Error" doc:"Why the last attempt failed."`
	Attempts      int               `json:"attempts,omitempty" example:"4" doc:"Failed attempts at this event."`
	FailingSince  *time.Time        `json:"failing_since,omitempty" doc:"When the first of them was."`
	NextAttemptAt *time.Time        `json:"next_attempt_at,omitempty" doc:"When the next one is."`
	ParkedAt      *time.Time        `json:"parked_at,omitempty" doc:"When it was given up; resume the webhook to try it again, or replay to go on after it."`
}

func heldOf(h webhook.Held) HeldMeeting {
	p := h.Progress
	return HeldMeeting{Meeting: h.Meeting, Seq: h.Seq, LastStatus: p.LastStatus, LastError: p.LastError, Attempts: p.Attempts,
		FailingSince: unlessZero(p.FailingSince), NextAttemptAt: unlessZero(p.NextAttempt), ParkedAt: unlessZero(p.ParkedAt)}
}

// WebhookSecret is a secret that is not shown.
type WebhookSecret struct {
	CreatedAt time.Time  `json:"created_at" doc:"When it was drawn."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it stops; absent: it does not."`
}

// WebhookWithSecret is a webhook, and the secret that is shown this once.
type WebhookWithSecret struct {
	Webhook
	Secret string `json:"secret" example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" doc:"Verify signatures with it. It is not shown again."`
}

func (a *API) webhookOf(ctx context.Context, e webhook.Endpoint) (Webhook, error) {
	last, err := a.opt.Store.LastPos(ctx)
	if err != nil {
		a.opt.Logger.Warn("the end of the log cannot be read", "err", err)
		return Webhook{}, control.Errorf(control.CodeStore, "the store does not answer")
	}
	return webhookAt(e, last), nil
}

// webhookAt shows an endpoint while the log ends at last.
func webhookAt(e webhook.Endpoint, last uint64) Webhook {
	p := e.Progress
	w := Webhook{
		ID: e.ID, URL: e.Spec.URL, Description: e.Spec.Description,
		Meetings: append([]control.MeetingID{}, e.Spec.Meetings...), Types: append([]string{}, e.Spec.Types...),
		CreatedAt: e.CreatedAt, State: string(p.State()), Position: p.Position, Behind: last - min(last, p.Position),
		DeliveredAt: unlessZero(p.DeliveredAt), LastStatus: p.LastStatus, LastError: p.LastError, Attempts: p.Attempts,
		FailingSince: unlessZero(p.FailingSince), NextAttemptAt: unlessZero(p.NextAttempt), ParkedAt: unlessZero(p.ParkedAt),
		Held: make([]HeldMeeting, 0, len(p.Held)),
	}
	for _, h := range p.Held {
		w.Held = append(w.Held, heldOf(h))
	}
	for _, s := range e.Secrets {
		if s.ExpiresAt.IsZero() || time.Now().Before(s.ExpiresAt) {
			w.Secrets = append(w.Secrets, WebhookSecret{CreatedAt: s.CreatedAt, ExpiresAt: unlessZero(s.ExpiresAt)})
		}
	}
	return w
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// webhookETag covers what an admin can edit.
func webhookETag(e webhook.Endpoint) string { return etagOf(e.Spec) }

func (a *API) webhooks() (*webhook.Service, error) {
	if a.opt.Webhooks == nil {
		return nil, control.Errorf(control.CodeNotFound, "this bridge has no webhooks")
	}
	return a.opt.Webhooks, nil
}

// hooked answers a POST about a webhook. The answer is kept under the request's Idempotency-Key in the same transaction
// that does what was asked.
func hooked[T any](ctx context.Context, a *API, made bool, show func(webhook.Endpoint, Webhook) T,
	do func(context.Context, *webhook.Service, webhook.Answer) (webhook.Endpoint, error),
) (*reply[T], error) {
	service, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	last, err := a.opt.Store.LastPos(ctx)
	if err != nil {
		a.opt.Logger.Warn("the end of the log cannot be read", "err", err)
		return nil, control.Errorf(control.CodeStore, "the store does not answer")
	}
	out := &reply[T]{}
	req, _ := ctx.Value(requestKey{}).(keyedRequest)
	command := control.NewID[control.CommandID]("cmd_")
	limited, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	e, err := do(limited, service, func(e webhook.Endpoint) (*control.Outcome, error) {
		out.Body = show(e, webhookAt(e, last))
		if made {
			out.Location = "/v1/webhooks/" + string(e.ID)
		}
		return keptAnswer(req, command, out.Body, out.Location)
	})
	if errors.Is(err, control.ErrOutcomeExists) { // by another process that shares the store
		return replayed[T](ctx, a, req.key)
	}
	if err != nil {
		return nil, err
	}
	a.opt.Logger.Info("webhook changed", "webhook", e.ID, "actor", actorOf(ctx), "command", command, "state", e.Progress.State())
	return out, nil
}

// keptAnswer is the outcome of a request that changes no meeting; nil: it has no Idempotency-Key.
func keptAnswer(req keyedRequest, command control.CommandID, body any, location string) (*control.Outcome, error) {
	if req.key == "" {
		return nil, nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("render answer: %w", err)
	}
	answer, err := json.Marshal(kept{Status: req.status, Location: location, Body: raw})
	if err != nil {
		return nil, fmt.Errorf("render answer: %w", err)
	}
	return &control.Outcome{Key: req.key, Hash: req.fingerprint, Command: command, Result: json.RawMessage("null"), Answer: answer, At: time.Now()}, nil
}

func withoutSecret(_ webhook.Endpoint, w Webhook) Webhook { return w }

func withSecret(e webhook.Endpoint, w Webhook) WebhookWithSecret {
	return WebhookWithSecret{Webhook: w, Secret: e.Secrets[0].Value}
}

// NewWebhook is the request for a webhook.
type NewWebhook struct {
	URL         string              `json:"url" minLength:"1" maxLength:"2000" example:"https://example.com/hooks" doc:"Where events are sent: https, and reachable from everywhere unless the configuration allows more."`
	Description string              `json:"description,omitempty" maxLength:"200" example:"Attendance service" doc:"What people call it."`
	Meetings    []control.MeetingID `json:"meetings,omitempty" maxItems:"100" nullable:"false" doc:"Only events of these meetings; absent or empty: of all, also those to come."`
	Types       []string            `json:"types,omitempty" maxItems:"100" nullable:"false" example:"[\"participants.moved\"]" doc:"Only events of these types; absent or empty: all."`
	From        string              `json:"from,omitempty" enum:"now,start" default:"now" doc:"Where to begin: with what happens from now on, or with everything that is kept."`
}

type createWebhookInput struct {
	Body NewWebhook
}

func (a *API) createWebhook(ctx context.Context, in *createWebhookInput) (*reply[WebhookWithSecret], error) {
	b := in.Body
	if err := a.meetingsExist(b.Meetings); err != nil {
		return nil, err
	}
	spec := webhook.Spec{URL: b.URL, Description: b.Description, Meetings: b.Meetings, Types: b.Types}
	return hooked(ctx, a, true, withSecret, func(ctx context.Context, s *webhook.Service, answer webhook.Answer) (webhook.Endpoint, error) {
		return s.Create(ctx, spec, b.From == "start", answer)
	})
}

// meetingsExist finds mistyped ids before they make a webhook that never says anything.
func (a *API) meetingsExist(ids []control.MeetingID) error {
	for i, id := range ids {
		if _, err := a.meeting(id); err != nil {
			if e, ok := errors.AsType[*control.Error](err); ok && e.Code == control.CodeNotFound {
				named := *e
				named.Field = fmt.Sprintf("meetings[%d]", i)
				return &named
			}
			return err
		}
	}
	return nil
}

func (a *API) listWebhooks(ctx context.Context, in *PageQuery) (*list[Webhook], error) {
	service, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	last, err := a.opt.Store.LastPos(ctx)
	if err != nil {
		a.opt.Logger.Warn("the end of the log cannot be read", "err", err)
		return nil, control.Errorf(control.CodeStore, "the store does not answer")
	}
	all := service.List()
	ids := make([]webhook.ID, len(all))
	for i, e := range all {
		ids[i] = e.ID
	}
	return pageOf(*in, ids, func(id webhook.ID) Webhook {
		i := slices.Index(ids, id)
		return webhookAt(all[i], last)
	})
}

// WebhookPath is the path of one webhook.
type WebhookPath struct {
	Webhook webhook.ID `path:"webhook" example:"whk_abcdefghijklmnop" doc:"The webhook's id."`
}

// webhookOutput is a webhook with its ETag.
type webhookOutput struct {
	ETag string `header:"ETag" doc:"For If-Match."`
	Body Webhook
}

func (a *API) getWebhook(ctx context.Context, in *WebhookPath) (*webhookOutput, error) {
	service, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	e, err := service.Get(in.Webhook)
	if err != nil {
		return nil, err
	}
	body, err := a.webhookOf(ctx, e)
	return &webhookOutput{ETag: webhookETag(e), Body: body}, err
}

// WebhookChange sets what is named.
type WebhookChange struct {
	URL         *string             `json:"url,omitempty" minLength:"1" maxLength:"2000" doc:"Where events are sent."`
	Description *string             `json:"description,omitempty" maxLength:"200" doc:"What people call it."`
	Meetings    []control.MeetingID `json:"meetings,omitempty" maxItems:"100" nullable:"false" doc:"Only events of these meetings; empty: of all."`
	Types       []string            `json:"types,omitempty" maxItems:"100" nullable:"false" doc:"Only events of these types; empty: all."`
}

type changeWebhookInput struct {
	WebhookPath
	Conditional
	Body WebhookChange
}

func (a *API) changeWebhook(ctx context.Context, in *changeWebhookInput) (*webhookOutput, error) {
	service, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	if err := a.meetingsExist(in.Body.Meetings); err != nil {
		return nil, err
	}
	limited, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	e, err := service.Change(limited, in.Webhook, func(e webhook.Endpoint) (webhook.Spec, error) {
		err := in.check(webhookETag(e), webhookAt(e, e.Progress.Position))
		set(&e.Spec.URL, in.Body.URL)
		set(&e.Spec.Description, in.Body.Description)
		if in.Body.Meetings != nil {
			e.Spec.Meetings = in.Body.Meetings
		}
		if in.Body.Types != nil {
			e.Spec.Types = in.Body.Types
		}
		return e.Spec, err
	})
	if err != nil {
		return nil, err
	}
	a.opt.Logger.Info("webhook changed", "webhook", e.ID, "actor", actorOf(ctx), "state", e.Progress.State())
	body, err := a.webhookOf(ctx, e)
	return &webhookOutput{ETag: webhookETag(e), Body: body}, err
}

type deleteWebhookInput struct {
	WebhookPath
	Conditional
}

func (a *API) deleteWebhook(ctx context.Context, in *deleteWebhookInput) (*struct{}, error) {
	service, err := a.webhooks()
	if err != nil {
		return nil, err
	}
	limited, cancel := commandContext(ctx, a.opt.Limits.Command)
	defer cancel()
	err = service.Delete(limited, in.Webhook, func(e webhook.Endpoint) error {
		return in.check(webhookETag(e), webhookAt(e, e.Progress.Position))
	})
	if err == nil {
		a.opt.Logger.Info("webhook deleted", "webhook", in.Webhook, "actor", actorOf(ctx))
	}
	return nil, err
}

// RotateWebhook says how the old secret ends.
type RotateWebhook struct {
	OverlapS *int `json:"overlap_s,omitempty" minimum:"0" maximum:"604800" example:"86400" doc:"For how many seconds the old secret goes on; absent: a day; 0: it ends at once."`
}

type rotateWebhookInput struct {
	WebhookPath
	Body *RotateWebhook `required:"false"`
}

func (a *API) rotateWebhook(ctx context.Context, in *rotateWebhookInput) (*reply[WebhookWithSecret], error) {
	overlap := webhook.DefaultOverlap
	if in.Body != nil && in.Body.OverlapS != nil {
		overlap = time.Duration(*in.Body.OverlapS) * time.Second
	}
	return hooked(ctx, a, false, withSecret, func(ctx context.Context, s *webhook.Service, answer webhook.Answer) (webhook.Endpoint, error) {
		return s.Rotate(ctx, in.Webhook, overlap, answer)
	})
}

// ReplayWebhook says where a replay begins.
type ReplayWebhook struct {
	Meeting control.MeetingID `json:"meeting,omitempty" maxLength:"64" example:"mtg_abcdefghijklmnop" doc:"Begin with an event of this meeting; what came after it in other meetings is sent again too."`
	Seq     *uint64           `json:"seq,omitempty" minimum:"1" maximum:"9007199254740991" example:"17" doc:"The sequence of that event."`
	After   *uint64           `json:"after,omitempty" maximum:"9007199254740991" example:"0" doc:"Or begin after this position in the log; 0: with everything that is kept."`
}

type replayWebhookInput struct {
	WebhookPath
	Body ReplayWebhook
}

func (a *API) replayWebhook(ctx context.Context, in *replayWebhookInput) (*reply[Webhook], error) {
	b := in.Body
	var from webhook.From
	switch {
	case b.Meeting != "" && b.Seq != nil && b.After == nil:
		from = webhook.From{Meeting: b.Meeting, Seq: *b.Seq}
	case b.Meeting == "" && b.Seq == nil && b.After != nil:
		from = webhook.From{After: *b.After}
	default:
		return nil, control.Invalid("after", "give after alone, or meeting with seq", "where to begin is not clear")
	}
	return hooked(ctx, a, false, withoutSecret, func(ctx context.Context, s *webhook.Service, answer webhook.Answer) (webhook.Endpoint, error) {
		return s.Replay(ctx, in.Webhook, from, answer)
	})
}

type webhookAction struct {
	WebhookPath
	Body *emptyBody `required:"false"`
}

func (a *API) resumeWebhook(ctx context.Context, in *webhookAction) (*reply[Webhook], error) {
	return hooked(ctx, a, false, withoutSecret, func(ctx context.Context, s *webhook.Service, answer webhook.Answer) (webhook.Endpoint, error) {
		return s.Resume(ctx, in.Webhook, answer)
	})
}
