package store

import (
	"context"
	"encoding/json"
	"fmt"

	"partyline/control"
	"partyline/control/store/internal/kept"
	"partyline/control/webhook"
)

// webhookStep keeps the endpoints of webhooks. What they are changes rarely, how far they have come all the time.
const webhookStep = `CREATE TABLE webhooks (
			id       TEXT PRIMARY KEY,
			endpoint BLOB    NOT NULL,
			position INTEGER NOT NULL,
			progress BLOB    NOT NULL
		);`

var _ webhook.Store = (*Store)(nil)

// Webhooks implements webhook.Store.
func (s *Store) Webhooks(ctx context.Context) ([]webhook.Endpoint, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, endpoint, position, progress FROM webhooks ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("read the webhooks: %w", err)
	}
	defer rows.Close()
	var list []webhook.Endpoint
	for rows.Next() {
		var row kept.Webhook
		if err := rows.Scan(&row.ID, &row.Endpoint, &row.Position, &row.Progress); err != nil {
			return nil, fmt.Errorf("read the webhooks: %w", err)
		}
		e, err := row.Read()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
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
	return s.inTransaction(ctx, "keep a webhook", func(ctx context.Context) error {
		if o != nil {
			if err := s.insertOutcome(ctx, o); err != nil {
				return err
			}
		}
		_, err := s.conn.ExecContext(ctx, `INSERT INTO webhooks (id, endpoint, position, progress) VALUES (?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET endpoint = excluded.endpoint, position = excluded.position, progress = excluded.progress`,
			string(row.ID), row.Endpoint, int64(row.Position), row.Progress)
		return err
	})
}

// SaveWebhookProgress implements webhook.Store.
func (s *Store) SaveWebhookProgress(ctx context.Context, all map[webhook.ID]webhook.Progress) error {
	return s.inTransaction(ctx, "keep the progress of webhooks", func(ctx context.Context) error {
		for id, p := range all {
			progress, err := json.Marshal(p)
			if err != nil {
				return err
			}
			if _, err := s.conn.ExecContext(ctx, `UPDATE webhooks SET position = ?, progress = ? WHERE id = ?`,
				int64(p.Position), progress, string(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteWebhook implements webhook.Store.
func (s *Store) DeleteWebhook(ctx context.Context, id webhook.ID) error {
	return s.inTransaction(ctx, "delete a webhook", func(ctx context.Context) error {
		_, err := s.conn.ExecContext(ctx, `DELETE FROM webhooks WHERE id = ?`, string(id))
		return err
	})
}

// inTransaction has do write to log.db as a whole or not at all. Like an append it is not given up half way.
func (s *Store) inTransaction(ctx context.Context, what string, do func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return fmt.Errorf("%s: the store is closed", what)
	}
	if _, err := s.conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	err := do(ctx)
	if err == nil {
		_, err = s.conn.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		// A failed COMMIT may have ended the transaction; then there is nothing left to roll back.
		_, _ = s.conn.ExecContext(ctx, `ROLLBACK`)
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
