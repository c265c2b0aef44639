package storetest

import (
	"errors"
	"testing"
	"time"

	"partyline/control"
	"partyline/control/webhook"
)

// WebhookStore is a store that keeps webhooks too.
type WebhookStore interface {
	Store
	webhook.Store
}

// RunWebhooks tests the webhooks' side of the stores that open makes; each must be empty.
func RunWebhooks(t *testing.T, open func(t *testing.T) WebhookStore) {
	tests := []struct {
		name string
		run  func(*testing.T, WebhookStore)
	}{
		{"what was saved is read", webhooksSaved},
		{"the outcome is kept with the webhook", webhookOutcome},
		{"progress", webhookProgress},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

// Webhook makes an endpoint with something in every field.
func Webhook(id webhook.ID, position uint64) webhook.Endpoint {
	at := time.Unix(1_700_000_000, 5000).UTC()
	return webhook.Endpoint{
		ID: id, CreatedAt: at,
		Spec: webhook.Spec{URL: "https://example.com/" + string(id), Description: "Grüße \u2028",
			Meetings: []control.MeetingID{"mtg_a"}, Types: []string{"meeting.locked"}},
		Secrets: []webhook.Secret{{Value: "whsec_bmV3", CreatedAt: at}, {Value: "whsec_b2xk", CreatedAt: at, ExpiresAt: at.Add(time.Hour)}},
		Progress: webhook.Progress{Position: position, LastStatus: 500, LastError: "it answered 500", Attempts: 3,
			Held:         []webhook.Held{{Meeting: "mtg_held", Seq: 5, Progress: webhook.Progress{Attempts: 4, LastStatus: 400}}},
			FailingSince: at, NextAttempt: at.Add(time.Minute), DeliveredAt: at.Add(-time.Minute), ParkedAt: at},
	}
}

func mustSave(t *testing.T, s WebhookStore, e webhook.Endpoint) {
	t.Helper()
	if err := s.SaveWebhook(t.Context(), e, nil); err != nil {
		t.Fatalf("SaveWebhook: %v", err)
	}
}

func webhooksSaved(t *testing.T, s WebhookStore) {
	a, b := Webhook("whk_a", 7), Webhook("whk_b", 0)
	b.Spec.Meetings, b.Spec.Types, b.Progress = nil, nil, webhook.Progress{}
	mustSave(t, s, b)
	mustSave(t, s, a)
	diff(t, []webhook.Endpoint{a, b}, must(s.Webhooks(t.Context()))(t))
	a.Spec.URL, a.Secrets, a.Progress = "https://example.org/", a.Secrets[:1], webhook.Progress{Position: 8}
	mustSave(t, s, a)
	diff(t, []webhook.Endpoint{a, b}, must(s.Webhooks(t.Context()))(t))
	for range 2 {
		if err := s.DeleteWebhook(t.Context(), "whk_a"); err != nil {
			t.Errorf("DeleteWebhook: %v", err)
		}
	}
	diff(t, []webhook.Endpoint{b}, must(s.Webhooks(t.Context()))(t))
}

func webhookOutcome(t *testing.T, s WebhookStore) {
	a := Webhook("whk_a", 7)
	o := control.Outcome{Key: "k", Hash: "h", Command: "cmd_1", Result: []byte(`null`), Answer: []byte(`{}`), At: time.Now().UTC().Round(0)}
	if err := s.SaveWebhook(t.Context(), a, &o); err != nil {
		t.Fatal(err)
	}
	diff(t, o, must(s.Outcome(t.Context(), "k"))(t))
	changed, again := a, o
	changed.Spec.URL, again.Command = "https://example.com/other", "cmd_2"
	if err := s.SaveWebhook(t.Context(), changed, &again); !errors.Is(err, control.ErrOutcomeExists) {
		t.Errorf("a second outcome of one key was answered with %v", err)
	}
	diff(t, []webhook.Endpoint{a}, must(s.Webhooks(t.Context()))(t))
}

func webhookProgress(t *testing.T, s WebhookStore) {
	a, b := Webhook("whk_a", 7), Webhook("whk_b", 0)
	mustSave(t, s, a)
	mustSave(t, s, b)
	b.Progress = webhook.Progress{Position: 9, LastStatus: 204, DeliveredAt: a.CreatedAt}
	if err := s.SaveWebhookProgress(t.Context(), map[webhook.ID]webhook.Progress{"whk_b": b.Progress, "whk_gone": {Position: 1}}); err != nil {
		t.Fatal(err)
	}
	diff(t, []webhook.Endpoint{a, b}, must(s.Webhooks(t.Context()))(t))
}
