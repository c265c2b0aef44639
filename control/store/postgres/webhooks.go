package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"partyline/control"
	"partyline/control/store/internal/kept"
	"partyline/control/webhook"
)

// Webhooks implements webhook.Store.
func (s *Store) Webhooks(ctx context.Context) ([]webhook.Endpoint, error) {
	list, err := list(ctx, s, `SELECT id, endpoint, position, progress FROM webhooks ORDER BY id`, nil, func(row pgx.CollectableRow) (webhook.Endpoint, error) {
		var w kept.Webhook
		if err := row.Scan(&w.ID, &w.Endpoint, &w.Position, &w.Progress); err != nil {
			return webhook.Endpoint{}, err
		}
		return w.Read()
	})
	if err != nil {
		return nil, fmt.Errorf("read the webhooks: %w", err)
	}
	return list, nil
}

// SaveWebhook implements webhook.Store.
func (s *Store) SaveWebhook(ctx context.Context, e webhook.Endpoint, o *control.Outcome) error {
	row, err := kept.WebhookRow(e)
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", err)
	}
	err = s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		if o != nil {
			queueOutcome(b, o)
		}
		b.Queue(`INSERT INTO webhooks (id, endpoint, position, progress) VALUES ($1, $2, $3, $4)
			ON CONFLICT (id) DO UPDATE SET endpoint = excluded.endpoint, position = excluded.position, progress = excluded.progress`,
			string(row.ID), row.Endpoint, int64(row.Position), row.Progress)
	})
	if err != nil {
		return fmt.Errorf("keep a webhook: %w", meaning(err))
	}
	return nil
}

// SaveWebhookProgress implements webhook.Store.
func (s *Store) SaveWebhookProgress(ctx context.Context, all map[webhook.ID]webhook.Progress) error {
	rows := make([]kept.Webhook, 0, len(all))
	for _, id := range slices.Sorted(maps.Keys(all)) {
		row, err := kept.WebhookRow(webhook.Endpoint{ID: id, Progress: all[id]})
		if err != nil {
			return fmt.Errorf("keep the progress of webhooks: %w", err)
		}
		rows = append(rows, row)
	}
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) {
		for _, row := range rows {
			b.Queue(`UPDATE webhooks SET position = $1, progress = $2 WHERE id = $3`, int64(row.Position), row.Progress, string(row.ID))
		}
	})
	if err != nil {
		return fmt.Errorf("keep the progress of webhooks: %w", err)
	}
	return nil
}

// DeleteWebhook implements webhook.Store.
func (s *Store) DeleteWebhook(ctx context.Context, id webhook.ID) error {
	err := s.inTransaction(ctx, s.care, func(b *pgx.Batch) { b.Queue(`DELETE FROM webhooks WHERE id = $1`, string(id)) })
	if err != nil {
		return fmt.Errorf("delete a webhook: %w", err)
	}
	return nil
}
